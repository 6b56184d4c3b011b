"""An IMAP server over TLS that answers by a script, as no honest server does."""

import contextlib
import re
import socketserver
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.mail_servers import write_certificate

Answer = bytes | Iterable[bytes] | Callable[[], Iterable[bytes]]

READ_LINE = b"\0"
"""A part of an answer that is not sent: the server waits for a line of the client instead."""

CAPABILITIES = b"* CAPABILITY IMAP4rev1 STATUS=SIZE\r\n"

HONEST: Mapping[str, Answer] = {
    "CAPABILITY": CAPABILITIES,
    "LOGIN": b"",
    "EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n",
    "LIST": b'* LIST () "/" INBOX\r\n',
    "STATUS SIZE": b"* STATUS INBOX (SIZE 120)\r\n",
    "STATUS": b"* STATUS INBOX (MESSAGES 1 UIDNEXT 2)\r\n",
    "SEARCH": b"* SEARCH 1\r\n",
    "RFC822.SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE 120)\r\n",
    "BODYSTRUCTURE": b'* 1 FETCH (UID 1 BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 9 1))\r\n',
    "BODY.PEEK": b"* 1 FETCH (UID 1 BODY[]<0> {2}\r\nhi)\r\n",
    "LOGOUT": b"* BYE\r\n",
}
"""What an honest server says before it says OK, by a word of the command."""


@dataclass(frozen=True)
class ScriptedServer:
    """A running server, and what it heard."""

    port: int
    certificate: Path
    heard: list[bytes]

    @property
    def address(self) -> str:
        """Return the address of its folder."""
        return f"imaps://me@localhost:{self.port}/"


@contextlib.contextmanager
def scripted_imap(
    script: Mapping[str, Answer], greeting: bytes = b"* OK hi\r\n"
) -> Iterator[ScriptedServer]:
    """Run a server that answers each command by the first entry whose words stand in it."""
    answers = {**script, **{word: answer for word, answer in HONEST.items() if word not in script}}
    heard: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.wfile.write(greeting)
                for line in self.rfile:
                    heard.append(line)
                    self._answer(line)

        def _answer(self, line: bytes) -> None:
            tag = line.split()[0]
            for word, answer in answers.items():
                if re.search(word.replace(" ", ".*").encode(), line):
                    parts = answer() if callable(answer) else answer
                    for part in [parts] if isinstance(parts, bytes) else parts:
                        if part == READ_LINE:
                            heard.append(self.rfile.readline())
                        else:
                            self.wfile.write(part.replace(b"TAG", tag))
                    break
            self.wfile.write(tag + b" OK done\r\n")

    with tempfile.TemporaryDirectory() as folder:
        write_certificate(Path(folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(folder, "certificate.pem"), Path(folder, "key.pem"))
        with _Server(context, Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield ScriptedServer(
                    server.server_address[1], Path(folder, "certificate.pem"), heard
                )
            finally:
                server.shutdown()
                thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self, context: ssl.SSLContext, handler: type[socketserver.BaseRequestHandler]
    ) -> None:
        self._context = context
        super().__init__(("127.0.0.1", 0), handler)

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        connection, peer = super().get_request()
        return self._context.wrap_socket(connection, server_side=True), peer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that leaves."""
