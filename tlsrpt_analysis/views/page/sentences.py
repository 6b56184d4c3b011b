"""Every sentence of the page in one place, so that another language is another module like this.

Sentences of the analyses (causes, cures, headlines) are those of the analyses.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tlsrpt_analysis.shown_texts import counted, joined, shown

LANGUAGE = "en"
STALE_DAYS = 7
"""From how many days on the age of the last report is said; most reports arrive within two."""
_ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
NOT_GIVEN = "(not given)"
LETTER = "Letter"
NOT_KNOWN = "not known"
NAME = "What enforcing MTA-STS would cost"
CHART_NOTE = "Share of the tested connections refused or that enforce mode would refuse, week by week; thin lines: 95 % range."
BEGAN, ENDED = "began", "over"
UNNAMED_HOST = "the mail server"
NO_DOMAIN = "The reports name no domain."
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

READY, NOT_READY, TOO_LITTLE = "ready", "not ready", "too little data"
CLEAN, REFUSING = "enforced, clean", "enforced, refusing mail"

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        REFUSING: "refuses mail now",
        NOT_READY: "not ready",
        TOO_LITTLE: "too little data",
        READY: "ready",
        CLEAN: "enforced",
    }
)
"""The words of the chip of each verdict, the most urgent first."""

TILES: Mapping[str, str] = MappingProxyType(
    {
        REFUSING: "enforced, and refusing mail",
        NOT_READY: "need a fix first",
        TOO_LITTLE: "too little data",
        READY: "can switch today",
        CLEAN: "enforced, and clean",
    }
)

READY_MEANS = (
    "Ready: two senders or more have tested the policy on 14 days or more, and enforcing it today"
    " would refuse next to nothing. Connections are attempts to deliver mail; refused is what enforce"
    " mode would turn away."
)

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "domain": "Domain",
        "verdict": "Verdict",
        "refused": "Refused today",
        "whose": "Whose mail",
        "fix": "Fix",
        "details": "Details",
        "search": "Search the domains",
        "nothing_found": "No domain has this in its row.",
        "show_ready": "Show the domains that need nothing",
        "no_plan": "Only the most urgent domains have their plan here; tlsrpt-analysis plan writes all.",
        "how": "How",
        "back": "When to go back, and how",
        "switch": "How to switch, and the evidence",
        "all_clean": "Domains that need nothing, with their evidence",
        "by_domain": "By domain",
        "steps": "What is to be done, in this order?",
        "plan": "When can it switch to enforce?",
        "when": "When did it happen?",
        "senders": "Whose mail is it?",
        "hosts": "Which mail server (MX)?",
        "selective": "Does only one sender see it?",
        "compared": "Share that failed on all days that were compared, not only on those of today:",
        "sure": "How sure is this?",
        "history": "What was wrong, and is repaired?",
        "evidence": "Evidence",
        "others": "Other names in the reports",
        "origin": "Where do these figures come from?",
        "method": "How are they calculated?",
        "look_around": "Look around",
        "look_around_note": (
            "Choose a domain, a sender, a cause or a span of time, and all counts here follow; choose it"
            " again to leave it. They are of the whole time of the reports, not only of today."
        ),
        "sender": "Sender",
        "tested": "Tested today",
        "refused_count": "Refused today",
        "share": "Share refused today",
        "untested": "Never tested",
        "host": "Mail server (MX)",
        "share_of_failures": "Share of the failures",
        "check": "To make sure",
        "wrong": "What is wrong",
        "who": "Who",
        "copy": "Copy",
        "copied": "Copied",
        "theme": "Dark or light",
        "top": "Back to the table",
        "rejected": "Inputs that could not be read",
        "versions": "Made with",
        "code": "The Python that writes this page",
        "exact": "The exact words of the analysis",
        "alternative": "Or instead",
        "refused_chart": "Share of the tested connections refused",
        "confirmed": "confirmed by a probe",
        "commands": "Lines to copy",
        "same_lines": "Lines to copy: those of step",
        "same_cure": "How to do it: as in step",
        "ready_means": READY_MEANS,
        "days_not_tested": "no tested connection",
    }
)
"""Words of the template, by what they stand for."""

LINKED: Mapping[str, str] = MappingProxyType(
    {
        "domain": "Domain",
        "sender": "Sender",
        "cause": "What is wrong",
        "time": "Share refused, by {noun}",
        "from": "From",
        "to": "to",
        "reset": "Show all",
        "all_domain": "all domains",
        "all_sender": "all senders",
        "all_cause": "all causes",
        "and_more": "{first} and {count} more",
        "span": "{first} to {last}",
        "sum": "{choice}: enforce mode would have refused {share} of {tested} tested connections.",
        "nothing": "{choice}: no connection was tested, so nothing is known.",
        "backwards": "No {noun} is chosen: the first is after the last.",
        "row": "{name}: {share} of {tested} tested connections refused",
        "untested": "nothing tested",
        "details": "Details of {name}",
        "under": "under 0.1 %",
        "over": "over 99 %",
    }
)
"""Words of the linked views, which their script fills in."""

METHOD: Sequence[str] = (
    (
        "Refused today: connections that enforce mode would refuse, at most, of the connections to which"
        " a sender applied the policy (tested), on the last 28 days or since the last change that matters"
        " (RFC 8461 §5, RFC 8460 §4)."
    ),
    (
        "Ranges are 95 % intervals with days as the unit, because connections of one day are not"
        " independent; below 8 days there is none."
    ),
    (
        "A connection is not a message: a message can take several connections, and a connection can"
        " carry several messages."
    ),
    (
        "Only senders that report are in these figures. Senders that ignore such policies deliver in any"
        " case."
    ),
    "A day without a report is unknown, not free of failures.",
    (
        "A refused connection need not be lost mail: a sender that follows the standard tries the next"
        " mail server (RFC 8461 §5.1)."
    ),
)


def answer(counts: Mapping[str, int]) -> str:
    """Return the title of a page about several domains.

    Examples
    --------
    >>> answer({"ready": 5, "not ready": 4})
    '5 of 9 domains can switch to enforce today; 4 need a fix first.'
    >>> answer({"ready": 3})
    'All 3 domains can switch to enforce today.'
    >>> answer({"not ready": 1, "too little data": 2, "enforced, refusing mail": 1})
    '1 of 4 domains enforces its policy and refuses mail now; 1 needs a fix first; 2 have too little data.'
    """
    total = sum(counts.values())
    parts = [_part(verdict, counts.get(verdict, 0)) for verdict in _answer_order(counts)]
    parts = [part for part in parts if part]
    if len(parts) == 1:
        first = "Both" if total == 2 else f"All {total:,}"
        return f"{first} domains {parts[0].split(' ', 1)[1]}."
    number, rest = parts[0].split(" ", 1)
    return "; ".join([f"{number} of {total:,} domains {rest}", *parts[1:]]) + "."


def _answer_order(counts: Mapping[str, int]) -> Sequence[str]:
    if counts.get(REFUSING):
        return (REFUSING, NOT_READY, READY, CLEAN, TOO_LITTLE)
    return (READY, CLEAN, NOT_READY, TOO_LITTLE)


def _part(verdict: str, count: int) -> str:
    if not count:
        return ""
    one, many = {
        READY: ("can switch to enforce today", "can switch to enforce today"),
        NOT_READY: ("needs a fix first", "need a fix first"),
        TOO_LITTLE: ("has too little data", "have too little data"),
        CLEAN: ("enforces its policy already", "enforce their policies already"),
        REFUSING: (
            "enforces its policy and refuses mail now",
            "enforce their policies and refuse mail now",
        ),
    }[verdict]
    return f"{count:,} {one if count == 1 else many}"


def answer_for_one(domain: str, verdict: str, share: str, tested: int, *, is_refused: bool) -> str:
    """Return the title of a page about one domain.

    Examples
    --------
    >>> answer_for_one("example.com", "not ready", "27 %", 4000, is_refused=True)
    'example.com is not ready: about 27 % of its tested mail connections would be refused today.'
    """
    if verdict == READY:
        of = f"none of its {tested:,}" if not is_refused else f"{share} of its {tested:,}"
        return f"{domain} can switch to enforce today: {of} tested connections would be refused."
    if verdict == CLEAN:
        return f"{domain} enforces its policy, and next to no mail is refused."
    if verdict == REFUSING:
        return f"{domain} enforces its policy and refuses {about(share)} of its mail connections today."
    if verdict == NOT_READY and is_refused:
        return (
            f"{domain} is not ready: {about(share)} of its tested mail connections would be"
            " refused today."
        )
    if verdict == NOT_READY:
        return f"{domain} is not ready: senders do not find its policy."
    return f"{domain}: the reports say too little to decide."


def about(share: str) -> str:
    """Return a share as it reads within a sentence."""
    return f"about {share}" if share[:1].isdigit() else share


def summary_for(verdict: str, share: str, range_text: str, whose: str, *, is_refused: bool) -> str:
    """Return what a domain's details begin with."""
    within = f" ({range_text})" if range_text else ""
    if is_refused:
        verb = "are refused today" if verdict == REFUSING else "would be refused today"
        of = f": {whose[:1].lower()}{whose[1:]}" if whose else ""
        return f"{about(share)[:1].upper()}{about(share)[1:]}{within} of the tested connections {verb}{of}."
    if verdict == NOT_READY:
        return "Nothing is refused, but the policy itself is missing or cannot be fetched."
    if verdict == TOO_LITTLE:
        return "The reports are not enough for an answer."
    if verdict == CLEAN:
        return "The policy is enforced, and no tested connection of today was refused."
    return "Nothing to do: no tested connection of today would be refused."


