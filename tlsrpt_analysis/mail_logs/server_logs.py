"""Messages in the logs of mail servers: Postfix, Exim and Stalwart, line by line."""

import datetime as dt
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from tlsrpt_analysis.mail_logs.messages import Message, Unread, day_of, domain_of

MOST_OPEN = 100_000
"""Messages of Postfix whose further lines are waited for; the oldest is then counted as it is."""

_POSTFIX = re.compile(
    r"(?<![\w.-])(?P<host>[\w.-]+) postfix(?P<service>\S{0,60})/(?P<program>\w+)\[\d+\]: (?P<queue>\w+): (?P<rest>.*)"
)
_CLIENT = re.compile(r"client=([^\[\s]+)\[")
_FROM = re.compile(r"from=<([^<>]*)>")
_TO = re.compile(r"to=<([^<>]*)>")
_SYSLOG_DAY = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) \d\d:\d\d:\d\d ")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_EXIM = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d) \S+ (?:\S+ )?(?P<id>[\w-]{16,23}) <= (?P<sender>\S+) (?P<rest>.*)"
)
_EXIM_HOST = re.compile(r"\bH=(\S+)")
_STALWART = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T\S+ \S+ .*\(queue\.queue-message\S*\) (?P<rest>.*)"
)
_STALWART_FROM = re.compile(r'from = "([^"]*)"')
_STALWART_TO = re.compile(r'to = \[?"([^"]*)"')


def messages_of_log(lines: Iterable[str], unread: Unread) -> Iterator[Message]:
    """Yield each message that a server took from outside.

    Mail of authenticated users and of the server's own programs is left out. Lines of other
    programs are passed over; only lines that begin as a message and do not go on as one are unread.
    """
    open_messages: OrderedDict[str, Message] = OrderedDict()
    for line in lines:
        if found := _POSTFIX.search(line):
            yield from _postfix(found, line, open_messages)
        elif " <= " in line:
            yield from _exim(line, unread)
        elif "(queue.queue-message" in line:
            yield from _stalwart(line, unread)
    yield from open_messages.values()


def _postfix(
    found: re.Match[str], line: str, open_messages: OrderedDict[str, Message]
) -> Iterator[Message]:
    queue, rest = found["queue"], found["rest"]
    key = f"{found['host']} {queue}"
    is_reception = found["program"] == "smtpd" and queue != "NOQUEUE"
    if is_reception and (client := _CLIENT.match(rest)) and "sasl_username=" not in rest:
        host = "" if client[1] == "unknown" else client[1].lower()
        open_messages[key] = Message(
            deliverer=host or "unknown", receiver=found["host"].lower(), day=_day(line)
        )
        if len(open_messages) > MOST_OPEN:
            yield open_messages.popitem(last=False)[1]
        return
    message = open_messages.get(key)
    if message is None:
        return
    if rest == "removed":
        yield open_messages.pop(key)
    elif address := _TO.match(rest):
        open_messages[key] = _with(message, recipient=address[1])
    elif address := _FROM.match(rest):
        open_messages[key] = _with(message, sender=address[1])


def _with(message: Message, *, sender: str = "", recipient: str = "") -> Message:
    return Message(
        message.deliverer,
        domain_of(sender) or message.sender_domain,
        domain_of(recipient) or message.recipient_domain,
        message.receiver,
        message.day,
    )


def _day(line: str) -> dt.date | None:
    if (day := day_of(line)) is not None or not (found := _SYSLOG_DAY.match(line)):
        return day
    return _day_without_year(found[1], int(found[2]))


def _day_without_year(month: str, day: int) -> dt.date | None:
    """Return a day of syslog's old form, which has no year: 1904 stands for any, and is a leap year."""
    try:
        return dt.date(1904, _MONTHS.index(month) + 1, day)
    except ValueError:
        return None


def _exim(line: str, unread: Unread) -> Iterator[Message]:
    found = _EXIM.search(line)
    if found is None:
        unread.line_count += 1
        return
    rest = f" {found['rest']}"
    host = _EXIM_HOST.search(rest)
    if host is None or " A=" in rest:  # from a local program, or of an authenticated user
        return
    recipients = rest.rpartition(" for ")[2] if " for " in rest else ""
    name = host[1].lower()
    yield Message(
        deliverer="unknown" if name.startswith(("(", "[")) else name,
        sender_domain=domain_of(found["sender"]),
        recipient_domain=domain_of(recipients.split(" ")[0]),
        day=day_of(found["day"]),
    )


def _stalwart(line: str, unread: Unread) -> Iterator[Message]:
    found = _STALWART.match(line)
    sender = found and _STALWART_FROM.search(found["rest"])
    if not found or not sender:
        unread.line_count += 1
        return
    if "(queue.queue-message)" not in line:  # authenticated mail, reports and bounces of its own
        return
    recipient = _STALWART_TO.search(found["rest"])
    yield Message(
        sender_domain=domain_of(sender[1]),
        recipient_domain=domain_of(recipient[1] if recipient else ""),
        day=day_of(found["day"]),
    )
