"""Causes that lie with the policy: its file, its host, its age, and how often it is applied."""

from collections.abc import Generator, Iterator

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.policy_host import (
    POLICY_CERTIFICATE,
    POLICY_FETCH_SELECTIVE,
    POLICY_FETCH_TRANSIENT,
    POLICY_NOT_REACHABLE,
)
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import (
    POLICY_ID_NOT_BUMPED,
    POLICY_INVALID_SELECTIVE,
    POLICY_SYNTAX,
)
from tlsrpt_analysis.analyses.cause_catalogue.signs import MOSTLY
from tlsrpt_analysis.analyses.causes.availability import availability_causes, missing_since
from tlsrpt_analysis.analyses.causes.case import (
    FAILED,
    SUCCEEDED,
    TESTED,
    DomainCase,
    FoundCause,
)
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.ledger import REASON_OF_TYPE, Untested
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.standards.mta_sts import read_max_age
from tlsrpt_analysis.standards.result_types import ResultType

ISOLATED_DAYS = 3
"""A sender that could not fetch the policy on at most this many days had a bad day."""

STALE_DAYS = 2
"""From this many days after a new policy was first seen, the old one comes from a cache."""

_DAY = 86_400
_NEW, _OLDER = "a new policy was first seen on", "an older one"
_AGAIN = "most sessions see an earlier policy again since"


def policy_causes(case: DomainCase) -> Iterator[FoundCause]:
    """Yield the causes that keep senders from the policy, or from the right one."""
    yield from _fetch_errors(case)
    for result_type, cause in (
        (ResultType.STS_WEBPKI_INVALID, POLICY_CERTIFICATE),
        (ResultType.STS_POLICY_INVALID, POLICY_SYNTAX),
    ):
        rows = case.of_types(str(result_type))
        if cause is POLICY_SYNTAX:
            rows = yield from _invalid_to_one(case, rows)
        if len(rows):
            since = missing_since(case, REASON_OF_TYPE[result_type])
            evidence = f"{rows.listed('reporter')} reported {result_type}{_reasons(rows)}{since}"
            yield FoundCause(cause, None, rows, evidence)
    yield from availability_causes(case)


def _invalid_to_one(case: DomainCase, rows: Rows) -> Generator[FoundCause, None, Rows]:
    """Yield each reporter that alone calls the policy invalid; return what the others report."""
    alone = dict(_alone(case, rows)) if len(rows) else {}
    for name, part in rows.split("reporter") if alone else ():
        if name in alone:
            evidence = (
                f"only {name}, on {len(part.days())} days, while {alone[name]} applied the policy"
                f"{_reasons(part)}"
            )
            yield FoundCause(POLICY_INVALID_SELECTIVE, None, part, evidence)
    return rows.where(~rows.is_any("reporter", *alone)) if alone else rows


def _fetch_errors(case: DomainCase) -> Iterator[FoundCause]:
    rows = case.of_types(str(ResultType.STS_POLICY_FETCH_ERROR))
    if not len(rows):
        return
    alone = dict(_alone(case, rows))
    for name, part in rows.split("reporter"):
        if name in alone:
            yield _of_one(part, name, alone[name])
    rest = rows.where(~rows.is_any("reporter", *alone)) if alone else rows
    if len(rest):
        reporters, days = rest.listed("reporter"), len(rest.days())
        since = missing_since(case, Untested.NOT_FETCHED)
        evidence = f"{reporters} could not fetch it on {days} days{_reasons(rest)}{since}"
        yield FoundCause(POLICY_NOT_REACHABLE, None, rest, evidence)


def _of_one(failures: Rows, name: str, others: str) -> FoundCause:
    days = len(failures.days())
    evidence = f"only {name}, on {days} days, while {others} applied the policy"
    cause = POLICY_FETCH_TRANSIENT if days <= ISOLATED_DAYS else POLICY_FETCH_SELECTIVE
    return FoundCause(cause, None, failures, f"{evidence}{_reasons(failures)}")


def _alone(case: DomainCase, rows: Rows) -> Iterator[tuple[str, str]]:
    """Yield the reporters that alone have errors, with those that applied the policy meanwhile.

    A day on which several reporters have errors is a bad day of the policy host.
    """
    policies = case.policies
    applied = policies.where(policies[TESTED] > 0)
    for name, part in rows.split("reporter"):
        days = part.days()
        is_alone = ~np.isin(days, rows["day"][~rows.is_any("reporter", name)])
        others = applied.where(~applied.is_any("reporter", name))
        others = others.where(np.isin(others["day"], days))
        is_applied = np.isin(days, others["day"])
        is_few = len(days) <= ISOLATED_DAYS and is_alone.all() and is_applied.any()
        if is_few or (is_alone & is_applied).mean() >= MOSTLY:
            yield name, others.listed("reporter")


def stale_policy(case: DomainCase) -> Iterator[FoundCause]:
    """Yield that an older policy is still applied, with the failures that the newer one would spare."""
    rows = case.policies.where(case.policies["text"] > 0)
    if len(distinct(rows["text"])) < 2:
        return
    texts, days = _texts_alike(case, rows), rows["day"]
    numbers = [number for number in distinct(texts) if case.texts[number].text]
    if len(numbers) < 2:
        return
    newest, since, seen = _newest(case, texts, rows, numbers)
    late = rows.where(np.isin(texts, numbers) & (texts != newest) & (days >= since + STALE_DAYS))
    if not len(late):
        return
    evidence = (
        f"{seen} {day_of(since)}, and {late.listed('reporter')} saw"
        f" {_OLDER if seen == _NEW else 'the other one'} until {day_of(late.days()[-1])}{_cached(case, late, since)}"
    )
    failures = case.failures.where(np.isin(case.failures["text"], distinct(late["text"])))
    failures = failures.where(failures["day"] >= since + STALE_DAYS)
    failures = failures.where(case.are_uncovered(failures) & case.are_listed_by_now(failures))
    hosts = f"; the new one lists {failures.listed('receiving_mx_hostname')}"
    evidence += hosts if len(failures) else ""
    reporters = tuple(late.texts("reporter"))
    yield FoundCause(POLICY_ID_NOT_BUMPED, None, failures, evidence, reporters)


def _newest(
    case: DomainCase, texts: Integers, rows: Rows, numbers: list[int]
) -> tuple[int, int, str]:
    """Return the newest text, and since when it is seen: for the first time, or again."""
    days = rows["day"]
    first = {number: int(days[texts == number].min()) for number in numbers}
    newest = max(numbers, key=lambda number: (first[number], case.texts[number].text))
    latest = [number for number in numbers if case.texts[number].text == case.latest_text]
    if not latest or case.texts[newest].patterns == case.patterns:
        return newest, first[newest], _NEW
    sessions, day = rows[SUCCEEDED] + rows[FAILED], days - days.min()
    of_latest = np.bincount(day, sessions * (texts == latest[0]))
    others = np.flatnonzero(2 * of_latest < np.bincount(day, sessions))
    since = int(days.min()) + int(others[-1]) + 1 if len(others) else first[latest[0]]
    return latest[0], since, _AGAIN


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


def _reasons(rows: Rows) -> str:
    reasons = rows.listed("failure_reason_code")
    return f"; the senders' reasons: {reasons}" if reasons else ""
