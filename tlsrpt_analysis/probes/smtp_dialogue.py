"""One SMTP dialogue up to TLS: greeting, EHLO, STARTTLS, QUIT; it never sends mail."""

import asyncio
import contextlib
import ipaddress
import ssl
from dataclasses import dataclass, field

from tlsrpt_analysis.probes.addresses import redacted
from tlsrpt_analysis.probes.connections import Unconnected, open_connection, printable
from tlsrpt_analysis.probes.evidence import SmtpDialogue, TlsSession
from tlsrpt_analysis.probes.options import ProbeOptions
from tlsrpt_analysis.probes.tls_handshake import shake_hands, tls_over

MOST_LINES = 100
"""The most lines of one reply: no EHLO has more, and an endless one must end."""

QUIT_SECONDS = 3.0

NO_EHLO = (500, 502)
"""The host does not know EHLO (RFC 5321 §4.2.4); other refusals are about us, not about TLS."""

ANSWERED = (
    "smtp-tempfail",
    "smtp-rejected",
    "starttls-not-offered",
    "starttls-refused",
    "starttls-tempfail",
)
"""Outcomes after which QUIT is sent; a host that has not greeted must not be spoken to."""


class Ended(Exception):  # noqa: N818 - an outcome that is caught below, not an error
    """The dialogue ended early; the arguments are the code and the detail of the finding."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, printable(detail)


@dataclass(slots=True)
class SmtpConnection:
    """An open connection and the transcript of what was said on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    transcript: list[str] = field(default_factory=list)

    async def reply(self, seconds: float, late: str) -> tuple[int, list[str]]:
        """Return the code and the lines of a reply; `late` is the outcome after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._reply()
        except TimeoutError:
            raise Ended(late) from None
        except (asyncio.IncompleteReadError, OSError):
            raise Ended("smtp-closed") from None
        except (ValueError, asyncio.LimitOverrunError):
            raise Ended("smtp-garbage", "a line without an end") from None

    async def _reply(self) -> tuple[int, list[str]]:
        texts = []
        for _ in range(MOST_LINES):
            line = (await self.reader.readuntil(b"\n")).rstrip(b"\r\n")
            if not _is_reply(line):
                raise Ended("not-smtp" if not self.transcript else "smtp-garbage", printable(line))
            self.transcript.append(f"< {printable(line)}")
            texts.append(printable(line[4:]))
            if line[3:4] != b"-":
                return int(line[:3]), texts
        raise Ended("smtp-garbage", f"a reply of more than {MOST_LINES} lines")

    async def say(self, command: str) -> None:
        """Send a command."""
        self.transcript.append(f"> {command}")
        with contextlib.suppress(OSError):  # reading the reply finds that it is closed
            self.writer.write(command.encode("ascii", "replace") + b"\r\n")
            await self.writer.drain()


async def talk(
    ip_address: str,
    server_name: str | None,
    options: ProbeOptions,
    context: ssl.SSLContext,
    certificates: dict[str, bytes],
) -> SmtpDialogue:
    """Return the dialogue with one address; whatever the host does is an outcome, not an exception.

    Without `server_name` the handshake sends no SNI.
    """
    try:
        reader, writer = await open_connection(ip_address, options.smtp_port, options)
    except Unconnected as reason:
        return SmtpDialogue(
            server_name=server_name,
            outcome=str(reason),
            detail=printable(str(reason.__cause__ or "")),
        )
    connection = SmtpConnection(reader, writer)
    result: dict[str, object] = {}
    try:
        async with asyncio.timeout(options.host_seconds):
            session = await _to_tls(connection, server_name, options, context, certificates)
            result = {"outcome": session.outcome, "detail": session.detail, "tls": session}
    except Ended as end:
        result = {"outcome": end.code, "detail": end.detail}
        if end.code in ANSWERED:
            await _hang_up(connection)
    except TimeoutError:
        result = {"outcome": "total-timeout"}
    finally:
        writer.transport.abort()
    result["detail"] = redacted(str(result.get("detail", "")), ip_address, options.helo)
    transcript = tuple(redacted(text, ip_address, options.helo) for text in connection.transcript)
    return SmtpDialogue(
        server_name=server_name,
        banner=next((text[6:] for text in transcript if text.startswith("< 220")), ""),
        transcript=transcript,
        is_clean_quit=any(text.startswith("< 221") for text in transcript),
        **result,  # type: ignore[arg-type]  # the outcomes above
    )


async def _to_tls(
    connection: SmtpConnection,
    server_name: str | None,
    options: ProbeOptions,
    context: ssl.SSLContext,
    certificates: dict[str, bytes],
) -> TlsSession:
    helo = options.helo or _literal(connection.writer.get_extra_info("sockname")[0])
    _expect(await connection.reply(options.banner_seconds, "banner-timeout"))
    await connection.say(f"EHLO {helo}")
    code, texts = await connection.reply(options.command_seconds, "command-timeout")
    if code >= 400 and code not in NO_EHLO:
        raise Ended("smtp-tempfail" if code < 500 else "smtp-rejected", f"{code} {texts[0]}")
    offered = [text.split(" ")[0].upper() for text in texts[1:]] if code < 300 else []
    if "STARTTLS" not in offered:
        raise Ended("starttls-not-offered", "" if offered else f"{code} {texts[0]}")
    await _start_tls(connection, options)
    stream = tls_over(connection.reader, connection.writer, context, server_name)
    session = await shake_hands(stream, server_name, options.command_seconds, certificates)
    if session.outcome == "ok":
        with contextlib.suppress(TimeoutError, ssl.SSLError, OSError):
            async with asyncio.timeout(QUIT_SECONDS):
                await stream.write(b"QUIT\r\n")
                connection.transcript.append("> QUIT")
                connection.transcript.append(f"< {printable((await stream.read()).rstrip())}")
                await stream.close_notify()
    return session


async def _start_tls(connection: SmtpConnection, options: ProbeOptions) -> None:
    await connection.say("STARTTLS")
    try:
        code, texts = await connection.reply(options.command_seconds, "starttls-timeout")
    except Ended as end:
        renamed = {"smtp-closed": "starttls-closed", "smtp-garbage": "starttls-garbage"}
        raise Ended(renamed.get(end.code, end.code), end.detail) from None
    if code != 220:
        refused = code >= 500
        raise Ended("starttls-refused" if refused else "starttls-tempfail", f"{code} {texts[0]}")
    # text that came with the 220 was not protected: an attacker may have injected it
    if connection.reader._buffer:  # type: ignore[attr-defined]  # noqa: SLF001 - no public way to look
        raise Ended("plaintext-after-starttls")


def _expect(greeting: tuple[int, list[str]]) -> None:
    code, texts = greeting
    if code != 220:
        outcome = "smtp-tempfail" if code < 500 else "smtp-rejected"
        raise Ended(outcome, f"{code} {texts[0]}")


async def _hang_up(connection: SmtpConnection) -> None:
    with contextlib.suppress(Ended, OSError, TimeoutError):
        async with asyncio.timeout(QUIT_SECONDS):
            await connection.say("QUIT")
            await connection.reply(QUIT_SECONDS, "command-timeout")


def _is_reply(line: bytes) -> bool:
    """Whether a line is one of a reply: a code from 200 to 599 and a separator (RFC 5321 §4.2)."""
    return line[:1] in b"2345" and line[:3].isdigit() and line[3:4] in (b"", b" ", b"-")


def _literal(own_address: str) -> str:
    version = ipaddress.ip_address(own_address.partition("%")[0]).version
    return f"[{'IPv6:' if version == 6 else ''}{own_address}]"
