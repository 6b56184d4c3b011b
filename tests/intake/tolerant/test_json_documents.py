"""JSON texts: one value, lines, arrays, what follows, and what an untrusted text may cost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.readings import ends_of, message_of, outcomes_of
from support.wrappings import REPORT, gzipped, mailed, report_document

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import ReportRead

OTHER = report_document(report_id="2")
SPREAD = json.dumps(json.loads(OTHER), indent=2).encode()

SEVERAL = {
    "lines": REPORT + b"\n" + OTHER + b"\n",
    "lines with CRLF and empty ones": REPORT + b"\r\n\r\n" + OTHER,
    "one after the other": REPORT + SPREAD,
    "an array": b"[" + REPORT + b",\n" + OTHER + b"]",
    "an array with something else": b"[" + REPORT + b', 7, {"a": 1}, ' + OTHER + b"]",
    "arrays on lines": b"[" + REPORT + b"]\n[" + OTHER + b"]",
}


@pytest.mark.parametrize("content", SEVERAL.values(), ids=SEVERAL.keys())
@pytest.mark.parametrize("wrap", [bytes, gzipped], ids=["plain", "gzip"])
def test_every_report_of_a_text_is_a_member(tmp_path: Path, content: bytes, wrap: type) -> None:
    """Some collectors append reports to one file, or join them in an array."""
    outcomes = outcomes_of(tmp_path, wrap(content))
    read = [outcome for outcome in outcomes if isinstance(outcome, ReportRead)]

    assert [outcome.report.report_id for outcome in read] == [
        "2026-07-01T00:00:00Z_example.com",
        "2",
    ]
    assert len({source for source, _, _ in ends_of(outcomes)}) == len(outcomes)


def test_lines_are_held_one_at_a_time(tmp_path: Path) -> None:
    """A file of lines may be larger than any document may be."""
    limits = Limits(document_bytes=4_000)
    outcomes = outcomes_of(tmp_path, (REPORT + b"\n") * 200, limits=limits)

    assert len(outcomes) == 200
    assert all(isinstance(outcome, ReportRead) for outcome in outcomes)
    cut = outcomes_of(tmp_path, (REPORT + b"\n") * 2 + b'{"a": "' + b"x" * 200_000, limits=limits)
    assert ends_of(cut)[-1] == ("it", "rejected", "json")
    assert message_of(cut[-1:]) == "it has a line of more than 4,000 bytes"


def test_a_broken_line_costs_no_other(tmp_path: Path) -> None:
    """And its number is in the message."""
    outcomes = outcomes_of(tmp_path, REPORT + b"\n" + REPORT[:-9] + b"}\n" + OTHER + b"\n")

    assert ends_of(outcomes) == [
        ("it!line 1", "report", ""),
        ("it!line 2", "rejected", "json"),
        ("it!line 3", "report", ""),
    ]


def test_a_cut_second_document_is_rejected_and_the_first_kept(tmp_path: Path) -> None:
    """Nothing is lost without a row."""
    outcomes = outcomes_of(tmp_path, SPREAD + SPREAD[:100])

    assert ends_of(outcomes) == [("it", "report", ""), ("it!the rest", "rejected", "json")]


FORGIVEN = [
    (REPORT + bytes(3), "zeros after the JSON"),
    (REPORT + b"\n-- \nscanned", "something that is not JSON follows the report"),
    (b'{"tls-report": ' + REPORT + b"}", "the report is inside tls-report"),
    (b"[" + REPORT + b"]", "an array of reports instead of one report (RFC 8460 §4.4)"),
    (REPORT.decode().encode("utf-16-le"), None),
    (REPORT.decode().encode("utf-16"), "UTF-16 instead of UTF-8 (RFC 8259 §8.1)"),
]


@pytest.mark.parametrize(("content", "leniency"), FORGIVEN)
def test_what_is_forgiven_of_a_text_is_reported(
    tmp_path: Path, content: bytes, leniency: str | None
) -> None:
    """Each leniency is a row; without a byte order mark UTF-16 cannot be distinguished from other bytes."""
    (outcome,) = outcomes_of(tmp_path, content)

    if leniency is None:
        assert ends_of([outcome]) == [("it", "skipped", "source")]
    else:
        assert isinstance(outcome, ReportRead)
        assert [problem.message for problem in outcome.problems] == [leniency]


def test_an_array_in_a_mail_is_read(tmp_path: Path) -> None:
    """Whatever its media type."""
    raw = mailed(gzipped(b"[" + REPORT + b"]"))

    (outcome,) = outcomes_of(tmp_path, raw)

    assert isinstance(outcome, ReportRead)


TOO_MUCH = {
    "objects": b'{"policies": [' + b"{}," * 500_000 + b"{}]}",
    "depth": b'{"policies": ' + b"[" * 70 + b"]" * 70 + b"}",
    "depth without an end": b'{"a": ' + b"[" * 150_000,
    "brackets in a text": b'{"a": "' + b"[" * 100 + b'"}',
    "quotes without an end": b'{"a": "' + b'\\"' * 5_000_000,
}


@pytest.mark.parametrize("content", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_a_text_that_costs_too_much_is_not_decoded(tmp_path: Path, content: bytes) -> None:
    """Millions of tiny objects take a hundred times their bytes."""
    (outcome,) = outcomes_of(tmp_path, content)

    assert not isinstance(outcome, ReportRead)
    assert outcome.problem.stage == "json"


def test_a_document_of_tiny_objects_costs_bounded_memory(tmp_path: Path) -> None:
    """Measured by the operating system, in a process of its own."""
    path = tmp_path / "bomb.json"
    path.write_bytes(b'{"report-id": 1, "policies": [' + b"{}," * 6_000_000 + b"{}]}")
    code = (
        "import sys, resource, tlsrpt_analysis as t; before = resource.getrusage(0).ru_maxrss;"
        "print(t.load_reports(sys.argv[1], progress=False).balance.rejected,"
        " resource.getrusage(0).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", code, str(path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert shown[0] == "1"
    assert int(shown[1]) < 150_000  # kilobytes, on Linux
