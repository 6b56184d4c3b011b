"""A connection to one address, opened within a time limit."""

import asyncio
import errno

from tlsrpt_analysis.probes.options import ProbeOptions
from tlsrpt_analysis.shown_texts import on_one_line

LONGEST_LINE = 4096
"""The most bytes of a reply line that are read; RFC 5321 §4.5.3.1 allows 512."""


class Unconnected(Exception):  # noqa: N818 - an outcome that the callers catch, not an error
    """The connection could not be opened; the text is the code of the finding."""


async def open_connection(
    ip_address: str, port: int, options: ProbeOptions
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to an address, and to nothing else."""
    target, target_port = options.target(ip_address, port)
    try:
        async with asyncio.timeout(options.connect_seconds):
            return await asyncio.open_connection(target, target_port, limit=LONGEST_LINE)
    except TimeoutError:
        raise Unconnected("tcp-timeout") from None
    except ConnectionError:
        raise Unconnected("tcp-refused") from None
    except OSError as error:
        code = "tcp-timeout" if error.errno == errno.ETIMEDOUT else "tcp-unreachable"
        raise Unconnected(code) from error


def printable(data: bytes | str, length: int = 200) -> str:
    """Return one line of text from what a stranger sent, without what a terminal would act on."""
    text = on_one_line(data if isinstance(data, str) else data.decode("utf-8", "replace"))
    return text if len(text) <= length else text[:length] + "…"
