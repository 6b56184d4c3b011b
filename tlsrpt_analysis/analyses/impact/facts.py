"""What the reports say about each domain, gathered for its verdict and its headline."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.headline import DomainFacts
from tlsrpt_analysis.analyses.numbering import (
    day_numbers,
    day_of,
    first_rows,
    group_numbers,
    summed,
)
from tlsrpt_analysis.analyses.policy.reported import is_covered, latest_modes
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, rows_by
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.tables import ReportTables

NEARLY_ALL = 0.9
"""Small reporters have days with a single session, on which nothing else can succeed."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What the reports say about a domain, whatever is mended."""

    policy_mode: str | None
    first_day: dt.date
    last_day: dt.date
    has_dane: bool
    dane_refused_count: int
    """Sessions that failed under DANE, which has no testing mode (RFC 7672 §2.2)."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """The refused sessions of a domain."""

    count: int = 0
    lost_low: int = 0
    beside_success: int = 0
    enforced: int = 0
    last_day: dt.date | None = None


def reported_domains(tables: ReportTables) -> dict[str | None, Reported]:
    """Gather the days, the mode and what DANE refused of each policy domain."""
    policies = tables.policies
    number, first = group_numbers(policies, ["policy_domain"])
    days = day_numbers(policies["day"])
    earliest, latest = _ends(number, days, len(first))
    is_dane = (policies["policy_type"] == "tlsa").to_numpy("bool")
    dane = summed(number, is_dane, len(first))
    refused = summed(
        number, policies["total_failure_session_count"].to_numpy("int64") * is_dane, len(first)
    )
    modes = latest_modes(tables).to_dict()
    domains = [_text(name) for name in policies["policy_domain"].iloc[first]]
    return {
        domain: Reported(
            modes.get(domain or ""),
            day_of(earliest[at]),
            day_of(latest[at]),
            bool(dane[at]),
            int(refused[at]) if domain else 0,
        )
        for at, domain in enumerate(domains)
    }


def domain_facts(  # noqa: PLR0913 - all that a headline is made of
    by_domain: pd.DataFrame,
    by_mx: pd.DataFrame,
    *,
    reported: Mapping[str | None, Reported],
    refused: Refusals,
    daily: pd.DataFrame,
    sts: pd.DataFrame,
    patterns: Mapping[str, tuple[str, ...]],
    told_domains: Collection[str] = (),
) -> list[DomainFacts]:
    """Gather the facts of each row of `by_domain`, in its order, but those of its scale.

    Parameters
    ----------
    by_domain, by_mx : DataFrame
        The counts of the domains and of their hosts.
    reported : mapping
        `reported_domains` of the reports.
    refused : Refusals
        The refused sessions.
    daily : DataFrame
        The refused sessions by day with their outcomes.
    sts : DataFrame
        `daily_sts` of them.
    patterns : mapping
        `latest_mx_patterns` of the reports.
    told_domains : collection of str
        The domains whose MX records are known.
    """
    at_hosts = rows_by(by_mx, ["policy_domain"])
    refused_of = _refused_of(refused, daily)
    sessions = _total_by_domain(sts, "session_count")
    gathered = []
    for row in by_domain.to_dict("records"):
        domain = _text(row["policy_domain"])
        known, its = reported[domain], refused_of.get(domain, _Refused())
        hosts = _hosts(at_hosts.get((domain,), by_mx.iloc[:0]))
        named = {host for host, _ in hosts}
        has_success = its.beside_success >= NEARLY_ALL * its.count
        gathered.append(
            DomainFacts(
                policy_domain=domain,
                policy_mode=known.policy_mode,
                session_count=row["session_count"],
                sts_session_count=sessions.get(domain, 0),
                has_dane=known.has_dane,
                would_block_high=row["would_block_high"],
                lost_low=its.lost_low,
                hosts=hosts,
                uncovered_hosts=frozenset(
                    host for host in named if host and is_covered(patterns, domain, host) is False
                ),
                good_hosts=_good_hosts(patterns.get(domain or "", ()), named)
                if has_success or None not in named
                else (),
                has_success_beside=has_success,
                policy_unavailable_count=row["policy_unavailable_count"],
                first_day=known.first_day,
                last_day=known.last_day,
                last_blocked_day=its.last_day,
                dane_refused_count=known.dane_refused_count,
                enforced_refused_count=its.enforced,
                has_mx_records=domain in told_domains,
            )
        )
    return gathered


def daily_sts(refused: Refusals) -> pd.DataFrame:
    """Count the sessions under MTA-STS of each day.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day`` and ``session_count``, a row each ``day_key``.
    """
    day = refused.blocks["day_key"].to_numpy("int64")
    size = int(day.max(initial=-1)) + 1
    days = refused.blocks[DOMAIN_DAY].take(first_rows(day, size)).reset_index(drop=True)
    return days.assign(session_count=summed(day, refused.blocks["sessions"], size))


def _refused_of(refused: Refusals, daily: pd.DataFrame) -> dict[str | None, _Refused]:
    number, first = group_numbers(daily, ["policy_domain"])
    day = refused.blocks["day_key"].to_numpy("int64")
    successes = np.zeros(int(day.max(initial=-1)) + 1, "int64")
    successes[day] = refused.blocks["day_successes"].to_numpy("int64")
    count = daily["would_block_high"].to_numpy("int64")
    is_beside = successes[daily["day_key"].to_numpy("int64")] > 0
    columns = (
        count,
        daily["lost_low"].to_numpy("int64"),
        count * is_beside,
        count * daily["is_enforced"].to_numpy("bool"),
    )
    sums = zip(*(summed(number, values, len(first)).tolist() for values in columns), strict=True)
    _, latest = _ends(number, day_numbers(daily["day"]), len(first))
    domains = [_text(name) for name in daily["policy_domain"].iloc[first]]
    return {
        domain: _Refused(high, lost, beside, enforced, day_of(last))
        for domain, (high, lost, beside, enforced), last in zip(domains, sums, latest, strict=True)
    }


def _total_by_domain(frame: pd.DataFrame, column: str) -> dict[str | None, int]:
    number, first = group_numbers(frame, ["policy_domain"])
    domains = [_text(name) for name in frame["policy_domain"].iloc[first]]
    return dict(zip(domains, summed(number, frame[column], len(first)).tolist(), strict=True))


def _hosts(at_hosts: pd.DataFrame) -> tuple[tuple[str | None, int], ...]:
    counts = zip(at_hosts["receiving_mx_hostname"], at_hosts["would_block_high"], strict=True)
    return tuple((_text(host), int(count)) for host, count in counts)


def _good_hosts(patterns: Iterable[str], at_fault: Collection[str | None]) -> tuple[str, ...]:
    """Give the hosts named in the policy that no reporter named at fault."""
    exact = [pattern.lower() for pattern in patterns if "*" not in pattern]
    return tuple(host for host in exact if host not in at_fault)


def _ends(number: Integers, days: Integers, size: int) -> tuple[Integers, Integers]:
    earliest = np.full(size, np.iinfo("int64").max)
    latest = np.full(size, -1, "int64")
    np.minimum.at(earliest, number, days)
    np.maximum.at(latest, number, days)
    return earliest, latest


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
