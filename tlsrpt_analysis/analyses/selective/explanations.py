"""The sentences that explain a verdict to a mail administrator."""

import datetime as dt
from dataclasses import dataclass

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.analyses.selective.clean_reporters import CLEAN_RATIO
from tlsrpt_analysis.analyses.selective.comparison import FEWEST_EXPECTED, FEWEST_OTHER_DAYS
from tlsrpt_analysis.analyses.selective.reporter_faults import FEWEST_FAILING_DAYS


@dataclass(frozen=True, slots=True)
class Other:
    """Another reporter, as a failing one is compared with it.

    ``expected`` are its failures at the failing one's share, and ``family_share`` is the share of
    its sessions that fail in a way that may be the same fault.
    """

    reporter: str
    sessions: float
    failures: float
    days: float
    expected: float
    family_share: float
    effect: float


@dataclass(frozen=True, slots=True)
class FaultSummary:
    """What a sentence about a failing reporter rests on.

    Attributes
    ----------
    reporter, with_type : str
        The failing reporter; and by which result type it fails, empty where that is its only one.
    share : float
        Its failed sessions per session on the days of the fault.
    clean : tuple of str
        The clean reporters; `expected` and `observed` are their failures.
    alike, likeliest : Other or None
        The reporter with the most sessions of those that fail as well, and the other one with the
        most evidence.
    since : tuple of two dates, or None
        The days between which the onset lies.
    """

    reporter: str
    with_type: str
    share: float
    clean: tuple[str, ...]
    expected: float
    observed: float
    alike: Other | None
    likeliest: Other | None
    since: tuple[dt.date, dt.date] | None
    first_failing: dt.date
    last_failing: dt.date
    last_active: dt.date
    failing_days: int
    active_days: int
    is_over: bool
    is_steady: bool
    is_weak: bool
    is_brief: bool
    reports_failures_only: bool
    has_other_texts: bool
    is_dane: bool


def explanation(fault: FaultSummary, verdict: str) -> str:
    """Say what a verdict rests on, in a sentence for a mail administrator."""
    sentence = _sentence(fault, verdict)
    return f"{sentence} Only sessions under DANE are compared." if fault.is_dane else sentence


def _sentence(fault: FaultSummary, verdict: str) -> str:
    if verdict == "selective":
        return _selective(fault)
    if verdict == "too little data":
        return (
            f"{fault.reporter} reports failures{fault.with_type} in {percent(fault.share)} of its"
            f" sessions; too little data to tell whether others fail as well: {_needed(fault)}."
        )
    if fault.clean and fault.is_steady:
        return (
            f"{fault.reporter} failed{fault.with_type} from {fault.first_failing} to"
            f" {fault.last_failing}, and {_and(fault.clean)} did not; {_over(fault)}"
        )
    return _not_selective(fault)


def _selective(fault: FaultSummary) -> str:
    whose = (
        f"{fault.clean[0]}'s sessions"
        if len(fault.clean) == 1
        else f"the sessions of {_and(fault.clean)}"
    )
    sentence = (
        f"If {whose} failed as often as {fault.reporter}'s{fault.with_type}"
        f" ({percent(fault.share)}), we would have seen about {fault.expected:,.0f} failures; we saw"
        f" {fault.observed:,.0f}."
    )
    if fault.since is not None:
        low, high = fault.since
        began = f"on {low}" if low == high else f"between {low} and {high}"
        sentence = f"{sentence} It began {began}."
    if fault.is_weak:
        sentence = f"{sentence} The fault is weak: it spares most sessions."
    if fault.is_over:
        return f"{sentence} Its last failure was on {fault.last_failing}, so {_over(fault)}"
    return sentence


def _not_selective(fault: FaultSummary) -> str:
    share = f"{fault.with_type} in {percent(fault.share)} of its sessions"
    if not fault.is_steady or fault.alike is None:
        return (
            f"{fault.reporter} fails{share}, on {fault.failing_days} of {fault.active_days} days: too"
            " seldom for a steady fault that only it meets."
        )
    others = _others_share(fault.alike, fault.share)
    if fault.is_over:
        return (
            f"{fault.reporter} failed{share} from {fault.first_failing} to {fault.last_failing}, and"
            f" so did others: {fault.alike.reporter} failed in {others}; {_over(fault)}"
        )
    return f"{fault.reporter} fails{share}, and so do others: {fault.alike.reporter} fails in {others}."


def _others_share(alike: Other, share: float) -> str:
    """Say how often another reporter fails, by the same name or by one that may mean the same."""
    own = alike.failures / alike.sessions
    if own > CLEAN_RATIO * share or alike.family_share <= own:
        return percent(own)
    return f"{percent(alike.family_share)} with result types that may mean the same fault"


def _over(fault: FaultSummary) -> str:
    after = "none of its sessions" if fault.with_type else "all its sessions"
    ended = "failed so after that" if fault.with_type else "after that succeeded"
    return f"it is over: {after} {ended}, until {fault.last_active}."


def _needed(fault: FaultSummary) -> str:
    if fault.is_brief:
        return (
            f"{FEWEST_FAILING_DAYS} days with failures are needed, and it has {fault.failing_days}"
        )
    if fault.reports_failures_only:
        return (
            "it reports on few days, each time with failures, so its sessions of the other days"
            " are not known"
        )
    if fault.likeliest is None:
        if fault.has_other_texts:
            return "the other reporters of these days saw another policy text"
        return "no other reporter covers these days"
    best = fault.likeliest
    if best.expected >= FEWEST_EXPECTED * best.effect:
        return _few_days(best)
    needed = FEWEST_EXPECTED * best.effect / max(fault.share, 1e-9)
    return (
        f"{best.reporter} reported {best.sessions:,.0f} sessions on"
        f" {best.days:.0f} days, and about {needed:,.0f} are needed"
    )


def _few_days(best: Other) -> str:
    """Say what is missing where another reporter has sessions enough."""
    if best.days < FEWEST_OTHER_DAYS:
        return (
            f"{best.reporter} reported on {best.days:,.0f} days, and {FEWEST_OTHER_DAYS} are needed"
        )
    return f"{best.reporter} fails less often, but so few days may differ by chance"


def _and(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
