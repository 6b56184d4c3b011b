"""Since when senders no longer find or fetch a policy that they applied before.

One reporter that never applied the policy while others do skips policies in testing mode, or
cannot fetch it; that is its own matter. A policy that every reporter loses on a day has vanished:
the record was deleted, or doubled (RFC 8461 §3.1: exactly one TXT record), or the file is gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.ledger import Untested
from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers
from tlsrpt_analysis.arrays import Integers, Objects

if TYPE_CHECKING:
    from pandas.core.groupby import DataFrameGroupBy

POLICY_MISSING = (
    Untested.NO_POLICY,
    Untested.NOT_FETCHED,
    Untested.INVALID,
    Untested.POLICY_HOST,
)
"""Reasons by which a reporter had no policy to apply."""

FEWEST_DAYS = 2
"""A policy that was missing on a single day was missed by chance, or restored."""

FEWEST_SESSIONS = 5

BY_CHANCE = 0.01
"""A reporter that had applied the policy to most sessions does not miss it so often by chance."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Who applies the policy of a domain, and who does not.

    Attributes
    ----------
    missing_since : int
        The day, since 1970, from which no reporter that had applied the policy still did; -1 where
        some do.
    missing_reason : str
        The commonest reason since that day, one of `POLICY_MISSING`.
    lost_by : tuple of str
        The reporters that no longer apply it while others do.
    never_by : tuple of str
        The reporters that never applied it in all days loaded.
    applied_by : tuple of str
        The reporters that apply it still.
    missing_session_count : int
        The sessions without it since that day.
    unfetched_since : int
        The day from which nobody fetches the policy, though those in `cached_by` still apply a
        cached one; -1 where some do.
    """

    missing_since: int = -1
    missing_reason: str = ""
    lost_by: tuple[str, ...] = ()
    never_by: tuple[str, ...] = ()
    applied_by: tuple[str, ...] = ()
    missing_session_count: int = 0
    unfetched_since: int = -1
    cached_by: tuple[str, ...] = ()


def availabilities(days: pd.DataFrame) -> dict[str, Availability]:
    """Find which domains lost their policy, and when.

    Parameters
    ----------
    days : DataFrame
        The ledger by day: ``policy_domain reporter day untested_reason tested_session_count
        untested_session_count``, one row or more a reporter's day and reason.

    Returns
    -------
    dict of str to Availability
        By policy domain; those without a name are left out.
    """
    rows = days[days["policy_domain"].notna().to_numpy("bool")]
    number, first = group_numbers(rows, ["policy_domain", "reporter"])
    is_missing = rows["untested_reason"].isin(list(POLICY_MISSING)).to_numpy("bool")
    tested = rows["tested_session_count"].to_numpy("int64")
    missing = np.where(is_missing, rows["untested_session_count"].to_numpy("int64"), 0)
    day = day_numbers(rows["day"])
    last_tested = _latest(number, np.where(tested > 0, day, -1), len(first))
    is_after = day > last_tested[number]
    after = _Sums(number[is_after], day[is_after], missing[is_after], len(first))
    before = [
        np.bincount(number[~is_after], counts[~is_after], len(first))
        for counts in (tested, missing)
    ]
    rate = before[0] / np.maximum(before[0] + before[1], 1)
    is_lost = (last_tested >= 0) & after.is_enough & ((1 - rate) ** after.sessions < BY_CHANCE)
    frame = pd.DataFrame(
        {
            "policy_domain": rows["policy_domain"].iloc[first].astype("str").to_numpy(),
            "reporter": rows["reporter"].iloc[first].astype("str").fillna("").to_numpy(),
            "last_tested": last_tested,
            "applied": before[0],
            "missed": before[1],
            "first_missing": after.first_day,
            "is_lost": is_lost,
            "is_never": (last_tested < 0) & (after.sessions > 0),
        }
    )
    reasons = rows.assign(day_number=day, missing=missing)[is_missing]
    return dict(_by_domain(frame, reasons.groupby("policy_domain", observed=True)))


def _by_domain(
    frame: pd.DataFrame, reasons: "DataFrameGroupBy[Any, Literal[True]]"
) -> Iterator[tuple[str, Availability]]:
    """Yield the availability of each domain, whose reporters stand together in the frame."""
    last_missing = reasons["day_number"].max().to_dict()
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    domains = columns["policy_domain"].tolist()
    begins = [at for at, domain in enumerate(domains) if at == 0 or domain != domains[at - 1]]
    for begin, end in pairwise([*begins, len(domains)]):
        domain, own = domains[begin], {name: each[begin:end] for name, each in columns.items()}
        applied = _applied(own)
        last = last_missing.get(domain, -1)
        is_gone = last >= 0 and bool(applied.lost_by) and not applied.applied_by
        if is_gone or last > own["last_tested"].max() >= 0:
            group = reasons.get_group(domain)
            applied = _availability(applied, frame.iloc[begin:end], group, is_gone=is_gone)
        yield str(domain), applied


def _applied(reporters: Mapping[str, Objects]) -> Availability:
    """Return who applies a policy that some reporters apply still."""
    is_lost, last_tested = reporters["is_lost"], reporters["last_tested"]
    began = reporters["first_missing"][is_lost].min() if is_lost.any() else 0
    applies = (last_tested >= max(began, 0)) & ~is_lost
    lost, never, applied = (
        tuple(reporters["reporter"][mask].tolist())
        for mask in (is_lost, reporters["is_never"], applies)
    )
    return Availability(lost_by=lost, never_by=never, applied_by=applied)


class _Sums:
    """What each reporter reported after it last applied the policy."""

    def __init__(self, number: Integers, day: Integers, missing: Integers, size: int) -> None:
        is_some = missing > 0
        number, day = number[is_some], day[is_some]
        self.sessions = np.bincount(number, missing[is_some], size)
        key = np.unique(number * 2**22 + day)
        self.days = np.bincount(key // 2**22, minlength=size)
        self.first_day = np.full(size, 2**22 - 1, "int64")
        np.minimum.at(self.first_day, number, day)
        self.is_enough = (self.days >= FEWEST_DAYS) & (self.sessions >= FEWEST_SESSIONS)


def _latest(number: Integers, day: Integers, size: int) -> Integers:
    latest = np.full(size, -1, "int64")
    np.maximum.at(latest, number, day)
    return latest


def _availability(
    applied: Availability, reporters: pd.DataFrame, reasons: pd.DataFrame, *, is_gone: bool
) -> Availability:
    """Return since when a policy is missing, if no reporter applies it any more."""
    has_applied = reporters["last_tested"] >= 0
    if not (is_gone or _is_lost_by_all(reporters[has_applied], reasons)):
        return applied
    later = reasons[(reasons["day_number"] > reporters["last_tested"].max()).to_numpy("bool")]
    since = int(later.loc[later["missing"] > 0, "day_number"].min())
    counts = later.groupby("untested_reason", observed=True)["missing"].sum()
    return Availability(
        since,
        str(counts.idxmax()),
        never_by=applied.never_by,
        missing_session_count=int(counts.sum()),
    )


def _is_lost_by_all(applying: pd.DataFrame, reasons: pd.DataFrame) -> bool:
    """Whether small reporters together miss the policy too often for chance since the last test."""
    last_tested = applying["last_tested"].max()
    if not reasons["day_number"].max() > last_tested:
        return False
    is_later = reasons["day_number"] > last_tested
    is_own = reasons["reporter"].isin(applying["reporter"])
    later = reasons[is_later & is_own & (reasons["missing"] > 0)]
    sessions, days = int(later["missing"].sum()), later["day_number"].nunique()
    rate = applying["applied"].sum() / max(1, applying[["applied", "missed"]].sum().sum())
    is_enough = days >= FEWEST_DAYS and sessions >= FEWEST_SESSIONS
    return bool(is_enough and (1 - rate) ** sessions < BY_CHANCE)
