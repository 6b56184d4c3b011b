"""What was asked about enforce mode, with all that does not change when something is mended."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from tlsrpt_analysis.analyses.impact.facts import Reported, reported_domains
from tlsrpt_analysis.analyses.impact.inbound import Inbound
from tlsrpt_analysis.analyses.mx_records import mx_records, mx_traffic_shares
from tlsrpt_analysis.analyses.policy.reported import latest_mx_patterns
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.refusals import Refusals, daily_policy_unavailable, refusals
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped
from tlsrpt_analysis.tables import ReportTables

Patterns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """The reports as counts by day, and what is known beside them.

    ``sessions`` has all sessions by domain, reporter and day, with those that failed under enforce
    mode and the weight of one; ``unavailable`` those without a policy that could be had.
    """

    refused: Refusals
    sessions: pd.DataFrame
    unavailable: pd.DataFrame
    reported: Mapping[str | None, Reported]
    patterns: Patterns
    weights: pd.DataFrame
    records: pd.DataFrame | None = None
    traffic: pd.DataFrame | None = None

    def of(self, domains: Collection[str]) -> "Question":
        """Give the same question about some of the domains."""
        wanted = list(domains)
        frames = (self.sessions, self.unavailable, self.weights)
        sessions, unavailable, weights = (
            frame[frame["policy_domain"].isin(wanted).to_numpy("bool")] for frame in frames
        )
        is_kept = self.refused.blocks["policy_domain"].isin(wanted).to_numpy("bool")
        return replace(
            self,
            refused=self.refused.of_blocks(is_kept),
            sessions=sessions,
            unavailable=unavailable,
            weights=weights,
        )

    def weighted(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Add the weight of a session to rows of domains and reporters."""
        return with_weights(rows, self.weights)


def ask(
    tables: ReportTables,
    sessions: pd.DataFrame,
    weighed: Inbound,
    *,
    mx_preferences: pd.DataFrame | ProbeFindings | None,
    mx_traffic: pd.DataFrame | None,
) -> Question:
    """Gather what an impact is reckoned from.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    sessions : DataFrame
        `daily_sessions` of them.
    weighed : Inbound
        The weights of their reporters.
    mx_preferences, mx_traffic : optional
        As given to `tlsrpt_analysis.enforce_impact`.
    """
    refused = refusals(tables)
    enforced = refused.blocks[refused.blocks["is_enforced"]]
    failed = grouped(enforced, DOMAIN_DAY)["total"].sum()
    counted = sessions.merge(
        failed.rename("failed_enforced_count").reset_index(), on=DOMAIN_DAY, how="left"
    ).fillna({"failed_enforced_count": 0})
    return Question(
        refused=refused,
        sessions=with_weights(counted, weighed.weights),
        unavailable=daily_policy_unavailable(tables),
        reported=reported_domains(tables),
        patterns=dict(latest_mx_patterns(tables)),
        weights=weighed.weights,
        records=None if mx_preferences is None else mx_records(mx_preferences),
        traffic=None if mx_traffic is None else mx_traffic_shares(mx_traffic),
    )


def with_weights(rows: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Add to rows of domains and reporters the weight of one session, 1 where none is told."""
    if weights["weight"].eq(1).all():
        return rows.assign(weight=1.0)
    joined = rows.merge(weights, on=["policy_domain", "reporter"], how="left")
    return joined.fillna({"weight": 1.0})
