"""Policy hosts in threads: each address answers in its own way."""

import contextlib

from lab_smtp import SmtpServer


def serves(context, *, body=b"", status=b"200 OK", kind=b"text/plain", extra=b"", drip=False):
    """Answer a GET with these parts."""
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\n" + extra
    head += b"Content-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n"

    def behave(connection, stop):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)
            if drip:
                for byte in head:
                    secured.sendall(bytes([byte]))
                    if stop.wait(0.3):
                        return
            secured.sendall(head + body)
            with contextlib.suppress(OSError):
                secured.unwrap()

    return behave


def https_server(address, behaviour, port=0):
    """Start a policy host."""
    return SmtpServer(address, behaviour, port)
