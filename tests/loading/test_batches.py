"""Red flags of reports from the strict reader, on each side of each limit."""

import datetime as dt

import pytest
from support.wrappings import report_document

from tlsrpt_analysis.intake.red_flags import Expectations
from tlsrpt_analysis.loading.batches import BatchBuilder, ReportRules
from tlsrpt_analysis.standards.strict_reader import decode_report

START, TWO_DAYS_LATER = "2026-07-01T00:00:00Z", "2026-07-03T00:00:00Z"
TODAY = dt.date(2026, 7, 1)


def _flags(start: str, end: str, *, received: str | None = None) -> list[str]:
    document = report_document(date_range={"start-datetime": start, "end-datetime": end})
    decoded = decode_report(document)
    assert decoded is not None
    builder = BatchBuilder(ReportRules(Expectations(today=TODAY)))
    builder.take_decoded("it", decoded, received and dt.datetime.fromisoformat(received))
    return [str(message)[:20] for message in builder.batch().problems["message"].to_pylist()]


@pytest.mark.parametrize(
    ("end", "flags"),
    [(TWO_DAYS_LATER, []), ("2026-07-03T00:00:01Z", ["it is about 2 days a"])],
)
def test_a_range_of_more_than_two_days_is_flagged(end: str, flags: list[str]) -> None:
    """A report is about one day (RFC 8460 §4.1)."""
    assert _flags(START, end) == flags


@pytest.mark.parametrize(
    ("day", "flags"),
    [
        ("2026-07-01", []),
        ("2026-07-02", []),  # clocks differ
        ("2026-07-03", ["it is about 2026-07-"]),
    ],
)
def test_a_report_about_the_day_after_tomorrow_is_rejected(day: str, flags: list[str]) -> None:
    """A day ahead may be a matter of time zones."""
    assert _flags(f"{day}T00:00:00Z", f"{day}T23:59:59Z") == flags


@pytest.mark.parametrize(
    ("received", "flags"),
    [
        ("2026-07-15T23:59:59+00:00", []),
        ("2026-07-16T00:00:00+00:00", ["it came 14 days afte"]),
        (None, []),
    ],
)
def test_a_report_that_came_two_weeks_late_is_flagged(
    received: str | None, flags: list[str]
) -> None:
    """Queues and holidays take less."""
    assert _flags(START, "2026-07-01T23:59:59Z", received=received) == flags


def test_a_report_about_a_day_after_its_arrival_is_rejected() -> None:
    """It cannot know that day; a day of tolerance is for clocks and time zones."""
    days = {"start": "2026-06-03T00:00:00Z", "end": "2026-06-03T23:59:59Z"}

    assert _flags(**days, received="2026-06-02T00:00:00+00:00") == []
    assert _flags(**days, received="2026-06-01T23:00:00+00:00") == ["it is about 2026-06-"]
