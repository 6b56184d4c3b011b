"""The JSON values in a text: one, several one after another, or an array of them.

Its size is checked before it is decoded: Python objects take many times the bytes of their JSON.
"""

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.streams import ASK_AGAIN, CHUNK_BYTES, Stream, Unreadable
from tlsrpt_analysis.standards.repeated_members import json_object

OTHER_BOMS = (BOM_UTF16_LE, BOM_UTF16_BE)
_START = re.compile(rb'[ \t\r\n]*(?:\[[ \t\r\n]*)?\{[ \t\r\n]*(?:["}]|$)')
_LINES = re.compile(rb'[ \t\r\n]*\{"[^\n]*\}[ \t]*\r?\n[ \t\r\n]*\{"')
_TEXT = re.compile(rb'"(?:[^"\\]+|\\.)*+(?:"|\Z)', re.DOTALL)  # an unclosed string goes to the end
_PAIR = re.compile(rb"\[\]|\{\}")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_BLANK = re.compile(r"[ \t\r\n]*")
_DRAFT_KEY = "tls-report"


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value, its place (None if it is alone), and what was forgiven."""

    value: object
    place: str | None = None
    leniencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """Text that should be a JSON value, and why it is not."""

    message: str
    place: str | None = None


def is_json(head: bytes) -> bool:
    """Whether bytes start as a JSON object, or as an array of objects."""
    if head.startswith(OTHER_BOMS):  # as PowerShell writes redirected output
        head = head[2:].replace(b"\0", b"")
    return _START.match(head.removeprefix(BOM_UTF8)) is not None


def documents(stream: Stream, limits: Limits) -> Iterator[Document | Broken]:
    """Yield the JSON values of a stream; JSON lines are held one at a time.

    Raises
    ------
    Unreadable
        When it has more bytes, objects or levels than the limits allow.
    """
    if _LINES.match(stream.peek(CHUNK_BYTES)):
        for number, line in enumerate(_lines(stream, limits.document_bytes), start=1):
            if line.strip():
                for found in _in_text(line, limits, f"line {number}"):
                    yield _on_its_line(found)
    else:
        yield from _in_text(stream.read_all(limits.document_bytes, stage="json"), limits, None)


def _on_its_line(found: Document | Broken) -> Document | Broken:
    if isinstance(found, Broken):
        return found
    return replace(found, leniencies=(*found.leniencies, "one of several reports, one per line"))


def _lines(stream: Stream, longest: int) -> Iterator[bytes]:
    waiting = b""
    while chunk := stream.read(CHUNK_BYTES):
        *lines, waiting = (waiting + chunk).split(b"\n")
        yield from lines
        if len(waiting) > longest:
            raise Unreadable("json", f"it has a line of more than {longest:,} bytes")
    yield waiting


def _in_text(content: bytes, limits: Limits, line: str | None) -> Iterator[Document | Broken]:
    _check(content, limits)
    try:
        text = content.decode(json.detect_encoding(content), "surrogatepass")
    except UnicodeDecodeError as error:
        yield Broken(f"broken or cut off JSON (not in UTF-8, {error.reason}): {ASK_AGAIN}", line)
        return
    leniencies = _encoding_leniencies(content)
    if text.rstrip(" \t\r\n") != (stripped := text.rstrip(" \t\r\n\0")):
        leniencies = (*leniencies, "zeros after the JSON")  # files that were preallocated
    yield from _values(stripped.removeprefix("\ufeff"), leniencies, line)


def _values(
    text: str, leniencies: tuple[str, ...], line: str | None
) -> Iterator[Document | Broken]:
    decoder = json.JSONDecoder(object_pairs_hook=json_object)
    found: list[object] = []
    broken = None
    place = _blank(text, 0)
    while place < len(text) or not found:
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            if found and not text.startswith(("{", "["), place):  # a signature, say
                leniencies = (*leniencies, "something that is not JSON follows the report")
            else:
                broken = Broken(f"broken or cut off JSON ({error}): {ASK_AGAIN}", line)
            break
        found.append(value)
        place = _blank(text, place)
    if len(found) > 1 or (found and broken):
        leniencies = (*leniencies, "several JSON documents one after another")
    yield from _placed(found, leniencies, line)
    if broken:
        yield replace(broken, place="the rest") if found else broken


def _placed(
    found: list[object], leniencies: tuple[str, ...], line: str | None
) -> Iterator[Document]:
    values: list[object] = []
    for value in found:
        if isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
            values += value
            leniencies = (*leniencies, "an array of reports instead of one report (RFC 8460 §4.4)")
        else:
            values.append(value)
    for number, value in enumerate(values, start=1):
        place = line if len(values) == 1 else f"{line or 'document'} {number}"
        inner = value.get(_DRAFT_KEY) if isinstance(value, Mapping) and len(value) == 1 else None
        if isinstance(inner, Mapping):
            yield Document(inner, place, (*leniencies, f"the report is inside {_DRAFT_KEY}"))
        else:
            yield Document(value, place, leniencies)


def _check(content: bytes, limits: Limits) -> None:
    count = content.count(b"{") + content.count(b"[")
    if count > limits.json_containers:
        raise Unreadable(
            "json",
            f"it has {count:,} objects and arrays, more than {limits.json_containers:,}:"
            " load it with larger limits if you trust it",
        )
    if count > limits.json_depth and _is_deeper(content, limits.json_depth):
        raise Unreadable("json", f"its JSON is more than {limits.json_depth} levels deep")


def _is_deeper(content: bytes, depth: int) -> bool:
    brackets = _TEXT.sub(b"", content).translate(None, _NO_BRACKETS)
    for _ in range(depth):  # each round removes the innermost level
        peeled = _PAIR.sub(b"", brackets)
        if len(peeled) == len(brackets):  # what is left is cut off or not JSON
            return len(brackets) > depth
        brackets = peeled
    return bool(brackets)


def _blank(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


def _encoding_leniencies(content: bytes) -> tuple[str, ...]:
    if content.startswith(BOM_UTF8):
        return ("a byte order mark before the JSON (RFC 8259 §8.1)",)
    if content.startswith(OTHER_BOMS):
        return ("UTF-16 instead of UTF-8 (RFC 8259 §8.1)",)
    return ()
