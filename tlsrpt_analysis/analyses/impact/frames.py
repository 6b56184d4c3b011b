"""The frames of an impact: the sums of a state, read on a scale."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.headline import Shares, headline
from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.impact.state import CAUSES, State
from tlsrpt_analysis.analyses.impact.sums import LOST, LOST_INTERVAL, ROW, SHARES, Scale, scaled
from tlsrpt_analysis.analyses.impact.verdict import Verdict
from tlsrpt_analysis.tables import DAY


def impact_frames(
    state: State, scale: Scale, denominator: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the rows by domain, by reporter, by MX host and by cause.

    Parameters
    ----------
    state : State
        The sums, the facts and the verdicts.
    scale : Scale
        How sessions become a share of mail; a reporter's shares are of its own sessions.
    denominator : str
        What the shares of a domain are of.
    """
    sums = state.sums
    by_mx = _shares(sums.by_mx, ["policy_domain", HOST], scale)
    by_mx.insert(2, "in_policy", sums.by_mx["in_policy"])
    by_mx["would_block_at_host"] = sums.by_mx["would_block_at_host"]
    by_domain = _shares(sums.by_domain, ["policy_domain"], scale)
    reporter_scale = Scale((1.0, 1.0), scale.per_message)
    return (
        _with_verdicts(by_domain, state, scale, denominator),
        _shares(sums.by_reporter, ["policy_domain", "reporter"], reporter_scale),
        by_mx,
        _shares(sums.by_cause, ["policy_domain", *CAUSES], scale),
    )


def _shares(sums: pd.DataFrame, keys: list[str], scale: Scale) -> pd.DataFrame:
    """Return a row of counts and shares for each row of sums."""
    rows = pd.concat([sums[keys], scaled(sums, scale)[ROW]], axis=1)
    if "has_sts" in sums:
        rows["policy_unavailable_count"] = sums["policy_unavailable_count"]
        has_none = ~sums["has_sts"].to_numpy("bool")
        rows.loc[has_none, [*SHARES, *LOST, *LOST_INTERVAL]] = np.nan
    return rows


def _with_verdicts(
    by_domain: pd.DataFrame, state: State, scale: Scale, denominator: str
) -> pd.DataFrame:
    """Add mode, days, verdict and headline to the rows of the domains."""
    facts, verdicts = state.facts, state.verdicts
    shares = by_domain[[SHARES[0], *LOST]].itertuples(index=False, name=None)
    scaled_facts = [
        replace(
            each,
            shares=Shares(*ends),
            denominator=denominator,
            per_message=scale.per_message,
        )
        for each, ends in zip(facts, shares, strict=True)
    ]
    rows = by_domain.assign(
        denominator=denominator,
        first_day=pd.Series([each.first_day for each in facts], dtype=DAY),
        last_day=pd.Series([each.last_day for each in facts], dtype=DAY),
        last_blocked_day=pd.Series([each.last_blocked_day for each in facts], dtype=DAY),
        **{name: [getattr(each, name) for each in verdicts] for name in Verdict.__slots__},
        headline=[headline(each) for each in scaled_facts],
    )
    rows.insert(1, "policy_mode", [each.policy_mode for each in facts])
    return rows
