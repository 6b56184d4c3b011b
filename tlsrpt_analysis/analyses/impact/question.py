"""What was asked about enforce mode, with everything that stays the same when something is fixed."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.causes.diagnosed import Diagnosed
from tlsrpt_analysis.analyses.impact.inbound import Inbound
from tlsrpt_analysis.analyses.impact.retries import with_retries
from tlsrpt_analysis.analyses.impact.set_apart import out_of_proportion, without_days
from tlsrpt_analysis.analyses.mx_records import mx_records, mx_traffic_shares
from tlsrpt_analysis.analyses.numbering import (
    day_numbers,
    day_of,
    days_numbered,
    group_numbers,
    numbered,
    summed,
    text_numbers,
)
from tlsrpt_analysis.analyses.policy.availability import Availability, availabilities
from tlsrpt_analysis.analyses.policy.fetches import with_failing_fetches
from tlsrpt_analysis.analyses.policy.other_policies import OtherPolicy, other_policies
from tlsrpt_analysis.analyses.policy.reported import latest_modes, latest_mx_patterns, mx_patterns
from tlsrpt_analysis.analyses.policy.vanished import Vanished, vanished_reporters
from tlsrpt_analysis.analyses.policy.witnesses import are_believed
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.refusals import Refusals, refusals
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, group_days, grouped
from tlsrpt_analysis.analyses.statistics.clean_days import is_over
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE
from tlsrpt_analysis.tables import ReportTables

Patterns = Mapping[str, tuple[str, ...]]
"""The ``mx`` patterns of each domain's policy."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What the reports say about a domain, whatever is fixed."""

    policy_mode: str | None
    first_day: dt.date
    last_day: dt.date
    has_dane: bool
    dane_refused_count: int
    """Sessions that failed under DANE, which has no testing mode (RFC 7672 §2.2)."""
    dane_refused_until: dt.date | None = None
    """The last day on which they did, if that is over."""
    vanished: Vanished | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """The reports as counts by day, and what is known besides them.

    ``sessions`` has all sessions by domain, reporter and day, with those that failed in each mode,
    the messages they stand for and the weight of one session; ``unavailable`` has those whose policy was unavailable;
    ``untested`` has the sessions of each domain that were not tested, by reason, the most first;
    ``policy_since`` has the day from which most sessions saw the present ``mx`` patterns;
    ``set_apart`` the days of reporters that are out of proportion, and count in nothing else here;
    ``other_policies`` those that too few reports show; ``diagnosed`` has the cause of each detail.
    """

    refused: Refusals
    sessions: pd.DataFrame
    unavailable: pd.DataFrame
    reported: Mapping[str | None, Reported]
    patterns: Patterns
    weights: pd.DataFrame
    untested: Mapping[str | None, tuple[tuple[str, int], ...]]
    availability: Mapping[str, Availability]
    policy_since: Mapping[str, int]
    set_apart: pd.DataFrame
    other_policies: Mapping[str, tuple[OtherPolicy, ...]]
    diagnosed: Diagnosed
    records: pd.DataFrame | None = None
    traffic: pd.DataFrame | None = None
    each_alone: bool = False
    """Whether each domain is judged as if no other were loaded."""
    only_domains: bool = False
    """Whether other rows than those of domains need no intervals, and those of causes are left out."""

    def of(self, domains: Collection[str]) -> "Question":
        """Return the same question about a selection of the domains."""
        wanted = list(domains)
        frames = (self.sessions, self.unavailable, self.weights)
        sessions, unavailable, weights = (
            frame[frame["policy_domain"].isin(wanted).to_numpy("bool")] for frame in frames
        )
        is_kept = self.refused.results["policy_domain"].isin(wanted).to_numpy("bool")
        return replace(
            self,
            refused=self.refused.of_results(is_kept),
            sessions=sessions,
            unavailable=unavailable,
            weights=weights,
        )

    def weighted(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Add the weight of a session to rows of domains and reporters."""
        return with_weights(rows, self.weights)


def ask(  # noqa: PLR0913 - what enforce_impact was given, and what it counted
    tables: ReportTables,
    sessions: pd.DataFrame,
    weighed: Inbound,
    *,
    counted: pd.DataFrame,
    findings: ProbeFindings | pd.DataFrame | None,
    mx_preferences: pd.DataFrame | ProbeFindings | None,
    mx_traffic: pd.DataFrame | None,
) -> Question:
    """Collect what an impact is computed from.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    sessions : DataFrame
        `daily_sessions` of them.
    weighed : Inbound
        The weights of their reporters.
    counted : DataFrame
        The `ledger` of the reports.
    findings, mx_preferences, mx_traffic : optional
        As given to `tlsrpt_analysis.enforce_impact`.
    """
    is_apart = out_of_proportion(sessions)
    apart, sessions = sessions[is_apart], sessions[~is_apart]
    refused = without_days(refusals(tables, counted), apart)
    if findings is None and isinstance(mx_preferences, ProbeFindings):
        findings = mx_preferences
    mx_preferences = findings if mx_preferences is None else mx_preferences
    by_reason = untested_days(tables, counted)
    unavailable = daily_policy_unavailable(tables)
    patterns = dict(latest_mx_patterns(tables))
    return Question(
        refused=refused,
        sessions=with_weights(_with_failed(sessions, refused.results), weighed.weights),
        unavailable=unavailable,
        reported=reported_domains(tables),
        patterns=patterns,
        weights=weighed.weights,
        untested=untested_reasons(by_reason),
        availability=with_failing_fetches(availabilities(by_reason), by_reason, unavailable),
        policy_since=days_of_present_policy(refused.results, patterns),
        set_apart=apart[[*DOMAIN_DAY, "tested_session_count"]],
        other_policies=other_policies(tables),
        diagnosed=Diagnosed(tables, findings, mx_preferences),
        records=None if mx_preferences is None else mx_records(mx_preferences),
        traffic=None if mx_traffic is None else mx_traffic_shares(mx_traffic),
    )


def _with_failed(sessions: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Add the failed tested sessions of each day by mode, and the messages they stand for."""
    results = results[results["total"] > 0]
    is_enforced = results["is_enforced"]
    failed = results[DOMAIN_DAY].assign(
        failed_testing_count=results["total"].where(~is_enforced, 0),
        failed_enforced_count=results["total"].where(is_enforced, 0),
    )
    names = ["failed_testing_count", "failed_enforced_count"]
    sums = grouped(failed, DOMAIN_DAY)[names].sum().reset_index()
    joined = sessions.merge(sums, on=DOMAIN_DAY, how="left")
    return with_retries(joined.fillna(dict.fromkeys(names, 0)))


def untested_days(tables: ReportTables, counted: pd.DataFrame) -> pd.DataFrame:
    """Count the tested and untested sessions of each day, by the reason why they were not tested.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day``, ``untested_reason``, ``tested_session_count`` and
        ``untested_session_count``.
    """
    day, _ = group_days(tables.policies)
    reason, width = text_numbers(counted["untested_reason"])
    number, first = numbered(day * width + reason)
    rows = tables.policies[DOMAIN_DAY].join(counted["untested_reason"])
    columns = ("tested_session_count", "untested_session_count")
    sums = {name: summed(number, counted[name], len(first)) for name in columns}
    return rows.take(first).reset_index(drop=True).assign(**sums)


def untested_reasons(days: pd.DataFrame) -> dict[str | None, tuple[tuple[str, int], ...]]:
    """Return the untested sessions of each domain by reason, the most first."""
    some = days[(days["untested_session_count"] > 0).to_numpy("bool")]
    sums = grouped(some, ["policy_domain", "untested_reason"])["untested_session_count"].sum()
    rows = sums.reset_index().sort_values("untested_session_count", ascending=False)
    found: dict[str | None, tuple[tuple[str, int], ...]] = {}
    for domain, reason, count in rows.itertuples(index=False, name=None):
        name = domain if isinstance(domain, str) else None
        found[name] = (*found.get(name, ()), (str(reason), int(count)))
    return found


def days_of_present_policy(results: pd.DataFrame, patterns: Patterns) -> dict[str, int]:
    """Return the day from which most tested sessions of each domain saw its present patterns.

    Sessions whose reporter leaves out the policy say nothing about it.

    Returns
    -------
    dict of str to int
        Days since 1970; a domain whose patterns never changed is not in it, nor is one of which
        most sessions still see other patterns.
    """
    results = results[_are_believed(results)]
    texts, first = group_numbers(results, ["policy_domain", "policy_string", "mx_host"])
    named = results[["policy_domain", "policy_string", "mx_host"]].take(first)
    is_present = np.array(
        [
            set(mx_patterns(text, mx_host)) == set(patterns.get(domain, ()))
            for domain, text, mx_host in named.itertuples(index=False, name=None)
        ],
        dtype="bool",
    )
    if is_present.all():
        return {}
    domain, first = group_numbers(results, ["policy_domain"])
    day, at = days_numbered(domain, day_numbers(results["day"]))
    sessions = results["sessions"].to_numpy("int64")
    present = summed(day, sessions * is_present[texts], len(at))
    is_old = 2 * present < summed(day, sessions, len(at))
    days = day_numbers(results["day"].take(at))
    last_old, last_day = np.full((2, len(first)), -1, "int64")
    np.maximum.at(last_old, domain[at][is_old], days[is_old])
    np.maximum.at(last_day, domain[at], days)
    names = results["policy_domain"].iloc[first]
    return {
        name: int(old) + 1
        for name, old, last in zip(names, last_old, last_day, strict=True)
        if 0 <= old < last and isinstance(name, str)
    }


def _are_believed(results: pd.DataFrame) -> Booleans:
    """Return which policy results show a policy that enough reporters saw."""
    has_text = (results["policy_string"].notna() | results["mx_host"].notna()).to_numpy("bool")
    modes = np.where(results["is_enforced"], "enforce", "testing")
    believed = np.zeros(len(results), "bool")
    believed[has_text] = are_believed(results.assign(policy_mode=modes)[has_text])
    return believed


def daily_policy_unavailable(tables: ReportTables) -> pd.DataFrame:
    """Count the sessions whose MTA-STS policy was unavailable, which are delivered without one.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day`` and ``policy_unavailable_count`` in sessions
        (RFC 8460 §4.3.2.2).
    """
    failures = tables.failures
    chosen = failures[failures["result_type"].isin(list(POLICY_UNAVAILABLE))]
    counts = grouped(chosen, DOMAIN_DAY)["failed_session_count"].sum().astype("int64")
    return counts.rename("policy_unavailable_count").reset_index()


def reported_domains(tables: ReportTables) -> dict[str | None, Reported]:
    """Return the days, the mode and the DANE refusals of each policy domain."""
    policies = tables.policies
    number, first = group_numbers(policies, ["policy_domain"])
    size = len(first)
    days = day_numbers(policies["day"])
    earliest, latest = np.full(size, np.iinfo("int64").max), np.full(size, -1, "int64")
    np.minimum.at(earliest, number, days)
    np.maximum.at(latest, number, days)
    is_dane = (policies["policy_type"] == "tlsa").to_numpy("bool")
    failed = policies["total_failure_session_count"].to_numpy("int64")
    has_dane = summed(number, is_dane, size) > 0
    dane_refused = summed(number, failed * is_dane, size)
    rows = np.flatnonzero(is_dane & (dane_refused[number] > 0))
    rows = rows[np.argsort(number[rows], kind="stable")]
    of_each = np.split(rows, np.flatnonzero(np.diff(number[rows])) + 1)
    ended = {
        int(number[own[0]]): _last_if_over(days[own], failed[own]) for own in of_each if len(own)
    }
    modes, vanished = latest_modes(tables).to_dict(), vanished_reporters(policies)
    names = policies["policy_domain"].iloc[first]
    domains = [name if isinstance(name, str) else None for name in names]
    return {
        domain: Reported(
            modes.get(domain or ""),
            day_of(earliest[at]),
            day_of(latest[at]),
            bool(has_dane[at]),
            int(dane_refused[at]) if domain else 0,
            ended.get(at) if domain else None,
            vanished.get(domain or ""),
        )
        for at, domain in enumerate(domains)
    }


def _last_if_over(days: Integers, failed: Integers) -> dt.date | None:
    """Return the last of the days with failures, if the days since show that they are over."""
    failing = np.unique(days[failed > 0])
    return day_of(failing[-1]) if is_over(failing, np.unique(days)) else None


def with_weights(rows: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Add the weight of one session to rows of domains and reporters, 1 where it is unknown."""
    if weights["weight"].eq(1).all():
        return rows.assign(weight=1.0)
    joined = rows.merge(weights, on=["policy_domain", "reporter"], how="left")
    return joined.fillna({"weight": 1.0})
