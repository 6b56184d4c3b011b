"""Reports inside other JSON, as webhooks and collectors send them: objects, texts and base64."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from tlsrpt_analysis.intake.outcomes import Outcome, Skipped, skipped_member, with_leniencies
from tlsrpt_analysis.intake.tolerant import json_documents
from tlsrpt_analysis.intake.wrappings import mail
from tlsrpt_analysis.intake.wrappings.base64_texts import is_base64
from tlsrpt_analysis.intake.wrappings.streams import Stream, member_name, readable_name
from tlsrpt_analysis.standards.report import REPORT_KEYS, is_report_like

NO_REPORT = "JSON, but not a TLS report (RFC 8460 §4.4)"

MOST_PARTS = 1_000
"""Values of one document that are looked at; a webhook sends one report, or a few."""

DEPTH = 8
"""Levels of objects and arrays above a report; the bodies of webhooks have three or four."""

_SHORTEST_TEXT = 40
_MARKS = tuple(f'"{key}"' for key in REPORT_KEYS)


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside a JSON document that may be or hold a report, and where it stands."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A JSON document that is no report itself, and the parts of it that may be."""

    name: str
    parts: tuple[Part, ...]
    leniencies: tuple[str, ...]


def wrapper_of(name: str, value: object, leniencies: tuple[str, ...]) -> Wrapper | None:
    """Return what may be reports inside a document; None if nothing may be.

    Examples
    --------
    >>> inner = {"report-id": "1", "policies": []}
    >>> [part.path for part in wrapper_of("a.json", {"data": {"report": inner}}, ()).parts]
    ['data.report']
    """
    parts = tuple(islice(_parts(value, "", DEPTH), MOST_PARTS))
    return Wrapper(name, parts, leniencies) if parts else None


def outcomes_within(
    wrapper: Wrapper, read: Callable[[str, Stream], Iterator[Outcome]]
) -> Iterator[Outcome]:
    """Yield what the parts of a document are; it is one member if none of them is a report."""
    is_empty = True
    for part in wrapper.parts:
        leniencies = (*wrapper.leniencies, f"the report is inside {readable_name(part.path)}")
        for outcome in read(member_name(wrapper.name, part.path), Stream.of(part.content)):
            if not isinstance(outcome, Skipped):
                is_empty = False
                yield with_leniencies(outcome, "report", leniencies)
    if is_empty:
        yield skipped_member(wrapper.name, "json", NO_REPORT)


def _parts(value: object, path: str, depth: int) -> Iterator[Part]:
    if isinstance(value, str):
        content = value.encode(errors="replace")
        if len(value) >= _SHORTEST_TEXT and _may_be_report(value, content):
            yield Part(path, content)
    elif isinstance(value, Mapping) and path and is_report_like(value):
        yield Part(path, json.dumps(value).encode())
    elif depth and isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _parts(inner, f"{path}.{key}" if path else str(key), depth - 1)
    elif depth and isinstance(value, list):
        for inner in value:
            yield from _parts(inner, path, depth - 1)


def _may_be_report(text: str, content: bytes) -> bool:
    head = content[: mail.HEAD_BYTES]
    if json_documents.is_json(head):
        return any(mark in text for mark in _MARKS)
    return is_base64(head) or (mail.is_mail(head) and mail.declares_report(content))
