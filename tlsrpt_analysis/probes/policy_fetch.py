"""The fetch of a policy from one address: no redirects, at most 64 KB, in limited time (RFC 8461 §3.3)."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass

import h11

from tlsrpt_analysis.probes.connections import Unconnected, open_connection, printable
from tlsrpt_analysis.probes.evidence import PolicyResponse, TlsSession
from tlsrpt_analysis.probes.options import ProbeOptions
from tlsrpt_analysis.probes.tls_handshake import TlsStream, shake_hands, tls_over

LARGEST_POLICY = 65_536
"""RFC 8461 §3.3 suggests this limit."""

_GZIP = b"\x1f\x8b"
LARGEST_HEADER = 16_384
PATH = "/.well-known/mta-sts.txt"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The outcome of an HTTP request."""

    outcome: str
    detail: str = ""
    status: int | None = None
    content_type: str = ""
    location: str = ""
    body: bytes = b""


async def fetch_policy(
    ip_address: str,
    host: str,
    options: ProbeOptions,
    context: ssl.SSLContext,
    certificates: dict[str, bytes],
) -> PolicyResponse:
    """Fetch the policy from one address of the policy host; the certificate is judged later."""
    try:
        reader, writer = await open_connection(ip_address, options.https_port, options)
    except Unconnected as reason:
        return PolicyResponse(ip_address=ip_address, outcome=str(reason))
    session: TlsSession | None = None
    try:
        async with asyncio.timeout(options.policy_seconds):
            stream = tls_over(reader, writer, context, host)
            session = await shake_hands(stream, host, options.policy_seconds, certificates)
            if session.outcome != "ok":
                answer = HttpAnswer(session.outcome, session.detail)
            else:
                answer = await get_policy(stream, host)
    except TimeoutError:
        answer = HttpAnswer(
            "policy-timeout", f"not served within {options.policy_seconds:g} seconds"
        )
    except (OSError, EOFError) as error:
        answer = HttpAnswer("http-closed", printable(str(error)))
    finally:
        writer.transport.abort()
    return PolicyResponse(
        ip_address=ip_address,
        outcome=answer.outcome,
        detail=answer.detail,
        status=answer.status,
        content_type=answer.content_type,
        location=answer.location,
        body=answer.body,
        tls=session,
    )


async def get_policy(stream: TlsStream, host: str) -> HttpAnswer:
    """Request the policy over a TLS connection, and read the answer whatever the server sends."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEADER)
    headers = [("Host", host), ("Accept-Encoding", "identity"), ("Connection", "close")]
    request = h11.Request(method="GET", target=PATH, headers=headers)
    await stream.write(
        (connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b"")
    )
    try:
        return await _answer(stream, connection)
    except h11.RemoteProtocolError as error:
        return HttpAnswer("not-http", printable(str(error)))


async def _answer(stream: TlsStream, connection: h11.Connection) -> HttpAnswer:
    response: h11.Response | None = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await stream.read())
        elif isinstance(event, h11.Response):
            response = event
            if event.status_code != 200:
                return _refused(event)
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
            if len(body) > LARGEST_POLICY:
                return HttpAnswer("policy-too-large", f"more than {LARGEST_POLICY} bytes")
        elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
            break
    if response is None:
        return HttpAnswer("http-closed", "the connection was closed without an answer")
    with contextlib.suppress(OSError):
        await stream.close_notify()
    coding = _header(response, b"content-encoding").lower()
    if coding not in ("", "identity") or body.startswith(_GZIP):
        detail = f"served compressed ({coding or 'gzip'}), which was not asked for"
        return HttpAnswer("policy-compressed", detail, response.status_code)
    content_type = _header(response, b"content-type")
    return HttpAnswer("ok", status=response.status_code, content_type=content_type, body=body)


def _refused(response: h11.Response) -> HttpAnswer:
    location = _header(response, b"location")
    status = response.status_code
    if 300 <= status < 400:
        detail = f"a redirect ({status}) to {location or 'nowhere'}, which senders do not follow"
        return HttpAnswer("http-redirect", detail, status, location=location)
    return HttpAnswer("http-status", f"the policy host answers {status}", status)


def _header(response: h11.Response, name: bytes) -> str:
    return next((printable(value) for key, value in response.headers if key == name), "")
