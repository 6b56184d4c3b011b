"""Causes that show in who applies the policy: it vanished, was never found, or one sender skips it."""

from collections.abc import Iterator

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.policy_host import POLICY_NOT_FOUND, POLICY_VANISHED
from tlsrpt_analysis.analyses.cause_catalogue.sender import (
    POLICY_RARELY_APPLIED,
    SENDER_FINDS_NO_POLICY,
)
from tlsrpt_analysis.analyses.causes.case import FAILED, SUCCEEDED, TESTED, DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.ledger import NO_POLICY, Untested
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.analyses.policy.availability import FEWEST_DAYS, FEWEST_SESSIONS
from tlsrpt_analysis.arrays import Booleans
from tlsrpt_analysis.standards.mta_sts import read_max_age

RARELY = 0.5
"""A policy is rarely applied if more than this share of the sessions found none."""

SHORTEST_MAX_AGE = 86_400
"""A shorter max_age, under a day, makes the policy missing for senders that come less often."""

NEW_DAYS = 14
"""A policy first seen within this many days of the last report is not known to every sender yet."""

ONE_RECORD = "RFC 8461 §3.1: exactly one TXT record"

_WORDS = {
    Untested.NOT_FETCHED: "can fetch",
    Untested.INVALID: "can read",
    Untested.POLICY_HOST: "trusts the host of",
}


def availability_causes(case: DomainCase) -> Iterator[FoundCause]:
    """Yield the causes for which sessions found no policy."""
    without = case.policies.where(case.policies.is_any("policy_type", NO_POLICY))
    if not len(without):
        return
    is_sts = case.policies.is_any("policy_type", "sts")
    since = case.availability.missing_since
    if not is_sts.any():
        yield from _never_found(case, without)
    elif since >= 0 and case.availability.missing_reason == Untested.NO_POLICY:
        yield _vanished(case, without, since)
    skipped = list(_skipped(case, without))
    yield from skipped
    if is_sts.any():
        names = [name for found in skipped for name in found.reporters]
        yield from _rarely_applied(case, is_sts, names)


def missing_since(case: DomainCase, reason: Untested) -> str:
    """Return since when no reporter could use the policy for a reason, for a sentence."""
    if not (case.policies[TESTED] > 0).any():
        return (
            "; no session has tested the policy, so once it is repaired these senders test it for"
            " the first time"
        )
    found = case.availability
    if found.missing_since < 0 or found.missing_reason != reason:
        return ""
    return f"; since {day_of(found.missing_since)} no reporter {_WORDS[reason]} the policy"


def _sessions(rows: Rows) -> int:
    return rows.total(SUCCEEDED) + rows.total(FAILED)


def _vanished(case: DomainCase, without: Rows, since: int) -> FoundCause:
    rows = without.where(without["day"] >= since)
    evidence = (
        f"since {day_of(since)} no reporter finds the policy ({ONE_RECORD}), in"
        f" {_sessions(rows):,} sessions; until then {rows.listed('reporter')} applied it"
    )
    names = tuple(rows.texts("reporter"))
    return FoundCause(POLICY_VANISHED, None, case.failures.empty(), evidence, names, rows)


def _never_found(case: DomainCase, without: Rows) -> Iterator[FoundCause]:
    days, sessions = len(without.days()), _sessions(without)
    if days >= FEWEST_DAYS and sessions >= FEWEST_SESSIONS:
        names = tuple(without.texts("reporter"))
        evidence = (
            f"{without.listed('reporter')} found no policy ({ONE_RECORD}) in any of {sessions:,}"
            f" sessions on {days} days"
        )
        yield FoundCause(POLICY_NOT_FOUND, None, case.failures.empty(), evidence, names, without)


def _skipped(case: DomainCase, without: Rows) -> Iterator[FoundCause]:
    """Yield each reporter that found no policy in testing mode on days on which others tested it."""
    policies = case.policies
    testing = policies.where((policies[TESTED] > 0) & policies.is_any("policy_mode", "testing"))
    for name in case.availability.never_by:
        rows = without.where(without.is_any("reporter", name))
        rows = rows.where(np.isin(rows["day"], testing.days()))
        days, sessions = len(rows.days()), _sessions(rows)
        if name and days >= FEWEST_DAYS and sessions >= FEWEST_SESSIONS:
            evidence = (
                f"{name} found no policy in {sessions:,} sessions, on {days} days on which"
                f" {testing.listed('reporter')} tested it"
            )
            empty = case.failures.empty()
            yield FoundCause(SENDER_FINDS_NO_POLICY, None, empty, evidence, (name,), rows)


def _rarely_applied(
    case: DomainCase, is_sts: Booleans, skipping: list[str]
) -> Iterator[FoundCause]:
    """Yield that most sessions found no policy while there was one."""
    policies = case.policies
    begin, end = int(policies["day"][is_sts].min()), case.availability.missing_since
    is_in = (policies["day"] >= begin) & ((policies["day"] < end) | (end < 0))
    is_in &= ~policies.is_any("reporter", *skipping) if skipping else True
    rows = policies.where(is_in)
    without = rows.where(rows.is_any("policy_type", NO_POLICY))
    applied = _sessions(rows.where(rows.is_any("policy_type", "sts")))
    whole = applied + _sessions(without)
    if not applied or _sessions(without) <= RARELY * whole:
        return
    evidence = (
        f"{_sessions(without):,} of {whole:,} sessions found no policy{_short_lived(case, rows)}"
        f"{_new(policies, begin)}"
    )
    names = tuple(without.texts("reporter"))
    empty = case.failures.empty()
    yield FoundCause(POLICY_RARELY_APPLIED, None, empty, evidence, names, without)


def _short_lived(case: DomainCase, rows: Rows) -> str:
    texts = [case.texts[number].text for number in distinct(rows["text"])]
    ages = [age for text in texts if (age := read_max_age(text)) is not None]
    is_short = bool(ages) and min(ages) < SHORTEST_MAX_AGE
    return f"; its max_age is {min(ages):,} seconds" if is_short else ""


def _new(policies: Rows, since: int) -> str:
    days = policies["day"]
    is_new = since > days.min() and days.max() - since < NEW_DAYS
    return f"; it is new, first seen on {day_of(since)}" if is_new else ""
