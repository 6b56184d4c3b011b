"""What the reports say about each domain, gathered for its verdict and its headline."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.blocked import sts_policies
from tlsrpt_analysis.analyses.headline import DomainFacts, Shares
from tlsrpt_analysis.analyses.policy_text import is_covered, latest_modes
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped, rows_by, session_counts
from tlsrpt_analysis.tables import ReportTables

NEARLY_ALL = 0.9
"""Small reporters have days with a single session, on which nothing else can succeed."""


@dataclass(frozen=True, slots=True)
class Daily:
    """Sessions by domain, reporter and day: all, refused, without a policy, under MTA-STS."""

    sessions: pd.DataFrame
    blocked: pd.DataFrame
    unavailable: pd.DataFrame
    sts: pd.DataFrame


def domain_facts(  # noqa: PLR0913 - all that a headline is made of
    by_domain: pd.DataFrame,
    by_mx: pd.DataFrame,
    *,
    tables: ReportTables,
    daily: Daily,
    patterns: Mapping[str, tuple[str, ...]],
    mx_records: pd.DataFrame | None = None,
    per_message: tuple[float, float] = (1.0, 1.0),
) -> list[DomainFacts]:
    """Gather the facts of each row of `by_domain`, in its order.

    Parameters
    ----------
    by_domain, by_mx : DataFrame
        The frames of `EnforceImpact` with their counts.
    tables : ReportTables
        The reports.
    daily : Daily
        Their sessions.
    patterns : mapping
        `latest_mx_patterns` of them.
    mx_records : DataFrame, optional
        The MX records, where known.
    per_message : tuple of float
        The bounds of sessions per message under enforce mode.
    """
    dane = _dane_refused(tables)
    modes = latest_modes(tables)
    policies, refused, sts, at_hosts = (
        rows_by(frame, ["policy_domain"])
        for frame in (tables.policies, daily.blocked, daily.sts, by_mx)
    )
    gathered = []
    for row in by_domain.to_dict("records"):
        domain = row["policy_domain"] if isinstance(row["policy_domain"], str) else None
        its, days = policies[domain,], refused.get((domain,), daily.blocked.iloc[:0])
        hosts = _hosts(at_hosts.get((domain,), by_mx.iloc[:0]))
        named = {host for host, _ in hosts}
        has_success = _has_success_beside(its, days)
        gathered.append(
            DomainFacts(
                policy_domain=domain,
                policy_mode=modes.get(domain or ""),
                session_count=row["session_count"],
                sts_session_count=_total(sts.get((domain,)), "session_count"),
                has_dane=bool((its["policy_type"] == "tlsa").any()),
                would_block_high=row["would_block_high"],
                lost_low=_total(days, "lost_low"),
                hosts=hosts,
                uncovered_hosts=frozenset(
                    host for host in named if host and is_covered(patterns, domain, host) is False
                ),
                good_hosts=_good_hosts(patterns.get(domain or "", ()), named)
                if has_success or None not in named
                else (),
                has_success_beside=has_success,
                policy_unavailable_count=row["policy_unavailable_count"],
                first_day=its["day"].min(),
                last_day=its["day"].max(),
                last_blocked_day=days["day"].max() if len(days) else None,
                shares=_shares(row),
                denominator=row["denominator"],
                dane_refused_count=dane.get(domain or "", 0),
                enforced_refused_count=int(days.loc[days["is_enforced"], "would_block_high"].sum()),
                per_message=per_message,
                has_mx_records=mx_records is not None
                and domain in set(mx_records["policy_domain"]),
            )
        )
    return gathered


def daily_sts(tables: ReportTables, blocked: pd.DataFrame) -> pd.DataFrame:
    """Count the sessions under MTA-STS, and those that enforce mode would refuse.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day``, ``session_count`` and ``would_block_high``.
    """
    policies = sts_policies(tables)
    sessions = policies.assign(session_count=session_counts(policies))
    days = grouped(sessions, DOMAIN_DAY)["session_count"].sum().reset_index()
    refused = grouped(blocked, DOMAIN_DAY)["would_block_high"].sum().reset_index()
    return days.merge(refused, on=DOMAIN_DAY, how="left").fillna({"would_block_high": 0})


def _hosts(at_hosts: pd.DataFrame) -> tuple[tuple[str | None, int], ...]:
    counts = zip(at_hosts["receiving_mx_hostname"], at_hosts["would_block_high"], strict=True)
    return tuple((host if isinstance(host, str) else None, int(count)) for host, count in counts)


def _good_hosts(patterns: Iterable[str], at_fault: Collection[str | None]) -> tuple[str, ...]:
    """Give the hosts named in the policy that no reporter named at fault."""
    exact = [pattern.lower() for pattern in patterns if "*" not in pattern]
    return tuple(host for host in exact if host not in at_fault)


def _has_success_beside(policies: pd.DataFrame, refused: pd.DataFrame) -> bool:
    keys = ["reporter", "day"]
    sts = policies[policies["policy_type"] == "sts"]
    successes = grouped(sts, keys)["total_successful_session_count"].sum().reset_index()
    beside = refused.merge(successes, on=keys, how="left")
    counts = beside["would_block_high"]
    succeeded = counts.where(beside["total_successful_session_count"] > 0, 0)
    return bool(succeeded.sum() >= NEARLY_ALL * counts.sum())


def _dane_refused(tables: ReportTables) -> dict[str, int]:
    """Count the sessions that failed under DANE, which has no testing mode (RFC 7672 §2.2)."""
    policies = tables.policies[(tables.policies["policy_type"] == "tlsa").to_numpy("bool")]
    failed = policies.groupby("policy_domain", observed=True)["total_failure_session_count"].sum()
    return {str(domain): int(count) for domain, count in failed.items()}


def _shares(row: Mapping[Hashable, object]) -> Shares:
    names = ("would_block_share", "lost_share_low", "lost_share_high")
    return Shares(*(float(str(row[name])) for name in names))


def _total(frame: pd.DataFrame | None, column: str) -> int:
    return 0 if frame is None else int(np.asarray(frame[column], dtype="int64").sum())
