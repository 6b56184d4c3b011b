"""An authority on loopback that issues tokens, and knows which of them are good."""

import contextlib
import http.server
import json
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from support.mail_servers import USER, write_certificate

Answer = tuple[int, dict[str, str], bytes]


def json_answer(content: object, status: int = 200, **fields: str) -> Answer:
    """Return an answer in JSON; a field's name may have `_` for `-`."""
    header = {name.replace("_", "-"): value for name, value in fields.items()}
    return status, header, json.dumps(content).encode()


def refused(code: str, description: str = "AADSTS70000: nobody sees this sentence") -> Answer:
    """Return the refusal of a request for a token (RFC 6749 §5.2)."""
    return json_answer({"error": code, "error_description": description}, 400)


@dataclass
class Asked:
    """A request: its method, its path with the query, its form, and its header."""

    method: str
    path: str
    form: dict[str, str]
    fields: dict[str, str]


@dataclass
class Service:
    """A running server; `answers` holds what it says next to each path, in order.

    A single answer is said again and again.
    """

    url: str
    certificate: Path
    answers: dict[str, Answer | list[Answer] | Callable[[Asked], Answer]] = field(
        default_factory=dict
    )
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        """Return the answer to a request."""
        self.asked.append(asked)
        found = self.answers.get(urlsplit(asked.path).path, json_answer({}, 404))
        if callable(found):
            return found(asked)
        return found.pop(0) if isinstance(found, list) else found

    def forms(self, path: str) -> list[dict[str, str]]:
        """Return the forms that a path was sent."""
        return [asked.form for asked in self.asked if urlsplit(asked.path).path == path]


@contextlib.contextmanager
def service(*, is_tls: bool = True) -> Iterator[Service]:
    """Run a server whose answers a test sets."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 10

        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            form = {
                key: values[0] for key, values in parse_qs(self.rfile.read(size).decode()).items()
            }
            asked = Asked(self.command, self.path, form, dict(self.headers.items()))
            status, fields, body = running.answer(asked)
            self.send_response(status)
            for name, value in {**fields, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name of http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with (
        tempfile.TemporaryDirectory() as folder,
        _Server(("127.0.0.1", 0), Handler) as server,
    ):
        write_certificate(Path(folder))
        if is_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(Path(folder, "certificate.pem"), Path(folder, "key.pem"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https" if is_tls else "http"
        url = f"{scheme}://localhost:{server.server_address[1]}"
        running = Service(url, Path(folder, "certificate.pem"))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that leaves."""


def authority(running: Service, tenant: str = "tenant") -> None:
    """Let a server speak OpenID Connect, as Microsoft's does for a tenant and as others do."""
    places = {
        "issuer": running.url,
        "authorization_endpoint": f"{running.url}/{tenant}/authorize",
        "token_endpoint": f"{running.url}/{tenant}/token",
        "device_authorization_endpoint": f"{running.url}/{tenant}/devicecode",
    }
    for path in (f"/{tenant}/v2.0", ""):
        running.answers[f"{path}/.well-known/openid-configuration"] = json_answer(places)
    running.answers[f"/{tenant}/devicecode"] = json_answer(
        {
            "user_code": "ABCD-EFGH",
            "device_code": "device-code",
            "verification_uri": "https://example.com/device",
            "expires_in": 900,
            "interval": 1,
        }
    )


def granted(access: str, refresh: str | None = None) -> Answer:
    """Return the answer that brings tokens."""
    tokens = {"access_token": access, "token_type": "Bearer", "expires_in": 3600}
    return json_answer(tokens | ({"refresh_token": refresh} if refresh else {}))


def introspected(running: Service, *good: str) -> None:
    """Let a server say which tokens are good, as Dovecot asks it (RFC 7662 §2.2)."""

    def answer(asked: Asked) -> Answer:
        is_active = asked.form.get("token") in good
        return json_answer({"active": is_active} | ({"username": USER} if is_active else {}))

    running.answers["/introspect"] = answer