def basis(  # noqa: PLR0913 - the figures of one sentence
    *, reports: int, days: int, reporters: int, untested: str, authenticated: int, checked: int
) -> str:
    """Return the line that says what the page rests on.

    Examples
    --------
    >>> basis(reports=2, days=1, reporters=1, untested="0 %", authenticated=0, checked=0)
    'Based on 2 reports of 1 day from 1 sender; every connection was tested; no report was authenticated.'
    """
    tested = (
        "every connection was tested"
        if untested == "0 %"
        else f"{untested} of the connections were never tested"
    )
    proof = (
        f"{authenticated:,} of {reports:,} reports were proven to be their sender's"
        if checked
        else "no report was authenticated"
    )
    return (
        f"Based on {counted(reports, 'report')} of {counted(days, 'day')} from"
        f" {counted(reporters, 'sender')}; {tested}; {proof}."
    )


def whose_mail(names: Sequence[str], senders: int) -> str:
    """Return whose connections are refused, of all senders that tested.

    Examples
    --------
    >>> whose_mail(["Microsoft"], 5), whose_mail(["A", "B", "C"], 3), whose_mail(["A", "B", "C", "D"], 6)
    ('Only Microsoft', 'All 3 senders', '4 of 6 senders')
    """
    if not names:
        return ""
    if len(names) == 1:
        return f"Only {names[0]}" if senders > 1 else names[0]
    if len(names) == 2:
        return joined(list(names))
    if len(names) == senders:
        return f"All {senders:,} senders"
    return f"{len(names):,} of {senders:,} senders"


