"""The reports in a file as JSON without the names in them, to attach to a bug report."""

import json
from collections.abc import Iterator
from pathlib import Path

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.tolerant.json_documents import is_json
from tlsrpt_analysis.intake.wrappings import (
    archives,
    base64_texts,
    emlx,
    mail,
    mbox,
    outlook,
    packings,
)
from tlsrpt_analysis.intake.wrappings.kinds import ARCHIVES, kind_of
from tlsrpt_analysis.intake.wrappings.streams import Budget, Stream, Unreadable
from tlsrpt_analysis.standards.redaction import Redaction


def redacted_reports(path: str | Path, limits: Limits = DEFAULT_LIMITS) -> Iterator[str]:
    """Yield each JSON document in a file with its names, hosts and addresses replaced.

    The document need not be a report that can be read: broken JSON is redacted as well. What it
    is wrapped in, for example a mail with its header, is left out.

    Parameters
    ----------
    path : str or Path
        A report, or a mail or archive with reports.
    limits : Limits
        How much of it is read.

    Yields
    ------
    str
        A document; the same name becomes the same word in all of them.

    Raises
    ------
    SourceError
        When the file cannot be read, or holds no JSON object.

    Notes
    -----
    Names of organisations, hosts, mailboxes, IP addresses and fingerprints are replaced, and
    ``additional-information`` whole (RFC 8460 §4.3). Counts, dates, result types, reason codes and
    the names of known providers and reporters stay.
    """
    redaction = Redaction()
    is_empty = True
    try:
        with Path(path).open("rb", buffering=0) as file:
            stream = Stream(file.read, file=file if file.seekable() else None)
            for content in _documents(stream, Budget(limits), limits, 0):
                is_empty = False
                yield redaction.json_text(_text(content))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}: check the path") from error
    except Unreadable as error:
        raise SourceError(f"{path}: {error}") from error
    if is_empty:
        raise SourceError(f"{path}: there is no JSON object in it: pass the report itself")


def _documents(stream: Stream, budget: Budget, limits: Limits, depth: int) -> Iterator[bytes]:
    head = stream.peek(mail.HEAD_BYTES)
    if is_json(head):
        yield stream.read_all(limits.document_bytes, stage="json")
        return
    if depth > limits.depth:
        raise Unreadable("archive", f"it is wrapped more than {limits.depth} times")
    for inner in _unwrapped(stream, budget, limits):
        yield from _documents(inner, budget, limits, depth + 1)


def _unwrapped(stream: Stream, budget: Budget, limits: Limits) -> Iterator[Stream]:
    match kind_of(stream.peek(mail.HEAD_BYTES)):
        case "packed":
            yield packings.unpacked(stream, budget)
        case "zip" | "7z" | "tar" as kind:
            yield from _streams(ARCHIVES[kind]("", stream, budget))
        case "ole":
            yield Stream.of(outlook.mail_within(stream, limits) or b"")
        case "base64":
            yield base64_texts.decoded(stream, limits)
        case "emlx":
            yield emlx.mail_within(stream, limits)
        case "mbox":
            yield from map(Stream.of, mbox.split_mbox(stream, limits))
        case "mail":
            raw = stream.read_all(limits.mail_bytes, stage="mail")
            yield from (Stream.of(part.content) for part in mail.parse_mail(raw, limits).parts)


def _streams(members: Iterator[object]) -> Iterator[Stream]:
    for member in members:
        if isinstance(member, archives.Member):
            yield member.stream


def _text(content: bytes) -> str:
    return content.decode(json.detect_encoding(content), "replace").removeprefix("\ufeff")
