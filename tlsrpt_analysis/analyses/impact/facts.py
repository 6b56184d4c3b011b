"""What the reports say about each domain, collected for its verdict and its headline."""

import datetime as dt
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.fixes import Remaining
from tlsrpt_analysis.analyses.impact.headline import DomainFacts
from tlsrpt_analysis.analyses.impact.question import Reported
from tlsrpt_analysis.analyses.impact.sums import Sums
from tlsrpt_analysis.analyses.numbering import day_numbers, day_of, group_numbers, summed
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.analyses.sessions import rows_by
from tlsrpt_analysis.arrays import Integers

NEARLY_ALL = 0.9
"""Small reporters have days with a single session, on which nothing else can succeed."""


@dataclass(frozen=True, slots=True)
class Days:
    """The sessions by day: those under MTA-STS, and those refused with their fates."""

    sts: pd.DataFrame
    refused: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Refused:
    """The refused sessions of a domain."""

    count: int = 0
    lost_low: int = 0
    beside_success: int = 0
    enforced: int = 0
    last_day: dt.date | None = None


def domain_facts(
    sums: Sums, *, reported: Mapping[str | None, Reported], remaining: Remaining, days: Days
) -> list[DomainFacts]:
    """Return the facts of each row of `sums.by_domain`, in its order, without those of its scale.

    Parameters
    ----------
    sums : Sums
        The counts of the domains and of their hosts.
    reported : mapping
        `reported_domains` of the reports.
    remaining : Remaining
        The refused sessions, the policies and the MX hosts.
    days : Days
        The sessions by day.
    """
    at_hosts = rows_by(sums.by_mx, ["policy_domain"])
    refused = _refused_by_domain(remaining.refused, days.refused)
    sts_sessions = _sum_by_domain(days.sts, "session_count")
    facts = []
    for row in sums.by_domain.to_dict("records"):
        domain = _text(row["policy_domain"])
        facts.append(
            _facts(
                row,
                at_hosts.get((domain,), sums.by_mx.iloc[:0]),
                sts_session_count=sts_sessions.get(domain, 0),
                refused=refused.get(domain, _Refused()),
                reported=reported[domain],
                remaining=remaining,
            )
        )
    return facts


def _facts(  # noqa: PLR0913 - each thing that is known of a domain
    row: Mapping[Hashable, int],
    at_hosts: pd.DataFrame,
    *,
    sts_session_count: int,
    refused: _Refused,
    reported: Reported,
    remaining: Remaining,
) -> DomainFacts:
    domain = _text(row["policy_domain"])
    names = [_text(host) for host in at_hosts["receiving_mx_hostname"]]
    is_uncovered = at_hosts["in_policy"].eq(False).fillna(False)  # noqa: FBT003 - values
    has_success = refused.beside_success >= NEARLY_ALL * refused.count
    good_hosts = _good_hosts(remaining.patterns.get(domain or "", ()), names)
    return DomainFacts(
        policy_domain=domain,
        policy_mode=reported.policy_mode,
        session_count=row["session_count"],
        sts_session_count=sts_session_count,
        has_dane=reported.has_dane,
        would_block_high=row["would_block_high"],
        lost_low=refused.lost_low,
        hosts=tuple(zip(names, at_hosts["would_block_high"].tolist(), strict=True)),
        uncovered_hosts=frozenset(at_hosts.loc[is_uncovered, "receiving_mx_hostname"].dropna()),
        good_hosts=good_hosts if has_success or None not in names else (),
        has_success_beside=has_success,
        policy_unavailable_count=row["policy_unavailable_count"],
        first_day=reported.first_day,
        last_day=reported.last_day,
        last_blocked_day=refused.last_day,
        dane_refused_count=reported.dane_refused_count,
        enforced_refused_count=refused.enforced,
        has_mx_records=domain in remaining.mx.known_domains,
    )


def _refused_by_domain(refused: Refusals, daily: pd.DataFrame) -> dict[str | None, _Refused]:
    number, first = group_numbers(daily, ["policy_domain"])
    size = len(first)
    count = daily["would_block_high"].to_numpy("int64")
    has_success = _successes_by_day(refused)[daily["day_key"].to_numpy("int64")] > 0
    columns = (
        count,
        daily["lost_low"].to_numpy("int64"),
        count * has_success,
        count * daily["is_enforced"].to_numpy("bool"),
    )
    sums = zip(*(summed(number, values, size).tolist() for values in columns), strict=True)
    latest = np.full(size, -1, "int64")
    np.maximum.at(latest, number, day_numbers(daily["day"]))
    return {
        domain: _Refused(high, lost, beside, enforced, day_of(last))
        for domain, (high, lost, beside, enforced), last in zip(
            _domains(daily, first), sums, latest, strict=True
        )
    }


def _successes_by_day(refused: Refusals) -> Integers:
    day = refused.results["day_key"].to_numpy("int64")
    successes = np.zeros(int(day.max(initial=-1)) + 1, "int64")
    successes[day] = refused.results["day_successes"].to_numpy("int64")
    return successes


def _sum_by_domain(frame: pd.DataFrame, column: str) -> dict[str | None, int]:
    number, first = group_numbers(frame, ["policy_domain"])
    sums = summed(number, frame[column], len(first)).tolist()
    return dict(zip(_domains(frame, first), sums, strict=True))


def _domains(frame: pd.DataFrame, first: Integers) -> list[str | None]:
    return [_text(name) for name in frame["policy_domain"].iloc[first]]


def _good_hosts(patterns: Iterable[str], at_fault: Collection[str | None]) -> tuple[str, ...]:
    """Return the hosts named in the policy that no reporter named at fault."""
    exact = [pattern.lower() for pattern in patterns if "*" not in pattern]
    return tuple(host for host in exact if host not in at_fault)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
