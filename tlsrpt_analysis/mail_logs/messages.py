"""A message in a mail log, and who sent it; no address of a person is kept."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.organizations import organization_of_host, organization_of_mailbox

OTHER = "(other senders)"
"""Senders whose reports have no name here."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message from outside.

    Attributes
    ----------
    deliverer : str
        The verified name of the host that delivered it; empty where the log has none.
    sender_domain : str
        The domain of the envelope sender; empty for a bounce.
    recipient_domain : str
        The domain of a recipient; empty where the log does not say.
    receiver : str
        The host that took it, as the log names it; empty where it names none.
    day : date or None
        When it came.
    """

    deliverer: str = ""
    sender_domain: str = ""
    recipient_domain: str = ""
    receiver: str = ""
    day: dt.date | None = None


@dataclass(slots=True)
class Unread:
    """How many lines of a log look like messages and could not be read."""

    line_count: int = 0


def domain_of(address: str) -> str:
    """Return the domain of an address in the form that DNS compares, without the person.

    Examples
    --------
    >>> domain_of("<Anna@Example.COM.>"), domain_of("<>")
    ('example.com', '')
    """
    return normalize_domain(address.strip(" <>'\"").rpartition("@")[2]) if "@" in address else ""


def sender_of(message: Message) -> str:
    """Return the reporter that a message came from, by the host or else by the address.

    A host decides: a mailing list that forwards mail of gmail.com is another sender. Where a log
    names no host, customers of Google and Microsoft with domains of their own count as others.

    Examples
    --------
    >>> sender_of(Message(deliverer="mail-f41.google.com", sender_domain="shop.example"))
    'Google'
    >>> sender_of(Message(sender_domain="hotmail.com")), sender_of(Message(sender_domain="shop.example"))
    ('Microsoft', '(other senders)')
    """
    if message.deliverer:
        known = organization_of_host(message.deliverer)
    else:
        known = organization_of_mailbox(message.sender_domain)
    return OTHER if known is None else known.name


def counted(messages: Iterable[Message], unread: Unread) -> pd.DataFrame:
    """Return ``reporter message_count``, largest first, with what they rest on in ``attrs``."""
    counts: Counter[str] = Counter()
    domains: Counter[str] = Counter()
    days: set[dt.date] = set()
    for message in messages:
        counts[sender_of(message)] += 1
        domains[message.recipient_domain] += 1
        if message.day is not None:
            days.add(message.day)
    frame = pd.DataFrame(counts.most_common(), columns=["reporter", "message_count"])
    frame.attrs |= {
        "day_count": len(days),
        "domain_message_counts": dict(domains),
        "unread_line_count": unread.line_count,
    }
    return frame


def day_of(text: str) -> dt.date | None:
    """Return the day that a time stamp begins with, in the forms that exports use.

    Examples
    --------
    >>> day_of("2026-10-01T00:00:01.123Z"), day_of("10/31/2026 1:02:03 AM"), day_of("soon")
    (datetime.date(2026, 10, 1), datetime.date(2026, 10, 31), None)
    """
    first = text.strip().strip('"')[:10].split("T")[0].split(" ")[0]
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d"):
        try:
            return dt.datetime.strptime(first, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None


def first_of_each(keyed: Iterable[tuple[str, Message]]) -> Iterator[Message]:
    """Yield the first message with each key: exports repeat a message for each recipient or event."""
    seen: set[int] = set()
    for key, message in keyed:
        digest = hash(key)
        if not key or digest not in seen:
            seen.add(digest)
            yield message
