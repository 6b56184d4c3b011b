"""A TLS handshake that accepts everything and keeps the served chain."""

import asyncio
import contextlib
import hashlib
import ssl
import warnings
from dataclasses import dataclass

from tlsrpt_analysis.probes.evidence import TlsSession

READ_SIZE = 16_384
_LEGACY_SERVER_CONNECT = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, named from Python 3.12 on


def permissive_context() -> ssl.SSLContext:
    """Return a context that accepts old protocols and any certificate, which are judged later."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():  # old protocols are what we look for
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
    context.options |= _LEGACY_SERVER_CONNECT
    return context


@dataclass(slots=True)
class TlsStream:
    """TLS over an open stream, through memory buffers, so that asyncio's streams stay as they are."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    tls: ssl.SSLObject

    async def handshake(self) -> None:
        """Do the handshake; raises ``ssl.SSLError``, ``EOFError`` or ``OSError``."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._send()
                await self._receive()
            else:
                return await self._send()

    async def write(self, data: bytes) -> None:
        """Send application data."""
        self.tls.write(data)
        await self._send()

    async def read(self) -> bytes:
        """Return the next application data, empty at the end."""
        while True:
            try:
                return self.tls.read(READ_SIZE)
            except ssl.SSLWantReadError:
                await self._send()
                try:
                    await self._receive()
                except EOFError:
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    async def close_notify(self) -> None:
        """Send close_notify without waiting for an answer."""
        with contextlib.suppress(ssl.SSLError, OSError):
            self.tls.unwrap()
        await self._send()

    async def _send(self) -> None:
        if self.outgoing.pending:
            self.writer.write(self.outgoing.read())
            await self.writer.drain()

    async def _receive(self) -> None:
        data = await self.reader.read(READ_SIZE)
        if not data:
            self.incoming.write_eof()
            raise EOFError
        self.incoming.write(data)


def tls_over(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    context: ssl.SSLContext,
    server_name: str | None,
) -> TlsStream:
    """Return TLS over an open stream; `server_name` is sent as SNI when given."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    return TlsStream(reader, writer, incoming, outgoing, tls)


def served_chain(tls: ssl.SSLObject) -> tuple[list[bytes], bool]:
    """Return the chain in DER as it was sent, and whether it is complete.

    The public method came with Python 3.13; before, only the wrapped object had it.
    """
    inner = getattr(tls, "_sslobj", None)
    get_chain = getattr(tls, "get_unverified_chain", None) or getattr(
        inner, "get_unverified_chain", None
    )
    if get_chain is None:
        leaf = tls.getpeercert(binary_form=True)
        return ([leaf] if leaf else []), False
    import _ssl  # noqa: PLC0415 - only needed where the chain is a list of its objects

    return [
        c if isinstance(c, bytes) else c.public_bytes(_ssl.ENCODING_DER) for c in get_chain() or ()
    ], True


async def shake_hands(
    stream: TlsStream, server_name: str | None, seconds: float, certificates: dict[str, bytes]
) -> TlsSession:
    """Make a TLS session and return its outcome; `certificates` gets those served, by SHA-256."""
    try:
        async with asyncio.timeout(seconds):
            await stream.handshake()
    except TimeoutError:
        return TlsSession(server_name=server_name, outcome="tls-timeout")
    except ssl.SSLEOFError:
        return TlsSession(server_name=server_name, outcome="tls-closed")
    except ssl.SSLError as error:
        detail = error.reason or type(error).__name__
        return TlsSession(server_name=server_name, outcome="tls-handshake", detail=detail)
    except (EOFError, OSError):
        return TlsSession(server_name=server_name, outcome="tls-closed")
    chain, is_whole = served_chain(stream.tls)
    digests = [hashlib.sha256(der).hexdigest() for der in chain]
    certificates.update(zip(digests, chain, strict=True))
    cipher = stream.tls.cipher()
    return TlsSession(
        server_name=server_name,
        outcome="ok",
        protocol=stream.tls.version() or "",
        cipher=cipher[0] if cipher else "",
        chain=tuple(digests),
        is_whole_chain=is_whole,
    )
