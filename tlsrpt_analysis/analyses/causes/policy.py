"""Causes that lie with the policy: its file, its host, its age, and how often it is applied."""

from collections.abc import Iterator

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.policy_host import (
    POLICY_CERTIFICATE,
    POLICY_FETCH_TRANSIENT,
    POLICY_NOT_REACHABLE,
)
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import (
    POLICY_ID_NOT_BUMPED,
    POLICY_SYNTAX,
)
from tlsrpt_analysis.analyses.cause_catalogue.sender import POLICY_RARELY_APPLIED
from tlsrpt_analysis.analyses.causes.case import FAILED, SUCCEEDED, DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.ledger import NO_POLICY
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.standards.mta_sts import read_max_age
from tlsrpt_analysis.standards.result_types import ResultType

ISOLATED_DAYS = 3
"""A sender that could not fetch the policy on at most this many days had a bad day."""

RARELY = 0.5
"""A policy is rarely applied if more than this share of the sessions found none."""

SHORTEST_MAX_AGE = 86_400
"""A shorter max_age, under a day, makes the policy missing for senders that come less often."""

STALE_DAYS = 2
"""From this many days after a new policy was first seen, the old one comes from a cache."""

NEW_DAYS = 14
"""A policy first seen within this many days of the last report is not known to every sender yet."""

_DAY = 86_400


def policy_causes(case: DomainCase) -> Iterator[FoundCause]:
    """Yield the causes that keep senders from the policy, or from the right one."""
    yield from _fetch_errors(case)
    for result_type, cause in (
        (ResultType.STS_WEBPKI_INVALID, POLICY_CERTIFICATE),
        (ResultType.STS_POLICY_INVALID, POLICY_SYNTAX),
    ):
        rows = case.of_types(str(result_type))
        if len(rows):
            evidence = f"{rows.listed('reporter')} reported {result_type}{_reasons(rows)}"
            yield FoundCause(cause, None, rows, evidence)
    yield from _stale(case)
    yield from _rarely_applied(case)


def _fetch_errors(case: DomainCase) -> Iterator[FoundCause]:
    rows = case.of_types(str(ResultType.STS_POLICY_FETCH_ERROR))
    if not len(rows):
        return
    transient = _transient(case, rows)
    for name, part in rows.split("reporter"):
        if name in transient:
            days = len(part.days())
            evidence = f"only {name}, on {days} days, while others applied the policy"
            yield FoundCause(POLICY_FETCH_TRANSIENT, None, part, f"{evidence}{_reasons(part)}")
    rest = rows.where(~rows.is_any("reporter", *transient)) if transient else rows
    if len(rest):
        reporters, days = rest.listed("reporter"), len(rest.days())
        evidence = f"{reporters} could not fetch it on {days} days{_reasons(rest)}"
        yield FoundCause(POLICY_NOT_REACHABLE, None, rest, evidence)


def _transient(case: DomainCase, rows: Rows) -> list[str]:
    """Return the reporters with errors on few days, on which others applied the policy.

    A day on which several reporters have errors is a bad day of the policy host.
    """
    policies = case.policies
    applied = policies.where(policies.is_any("policy_type", "sts") & (policies[SUCCEEDED] > 0))
    names = []
    for name, part in rows.split("reporter"):
        days = part.days()
        is_alone = not np.isin(days, rows["day"][~rows.is_any("reporter", name)]).any()
        others = applied.where(~applied.is_any("reporter", name))
        if is_alone and len(days) <= ISOLATED_DAYS and np.isin(others["day"], days).any():
            names.append(name)
    return names


def _stale(case: DomainCase) -> Iterator[FoundCause]:
    rows = case.policies.where(case.policies["text"] > 0)
    texts, days = _texts_alike(case, rows), rows["day"]
    numbers = [number for number in distinct(texts) if case.texts[number].text]
    if len(numbers) < 2:
        return
    first = {number: int(days[texts == number].min()) for number in numbers}
    newest = max(numbers, key=lambda number: (first[number], case.texts[number].text))
    since = first[newest]
    late = rows.where(np.isin(texts, numbers) & (texts != newest) & (days >= since + STALE_DAYS))
    if not len(late):
        return
    evidence = (
        f"a new policy was first seen on {day_of(since)}, and {late.listed('reporter')} saw an"
        f" older one until {day_of(late.days()[-1])}{_cached(case, late, since)}"
    )
    reporters = tuple(late.texts("reporter"))
    yield FoundCause(POLICY_ID_NOT_BUMPED, None, case.failures.empty(), evidence, reporters)


def _texts_alike(case: DomainCase, rows: Rows) -> Integers:
    """Return one number for each text, whether or not its reporter lists the ``mx-host`` too."""
    texts = rows["text"]
    numbers = distinct(texts)
    last_of = {case.texts[number].text: number for number in numbers}
    for number in numbers:
        texts = np.where(texts == number, last_of[case.texts[number].text], texts)
    return texts


def _cached(case: DomainCase, late: Rows, since: int) -> str:
    """Return whether a cache alone can explain that an old policy is still applied."""
    ages = [read_max_age(case.texts[number].text) for number in distinct(late["text"])]
    longest = max((age for age in ages if age is not None), default=None)
    if longest is None:
        return ""
    end = since + -(-longest // _DAY)
    beyond = "" if late.days()[-1] <= end else ", so no cache explains it"
    return f"; its max_age is {longest:,} seconds, to {day_of(end)}{beyond}"


def _rarely_applied(case: DomainCase) -> Iterator[FoundCause]:
    rows = case.policies
    sessions = rows[SUCCEEDED] + rows[FAILED]
    is_sts, is_without = (rows.is_any("policy_type", name) for name in ("sts", NO_POLICY))
    applied, without = int(sessions[is_sts].sum()), int(sessions[is_without].sum())
    if not applied or without <= RARELY * (applied + without):
        return
    evidence = (
        f"{without:,} of {applied + without:,} sessions found no policy{_short_lived(case, rows)}"
        f"{_new(rows)}"
    )
    reporters = tuple(rows.where(is_without).texts("reporter"))
    yield FoundCause(POLICY_RARELY_APPLIED, None, case.failures.empty(), evidence, reporters)


def _short_lived(case: DomainCase, rows: Rows) -> str:
    texts = [case.texts[number].text for number in distinct(rows["text"])]
    ages = [age for text in texts if (age := read_max_age(text)) is not None]
    is_short = bool(ages) and min(ages) < SHORTEST_MAX_AGE
    return f"; its max_age is {min(ages):,} seconds" if is_short else ""


def _new(rows: Rows) -> str:
    days = rows["day"]
    since = int(days[rows.is_any("policy_type", "sts")].min())
    is_new = since > days.min() and days.max() - since < NEW_DAYS
    return f"; it is new, first seen on {day_of(since)}" if is_new else ""


def _reasons(rows: Rows) -> str:
    reasons = rows.listed("failure_reason_code")
    return f"; the senders' reasons: {reasons}" if reasons else ""
