"""Policy hosts in threads, each with one behaviour."""

import contextlib
import gzip

from lab.smtp import server_context


def policy_behaviour(face):
    """Return the behaviour of a policy host; a ``slow`` one sends its body a byte at a time."""
    context = server_context(face.chain)
    content_type, status, extra, body = b"text/plain", b"200 OK", b"", face.body.encode()
    if face.way == "redirect":
        status, extra = b"301 Moved", b"Location: https://192.0.2.9/\r\n"
    if face.way == "missing":
        status = b"404 Not Found"
    if face.way == "html":
        content_type, body = b"text/html", b"<html></html>"
    if face.way in ("compressed", "compressed in secret"):
        body = gzip.compress(body)
    if face.way == "compressed":
        extra = b"Content-Encoding: gzip\r\n"
    if face.way == "large":
        body = b"x" * 70_000
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: " + content_type + b"\r\n" + extra
    head += b"Content-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n"

    def behave(connection, stop):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(head)
            for byte in body if face.way == "slow" else b"":
                secured.sendall(bytes([byte]))
                if stop.wait(0.3):
                    return
            secured.sendall(body)
            with contextlib.suppress(OSError):
                secured.unwrap()

    return behave
