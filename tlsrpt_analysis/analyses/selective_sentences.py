"""What is said of a failing reporter, in sentences that a mail admin understands."""

import numpy as np

from tlsrpt_analysis.analyses.comparison import FEWEST_EXPECTED, Comparison
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.analyses.selective_case import FEWEST_FAILING_DAYS, Case


def explanation(case: Case, clean: list[Comparison], told: str) -> str:
    """Say what the verdict `told` rests on, in a sentence for a mail admin."""
    name, share = case.failing.reporter, percent(case.failing.share)
    if told == "selective":
        return _selective(case, clean)
    if told == "too little data":
        return (
            f"{name} reports failures in {share} of its sessions; too little data to tell whether"
            f" others fail as well: {_needed(case)}."
        )
    if clean and case.is_consistent:
        return _over(case, clean)
    if clean or not case.is_steady:
        return (
            f"{name} fails in {share} of its sessions, on {case.failing.failing_days} of"
            f" {len(case.failing.days)} days: too seldom for a steady fault that only it meets."
        )
    others = max(case.comparisons, key=lambda pair: pair.other.session_count).other
    return (
        f"{name} fails in {share} of its sessions, and so do others: {others.reporter} fails in"
        f" {percent(others.share)}."
    )


def _selective(case: Case, clean: list[Comparison]) -> str:
    names = [pair.other.reporter for pair in clean]
    whose = f"{names[0]}'s sessions" if len(names) == 1 else f"the sessions of {_and(names)}"
    expected = sum(pair.expected for pair in clean)
    observed = int(sum(pair.other.failure_count for pair in clean))
    sentence = (
        f"If {whose} failed as often as {case.failing.reporter}'s ({percent(case.failing.share)}),"
        f" we would have seen about {expected:,.0f} failures; we saw {observed:,}."
    )
    if case.onset is None:
        return sentence
    low, high = case.onset.since_low, case.onset.since_high
    since = f"on {low}" if low == high else f"between {low} and {high}"
    return f"{sentence} It began {since}."


def _over(case: Case, clean: list[Comparison]) -> str:
    first = case.failing.days[int(np.flatnonzero(case.failing.failures)[0])]
    return (
        f"{case.failing.reporter} failed from {first} to {case.last_failing_day}, and"
        f" {_and([pair.other.reporter for pair in clean])} did not; it is over: all its sessions"
        f" after that succeeded, until {case.failing.days[-1]}."
    )


def _needed(case: Case) -> str:
    if case.is_brief:
        days = case.failing.failing_days
        return f"{FEWEST_FAILING_DAYS} days with failures are needed, and it has {days}"
    if case.reports_failures_only:
        return (
            f"it reported on {len(case.failing.days)} of {case.period_days} days, each time with"
            " failures, so its sessions of the other days are not known"
        )
    if not case.comparisons:
        return "no other reporter covers these days"
    best = max(case.comparisons, key=lambda pair: pair.expected / pair.other_effect)
    needed = FEWEST_EXPECTED * best.other_effect / max(case.failing.share, 1e-9)
    return (
        f"{best.other.reporter} reported {best.other.session_count:,.0f} sessions on"
        f" {len(best.other.days)} days, and about {needed:,.0f} are needed"
    )


def _and(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
