"""A strict reader of calendar files (RFC 5545), which fails at what the standard does not allow."""

import re

LINE = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=[^\";:,]+)*):(.*)")
UNESCAPED = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n"}


def read_events(text):
    """Return the events of a calendar file as dicts, or fail at what RFC 5545 does not allow."""
    assert text.endswith("\r\n")
    raw = text.removesuffix("\r\n").split("\r\n")
    assert all("\n" not in line and "\r" not in line for line in raw)
    assert all(len(line.encode()) <= 75 for line in raw)
    lines = "\r\n".join(raw).replace("\r\n ", "").split("\r\n")
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-1] == "END:VCALENDAR"
    events, event = [], None
    for line in lines[1:-1]:
        name, _, value = LINE.fullmatch(line).groups()
        if line == "BEGIN:VEVENT":
            assert event is None
            event = {}
        elif line == "END:VEVENT":
            assert {"UID", "DTSTAMP", "DTSTART"} <= set(event)
            events.append(event)
            event = None
        elif event is not None:
            assert name not in event
            event[name] = value_of(value)
    assert event is None
    return events


def value_of(text):
    """Return the text of a value; a lone separator or backslash is an error."""
    rest = re.sub(r"\\[\\;,n]", "", text)
    assert not re.search(r"[\\;,]", rest)
    return re.sub(r"\\[\\;,n]", lambda found: UNESCAPED[found[0]], text)
