"""A hostile web server costs its own file, bounded time and space, and leads nowhere else."""

import contextlib
import http.server
import itertools
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import pytest
from support.mail_servers import write_certificate
from support.wrappings import REPORT

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.outcomes import Rejected
from tlsrpt_analysis.intake.sources import web_connections, web_files
from tlsrpt_analysis.intake.sources.files import Source
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.intake.tolerant.reader import read_source
from tlsrpt_analysis.loading.load import load_reports


def _head(status: int, *fields: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} it", *fields, "", ""]).encode()


def _slowly(content: bytes) -> Iterator[bytes]:
    for letter in content:
        time.sleep(0.05)
        yield bytes([letter])


WHOLE = _head(200, f"Content-Length: {len(REPORT)}") + REPORT
ANSWERS: dict[str, Callable[[], Iterable[bytes]]] = {
    "/fine": lambda: [WHOLE],
    "/206": lambda: itertools.chain(
        [_head(206, "Content-Range: bytes 0-9/10000000000")], itertools.repeat(bytes(9_000), 1_000)
    ),
    "/endless": lambda: itertools.chain(
        [_head(200, "Transfer-Encoding: chunked")],
        itertools.repeat(b"2328\r\n" + bytes(9_000) + b"\r\n", 10_000),
    ),
    "/without-an-end": lambda: itertools.chain(
        [_head(200)], itertools.repeat(bytes(9_000), 10_000)
    ),
    "/huge": lambda: [_head(200, "Content-Length: 99999999999")],
    "/long-header": lambda: itertools.chain(
        [b"HTTP/1.1 200 it\r\nX: "], itertools.repeat(b"x" * 9_000, 10_000)
    ),
    "/many-fields": lambda: itertools.chain(
        [b"HTTP/1.1 200 it\r\n"], itertools.repeat(b"X: x\r\n" * 1_000, 10_000)
    ),
    "/early-hints": lambda: itertools.repeat(_head(103)),
    "/slow-header": lambda: _slowly(WHOLE),
    "/slow-body": lambda: itertools.chain([_head(200)], _slowly(REPORT)),
    "/silent": lambda: [b""],
    "/cut": lambda: [WHOLE[:-9]],
    "/empty": list,
    "/smtp": lambda: [b"220 mx.example.com ESMTP\r\n"],
    "/bad-length": lambda: [_head(200, "Content-Length: many")],
    "/two-lengths": lambda: [_head(200, "Content-Length: 1", "Content-Length: 2")],
    "/circle": lambda: [_head(302, "Location: /circle", "Content-Length: 0")],
    "/nowhere": lambda: [_head(302, "Content-Length: 0")],
    "/to-a-file": lambda: [_head(302, "Location: file:///etc/passwd")],
    "/to-a-bad-port": lambda: [_head(302, "Location: https://localhost:99999999/")],
    "/to-a-bad-host": lambda: [_head(302, "Location: https://[/")],
    "/404": lambda: [_head(404, "Content-Length: 0")],
}
"""What the server sends for each path; it then closes the connection, except `/silent`."""


