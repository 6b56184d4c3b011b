"""Causes that lie with the policy: its file, its host, its age, and how often it is applied."""

import datetime as dt
import re
from collections.abc import Iterator

import pandas as pd

from tlsrpt_analysis.analyses.cause_case import COUNTS, Case, Found
from tlsrpt_analysis.analyses.sessions import NO_POLICY
from tlsrpt_analysis.standards.result_types import ResultType

ISOLATED_DAYS = 3
"""A sender that could not fetch the policy on so few days had a bad day; more want a look."""

RARELY = 0.5
"""Of the sessions, those that found no policy although one was published."""

SHORTEST_MAX_AGE = 86_400
"""A policy that is forgotten within a day is missing whenever a sender comes less often."""

STALE_DAYS = 2
"""So long after a new policy was first seen, whoever still sees the old one has it cached."""

_MAX_AGE = re.compile(r"^max_age:[ \t]*([0-9]{1,9})", re.MULTILINE)


def policy_causes(case: Case) -> Iterator[Found]:
    """Give the causes that keep senders from the policy, or from the right one."""
    yield from _fetch_errors(case)
    certificate = case.of_types(ResultType.STS_WEBPKI_INVALID)
    if len(certificate):
        yield Found("policy-certificate", None, certificate, "reported as sts-webpki-invalid")
    invalid = case.of_types(ResultType.STS_POLICY_INVALID)
    if len(invalid):
        yield Found("policy-syntax", None, invalid, "reported as sts-policy-invalid")
    yield from _stale(case)
    yield from _rarely_applied(case)


def _fetch_errors(case: Case) -> Iterator[Found]:
    rows = case.of_types(ResultType.STS_POLICY_FETCH_ERROR)
    if rows.empty:
        return
    reporters, days = rows["reporter"].unique(), rows["day"].nunique()
    others = case.success_days(case.policies["reporter"])
    others = others[~others["reporter"].isin(reporters) & others["day"].isin(rows["day"].unique())]
    reasons = ", ".join(sorted({text for text in rows["failure_reason_code"] if text})[:5])
    said = f"; the senders' reasons: {reasons}" if reasons else ""
    if len(reporters) == 1 and days <= ISOLATED_DAYS and len(others):
        text = f"only {reporters[0]}, on {days} days, while others applied the policy{said}"
        yield Found("policy-fetch-transient", None, rows, text)
    else:
        text = f"{', '.join(sorted(reporters)[:5])} on {days} days{said}"
        yield Found("policy-not-reachable", None, rows, text)


def _stale(case: Case) -> Iterator[Found]:
    rows = case.policies
    rows = rows[(rows["policy_type"] == "sts") & (rows["policy_string"] != "")]
    if rows["policy_string"].nunique() < 2:
        return
    seen = rows.groupby("policy_string")["day"].min().sort_values()
    newest, since = seen.index[-1], seen.iloc[-1]
    limit = since + dt.timedelta(days=STALE_DAYS)
    late = rows[(rows["policy_string"] != newest) & (rows["day"] >= limit).astype("bool")]
    if late.empty:
        return
    reporters = tuple(sorted(late["reporter"].unique()))
    failures = case.failures
    mine = failures["reporter"].isin(reporters) & failures["day"].isin(late["day"].unique())
    text = (
        f"a new policy was first seen on {since}, and {', '.join(reporters)} saw an older one"
        f" until {late['day'].max()}"
    )
    yield Found("policy-id-not-bumped", None, failures[mine].iloc[:0], text, reporters)


def _rarely_applied(case: Case) -> Iterator[Found]:
    rows = case.policies
    sessions = rows[COUNTS].sum(axis=1)
    applied = sessions[rows["policy_type"] == "sts"].sum()
    without = sessions[rows["policy_type"] == NO_POLICY].sum()
    if not applied or without <= RARELY * (applied + without):
        return
    ages = [
        int(found[1]) for text in rows["policy_string"].unique() if (found := _MAX_AGE.search(text))
    ]
    age = f"; its max_age is {min(ages):,} seconds" if ages and min(ages) < SHORTEST_MAX_AGE else ""
    text = f"{without:,} of {applied + without:,} sessions found no policy{age}"
    yield Found("policy-rarely-applied", None, case.failures.iloc[:0], text, _reporters(rows))


def _reporters(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(rows.loc[rows["policy_type"] == NO_POLICY, "reporter"].unique()))
