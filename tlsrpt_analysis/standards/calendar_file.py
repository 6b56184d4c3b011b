"""Calendar files of RFC 5545, with events that take a whole day."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_OCTETS = 75
"""The longest line without its end (RFC 5545 §3.1)."""

_ESCAPES = str.maketrans(
    {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""}
)  # RFC 5545 §3.3.11


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """What happens on a day.

    `uid` is the same whenever the same event is written again, so that a calendar replaces it;
    the writing with the higher `sequence` counts (RFC 5545 §3.8.7.4).
    """

    uid: str
    day: dt.date
    summary: str
    description: str
    sequence: int = 0


def calendar_file(events: Iterable[CalendarEvent], *, name: str, written_on: dt.date) -> str:
    r"""Return a calendar file: lines ended by CRLF, none longer than 75 octets (RFC 5545 §3.1).

    Parameters
    ----------
    events : iterable of CalendarEvent
        What happens.
    name : str
        The name of the calendar.
    written_on : date
        The day on which the events were written, for ``DTSTAMP`` (RFC 5545 §3.8.7.2).

    Examples
    --------
    >>> day = dt.date(2026, 11, 28)
    >>> event = CalendarEvent("1@example.com", day, "Enforce, at last", "File; then record")
    >>> print(calendar_file([event], name="Plan", written_on=day).replace("\r\n", "\n"))
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//tlsrpt_analysis//change plan//EN
    CALSCALE:GREGORIAN
    METHOD:PUBLISH
    X-WR-CALNAME:Plan
    BEGIN:VEVENT
    UID:1@example.com
    DTSTAMP:20261128T000000Z
    SEQUENCE:0
    DTSTART;VALUE=DATE:20261128
    DTEND;VALUE=DATE:20261129
    SUMMARY:Enforce\, at last
    DESCRIPTION:File\; then record
    TRANSP:TRANSPARENT
    END:VEVENT
    END:VCALENDAR
    <BLANKLINE>
    """
    return "".join(f"{_folded(line)}\r\n" for line in _lines(events, name, written_on))


def _lines(events: Iterable[CalendarEvent], name: str, written_on: dt.date) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//tlsrpt_analysis//change plan//EN"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield f"X-WR-CALNAME:{_escaped(name)}"
    for event in events:
        yield "BEGIN:VEVENT"
        yield f"UID:{_escaped(event.uid)}"
        yield f"DTSTAMP:{written_on:%Y%m%d}T000000Z"
        yield f"SEQUENCE:{event.sequence}"
        yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.day + dt.timedelta(1):%Y%m%d}"
        yield f"SUMMARY:{_escaped(event.summary)}"
        yield f"DESCRIPTION:{_escaped(event.description)}"
        yield "TRANSP:TRANSPARENT"
        yield "END:VEVENT"
    yield "END:VCALENDAR"


def _escaped(text: str) -> str:
    """Return a text as the value of a property, without control characters."""
    kept = "".join(letter for letter in text if letter in "\n\t" or letter.isprintable())
    return kept.translate(_ESCAPES)


def _folded(line: str) -> str:
    """Fold a line between characters: the next line goes on after one space (RFC 5545 §3.1)."""
    lines = [""]
    octets = 0
    for letter in line:
        size = len(letter.encode())
        if octets + size > MOST_OCTETS:
            lines.append(" ")
            octets = 1
        lines[-1] += letter
        octets += size
    return "\r\n".join(lines)
