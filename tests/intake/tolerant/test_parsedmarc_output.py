"""What parsedmarc 11.1 made of two reports, in its JSON and its CSV, against the reports."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.readings import ends_of, message_of, outcomes_of
from support.wrappings import REPORT, gzipped, zipped

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome, ReportRead
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.parsedmarc_output import (
    CSV_LOSS,
    JSON_LOSS,
    is_output,
    read_csv,
    read_json,
)
from tlsrpt_analysis.intake.tolerant.reader import read_source
from tlsrpt_analysis.intake.wrappings.streams import Stream
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.standards.report import Report, read_report
from tlsrpt_analysis.tables import Balance

CSV, JSON, RESULTS = "smtp-tls.csv", "smtp-tls.json", "results.json"


@pytest.fixture(scope="module")
def originals(data: Path) -> list[Report]:
    """Return the reports as they were sent."""
    documents = json.loads((data / "parsedmarc-originals.json").read_bytes())
    return [read_report(document).report for document in documents]


def _outcomes(path: Path) -> list[Outcome]:
    return list(read_source(Source("it", str(path), 1)))


def _reports(outcomes: list[Outcome]) -> list[Report]:
    return [outcome.report for outcome in outcomes if isinstance(outcome, ReportRead)]


def _without(report: Report, *, contact: bool) -> Report:
    policies = tuple(
        replace(result, policy=replace(result.policy, mx_host=())) for result in report.policies
    )
    kept = report.contact_info if contact else None
    return replace(report, contact_info=kept, policies=policies)


@pytest.mark.parametrize("name", [JSON, RESULTS])
def test_its_json_gives_the_reports_without_mx_host(
    data: Path, originals: list[Report], name: str
) -> None:
    """Of one run, or as its command line prints all that it found."""
    outcomes = _outcomes(data / f"parsedmarc-{name}")

    assert _reports(outcomes) == [_without(report, contact=True) for report in originals]
    assert ends_of(outcomes) == [("it!report 1", "report", ""), ("it!report 2", "report", "")]


def test_its_csv_gives_the_same_without_the_contact(data: Path, originals: list[Report]) -> None:
    """Its failures are details, not further totals; a formula is unquoted."""
    outcomes = _outcomes(data / f"parsedmarc-{CSV}")

    assert _reports(outcomes) == [_without(report, contact=False) for report in originals]


@pytest.mark.parametrize(("name", "loss"), [(JSON, JSON_LOSS), (CSV, CSV_LOSS)])
def test_what_cannot_be_looked_up_back_is_reported(data: Path, name: str, loss: str) -> None:
    """Once for each report."""
    tables = load_reports(data / f"parsedmarc-{name}")

    assert tables.problems["message"].tolist()[:1] == [loss]
    assert (tables.problems["message"] == loss).sum() == 2
    assert set(tables.problems["severity"]) == {"forgiven"}


@pytest.mark.parametrize("name", [JSON, CSV])
def test_failures_are_not_counted_twice(data: Path, name: str) -> None:
    """The CSV has one column for both of their counts."""
    tables = load_reports(data / f"parsedmarc-{name}")

    assert tables.balance == Balance(members=2, reports=2)
    assert tables.policies["total_failure_session_count"].tolist() == [5, 0, 0, 1]
    assert tables.failures["failed_session_count"].tolist() == [3, 2, 1]
    assert tables.failures["policy_key"].tolist() == [0, 0, 3]
    assert tables.reports["reporter"].tolist() == ["Google", "Microsoft"]


def test_its_files_are_read_in_any_wrapping(data: Path, tmp_path: Path) -> None:
    """As all others are."""
    both = zipped(
        (data / f"parsedmarc-{CSV}").read_bytes(), gzipped((data / f"parsedmarc-{JSON}").read_bytes())
    )  # fmt: skip

    assert [kind for _, kind, _ in ends_of(outcomes_of(tmp_path, both))] == ["report"] * 4


def test_one_report_alone_is_read(data: Path, tmp_path: Path, originals: list[Report]) -> None:
    """As parsedmarc sends it to Kafka or a webhook."""
    report = json.loads((data / f"parsedmarc-{JSON}").read_bytes())[0]
    report["contact_info"] = [report["contact_info"], "other@example.com"]

    outcomes = outcomes_of(tmp_path, json.dumps(report).encode())

    assert _reports(outcomes) == [_without(originals[0], contact=True)]


def test_a_report_that_stands_there_twice_is_a_duplicate(data: Path, tmp_path: Path) -> None:
    """Whether parsedmarc was run again, or the reporter sent it again."""
    header, *rows = (data / f"parsedmarc-{CSV}").read_text().splitlines(keepends=True)
    path = tmp_path / "it.csv"
    for again in ([*rows, *rows], [*rows[:4], *rows]):
        path.write_text("".join([header, *again]))
        tables = load_reports(path)

        assert (tables.balance.reports, tables.balance.duplicates) == (2, len(again) // 4 - 1 or 1)
        assert tables.policies["total_failure_session_count"].sum() == 6


def test_a_csv_that_was_cut_or_changed_loses_no_other_report(data: Path, tmp_path: Path) -> None:
    """Its first policy, a count, or the end is gone."""
    header, *rows = (data / f"parsedmarc-{CSV}").read_text().splitlines(keepends=True)
    without_start = "".join([header, *rows[1:]]).encode()
    wrong_count = "".join([header, rows[0].replace(",40,", ",-40,"), *rows[4:]]).encode()
    without_end = "".join([header, *rows[:4], '"Mic']).encode()

    assert ends_of(outcomes_of(tmp_path, without_start)) == [
        ("it!report 1", "rejected", "report"),
        ("it!report 2", "report", ""),
    ]
    assert ends_of(outcomes_of(tmp_path, wrong_count))[0] == ("it!report 1", "rejected", "report")
    assert ends_of(outcomes_of(tmp_path, without_end)) == [
        ("it!report 1", "report", ""),
        ("it", "rejected", "report"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"organization_name,begin_date,end_date,report_id\n", "no TLS report in it"),
        (b'{"smtp_tls_reports": []}', "no TLS report in it"),
        (b'{"aggregate_reports": [{}]}', "no TLS report in it"),
        (b'{"smtp_tls_reports": [3]}', "no TLS report in it"),
        (b'{"smtp_tls_reports": [', "broken or cut off JSON of parsedmarc"),
        (b'{"smtp_tls_reports": [{"organization_name": "x"}]}', "no RFC 3339 date"),
        (b'{"organization_name": "x", "begin_date": "", "policies": [3]}', "no RFC 3339 date"),
    ],
)
def test_what_holds_no_report_is_a_row(tmp_path: Path, content: bytes, message: str) -> None:
    """Nothing is passed over in silence."""
    assert message in message_of(outcomes_of(tmp_path, content))


def test_endless_lines_and_reports_are_refused(tmp_path: Path) -> None:
    """A CSV is read as it comes, and no more of it is held than of a report."""
    header = b"organization_name,begin_date,end_date,report_id,policy_type\n"
    limits = Limits(document_bytes=1_000)
    endless_line = header + b"x" * 200_000
    endless_report = header + b"x,y,z,1,sts\n" * 2_000

    assert "a line of more than 1,000 bytes" in message_of(
        outcomes_of(tmp_path, endless_line, limits=limits)
    )
    assert "a report in it has more than 1,000 bytes" in message_of(
        outcomes_of(tmp_path, endless_report, limits=limits)
    )


def test_a_report_is_not_taken_for_its_output() -> None:
    """The names differ in a sign."""
    assert not is_output(REPORT)
    assert not is_output(b'[{"organization-name": "x"}]')


@given(st.data())
def test_no_change_of_its_output_makes_reading_raise(data: Path, changes: st.DataObject) -> None:
    """Nor lose a member: each report ends as something."""
    content = bytearray(
        (data / f"parsedmarc-{changes.draw(st.sampled_from([CSV, JSON]))}").read_bytes()
    )
    for _ in range(changes.draw(st.integers(1, 3))):
        at = changes.draw(st.integers(0, len(content)))
        content[at : at + changes.draw(st.integers(0, 5))] = changes.draw(st.binary(max_size=5))

    outcomes = [
        *read_csv("it", Stream.of(bytes(content)), longest=100_000),
        *read_json("it", bytes(content)),
    ]

    assert len(outcomes) >= 2
