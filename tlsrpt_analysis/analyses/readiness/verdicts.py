"""The verdict of each moment, by the rule of `tlsrpt_analysis.analyses.impact.verdict`."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.domain_facts import DomainFacts, Period, ReporterFacts
from tlsrpt_analysis.analyses.impact.evidence import Days, Evidence, since_of
from tlsrpt_analysis.analyses.impact.set_apart import out_of_proportion
from tlsrpt_analysis.analyses.impact.verdict import verdict_of
from tlsrpt_analysis.analyses.numbering import day_numbers, day_of, table_by_days
from tlsrpt_analysis.analyses.policy.availability import (
    POLICY_MISSING,
    Availability,
    availabilities,
)
from tlsrpt_analysis.analyses.policy.fetches import with_failing_fetches
from tlsrpt_analysis.analyses.readiness.moments import Moments
from tlsrpt_analysis.analyses.readiness.policy_history import PolicyHistory, days_of_policies
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.analyses.statistics.intervals import daily_share_intervals
from tlsrpt_analysis.analyses.today import todays_days
from tlsrpt_analysis.arrays import Floats

ROWS_AT_ONCE = 400_000
"""So many rows of moments are held at once; each takes some hundred bytes."""

REPORTER = ["policy_domain", "reporter"]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the reports count, by day.

    ``days`` has a row for each reporter's day about a domain: ``policy_domain reporter day
    tested_session_count refused_count``; ``untested`` and ``unavailable`` are as
    `tlsrpt_analysis.analyses.impact.question` counts them, ``results`` the policy results with
    tested sessions.
    """

    days: pd.DataFrame
    untested: pd.DataFrame
    unavailable: pd.DataFrame
    results: pd.DataFrame
    history: PolicyHistory


def verdicts(counted: Counted, moments: Moments) -> list[str]:
    """Return the verdict of each moment; an empty text before the first report of its domain."""
    found: list[str] = []
    for part in _parts(counted.days, moments):
        found += _verdicts(counted, part)
    return found


def _parts(days: pd.DataFrame, moments: Moments) -> list[Moments]:
    """Split moments so that each part has a bounded number of rows."""
    rows = np.bincount(
        moments.numbers_of(days["policy_domain"]) + 1, minlength=len(moments.names) + 1
    )
    weight = np.cumsum(rows[1:][moments.domain])
    number = weight // ROWS_AT_ONCE
    ends = [*np.flatnonzero(np.diff(number)) + 1, len(moments.domain)]
    begins = [0, *ends[:-1]]
    return [moments.part(int(a), int(b)) for a, b in zip(begins, ends, strict=True) if b > a]


def _verdicts(counted: Counted, moments: Moments) -> list[str]:
    rows = moments.rows_until(counted.days, day_numbers(counted.days["day"]))
    rows = rows[~out_of_proportion(rows)].reset_index(drop=True)
    rows = rows.assign(
        tested=rows["tested_session_count"].astype("float64"),
        refused=rows["refused_count"].astype("float64"),
    )
    since = days_of_policies(counted.results, counted.history, moments)
    todays = todays_days(rows, since)
    is_today = day_numbers(rows["day"]) >= since_of(rows, todays)
    evidence = Evidence(Days(rows, rows, todays))
    today = _by_reporter(rows[is_today])
    silent = evidence.silent(_by_reporter(rows), today)
    limits = _limits(rows[is_today], todays)
    availability = _availability(counted, moments)
    present = moments.positions_in(counted.history.keys)
    reporters = _reporter_facts(today)
    found = {}
    for at, row in enumerate(todays.to_dict("records")):
        name = str(row["policy_domain"])
        own = reporters.get(name, ())
        position = int(present[int(name)])
        facts = DomainFacts(
            policy_domain=name,
            policy_mode=counted.history.modes[position] if position >= 0 else None,
            first_day=day_of(row["since"]),
            last_day=day_of(row["until"]),
            newest_day=day_of(row["until"]),
            session_count=0,
            untested=(),
            whole=_period(row, own, limits[at], 0),
            today=_period(row, own, limits[at], evidence.days(name)),
            last_tested_day=day_of(row["last_tested"]) if row["last_tested"] >= 0 else None,
            reporters=own,
            silent=silent.get(name, ()),
            rising=evidence.rising(name),
            availability=availability.get(name, Availability()),
        )
        found[name] = verdict_of(facts).verdict
    return [found.get(label, "") for label in moments.labels]


def _by_reporter(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the tested and refused sessions of each reporter, in text."""
    counts = {"tested_session_count": "sum", "refused_count": "sum"}
    sums = grouped(rows, REPORTER).agg(counts).reset_index().astype(dict.fromkeys(REPORTER, "str"))
    return sums.rename(columns={"refused_count": "would_block_high"})


def _reporter_facts(today: pd.DataFrame) -> dict[str, tuple[ReporterFacts, ...]]:
    """Return the reporters with tested sessions of each moment."""
    found: dict[str, list[ReporterFacts]] = {}
    names = ("policy_domain", "reporter", "tested_session_count", "would_block_high")
    rows = zip(*(today[name].tolist() for name in names), strict=True)
    for moment, reporter, tested, refused in rows:
        if tested:
            found.setdefault(moment, []).append(ReporterFacts(reporter, tested, refused, 0.0))
    return {moment: tuple(facts) for moment, facts in found.items()}


def _period(
    row: Mapping[Hashable, Any], own: Sequence[ReporterFacts], limit: float, days: int
) -> Period:
    tested, refused = sum(one.tested for one in own), sum(one.refused for one in own)
    share = refused / tested if tested else 0.0
    since, until = day_of(row["since"]), day_of(row["until"])
    return Period(since, until, tested, 0, refused, 0.0, share, limit=limit, days=days)


def _limits(today: pd.DataFrame, todays: pd.DataFrame) -> Floats:
    """Return the upper end of the interval of each moment, days as clusters."""
    place = {str(name): at for at, name in enumerate(todays["policy_domain"])}
    codes = today["policy_domain"].cat
    number = np.array([place.get(str(name), -1) for name in codes.categories])[codes.codes]
    numbers = day_numbers(today["day"])
    calendar = np.unique(np.concatenate([numbers, numbers + 1]))
    day = np.searchsorted(calendar, numbers)
    shape = (len(todays), len(calendar))
    tested, refused = (
        table_by_days(number, day, today[name], shape) for name in ("tested", "refused")
    )
    return np.asarray(daily_share_intervals(tested, refused)[:, 1])


def _availability(counted: Counted, moments: Moments) -> dict[str, Availability]:
    """Return who applies the policy, at the moments of domains that somebody did without one."""
    rows, unavailable = counted.untested, counted.unavailable
    is_missing = rows["untested_reason"].isin(list(POLICY_MISSING)).to_numpy("bool")
    names = {*rows.loc[is_missing, "policy_domain"], *unavailable["policy_domain"]}
    rows = rows[rows["policy_domain"].isin(list(names)).to_numpy("bool")]
    if rows.empty:
        return {}
    until = moments.rows_until(rows, day_numbers(rows["day"]))
    fetches = moments.rows_until(unavailable, day_numbers(unavailable["day"]))
    return with_failing_fetches(availabilities(until), until, fetches)
