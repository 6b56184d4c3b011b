"""SMTP servers in threads, each with one behaviour and its own loopback address."""

import contextlib
import socket
import ssl
import threading
import warnings

GO_AHEAD = b"220 go ahead\r\n"


def server_context(chain, *, version=None, by_name=None):
    """Return a server's TLS context; `by_name` maps SNI names to other chains."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    if version is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
    if by_name:
        others = {name: server_context(path) for name, path in by_name.items()}

        def choose(connection, name, _):
            if name in others:
                connection.context = others[name]

        context.sni_callback = choose
    return context


class SmtpServer:
    """Accepts connections at an address and runs a behaviour for each in a thread."""

    def __init__(self, address, behaviour, port=0) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family, backlog=128)
        self.port = self.listener.getsockname()[1]
        self.behaviour, self.stop = behaviour, threading.Event()
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        while not self.stop.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _serve(self, connection):
        connection.settimeout(20)
        with connection, contextlib.suppress(OSError, ValueError):
            self.behaviour(connection, self.stop)  # a TLS socket is closed by its behaviour

    def close(self):
        """Stop accepting and wait for open dialogues."""
        self.stop.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(10)


def polite(context=None, *, ehlo=None, starttls=GO_AHEAD, after=b"", then=None):
    """Behave like a mail server; each answer can be replaced, and `then` follows STARTTLS."""
    answers = ehlo or [b"250-lab\r\n", b"250-PIPELINING\r\n"]

    def behave(connection, stop):
        with contextlib.ExitStack() as opened:
            connection.sendall(b"220 lab ESMTP\r\n")
            while (command := _line(connection)) is not None:
                word = command.strip().upper()
                if word.startswith(b"EHLO"):
                    for part in answers:
                        connection.sendall(part)
                    if not ehlo:
                        offer = b"250-STARTTLS\r\n" if context or starttls != GO_AHEAD else b""
                        connection.sendall(offer + b"250 HELP\r\n")
                elif word == b"STARTTLS":
                    connection.sendall(starttls + after)
                    if then is not None:
                        then(connection, stop)
                        return
                    if starttls == GO_AHEAD and not after:
                        secured = context.wrap_socket(connection, server_side=True)
                        connection = opened.enter_context(secured)
                elif word == b"QUIT":
                    connection.sendall(b"221 bye\r\n")
                    return

    return behave


def mail_behaviour(face):
    """Return the behaviour of a mail host of the lab."""
    if face.chain is None:
        return polite()
    version = ssl.TLSVersion.TLSv1_1 if face.is_old else None
    return polite(server_context(face.chain, version=version, by_name=face.by_name))


def _line(connection):
    read = b""
    while not read.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            return None
        read += byte
    return read


def sends(data, *, then_wait=True):
    """Send some bytes, then stay silent or close."""

    def behave(connection, stop):
        connection.sendall(data)
        if then_wait:
            stop.wait()

    return behave


def late(behaviour, seconds):
    """Wait before a behaviour."""

    def behave(connection, stop):
        if not stop.wait(seconds):
            behaviour(connection, stop)

    return behave


def drips(data):
    """Send a byte now and then, without end."""

    def behave(connection, stop):
        for byte in data * 1000:
            connection.sendall(bytes([byte]))
            if stop.wait(0.2):
                return

    return behave


def floods(data):
    """Send the same text without end."""

    def behave(connection, stop):
        while not stop.is_set():
            connection.sendall(data)

    return behave


def half_closes(connection, stop):
    """Greet, then close the sending half only."""
    connection.sendall(b"220 lab\r\n")
    connection.shutdown(socket.SHUT_WR)
    stop.wait(20)