def gain(before: str, after: str) -> str:
    """Return what a step gains."""
    return f"{before} → {after} refused"


def who(responsible: str) -> str:
    """Return who has to act, as the reader is addressed."""
    return {
        "you": "You",
        "your provider": "Your mail provider",
        "the sender": "The sender",
    }.get(responsible, "You, to find out more")


def day_text(day: dt.date) -> str:
    """Return a day as readers write it.

    Examples
    --------
    >>> day_text(dt.date(2026, 7, 1))
    '1 Jul 2026'
    """
    return f"{short_day(day)} {day.year}"


def readable(text: str) -> str:
    """Return a sentence of the analyses with its days as readers write them, safe to show.

    Examples
    --------
    >>> readable("It began between 2026-07-26 and 2026-07-27.")
    'It began between 26 Jul 2026 and 27 Jul 2026.'
    """
    return _ISO_DAY.sub(_day_of, shown(text))


def _day_of(found: re.Match[str]) -> str:
    try:
        return day_text(dt.date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


def stale(last_day: dt.date, made_on: dt.date) -> str:
    """Return a warning where the last report is old when the page is made; else nothing.

    Examples
    --------
    >>> stale(dt.date(2026, 10, 31), dt.date(2026, 11, 27))
    'The last report is of 31 Oct 2026, 27 days before this page was made: today means then.'
    >>> stale(dt.date(2026, 10, 31), dt.date(2026, 11, 3))
    ''
    """
    age = (made_on - last_day).days
    if age < STALE_DAYS:
        return ""
    return (
        f"The last report is of {day_text(last_day)}, {age:,} days before this page was made: today"
        " means then."
    )


def short_day(day: dt.date) -> str:
    """Return a day without its year, for an axis."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def period_text(first: dt.date, last: dt.date) -> str:
    """Return a period, its year once where both days have the same.

    Examples
    --------
    >>> period_text(dt.date(2026, 7, 1), dt.date(2026, 10, 31))
    '1 Jul to 31 Oct 2026'
    """
    if first == last:
        return day_text(first)
    start = short_day(first) if first.year == last.year else day_text(first)
    return f"{start} to {day_text(last)}"


def cut(shown: int, total: int, details: int, file_name: str) -> str:
    """Return what the page leaves out, and where it is."""
    parts = []
    if shown < total:
        parts.append(f"The table shows the {shown:,} most urgent of {total:,} domains")
    if details:
        of = "them" if parts else f"the {total:,} domains"
        parts.append(f"{details:,} of {of} have no details here")
    if not parts:
        return ""
    where = f"; all domains are in {file_name}" if file_name else ""
    return "; ".join(parts).capitalize().replace("the table", "The table") + f"{where}."


def host_note(*, is_named: bool, in_policy: object) -> str:
    """Return what the policy says of a host."""
    if not is_named:
        return "The senders did not say which server it was."
    if in_policy is True:
        return "in the policy"
    return "not in the policy" if in_policy is False else ""


def worked_example(example: str) -> str:
    """Return how wide the answer is, on connections that a reader can count."""
    return f"Think of it so: {example} would be refused (95 % interval, with days as the unit)."


def no_range(days: int) -> str:
    """Return why there is no range."""
    return f"There is no range: only {counted(days, 'day')} say anything about today."


def untested(share: str, total: int) -> str:
    """Return what nobody tested."""
    if share == "0 %":
        return f"All {total:,} reported connections were tested."
    return f"{share} of the {total:,} reported connections were never tested: they say nothing."


def gaps(longest: Sequence[tuple[str, int]]) -> str:
    """Return who was silent for how long."""
    parts = [f"{name} for {counted(days, 'day')}" for name, days in longest]
    return f"No report came from {joined(parts)} in a row; a missing day is unknown, not clean."


def echoes(names: Sequence[str]) -> str:
    """Return whose reports are likely about the delivery of reports only."""
    verb = "reports" if len(names) == 1 else "report"
    return f"{joined(list(names))} {verb} one connection a day: likely the delivery of your own reports."


def evidence_days(days: str) -> str:
    """Return how many days the answer rests on."""
    return f"The answer for today rests on {days}; senders that send no reports are not in it."


def scale(top: float) -> str:
    """Return where the bars of a column end."""
    return f"bars to {100 * top:.0f} %"


def more(count: int) -> str:
    """Return how many inputs are not named."""
    return f"and {count:,} more"


def made_on(day: dt.date) -> str:
    """Return when the page was made."""
    return f"made on {day_text(day)}"


def go_on_when(sign: str) -> str:
    """Return what must be seen before the next step."""
    return f"Go on when: {sign}"


def week_text(monday: dt.date, share: str, range_text: str, tested: int) -> str:
    """Return what a week of a chart says when it is pointed at."""
    week = f"Week of {day_text(monday)}"
    if not share:
        return f"{week}: no tested connection"
    within = f" ({range_text})" if range_text else ""
    return f"{week}: {share}{within} of {tested:,} refused"


def month_text(day: dt.date, *, has_year: bool) -> str:
    """Return a month of an axis, its year where it is new."""
    return f"{MONTHS[day.month - 1]} {day.year}" if has_year else MONTHS[day.month - 1]


def policy_change(change: str) -> str:
    """Return the word of a mark where the policy changed."""
    return f"policy: {change}"


def time_title(*, is_refused: bool, since: str, until: str, weeks: int) -> str:
    """Return the message of a chart over time."""
    if is_refused:
        return f"Connections fail since {since}." if since else "Connections failed throughout."
    if until:
        return f"Connections failed until {until}; none since."
    return f"No tested connection failed in {weeks:,} weeks."


def other_senders(count: int) -> str:
    """Return the name of the senders with the fewest connections."""
    return counted(count, "other sender")


def more_domains(count: int) -> str:
    """Return where the domains are that the linked views leave out."""
    return f"{counted(count, 'more domain')}, with less refused, in the table at the top."