class _Handler(http.server.BaseHTTPRequestHandler):
    heard: list[str]
    plain: str

    def do_GET(self) -> None:
        self.heard.append(f"{self.headers['Host']} {self.headers.get('Authorization')}")
        if self.path in {"/to-plain", "/to-the-other"}:
            answer = iter([_head(302, f"Location: {self.plain}/fine", "Content-Length: 0")])
        else:
            answer = iter(ANSWERS[self.path]())
        with contextlib.suppress(OSError):
            for part in answer:
                self.wfile.write(part)
        if self.path == "/silent":
            self.rfile.read()

    do_HEAD = do_GET  # noqa: N815 - the name of http.server

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _server(
    context: ssl.SSLContext | None = None, plain: str = ""
) -> Iterator[tuple[int, list[str]]]:
    handler = type("Handler", (_Handler,), {"heard": [], "plain": plain})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.block_on_close = False
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1], handler.heard
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def plain() -> Iterator[str]:
    """Yield the address of a server without TLS."""
    with _server() as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def secure(plain: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server with TLS, which the process trusts, and what it heard."""
    folder = tmp_path_factory.mktemp("web")
    write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    with pytest.MonkeyPatch.context() as patch, _server(context, plain) as (port, heard):
        patch.setenv("SSL_CERT_FILE", str(folder / "certificate.pem"))
        yield f"https://localhost:{port}", heard


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test reaches soon."""
    monkeypatch.setattr(web_files, "LARGEST_BYTES", 1_000_000)
    monkeypatch.setattr(web_connections, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(web_files, "FETCH_SECONDS", 0.4)


def _failure(address: str) -> str:
    """Return why a file is not read: it is not found, or it cannot be fetched."""
    try:
        tables = load_reports(address)
    except SourceError as error:
        return str(error)
    assert tables.balance.rejected == 1
    return str(tables.problems["message"].iloc[0])


def test_a_file_is_read_over_tls(secure: tuple[str, list[str]]) -> None:
    """With a user, who is not shown."""
    address, heard = secure
    tables = load_reports(f"{address.replace('//', '//me:secret@')}/fine")

    assert tables.balance.reports == 1
    assert tables.reports["source"].tolist() == [f"{address}/fine"]
    assert heard[-1].endswith("Basic bWU6c2VjcmV0")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("206", "HTTP status 206"),
        ("404", "HTTP status 404"),
        ("endless", "it has more than 1,000,000 bytes"),
        ("without-an-end", "it has more than 1,000,000 bytes"),
        ("huge", "it has more than 1,000,000 bytes"),
        ("long-header", "no HTTP"),
        ("many-fields", "no HTTP"),
        ("early-hints", "not whole after"),
        ("slow-header", "not whole after"),
        ("slow-body", "not whole after"),
        ("silent", "silent for too long"),
        ("cut", "less than it announced"),
        ("empty", "no HTTP"),
        ("smtp", "no HTTP"),
        ("bad-length", "no HTTP"),
        ("two-lengths", "no HTTP"),
        ("circle", "more than 5 redirects"),
        ("nowhere", "more than 5 redirects"),
        ("to-a-file", "an address that is none"),
        ("to-a-bad-port", "an address that is none"),
        ("to-a-bad-host", "an address that is none"),
    ],
)
def test_whatever_a_server_sends_ends_in_a_plain_reason(plain: str, path: str, why: str) -> None:
    """In bounded time and space."""
    began = time.monotonic()

    assert why in _failure(f"{plain}/{path}")
    assert time.monotonic() - began < 5


def test_a_redirect_from_https_to_http_is_refused(secure: tuple[str, list[str]]) -> None:
    """Anybody on the way could write the reports."""
    assert "a redirect from HTTPS to plain HTTP, to 127.0.0.1" in _failure(f"{secure[0]}/to-plain")


def test_the_host_that_was_read_is_named_and_gets_no_password() -> None:
    """A redirect may lead to another server."""
    with (
        _server() as (other, heard_there),
        _server(plain=f"http://localhost:{other}") as (port, heard),
    ):
        tables = load_reports(f"http://me:secret@127.0.0.1:{port}/to-the-other")

    assert tables.reports["source"].tolist() == [
        f"http://127.0.0.1:{port}/to-the-other (from localhost)"
    ]
    assert heard == [f"127.0.0.1:{port} Basic bWU6c2VjcmV0"] * 2
    assert heard_there == [f"localhost:{other} None"] * 2


def test_a_redirect_leads_into_no_local_network(
    plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server outside could else read what only this machine may ask."""
    first = iter([False, True])
    monkeypatch.setattr(web_files, "_is_local", lambda _: next(first))
    with _server(plain=plain) as (port, _):
        message = _failure(f"http://127.0.0.1:{port}/to-the-other")

    assert "a redirect into a local network, to 127.0.0.1" in message


def test_a_certificate_that_is_not_trusted_is_said(
    secure: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a mailbox."""
    monkeypatch.delenv("SSL_CERT_FILE")

    assert "its certificate is not trusted: self-signed" in _failure(f"{secure[0]}/fine")


def test_a_server_without_tls_is_no_https(plain: str) -> None:
    """It answers a greeting with an error."""
    assert "no TLS" in _failure(f"{plain.replace('http', 'https')}/fine")


def test_a_disk_that_is_full_is_a_row(plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is kept on the disk while it is read."""
    (found,) = find_sources(f"{plain}/fine")
    assert isinstance(found, Source)

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(web_files.tempfile, "TemporaryFile", full)
    (outcome,) = read_source(found)

    assert isinstance(outcome, Rejected)
    assert "No space left on device" in outcome.problem.message


def test_an_address_with_other_letters_is_quoted() -> None:
    """As browsers do."""
    place = web_connections.place_of("https://me@bücher.example:8443/ä b?q=ü%20")

    assert web_connections.authority(place) == "xn--bcher-kva.example:8443"
    assert web_connections.target(place) == "/%C3%A4%20b?q=%C3%BC%20"
    assert web_connections.authority(web_connections.place_of("http://[::1]:80/")) == "[::1]:80"
