"""Days about which reports are still to come."""

import datetime as dt
from dataclasses import replace

import pytest
from msgspec import structs
from support.daily_checks import clean, day
from support.made_reports import policy, report, tables

from tlsrpt_analysis.analyses.alerts.complete_days import complete_days, partial_days
from tlsrpt_analysis.analyses.numbering import day_numbers
from tlsrpt_analysis.standards.report import DateRange


def hourly(number, hours):
    """Return the reports of some hours of a day."""
    start = dt.datetime.combine(day(number), dt.time(), dt.UTC)
    for hour in hours:
        begin = start + dt.timedelta(hours=hour)
        read = report(policy(5), day=number)
        range_ = DateRange.between(begin, begin + dt.timedelta(hours=1))
        changed = structs.replace(read.report, date_range=range_, report_id=f"{number}-{hour}")
        yield replace(read, source=f"{number}-{hour}.json", report=changed)


def complete(loaded, today):
    """Return the complete days of some reports."""
    reports = loaded.reports
    covered = reports.assign(
        day=day_numbers(reports["day"]),
        begin=reports["start_datetime"].astype("int64"),
        end=reports["end_datetime"].astype("int64"),
    )
    return complete_days(loaded, today, partial_days(covered))


def last_days(found):
    """Return the last day of each reporter."""
    return {
        str(name): last.date()
        for name, last in found.policies.groupby("reporter", observed=True)["day"].max().items()
    }


def test_nothing_is_said_about_today():
    """Its reports are about a part of it."""
    found = complete(tables(*clean("Google", range(5))), day(4))
    assert last_days(found) == {"Google": day(3)}


@pytest.mark.parametrize(("hours", "last"), [(range(9), 4), (range(23), 5)])
def test_the_last_day_of_hourly_reports_waits_for_its_end(hours, last):
    """The other reporter's day is complete."""
    reports = [each for number in range(5) for each in hourly(number, range(24))]
    reports += [*hourly(5, hours), *clean("Microsoft", range(6))]
    found = complete(tables(*reports), day(9))
    assert last_days(found) == {"Google": day(last), "Microsoft": day(5)}
    assert len(found.reports) == len(reports)


def test_a_few_days_show_no_usual_time():
    """Then each day counts."""
    reports = [*hourly(0, range(24)), *hourly(1, range(3))]
    assert last_days(complete(tables(*reports), day(9))) == {"Google": day(1)}
