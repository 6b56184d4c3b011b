"""Which days of a domain say what enforce mode would do today.

These are the last 28 days, or fewer where something changed for good within them: a fault began
that still lasts, one was repaired, or the policy was changed. Where senders write little or seldom,
they are as many days as it takes to see a fortnight with tested sessions, and enough of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers, first_rows, group_numbers, numbered
from tlsrpt_analysis.analyses.statistics.changes import (
    last_changes,
    may_have_changed_on,
)
from tlsrpt_analysis.analyses.statistics.clean_days import MOST_EVENTS, log_chance_of_none
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

RECENT_DAYS = 28
"""Four weeks show every weekday alike, and a certificate's whole week of renewal."""

FEWEST_DAYS = 14
"""Google advises two weeks of testing; a domain is judged on as many days with tested sessions."""

LONGEST_DAYS = 112
"""A sender that writes once a week shows 14 days in 98, with some weeks left out."""

READY_LIMIT = 0.02
"""Ready means that, with 95 % confidence, less than 2 % of the tested sessions are refused."""

MATERIAL_SHARE = 0.0025
"""A reporter's change matters to a domain when it moves the refused share by a quarter of a percent."""

SERIES_AT_ONCE = 4096
"""So many reporters' days are looked at together, as each takes a few kilobytes."""

WINDOW, ONSET, REPAIR, POLICY = "window", "onset", "repair", "policy"

COLUMNS = ["policy_domain", "since", "until", "because", "last_tested"]


@dataclass(frozen=True, slots=True)
class _Days:
    """Tested and refused sessions by series and day, in days before the domain's last report."""

    series: Integers
    domain_of: Integers
    ago: Integers
    tested: Floats
    refused: Floats
    is_pooled: Booleans

    def table(self, begin: int, end: int) -> tuple[Floats, Floats]:
        """Return the counts of some series; the last column is the domain's last reported day."""
        is_in = (self.series >= begin) & (self.series < end) & (self.ago < LONGEST_DAYS)
        shape = (end - begin, LONGEST_DAYS)
        place = (self.series[is_in] - begin) * LONGEST_DAYS + LONGEST_DAYS - 1 - self.ago[is_in]
        tested, refused = (
            np.bincount(place, counts[is_in], shape[0] * shape[1]).astype("float64").reshape(shape)
            for counts in (self.tested, self.refused)
        )
        return tested, refused


def todays_days(days: pd.DataFrame, policy_since: Mapping[str, int] | None = None) -> pd.DataFrame:
    """Find the days on which each domain is judged.

    Parameters
    ----------
    days : DataFrame
        One row a domain, reporter and day with a report: ``policy_domain``, ``reporter``, ``day``,
        ``tested`` and ``refused`` (sessions, the latter at most, either weighted by mail).
    policy_since : mapping of str to int, optional
        The day, in days since 1970, from which most sessions saw the present policy.

    Returns
    -------
    DataFrame
        A row a domain, in their order, a missing one last: ``policy_domain``, ``since`` and
        ``until`` (days since 1970; ``until`` is the last day with a report), ``because`` (why
        ``since`` is that day: ``window``, ``onset``, ``repair`` or ``policy``), ``last_tested``
        (-1 where nothing was tested).
    """
    domain, first = group_numbers(days, ["policy_domain"])
    day = day_numbers(days["day"])
    until = np.full(len(first), -1, "int64")
    np.maximum.at(until, domain, day)
    tested = days["tested"].to_numpy("float64")
    last_tested = np.full(len(first), -1, "int64")
    np.maximum.at(last_tested, domain[tested > 0], day[tested > 0])
    counted = _series(days, domain, until[domain] - day, len(first))
    changes = _last_changes(counted)
    since, because = _last_material_change(counted, changes, len(first))
    since = np.where(because == 0, -1, until - since)
    names = days["policy_domain"].iloc[first].astype("str").reset_index(drop=True)
    known = policy_since or {}
    changed = [known.get(name, -1) for name in names.fillna("").tolist()]
    is_policy = (np.array(changed, "int64") >= since) & (np.array(changed, "int64") >= 0)
    since = np.where(is_policy, changed, since)
    why = np.where(is_policy, POLICY, np.array([WINDOW, ONSET, REPAIR])[because])
    window = until - _window_days(counted, len(first)) + 1
    is_window = since <= window
    return pd.DataFrame(
        {
            "policy_domain": names,
            "since": np.where(is_window, window, since),
            "until": until,
            "because": np.where(is_window, WINDOW, why),
            "last_tested": last_tested,
        }
    )


def _series(days: pd.DataFrame, domain: Integers, ago: Integers, domains: int) -> _Days:
    """Return one series for each reporter of a domain, and then one for each domain as a whole."""
    reporter, first = group_numbers(days, ["policy_domain", "reporter"])
    tested, refused = (days[name].to_numpy("float64") for name in ("tested", "refused"))
    return _Days(
        np.concatenate([reporter, len(first) + domain]),
        np.concatenate([domain[first], np.arange(domains)]),
        np.tile(ago, 2),
        np.tile(tested, 2),
        np.tile(np.minimum(refused, tested), 2),
        np.arange(len(first) + domains) >= len(first),
    )


