"""What becomes of refused sessions in enforce mode: rerouted, delayed or lost, each with bounds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.impact.lost import hopeless_days
from tlsrpt_analysis.analyses.impact.mx_routes import routes, unknown_routes
from tlsrpt_analysis.analyses.refusals import BOUNDS, MODE_DAY, PARTS, Refusals, blocked_by_day
from tlsrpt_analysis.analyses.sessions import grouped

Mask = npt.NDArray[np.bool_]
HOST = "receiving_mx_hostname"
OUTCOMES = [
    "rerouted_low",
    "rerouted_high",
    "delayed_low",
    "delayed_high",
    "lost_low",
    "lost_high",
]


@dataclass(frozen=True, slots=True)
class MxKnowledge:
    """The MX hosts that senders may use, where known, and the domains they are known for."""

    hosts: pd.DataFrame | None = None
    told_domains: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The refused sessions by day with their outcomes: in whole, by host and by cause."""

    whole: pd.DataFrame
    at_hosts: pd.DataFrame
    by_cause: pd.DataFrame


def daily_outcomes(refused: Refusals, *, sts_days: pd.DataFrame, mx: MxKnowledge) -> Outcomes:
    """Bound what becomes of the refused sessions of each day.

    Parameters
    ----------
    refused : Refusals
        The refused sessions.
    sts_days : DataFrame
        ``policy_domain reporter day session_count``: the sessions under MTA-STS.
    mx : MxKnowledge
        What is known of the MX hosts.
    """
    whole, at_hosts = blocked_by_day(refused), blocked_by_day(refused, [HOST])
    by_cause = blocked_by_day(refused, PARTS[1:])
    if mx.hosts is None:
        factors = unknown_routes(at_hosts)
    else:
        factors = routes(at_hosts, sts_days, hosts=mx.hosts, told_domains=mx.told_domains)
    hopeless = hopeless_days(refused.blocks, blocked=whole, at_hosts=at_hosts, hosts=mx.hosts)
    bounded = _bounded(at_hosts, factors, hopeless)
    if mx.hosts is None:
        return Outcomes(
            _bounded(whole, unknown_routes(whole), hopeless),
            bounded,
            _bounded(by_cause, unknown_routes(by_cause), hopeless),
        )
    fine = blocked_by_day(refused, PARTS)
    spread = at_hosts[[*MODE_DAY, HOST]].join(factors)
    its = fine[[*MODE_DAY, HOST]].merge(spread, on=[*MODE_DAY, HOST], how="left")
    fine = _bounded(fine, its.set_index(fine.index)[list(factors.columns)], hopeless)
    return Outcomes(
        _summed(whole, bounded, [], hopeless), bounded, _summed(by_cause, fine, PARTS[1:], hopeless)
    )


def _bounded(blocked: pd.DataFrame, factors: pd.DataFrame, hopeless: Mask) -> pd.DataFrame:
    """Add the outcomes of refused sessions whose routes are known row by row."""
    low, high = (blocked[bound] for bound in BOUNDS)
    is_sure = factors["is_alone"].to_numpy("bool") | hopeless[blocked["day_key"].to_numpy("int64")]
    lost_low = low.where(is_sure, 0)
    left = high - lost_low
    return blocked.assign(
        rerouted_low=_floor(low * factors["rerouted_least"]).where(~is_sure, 0),
        rerouted_high=left.where(factors["reroutes"].to_numpy("bool"), 0),
        delayed_low=_floor(low * factors["delayed_least"]).where(~is_sure, 0),
        delayed_high=left.where(factors["delays"].to_numpy("bool"), 0),
        lost_low=lost_low,
        lost_high=np.maximum(lost_low, np.ceil(high * factors["lost_most"]).astype("int64")),
    )


def _summed(
    whole: pd.DataFrame, parts: pd.DataFrame, keys: Sequence[str], hopeless: Mask
) -> pd.DataFrame:
    """Add the outcomes of parts to the whole that holds them, within the bounds of the whole."""
    by = [*MODE_DAY, *keys]
    sums = grouped(parts, by)[OUTCOMES].sum().reset_index()
    joined = whole.merge(sums, on=by, how="left").fillna(dict.fromkeys(OUTCOMES, 0))
    low, high = (joined[bound] for bound in BOUNDS)
    sure = (
        joined["lost_low"]
        .clip(upper=low)
        .where(~hopeless[joined["day_key"].to_numpy("int64")], low)
    )
    left = high - sure
    return joined.assign(
        rerouted_low=np.minimum(joined["rerouted_low"], low),
        rerouted_high=np.minimum(joined["rerouted_high"], left),
        delayed_low=np.minimum(joined["delayed_low"], low),
        delayed_high=np.minimum(joined["delayed_high"], left),
        lost_low=sure,
        lost_high=np.maximum(sure, np.minimum(joined["lost_high"], high)),
    ).astype(dict.fromkeys(OUTCOMES, "int64"))


def _floor(values: "pd.Series[float]") -> "pd.Series[int]":
    return np.floor(values + 1e-9).astype("int64")  # type: ignore[return-value]
