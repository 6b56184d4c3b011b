"""Calendar files: a strict reader of RFC 5545 reads back what was written."""

import datetime as dt

import pytest
from support.calendar_reader import read_events

from tlsrpt_analysis.standards.calendar_file import CalendarEvent, calendar_file

DAY = dt.date(2026, 11, 28)


def written(**texts):
    """Return the only event of a calendar file, read back."""
    event = CalendarEvent(**{"uid": "1@x", "day": DAY, "summary": "", "description": ""} | texts)
    (read,) = read_events(calendar_file([event], name="Plan", written_on=DAY))
    return read


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "a; b, c \\ d\nsecond line",
        "long " * 60,
        "ü" * 200,
        "\N{HONEYBEE}" * 50,
        "END:VEVENT\nBEGIN:VEVENT",
        " begins and ends with a space ",
    ],
)
def test_every_text_is_read_back(text):
    """Separators, line breaks and letters of several octets."""
    read = written(summary=text, description=text)
    assert (read["SUMMARY"], read["DESCRIPTION"]) == (text, text)


def test_a_line_break_of_a_stranger_ends_no_line():
    """A carriage return and other controls are left out."""
    assert written(summary="a\r\nATTACH:x\x07")["SUMMARY"] == "a\nATTACH:x"


def test_an_event_is_the_whole_day_and_says_when_it_was_written():
    """DTEND is the day after (RFC 5545 §3.6.1), and DTSTAMP no clock."""
    read = written(uid="7@example.com", sequence=5)
    assert read["DTSTART"] == "20261128"
    assert read["DTEND"] == "20261129"
    assert read["DTSTAMP"] == "20261128T000000Z"
    assert (read["UID"], read["SEQUENCE"]) == ("7@example.com", "5")


def test_a_calendar_without_events_is_a_calendar():
    """A plan of no domain."""
    assert read_events(calendar_file([], name="Plan", written_on=DAY)) == []
