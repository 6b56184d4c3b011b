"""Sentences of the page about all domains of a store, beside those of every page."""

from collections.abc import Mapping
from types import MappingProxyType

from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.views.shares_in_words import is_missing, rough_percent

NAME = "Which domains can enforce MTA-STS"

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "parts": "Parts of this page",
        "hosts_link": "Mail servers ↓",
        "causes_link": "Causes ↓",
        "senders_link": "Senders ↓",
        "before": "Period before",
        "hosts": "Which mail servers hold back most domains?",
        "hosts_note": (
            "A repair makes those domains ready whose main cause it is; others have more than one."
        ),
        "no_hosts": "No mail server holds back a domain.",
        "causes": "What is wrong, over all domains?",
        "senders": "What does each sender report?",
        "what": "What is wrong",
        "main": "Main cause of",
        "not_ready": "Not ready with it",
        "every": "All with it",
        "examples": "For example",
        "domains": "Domains",
    }
)
"""Words of the template, by what they stand for."""


def before(share: float, change: tuple[float, float]) -> str:
    """Return what was refused in the period before, with the direction since if it is no chance.

    Examples
    --------
    >>> before(0.4, (-0.5, -0.2)), before(0.0, (0.01, 0.03)), before(0.5, (-0.1, 0.1))
    ('40 % ↓', '0 % ↑', '50 %')
    """
    if is_missing(share):
        return ""
    low, high = change
    arrow = " ↑" if low > 0 else " ↓" if high < 0 else ""
    return f"{rough_percent(share)}{arrow}"


def basis(*, sessions: int, domains: int, senders: int, untested: str) -> str:
    """Return the line that says what the page rests on.

    Examples
    --------
    >>> basis(sessions=1, domains=2, senders=1, untested="0 %")
    'Based on 1 connection about 2 domains from 1 sender; every connection was tested.'
    """
    tested = (
        "every connection was tested"
        if untested == "0 %"
        else f"{untested} of the connections were never tested"
    )
    return (
        f"Based on {counted(sessions, 'connection')} about {counted(domains, 'domain')} from"
        f" {counted(senders, 'sender')}; {tested}."
    )


def cut(shown: int, total: int, file_name: str) -> str:
    """Return what the page leaves out, and where it is.

    Examples
    --------
    >>> cut(2000, 100000, "fleet.csv")
    'The table shows the 2,000 most urgent of 100,000 domains; all domains are in fleet.csv.'
    """
    if shown >= total:
        return ""
    where = f"all domains are in {file_name}"
    return f"The table shows the {shown:,} most urgent of {total:,} domains; {where}."


def more_hosts(count: int) -> str:
    """Return how many hosts the page leaves out."""
    return f"{count:,} more are each behind fewer domains; the table has them." if count else ""
