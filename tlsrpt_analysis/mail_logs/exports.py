"""Messages in tables that mail services export: Exchange Online, Exchange, Google Workspace, rspamd.

Columns are found by name, whatever their case, blanks, hyphens and underscores, as each console
and cmdlet spells them its own way.
"""

import csv
import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping

from tlsrpt_analysis.mail_logs.messages import Message, Unread, day_of, domain_of, first_of_each

Row = Mapping[str, str]

_SEPARATOR = re.compile(r"[\s_-]+")
_KEYS = ("networkmessageid", "messagetraceid", "messageid")
_TIMES = ("datetime", "datetimeutc", "origintimestamputc", "received", "startdate", "eventdate")
_INCOMING = frozenset({"", "incoming", "received", "inbound"})
_FIELDS = "#Fields:"
LONGEST_HEADER = 10_000
"""Characters of the line with the names of the columns."""
_LATEST = 32_503_680_000
"""The year 3000, in seconds."""
_OWN_HOSTS = (".prod.outlook.com", ".prod.exchangelabs.com")
"""Hosts between which Exchange Online hands a message on."""


def is_export(first_lines: list[str]) -> bool:
    """Whether lines begin a table with a sender for each message."""
    names = _names(_header(first_lines) or "")
    return "senderaddress" in names or {"sender", "messageid"} <= set(names)


def exported_messages(lines: Iterable[str], unread: Unread) -> Iterator[Message]:
    """Yield each message from outside once, however many rows it has.

    Rows of mail that was sent, and of events other than the receipt, are left out.
    """
    yield from first_of_each(_rows(iter(lines), unread))


def is_history(first_lines: list[str]) -> bool:
    """Whether lines begin the history of rspamd, as ``/history`` gives it."""
    start = "".join(first_lines).lstrip()
    return start.startswith(("{", "[")) and '"sender_smtp"' in start


def messages_of_history(lines: Iterable[str], unread: Unread) -> Iterator[Message]:
    """Yield the messages in the history of rspamd, without those of authenticated users."""
    try:
        found = json.loads("".join(lines))
    except (ValueError, RecursionError):
        unread.line_count += 1
        return
    rows = found.get("rows", []) if isinstance(found, dict) else found
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or not isinstance(row.get("sender_smtp"), str):
            unread.line_count += 1
        elif row.get("user", "unknown") in {"unknown", "", None}:
            recipients = row.get("rcpt_smtp")
            first = recipients[0] if isinstance(recipients, list) and recipients else ""
            yield Message(
                sender_domain=domain_of(row["sender_smtp"]),
                recipient_domain=domain_of(str(first)),
                day=_day_of_second(row.get("unix_time")),
            )


def _day_of_second(second: object) -> dt.date | None:
    if not isinstance(second, int | float) or not 0 <= second < _LATEST:
        return None
    return dt.datetime.fromtimestamp(second, dt.UTC).date()


def _header(lines: list[str]) -> str | None:
    for line in lines:
        if line.startswith(_FIELDS):
            return line.removeprefix(_FIELDS)[:LONGEST_HEADER]
        if line.strip() and not line.startswith("#"):
            return line[:LONGEST_HEADER]
    return None


def _names(header: str) -> list[str]:
    row = next(csv.reader([header.strip()], delimiter=_delimiter(header)), [])
    return [_SEPARATOR.sub("", name.strip().lower()) for name in row]


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _rows(lines: Iterator[str], unread: Unread) -> Iterator[tuple[str, Message]]:
    ahead: list[str] = []
    header = None
    while header is None:
        line = next(lines, None)
        if line is None:
            return
        ahead.append(line)
        header = _header(ahead)
    names = _names(header)
    content = (line.replace("\0", "") for line in lines if not line.startswith("#"))
    for values in _read(content, _delimiter(header), unread):
        if len(values) < len(names) // 2:
            unread.line_count += bool(values)
            continue
        row = dict(zip(names, values, strict=False))
        if _is_receipt(row):
            yield _key(row), _message(row)


def _read(lines: Iterator[str], delimiter: str, unread: Unread) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:  # for example a field over the limit
            unread.line_count += 1


def _is_receipt(row: Row) -> bool:
    direction = row.get("directionality") or row.get("direction") or ""
    if direction.strip().lower() not in _INCOMING:
        return False
    event = (row.get("eventid") or "RECEIVE").strip().upper()
    origin = (row.get("source") or "SMTP").strip().upper()
    return event == "RECEIVE" and origin == "SMTP"


def _key(row: Row) -> str:
    return next((row[name] for name in _KEYS if row.get(name)), "")


def _message(row: Row) -> Message:
    recipients = row.get("recipientaddress") or row.get("recipientstatus") or ""
    return Message(
        deliverer=_host(row.get("clienthostname", "")),
        sender_domain=domain_of(row.get("senderaddress") or row.get("sender") or ""),
        recipient_domain=domain_of(re.split(r"[;,#]", recipients, maxsplit=1)[0]),
        receiver=row.get("serverhostname", "").strip().lower(),
        day=next((day for name in _TIMES if (day := day_of(row.get(name, "")))), None),
    )


def _host(name: str) -> str:
    """Return the name of a host, unless it is one of Exchange Online's own front ends."""
    host = name.strip().lower().rstrip(".")
    return "" if "." not in host or host.endswith(_OWN_HOSTS) else host
