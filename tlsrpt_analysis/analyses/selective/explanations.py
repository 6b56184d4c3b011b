"""What is said of a failing reporter, in sentences that a mail admin understands."""

import datetime as dt
from dataclasses import dataclass

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.analyses.selective.cases import FEWEST_FAILING_DAYS
from tlsrpt_analysis.analyses.selective.comparison import FEWEST_EXPECTED


@dataclass(frozen=True, slots=True)
class Other:
    """Another reporter, as a failing one is compared with it."""

    reporter: str
    sessions: float
    failures: float
    days: float
    effect: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence about a failing reporter rests on.

    Attributes
    ----------
    reporter, with_type : str
        The failing reporter; and by which result type it fails, empty where that is its only one.
    share : float
        Its failed sessions per session on the days of the fault.
    clean : tuple of str
        The clean reporters; `expected` and `observed` are their failures.
    largest, likeliest : Other or None
        The other reporter with the most sessions, and with the most to tell.
    since : tuple of two dates, or None
        The days between which the onset lies.
    """

    reporter: str
    with_type: str
    share: float
    clean: tuple[str, ...]
    expected: float
    observed: float
    largest: Other | None
    likeliest: Other | None
    since: tuple[dt.date, dt.date] | None
    first_failing: dt.date
    last_failing: dt.date
    last_active: dt.date
    failing_days: int
    active_days: int
    is_over: bool
    is_steady: bool
    is_consistent: bool
    is_brief: bool
    reports_failures_only: bool
    has_other_texts: bool


def explanation(told: Told, verdict: str) -> str:
    """Say what a verdict rests on, in a sentence for a mail admin."""
    if verdict == "selective":
        return _selective(told)
    if verdict == "too little data":
        return (
            f"{told.reporter} reports failures{told.with_type} in {percent(told.share)} of its"
            f" sessions; too little data to tell whether others fail as well: {_needed(told)}."
        )
    if told.clean and told.is_consistent:
        return (
            f"{told.reporter} failed{told.with_type} from {told.first_failing} to"
            f" {told.last_failing}, and {_and(told.clean)} did not; {_over(told)}"
        )
    return _not_selective(told)


def _selective(told: Told) -> str:
    whose = (
        f"{told.clean[0]}'s sessions"
        if len(told.clean) == 1
        else f"the sessions of {_and(told.clean)}"
    )
    sentence = (
        f"If {whose} failed as often as {told.reporter}'s{told.with_type}"
        f" ({percent(told.share)}), we would have seen about {told.expected:,.0f} failures; we saw"
        f" {told.observed:,.0f}."
    )
    if told.since is not None:
        low, high = told.since
        began = f"on {low}" if low == high else f"between {low} and {high}"
        sentence = f"{sentence} It began {began}."
    if told.is_over:
        return f"{sentence} Its last failure was on {told.last_failing}, so {_over(told)}"
    return sentence


def _not_selective(told: Told) -> str:
    share = f"{told.with_type} in {percent(told.share)} of its sessions"
    if told.clean or not told.is_steady or told.largest is None:
        return (
            f"{told.reporter} fails{share}, on {told.failing_days} of {told.active_days} days: too"
            " seldom for a steady fault that only it meets."
        )
    others = percent(told.largest.failures / told.largest.sessions)
    if told.is_over:
        return (
            f"{told.reporter} failed{share} from {told.first_failing} to {told.last_failing}, and"
            f" so did others: {told.largest.reporter} failed in {others}; {_over(told)}"
        )
    return f"{told.reporter} fails{share}, and so do others: {told.largest.reporter} fails in {others}."


def _over(told: Told) -> str:
    after = "none of its sessions" if told.with_type else "all its sessions"
    ended = "failed so after that" if told.with_type else "after that succeeded"
    return f"it is over: {after} {ended}, until {told.last_active}."


def _needed(told: Told) -> str:
    if told.is_brief:
        return (
            f"{FEWEST_FAILING_DAYS} days with failures are needed, and it has {told.failing_days}"
        )
    if told.reports_failures_only:
        return (
            "it reports on few days, each time with failures, so its sessions of the other days"
            " are not known"
        )
    if told.likeliest is None:
        if told.has_other_texts:
            return "the other reporters of these days saw another policy text"
        return "no other reporter covers these days"
    best = told.likeliest
    needed = FEWEST_EXPECTED * best.effect / max(told.share, 1e-9)
    return (
        f"{best.reporter} reported {best.sessions:,.0f} sessions on"
        f" {best.days:.0f} days, and about {needed:,.0f} are needed"
    )


def _and(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
