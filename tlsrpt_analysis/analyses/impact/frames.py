"""The frames of an impact: the sums of a state, read on a scale."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.headline import Shares, headline
from tlsrpt_analysis.analyses.impact.outcomes import HOST
from tlsrpt_analysis.analyses.impact.state import CAUSES, State
from tlsrpt_analysis.analyses.impact.sums import LOST, LOST_INTERVAL, ROW, SHARES, Scale, scaled
from tlsrpt_analysis.analyses.impact.verdict import Judgement
from tlsrpt_analysis.tables import DAY


def impact_frames(
    its: State, scale: Scale, denominator: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Give the rows by domain, by reporter, by MX host and by cause.

    Parameters
    ----------
    its : State
        The sums.
    scale : Scale
        How sessions become a share of mail; a reporter's shares are of its own sessions.
    denominator : str
        What the shares of a domain are of.
    """
    by_mx = _shares(its.by_mx, ["policy_domain", HOST], scale)
    by_mx.insert(2, "in_policy", its.by_mx["in_policy"])
    by_mx["would_block_at_host"] = its.by_mx["would_block_at_host"]
    by_domain = _shares(its.by_domain, ["policy_domain"], scale)
    reporter_scale = Scale((1.0, 1.0), scale.per_message)
    return (
        _judged(by_domain, its, scale, denominator),
        _shares(its.by_reporter, ["policy_domain", "reporter"], reporter_scale),
        by_mx,
        _shares(its.by_cause, ["policy_domain", *CAUSES], scale),
    )


def _shares(sums: pd.DataFrame, keys: list[str], scale: Scale) -> pd.DataFrame:
    """Give a row of counts and shares for each row of sums."""
    rows = pd.concat([sums[keys], scaled(sums, scale)[ROW]], axis=1)
    if "is_told" in sums:
        rows["policy_unavailable_count"] = sums["policy_unavailable_count"]
        is_untold = ~sums["is_told"].to_numpy("bool")
        rows.loc[is_untold, [*SHARES, *LOST, *LOST_INTERVAL]] = np.nan
    return rows


def _judged(by_domain: pd.DataFrame, its: State, scale: Scale, denominator: str) -> pd.DataFrame:
    """Add mode, days, verdict and headline to the rows of the domains."""
    facts, verdicts = its.facts, its.verdicts
    shares = by_domain[[SHARES[0], *LOST]].itertuples(index=False, name=None)
    scaled_facts = [
        replace(
            one,
            shares=Shares(*ends),
            denominator=denominator,
            per_message=scale.per_message,
        )
        for one, ends in zip(facts, shares, strict=True)
    ]
    judged = by_domain.assign(
        denominator=denominator,
        first_day=pd.Series([one.first_day for one in facts], dtype=DAY),
        last_day=pd.Series([one.last_day for one in facts], dtype=DAY),
        last_blocked_day=pd.Series([one.last_blocked_day for one in facts], dtype=DAY),
        **{name: [getattr(one, name) for one in verdicts] for name in Judgement.__slots__},
        headline=[headline(one) for one in scaled_facts],
    )
    judged.insert(1, "policy_mode", [one.policy_mode for one in facts])
    return judged
