"""Report documents built to overflow, to deceive or to be read in two ways."""

import bz2
import json

from support.hostile_reports import DISGUISED, HELO, LINK, MARKUP, ORGANIZATION
from support.wrappings import REPORT, report_document

LARGEST_EXACT = 2**53
FORMULAS = ('=HYPERLINK("http://evil.example/","look")', "+1+cmd|' /C calc'!A0", "@SUM(1)", "-1+1")

TEXTS = {
    "markup": ORGANIZATION + MARKUP,
    "mathematics": r"$\href{http://evil.example/}{look here}$ \(\frac{1}{2}\) $$x$$",
    "formulas": " ".join((HELO, *FORMULAS)),
    "formula": FORMULAS[0],
    "disguise": DISGUISED,
    "controls": "".join(map(chr, (*range(32), 127, *range(128, 160)))),
    "bidi": "a\u202eb\u2066c\u200fd\u061ce\u2028f\ufeffg",
    "terminal": "\x1b]8;;http://evil.example/\x1b\\link\x1b]8;;\x1b\\ \x1b[2J\x9b31m",
    "script-link": LINK,
    "path": "../../../etc/passwd\0.json",
}


def hostile_documents() -> dict[str, bytes]:
    """Return each document by its file name."""
    return {
        "deep.json": b'{"policies": ' + b"[" * 1_000 + b"]" * 1_000 + b"}",
        "deep-objects.json": b'{"policies": ' * 1_000 + b"1" + b"}" * 1_000,
        "largest-counts.json.bz2": bz2.compress(_largest_counts()),
        "huge-count.json": with_successes(b"1" + b"0" * 400),
        "negative-counts.json": with_successes(b"-40"),
        "not-a-number.json": with_successes(b"NaN"),
        "infinity.json": with_successes(b"Infinity"),
        "overflowing-float.json": with_successes(b"1e999"),
        "future.json": report_on("2126-07-01"),
        "year-1970.json": report_on("1970-01-01"),
        "year-1.json": report_on("0001-01-01"),
        "year-9999.json": report_on("9999-12-31"),
        "ends-before-it-starts.json": report_document(
            date_range={
                "start-datetime": "2026-07-02T00:00:00Z",
                "end-datetime": "2026-07-01T00:00:00Z",
            }
        ),
        "unpaired-surrogates.json": report_document(organization_name="A\ud800B\udc00C"),
        "bytes-that-are-no-utf-8.json": REPORT.replace(
            b"Google Inc.", b"G\xffgle\xc0\x80\xed\xa0\x80"
        ),
        "duplicate-keys.json": REPORT[:-1] + b', "organization-name": "Evil", "policies": []}',
        **{f"text-{name}.json": _text_in_every_field(text) for name, text in TEXTS.items()},
    }


def with_successes(count: bytes) -> bytes:
    """Return the tiny report with another number of successes, written as it is."""
    old = b'"total-successful-session-count": 40'
    assert old in REPORT
    return REPORT.replace(old, old[:-2] + count)


def report_on(day: str) -> bytes:
    """Return the tiny report, of another day."""
    times = {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"}
    return report_document(date_range=times, report_id=day)


def _largest_counts() -> bytes:
    """Return 1,025 policies whose counts add up to more than 64 bits hold."""
    summary = {
        "total-successful-session-count": LARGEST_EXACT,
        "total-failure-session-count": LARGEST_EXACT,
    }
    policy = {"policy-type": "sts", "policy-domain": "example.com"}
    return report_document(policies=[{"policy": policy, "summary": summary}] * 1_025)


def _text_in_every_field(text: str) -> bytes:
    """Return a report in which each text but the days is the same hostile one."""
    return json.dumps(_replaced(json.loads(REPORT), text)).encode()


def _replaced(value: object, text: str) -> object:
    match value:
        case dict():
            return {
                key: part if key.endswith("-datetime") else _replaced(part, text)
                for key, part in value.items()
            }
        case list():
            return [_replaced(part, text) for part in value]
        case str():
            return text
        case _:
            return value