def rises_of_reporters(days: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return the day on which each reporter of a domain began to fail as it does today.

    Parameters
    ----------
    days : DataFrame
        As of `todays_days`.

    Returns
    -------
    dict of (policy domain, reporter) to int
        Days since 1970; reporters whose share did not rise, or fell since, are not in it.
    """
    failing = days[(days["refused"] > 0).to_numpy("bool")]
    keys = failing[["policy_domain", "reporter"]].drop_duplicates()
    rows = days.merge(keys, on=["policy_domain", "reporter"])
    domain, first = group_numbers(rows, ["policy_domain"])
    day = day_numbers(rows["day"])
    until = np.full(len(first), -1, "int64")
    np.maximum.at(until, domain, day)
    counted = _series(rows, domain, until[domain] - day, len(first))
    ago, why, _ = _last_changes(counted)
    _, first_row = group_numbers(rows, ["policy_domain", "reporter"])
    names = rows[["policy_domain", "reporter"]].take(first_row).astype("str")
    since = until[counted.domain_of[: len(first_row)]] - ago[: len(first_row)]
    return {
        (domain_name, name): int(since[at])
        for at, (domain_name, name) in enumerate(names.itertuples(index=False, name=None))
        if why[at] == 1
    }


def _last_changes(counted: _Days) -> tuple[Integers, Integers, Floats]:
    """Find how many days ago each series changed, by what (0, onset 1, repair 2), and how far."""
    size = len(counted.domain_of)
    ago, why = np.zeros(size, "int64"), np.zeros(size, "int64")
    moved = np.zeros(size)
    for begin in range(0, size, SERIES_AT_ONCE):
        end = min(size, begin + SERIES_AT_ONCE)
        tested, refused = counted.table(begin, end)
        failing = np.flatnonzero(refused.any(axis=1))
        start, direction = last_changes(tested[failing], refused[failing])
        rows = begin + failing
        ago[rows] = LONGEST_DAYS - 1 - start
        why[rows] = np.where(direction > 0, 1, np.where(direction < 0, 2, 0))
        moved[rows] = _moved(tested[failing], refused[failing], start)
    return ago, why, moved


def _last_material_change(
    counted: _Days, changes: tuple[Integers, Integers, Floats], domains: int
) -> tuple[Integers, Integers]:
    """Find how many days ago each domain's share last changed so far that it matters, and by what."""
    ago, why, moved = changes
    recent = _recent(counted, domains)
    share = moved / np.maximum(recent[counted.domain_of], 1e-12)
    why = np.where(share >= MATERIAL_SHARE, why, 0)
    ago = _shared_days(counted, ago, why)
    order = np.lexsort((ago, why == 0, counted.domain_of))  # the latest change of a domain first
    latest = order[first_rows(counted.domain_of[order], domains)]
    return ago[latest], why[latest]


def _shared_days(counted: _Days, ago: Integers, why: Integers) -> Integers:
    """Date the change of a reporter by that of its domain, where its own days leave that possible.

    A small reporter shows a change of all days later than the others do.
    """
    pooled = np.flatnonzero(counted.is_pooled)[counted.domain_of]
    is_asked = (ago < ago[pooled]) & (why != 0) & (why == why[pooled])
    shared = ago.copy()
    for begin in range(0, len(ago), SERIES_AT_ONCE):
        end = min(len(ago), begin + SERIES_AT_ONCE)
        rows = begin + np.flatnonzero(is_asked[begin:end])
        if len(rows):
            tested, refused = (counts[rows - begin] for counts in counted.table(begin, end))
            start, earlier = (LONGEST_DAYS - 1 - days[rows] for days in (ago, ago[pooled]))
            is_same = may_have_changed_on(tested, refused, start, earlier)
            shared[rows[is_same]] = ago[pooled][rows[is_same]]
    return shared


def _recent(counted: _Days, domains: int) -> Floats:
    """Sum the tested sessions of each domain's last four weeks."""
    is_in = counted.is_pooled[counted.series] & (counted.ago < RECENT_DAYS)
    of = counted.domain_of[counted.series[is_in]]
    return np.bincount(of, counted.tested[is_in], domains).astype("float64")


def _moved(tested: Floats, refused: Floats, start: Integers) -> Floats:
    """Return by how many sessions of four weeks each change moved what is refused."""
    days = np.arange(LONGEST_DAYS)
    is_after = days >= start[:, None]
    is_before = ~is_after & (days >= start[:, None] - RECENT_DAYS)
    shares = [
        (refused * part).sum(axis=1) / np.maximum((tested * part).sum(axis=1), 1e-12)
        for part in (is_before, is_after)
    ]
    recent = tested[:, -RECENT_DAYS:].sum(axis=1)
    return np.asarray(np.abs(shares[1] - shares[0]) * recent)


def _window_days(counted: _Days, domains: int) -> Integers:
    """Return how many days back each domain is looked at where nothing changed.

    Days are added until there are a fortnight of them, and so many sessions that a refused share of
    `READY_LIMIT` could not have stayed unseen.
    """
    is_in = counted.is_pooled[counted.series] & (counted.tested > 0) & (counted.ago < LONGEST_DAYS)
    of, ago = counted.domain_of[counted.series[is_in]], counted.ago[is_in]
    number, first = numbered(of * LONGEST_DAYS + ago)
    sessions = np.bincount(number, counted.tested[is_in], len(first)).astype("float64")
    of, ago = of[first], ago[first]
    begins = first_rows(of, domains)
    rank = np.arange(len(of)) - begins[of] + 1
    proof = np.cumsum(-log_chance_of_none(sessions, READY_LIMIT))
    proof -= (proof + log_chance_of_none(sessions, READY_LIMIT))[begins[of]]
    is_enough = (rank >= FEWEST_DAYS) & (proof >= MOST_EVENTS[0])
    needed = np.full(domains, LONGEST_DAYS, "int64")
    np.minimum.at(needed, of[is_enough], ago[is_enough] + 1)
    furthest = np.zeros(domains, "int64")
    np.maximum.at(furthest, of, ago + 1)
    return np.asarray(np.maximum(RECENT_DAYS, np.minimum(needed, furthest)))
