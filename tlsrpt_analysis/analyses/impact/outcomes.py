"""What becomes of refused sessions in enforce mode: rerouted, delayed or lost, each with bounds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.mx_routes import routes, unknown_routes
from tlsrpt_analysis.analyses.numbering import changes, first_rows, summed, text_numbers
from tlsrpt_analysis.analyses.policy.reported import mx_patterns
from tlsrpt_analysis.analyses.refusals import BOUNDS, MODE_DAY, PARTS, Refusals, blocked_by_day
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.arrays import Booleans

FEWEST_SURE = 2
"""So many refused sessions in a row, by one reporter, are taken for a loss that is sure."""


def hopeless_days(
    blocks: pd.DataFrame,
    *,
    blocked: pd.DataFrame,
    at_hosts: pd.DataFrame,
    hosts: pd.DataFrame | None = None,
) -> Booleans:
    """Tell on which days of a reporter every allowed MX host would have refused for sure.

    Parameters
    ----------
    blocks : DataFrame
        The policy results of `tlsrpt_analysis.analyses.refusals.Refusals`.
    blocked, at_hosts : DataFrame
        `blocked_by_day` of them, in whole and by ``receiving_mx_hostname``.
    hosts : DataFrame, optional
        The MX hosts that senders may use, where the MX records of a domain are known.

    Returns
    -------
    array of bool
        One value for each ``day_key``.
    """
    is_hopeless = _without_success(blocks, blocked)
    days = np.flatnonzero(is_hopeless).tolist()
    allowed, faulty = _allowed_hosts(blocks, is_hopeless), _faulty_hosts(at_hosts, is_hopeless)
    known: dict[object, frozenset[str]] = {}
    if hosts is not None:
        by_domain = hosts.groupby("policy_domain")["mx_hostname"]
        known = {domain: frozenset(names) for domain, names in by_domain}
    first = first_rows(blocks["day_key"].to_numpy("int64"), len(is_hopeless))[days]
    for day, domain in zip(days, blocks["policy_domain"].iloc[first], strict=True):
        its = known.get(domain, allowed[day])
        is_hopeless[day] = bool(its) and faulty.get(day, set()) >= its
    return is_hopeless


def _without_success(blocks: pd.DataFrame, blocked: pd.DataFrame) -> Booleans:
    """Tell days in a row without any success, of at least `FEWEST_SURE` refused sessions."""
    day = blocks["day_key"].to_numpy("int64")
    size = int(day.max(initial=-1)) + 1
    first = first_rows(day, size)
    successes = summed(day, blocks["sessions"] - blocks["total"], size)
    sure = summed(blocked["day_key"].to_numpy("int64"), blocked["would_block_low"], size)
    is_known = blocks[["policy_domain", "reporter", "day"]].notna().all(axis=1).to_numpy("bool")
    is_bad = (successes == 0) & (sure > 0) & is_known[first]
    domain, _ = text_numbers(blocks["policy_domain"])
    reporter, _ = text_numbers(blocks["reporter"])
    is_other = changes(domain[first], reporter[first])
    row = np.cumsum(is_other | ~is_bad | ~np.append(False, is_bad[:-1])[:size])
    together = summed(row, np.where(is_bad, sure, 0), int(row.max(initial=0)) + 1)[row]
    return np.asarray(is_bad & (together >= FEWEST_SURE))


def _allowed_hosts(blocks: pd.DataFrame, is_wanted: Booleans) -> dict[int, frozenset[str]]:
    """Give the hosts that the policies of each day name; none at all where they may allow more."""
    rows = blocks[is_wanted[blocks["day_key"].to_numpy("int64")]]
    allowed: dict[int, frozenset[str]] = {}
    is_open: set[int] = set()
    read: dict[tuple[object, object], frozenset[str]] = {}
    texts = zip(rows["day_key"], rows["policy_string"], rows["mx_host"], strict=True)
    for day, text, mx_host in texts:
        key = (_text(text), _text(mx_host))
        if key not in read:
            read[key] = frozenset(pattern.lower() for pattern in mx_patterns(*key))
        named = read[key]
        allowed[day] = allowed.get(day, frozenset()) | named
        if not named or any("*" in pattern for pattern in named):
            is_open.add(day)
    return allowed | dict.fromkeys(is_open, frozenset())


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _faulty_hosts(at_hosts: pd.DataFrame, is_wanted: Booleans) -> dict[int, set[str]]:
    named = at_hosts["receiving_mx_hostname"].notna() & (at_hosts["would_block_low"] > 0)
    is_chosen = named.to_numpy("bool") & is_wanted[at_hosts["day_key"].to_numpy("int64")]
    rows = at_hosts[is_chosen]
    faulty: dict[int, set[str]] = {}
    for day, host in zip(rows["day_key"], rows["receiving_mx_hostname"], strict=True):
        faulty.setdefault(day, set()).add(host)
    return faulty


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


def _bounded(blocked: pd.DataFrame, factors: pd.DataFrame, hopeless: Booleans) -> pd.DataFrame:
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
    whole: pd.DataFrame, parts: pd.DataFrame, keys: Sequence[str], hopeless: Booleans
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
