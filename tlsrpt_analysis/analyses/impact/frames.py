"""The frames of an impact: the sums of a state, read on a scale."""

from collections.abc import Hashable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.domain_facts import DomainFacts, Period
from tlsrpt_analysis.analyses.impact.headline import headline
from tlsrpt_analysis.analyses.impact.inbound import Inbound
from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.impact.state import CAUSES, State
from tlsrpt_analysis.analyses.impact.sums import (
    LOST,
    LOST_INTERVAL,
    ROW,
    SHARES,
    Scale,
    retries,
    scaled,
)
from tlsrpt_analysis.analyses.refusals import BOUNDS
from tlsrpt_analysis.tables import DAY

TODAY = ["tested_session_count", *BOUNDS, *SHARES, *LOST]
"""What is shown of today's days, as ``today_`` and the name."""


def impact_frames(
    state: State, scale: Scale, weighed: Inbound
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the rows by domain, by reporter, by MX host and by cause.

    Parameters
    ----------
    state : State
        The sums, the facts and the verdicts.
    scale : Scale
        How sessions become a share of mail; a reporter's shares are of its own sessions.
    weighed : Inbound
        What the shares of a domain are of, and how many messages that is.
    """
    whole, today = state.whole, state.today
    mx_keys, cause_keys = ["policy_domain", HOST], ["policy_domain", *CAUSES]
    by_mx = _with_today(_shares(whole.by_mx, mx_keys, scale), today.by_mx, mx_keys, scale)
    by_mx.insert(2, "in_policy", whole.by_mx["in_policy"])
    by_mx["would_block_at_host"] = whole.by_mx["would_block_at_host"]
    by_domain = _shares(whole.by_domain, ["policy_domain"], scale)
    reporter_scale = replace(scale, honouring=(1.0, 1.0))
    reporter_keys = ["policy_domain", "reporter"]
    by_reporter = _shares(whole.by_reporter, reporter_keys, reporter_scale)
    by_cause = _shares(whole.by_cause, cause_keys, scale)
    return (
        _with_verdicts(by_domain, state, scale, weighed),
        _with_today(by_reporter, today.by_reporter, reporter_keys, reporter_scale),
        by_mx,
        _with_today(by_cause, today.by_cause, cause_keys, scale),
    )


def _shares(sums: pd.DataFrame, keys: list[str], scale: Scale) -> pd.DataFrame:
    """Return a row of counts and shares for each row of sums."""
    rows = pd.concat([sums[keys], scaled(sums, scale)[ROW]], axis=1)
    if "policy_unavailable_count" in sums:
        rows["policy_unavailable_count"] = sums["policy_unavailable_count"]
    is_untested = ~(sums["tested_session_count"] > 0).to_numpy("bool")
    if is_untested.any():
        rows.loc[is_untested, [*SHARES, *LOST, *LOST_INTERVAL]] = np.nan
    return rows


def _with_today(
    rows: pd.DataFrame, today: pd.DataFrame, keys: list[str], scale: Scale
) -> pd.DataFrame:
    """Add the counts and shares of today's days, nothing where nothing was refused on them."""
    shown = _shares(today, keys, scale)[[*keys, *TODAY]]
    shown = shown.rename(columns={name: f"today_{name}" for name in TODAY})
    joined = rows.merge(shown, on=keys, how="left")
    counts = [f"today_{name}" for name in TODAY[:3]]
    joined[counts] = joined[counts].fillna(0).astype("int64")
    return joined


def _with_verdicts(
    by_domain: pd.DataFrame, state: State, scale: Scale, weighed: Inbound
) -> pd.DataFrame:
    """Add mode, days, verdict and headline to the rows of the domains."""
    rows = _with_today(by_domain, state.today.by_domain, ["policy_domain"], scale)
    today = state.today.by_domain
    lost = _shares(today, ["policy_domain"], scale)[["policy_domain", *LOST]]
    lost = lost.join(retries(today, scale))
    lost = rows[["policy_domain"]].merge(lost, how="left").drop(columns="policy_domain")
    facts = [
        _scaled(each, row, ends, weighed)
        for each, row, ends in zip(
            state.facts,
            rows.to_dict("records"),
            lost.fillna(dict.fromkeys(LOST, 0.0)).fillna(1.0).to_dict("records"),
            strict=True,
        )
    ]
    days = {
        "first_day": [each.first_day for each in facts],
        "last_day": [each.last_day for each in facts],
        "last_tested_day": [each.last_tested_day for each in facts],
        "last_blocked_day": [each.last_refused_day for each in facts],
        "today_since": [each.today.since for each in facts],
        "ready_on": [each.ready_on for each in state.verdicts],
    }
    rows = rows.assign(
        denominator=weighed.denominator,
        **{name: pd.Series(values, dtype=DAY) for name, values in days.items()},
        today_because=[each.today.because for each in facts],
        evidence_days=[each.today.days for each in facts],
        verdict=[each.verdict for each in state.verdicts],
        reasons=[each.reasons for each in state.verdicts],
        headline=[headline(each) for each in facts],
    )
    rows.insert(1, "policy_mode", [each.policy_mode for each in facts])
    return rows


def _scaled(
    facts: DomainFacts,
    row: Mapping[Hashable, float],
    today: Mapping[Hashable, float],
    weighed: Inbound,
) -> DomainFacts:
    """Return the facts with the shares that the scale gives them."""
    period = _period(facts.today, row["today_would_block_share"])
    mode = "enforced" if facts.enforced_refused_count else "testing"
    return replace(
        facts,
        whole=_period(facts.whole, row["would_block_share"]),
        today=period,
        denominator=weighed.denominator,
        refused_a_week=weighed.refused_a_week(
            facts.policy_domain, (period.share_low, period.share), today[f"{mode}_retries_high"]
        ),
        lost_low=today["lost_share_low"],
        lost_high=today["lost_share_high"],
        per_message=(today["enforced_retries_low"], today["enforced_retries_high"]),
        per_message_in_testing=(today["testing_retries_low"], today["testing_retries_high"]),
    )


def _period(period: Period, share: float) -> Period:
    if not period.share or np.isnan(share):
        return period
    return replace(period, share=share, share_low=period.share_low * share / period.share)
