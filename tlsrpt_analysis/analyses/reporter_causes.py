"""Causes that lie with those who report: one sender's own fault, and reports that stopped."""

import datetime as dt
from collections.abc import Iterator

import pandas as pd

from tlsrpt_analysis.analyses.cause_case import COUNTS, Case, Found

SMALL = 0.05
"""A small sender has at most so much of a domain's sessions."""

SILENT_DAYS = 7
"""Reports come daily; a week without any is no accident of one mail."""

BASELINE_DAYS = 28
FEWEST_BEFORE = 14
"""Of the four weeks before enforce mode, the days on which a reporter that vanished had reported."""


def reporter_causes(case: Case, last_day: dt.date) -> Iterator[Found]:
    """Give the causes that show in who reports; `last_day` is that of all reports."""
    yield from _sender_side(case)
    yield from _stopped(case, last_day)
    yield from _vanished(case)


def _sender_side(case: Case) -> Iterator[Found]:
    sessions = case.policies.groupby("reporter")[COUNTS].sum().sum(axis=1)
    for reporter in case.selective["failing_reporter"].unique():
        rows = case.failures[case.failures["reporter"] == reporter]
        kinds = sorted({kind for kind in rows["result_type"] if kind})
        share = sessions.get(reporter, 0) / max(1, sessions.sum())
        if len(kinds) >= 3 and share <= SMALL:
            text = f"it fails with {', '.join(kinds)}, and has {share:.1%} of the sessions"
            yield Found("sender-side", None, rows.iloc[:0], text, (str(reporter),))


def _stopped(case: Case, last_day: dt.date) -> Iterator[Found]:
    last = case.policies["day"].max()
    silent = (last_day - last).days
    if silent > SILENT_DAYS:
        text = f"the last report is about {last}, {silent} days before the last about other domains"
        yield Found("no-reports", None, case.failures.iloc[:0], text)


def _vanished(case: Case) -> Iterator[Found]:
    rows = case.policies
    enforced = rows[rows["policy_mode"] == "enforce"]
    if enforced.empty or not (rows["policy_mode"] == "testing").any():
        return
    since, last = enforced["day"].min(), rows["day"].max()
    if (last - since).days < SILENT_DAYS:
        return
    before = rows[_between(rows, since - dt.timedelta(days=BASELINE_DAYS), since)]
    after = rows[(rows["day"] > since).astype("bool")]
    days = before.groupby("reporter")["day"].nunique()
    for reporter, count in days.items():
        if count >= FEWEST_BEFORE and reporter not in set(after["reporter"]):
            text = f"it reported on {count} of the {BASELINE_DAYS} days before {since}, never since"
            yield Found("blocked-reporter", None, case.failures.iloc[:0], text, (str(reporter),))


def _between(rows: pd.DataFrame, first: dt.date, end: dt.date) -> "pd.Series[bool]":
    return ((rows["day"] >= first) & (rows["day"] < end)).astype("bool")
