"""The sentences of the page that hold figures, in one place, so that another language is another module.

Sentences of the analyses (causes, cures, headlines) are those of the analyses.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from tlsrpt_analysis.shown_texts import counted, joined
from tlsrpt_analysis.views.page.dates_in_words import day_text
from tlsrpt_analysis.views.page.words import CLEAN, NOT_READY, READY, REFUSING, TOO_LITTLE

STALE_DAYS = 7
"""From how many days on the age of the last report is said; most reports arrive within two."""


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


DANE_REFUSES = "DANE refuses mail now, whatever the mode of the policy: repair that first."


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


def summary_for(  # noqa: PLR0913 - the facts of one sentence
    verdict: str,
    share: str,
    range_text: str,
    whose: str,
    *,
    is_refused: bool,
    dane_refuses: bool,
    has_steps: bool,
) -> str:
    """Return what a domain's details begin with.

    Examples
    --------
    >>> summary_for("ready", "0 %", "", "", is_refused=False, dane_refuses=False, has_steps=False)
    'Nothing to do: no tested connection of today would be refused.'
    >>> summary_for("ready", "0 %", "", "", is_refused=False, dane_refuses=False, has_steps=True)
    'No tested connection of today would be refused; what stands below can be repaired at any time.'
    """
    said = _of_enforce_mode(
        verdict, share, range_text, whose, is_refused=is_refused, has_steps=has_steps
    )
    return f"{said} {DANE_REFUSES}" if dane_refuses else said


def _of_enforce_mode(  # noqa: PLR0913 - the facts of one sentence
    verdict: str, share: str, range_text: str, whose: str, *, is_refused: bool, has_steps: bool
) -> str:
    within = f" ({range_text})" if range_text else ""
    if is_refused:
        verb = "are refused today" if verdict == REFUSING else "would be refused today"
        shown = f"{about(share)[:1].upper()}{about(share)[1:]}{within}"
        return f"{shown} of the tested connections {verb}{from_whom(whose)}."
    if verdict == NOT_READY:
        return "Nothing is refused, but the policy itself is missing or cannot be fetched."
    if verdict == TOO_LITTLE:
        return "The reports are not enough for an answer."
    if verdict == CLEAN:
        return "The policy is enforced, and no tested connection of today was refused."
    if has_steps:
        return (
            "No tested connection of today would be refused; what stands below can be repaired at"
            " any time."
        )
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


def from_whom(whose: str) -> str:
    """Return how a sentence goes on with whose connections are refused.

    Examples
    --------
    >>> from_whom("Only Microsoft"), from_whom("All 3 senders"), from_whom("Google"), from_whom("")
    (', only from Microsoft', ', from all 3 senders', ', from Google', '')
    """
    if whose.startswith("Only "):
        return f", only from {whose.removeprefix('Only ')}"
    if whose.startswith("All ") and whose.endswith(" senders"):
        return f", from a{whose[1:]}"
    return f", from {whose}" if whose else ""


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


def untried(count: int) -> str:
    """Return how many fixes stand below without what they win back; nothing for none."""
    if not count:
        return ""
    fixes = "1 more fix" if count == 1 else f"{count:,} more fixes"
    return f"Not tried: what {fixes} would win back, as the fewest reports show their faults."


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


def policy_change(change: str) -> str:
    """Return the word of a mark where the policy changed."""
    return f"policy: {change}"


def time_title(*, is_refused: bool, since: str, until: str, weeks: int) -> str:
    """Return the message of a chart over time."""
    if is_refused and until:
        began = f"from {since} " if since else ""
        return f"Connections failed {began}until {until}, and not on the days since."
    if is_refused:
        return (
            f"Connections have failed since {since}." if since else "Connections failed throughout."
        )
    if until:
        return f"Connections failed until {until}; none since."
    return f"No tested connection failed in {weeks:,} weeks."


def other_senders(count: int) -> str:
    """Return the name of the senders with the fewest connections."""
    return counted(count, "other sender")


def more_domains(count: int) -> str:
    """Return where the domains are that the linked views leave out."""
    return f"{counted(count, 'more domain')}, with less refused, in the table at the top."
