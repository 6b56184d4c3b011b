"""Zips, tars and mboxes of reports, read fast; the tolerant reader takes over where it must.

The tolerant reader (`tlsrpt_analysis.intake.tolerant.reader`) yields the same outcomes whenever it
reads the same file: it starts over, and the outcomes that were already yielded are dropped.
"""

import io
from collections.abc import Callable, Iterator
from itertools import chain, islice

from tlsrpt_analysis.intake.fast.files import NotExact
from tlsrpt_analysis.intake.fast.mails import read_mbox
from tlsrpt_analysis.intake.fast.members import GZIP, FastOutcome, FastReader
from tlsrpt_analysis.intake.fast.tars import file_chunks, inflated_chunks, untarred
from tlsrpt_analysis.intake.fast.zip_directory import zip_entries
from tlsrpt_analysis.intake.fast.zips import unzipped
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.sources.files import Source
from tlsrpt_analysis.intake.tolerant.documents import is_document
from tlsrpt_analysis.intake.wrappings import mail
from tlsrpt_analysis.intake.wrappings.kinds import kind_of
from tlsrpt_analysis.intake.wrappings.streams import Stream

_READ_BYTES = 262_144


def read_archive(
    source: Source,
    limits: Limits,
    tolerant: Callable[[], Iterator[Outcome]],
    *,
    on_read: Callable[[int], object] | None = None,
    takes_mails: bool = True,
) -> Iterator[FastOutcome]:
    """Read a file, which may be an archive of reports, and yield what the tolerant reader yields.

    Parameters
    ----------
    source : Source
        A file on this disk.
    limits : Limits
        What it may cost.
    tolerant : callable
        Reads it from its start with the tolerant reader.
    on_read : callable, optional
        Called with the number of bytes of each read.
    takes_mails : bool
        Whether mails are read here too; only the tolerant reader checks their signatures.
    """
    count = 0
    try:
        for outcome in _exactly(source, FastReader(limits, takes_mails=takes_mails), on_read):
            count += 1
            yield outcome
    except (NotExact, OSError):
        pass
    else:
        if count:
            return
    yield from islice(tolerant(), count, None)


def _exactly(
    source: Source, reader: FastReader, on_read: Callable[[int], object] | None
) -> Iterator[FastOutcome]:
    with io.BufferedReader(source.open(on_read=on_read), _READ_BYTES) as file:
        head = file.peek(mail.HEAD_BYTES)[: mail.HEAD_BYTES]
        if is_zip(head):
            yield from unzipped(source.name, file, zip_entries(file, reader.limits), reader)
        elif kind_of(head) == "mbox" and reader.takes_mails:
            yield from read_mbox(source.name, Stream(file.read), reader.limits)
        elif (chunks := tar_chunks(file, reader.limits)) is not None:
            # the other half is for the tar itself
            reader.budget.unpack(reader.limits.unpacked_bytes // 2)
            yield from untarred(source.name, chunks, reader)


def is_zip(head: bytes) -> bool:
    """Whether the tolerant reader takes bytes for the start of a zip."""
    return kind_of(head) == "zip" and not is_document(head)


def tar_chunks(file: "io.BufferedReader[io.RawIOBase]", limits: Limits) -> Iterator[bytes] | None:
    """Return the bytes of a tar, inflated if they are packed; None for anything else.

    Raises
    ------
    NotExact, OSError
        Here or while the chunks are read, where the tolerant reader must take over.
    """
    head = file.peek(mail.HEAD_BYTES)[: mail.HEAD_BYTES]
    if is_document(head):
        return None
    chunks = inflated_chunks(file, limits) if head.startswith(GZIP) else file_chunks(file)
    start = b""
    while len(start) < mail.HEAD_BYTES and (chunk := next(chunks, None)) is not None:
        start += chunk
    head = start[: mail.HEAD_BYTES]
    return chain([start], chunks) if kind_of(head) == "tar" and not is_document(head) else None
