"""Causes that lie with the policy: its file, its host, its age, and how often it is applied."""

from collections.abc import Iterator

import numpy as np

from tlsrpt_analysis.analyses.causes.case import FAILED, SUCCEEDED, Case, Found
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.analyses.sessions import NO_POLICY
from tlsrpt_analysis.shown_texts import listed
from tlsrpt_analysis.standards.mta_sts import read_max_age
from tlsrpt_analysis.standards.result_types import ResultType

ISOLATED_DAYS = 3
"""A sender that could not fetch the policy on so few days had a bad day; more want a look."""

RARELY = 0.5
"""Of the sessions, those that found no policy although one was published."""

SHORTEST_MAX_AGE = 86_400
"""A policy that is forgotten within a day is missing whenever a sender comes less often."""

STALE_DAYS = 2
"""So long after a new policy was first seen, whoever still sees the old one has it cached."""

NEW_DAYS = 14
"""A policy first seen so late in the reports is too new to be known to every sender."""

_DAY = 86_400


def policy_causes(case: Case) -> Iterator[Found]:
    """Give the causes that keep senders from the policy, or from the right one."""
    yield from _fetch_errors(case)
    for kind, code in (
        (ResultType.STS_WEBPKI_INVALID, "policy-certificate"),
        (ResultType.STS_POLICY_INVALID, "policy-syntax"),
    ):
        rows = case.of_types(str(kind))
        if len(rows):
            text = f"{listed(rows.texts('reporter'))} reported {kind}{_reasons(rows)}"
            yield Found(code, None, rows, text)
    yield from _stale(case)
    yield from _rarely_applied(case)


def _fetch_errors(case: Case) -> Iterator[Found]:
    rows = case.of_types(str(ResultType.STS_POLICY_FETCH_ERROR))
    if not len(rows):
        return
    transient = _transient(case, rows)
    for name, part in rows.split("reporter"):
        if name in transient:
            text = f"only {name}, on {len(part.days())} days, while others applied the policy"
            yield Found("policy-fetch-transient", None, part, f"{text}{_reasons(part)}")
    rest = rows.where(~rows.is_any("reporter", *transient)) if transient else rows
    if len(rest):
        text = f"{listed(rest.texts('reporter'))} could not fetch it on {len(rest.days())} days{_reasons(rest)}"
        yield Found("policy-not-reachable", None, rest, text)


def _transient(case: Case, rows: Rows) -> list[str]:
    """Give the reporters with errors on few days, on which others applied the policy.

    A day on which several reporters have errors is one of the policy's host.
    """
    policies = case.policies
    had = policies.is_any("policy_type", "sts") & (policies[SUCCEEDED] > 0)
    applied = policies.where(had)
    names = []
    for name, part in rows.split("reporter"):
        days = part.days()
        mine = rows.is_any("reporter", name)
        alone = not np.isin(days, rows["day"][~mine]).any()
        others = applied.where(~applied.is_any("reporter", name))
        if alone and len(days) <= ISOLATED_DAYS and np.isin(others["day"], days).any():
            names.append(name)
    return names


def _stale(case: Case) -> Iterator[Found]:
    rows = case.policies
    rows = rows.where(rows["text"] > 0)
    told = {code: case.texts[code].text for code in distinct(rows["text"])}
    same = {text: code for code, text in told.items()}  # of which reporters told mx-host or not
    texts, days = rows["text"], rows["day"]
    for code, text in told.items():
        texts = np.where(texts == code, same[text], texts)
    codes = [code for text, code in same.items() if text]
    if len(codes) < 2:
        return
    first = {code: int(days[texts == code].min()) for code in codes}
    newest = max(codes, key=lambda code: (first[code], case.texts[code].text))
    since = first[newest]
    late = rows.where(np.isin(texts, codes) & (texts != newest) & (days >= since + STALE_DAYS))
    if not len(late):
        return
    reporters, last = late.texts("reporter"), int(late.days()[-1])
    text = (
        f"a new policy was first seen on {day_of(since)}, and {listed(reporters)} saw an older one"
        f" until {day_of(last)}{_cached(case, late, since)}"
    )
    yield Found("policy-id-not-bumped", None, case.failures.none(), text, tuple(reporters))


def _cached(case: Case, late: Rows, since: int) -> str:
    """Tell whether a cache alone can explain that an old policy is still applied."""
    ages = [read_max_age(case.texts[code].text) for code in distinct(late["text"])]
    longest = max((age for age in ages if age is not None), default=None)
    if longest is None:
        return ""
    end = since + -(-longest // _DAY)
    beyond = "" if late.days()[-1] <= end else ", so that no cache explains it"
    return f"; its max_age is {longest:,} seconds, to {day_of(end)}{beyond}"


def _rarely_applied(case: Case) -> Iterator[Found]:
    rows = case.policies
    sessions = rows[SUCCEEDED] + rows[FAILED]
    is_sts, is_without = (rows.is_any("policy_type", kind) for kind in ("sts", NO_POLICY))
    applied, without = int(sessions[is_sts].sum()), int(sessions[is_without].sum())
    if not applied or without <= RARELY * (applied + without):
        return
    texts = [case.texts[code].text for code in distinct(rows["text"])]
    ages = [age for text in texts if (age := read_max_age(text)) is not None]
    is_short = bool(ages) and min(ages) < SHORTEST_MAX_AGE
    short = f"; its max_age is {min(ages):,} seconds" if is_short else ""
    since, days = int(rows["day"][is_sts].min()), rows["day"]
    is_new = since > days.min() and days.max() - since < NEW_DAYS
    new = f"; it is new, first seen on {day_of(since)}" if is_new else ""
    text = f"{without:,} of {applied + without:,} sessions found no policy{short}{new}"
    reporters = tuple(rows.where(is_without).texts("reporter"))
    yield Found("policy-rarely-applied", None, case.failures.none(), text, reporters)


def _reasons(rows: Rows) -> str:
    reasons = listed(rows.texts("failure_reason_code"))
    return f"; the senders' reasons: {reasons}" if reasons else ""
