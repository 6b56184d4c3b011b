"""What becomes of refused sessions in enforce mode: rerouted, delayed or lost, each with bounds.

A sender that is refused by one host goes on to the next (RFC 8461 §5.1), which reports of testing
mode never show.
That no host would have taken a session is certain only in two cases.
All hosts that the policy allows are known (it names them without ``*``, or the MX records are
given), and each of them was at fault for this reporter on a day without a single success.
Or the host at fault is the only one left.

One failed session proves little, because a sender retries for days (RFC 5321 §4.5.4.1): such days
count only in a row of at least `FEWEST_SURE` sessions without a success in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.mx_routes import HOST, MxKnowledge, unknown_routes
from tlsrpt_analysis.analyses.numbering import changes, first_rows, summed, text_numbers
from tlsrpt_analysis.analyses.policy.reported import mx_patterns
from tlsrpt_analysis.analyses.refusals import BOUNDS, MODE_DAY, PARTS, Refusals
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.arrays import Booleans

FEWEST_SURE = 2
"""This many refused sessions of one reporter in a row are taken for a certain loss."""

FATES = [
    "rerouted_low",
    "rerouted_high",
    "delayed_low",
    "delayed_high",
    "lost_low",
    "lost_high",
]


@dataclass(frozen=True, slots=True)
class Fates:
    """The refused sessions by day with their fates: in whole, by host and by cause."""

    whole: pd.DataFrame
    at_hosts: pd.DataFrame
    by_cause: pd.DataFrame

    def where(self, is_kept: Callable[[pd.DataFrame], Booleans]) -> "Fates":
        """Return the rows that a rule keeps."""
        frames = (self.whole, self.at_hosts, self.by_cause)
        return Fates(*(frame[is_kept(frame)] for frame in frames))


def daily_fates(refused: Refusals, *, tested_days: pd.DataFrame, mx: MxKnowledge) -> Fates:
    """Bound what becomes of the refused sessions of each day.

    Parameters
    ----------
    refused : Refusals
        The refused sessions.
    tested_days : DataFrame
        ``policy_domain reporter day session_count``: the tested sessions.
    mx : MxKnowledge
        What is known of the MX hosts.
    """
    whole, at_hosts = refused.by_day(), refused.by_day([HOST])
    by_cause = refused.by_day(PARTS[1:])
    factors = mx.routes(at_hosts, tested_days)
    hopeless = hopeless_days(refused.results, refused=whole, at_hosts=at_hosts, hosts=mx.hosts)
    bounded = _bounded(at_hosts, factors, hopeless)
    if mx.hosts is None:
        return Fates(
            _bounded(whole, unknown_routes(whole), hopeless),
            bounded,
            _bounded(by_cause, unknown_routes(by_cause), hopeless),
        )
    fine = refused.by_day(PARTS)
    spread = at_hosts[[*MODE_DAY, HOST]].join(factors)
    routed = fine[[*MODE_DAY, HOST]].merge(spread, on=[*MODE_DAY, HOST], how="left")
    fine = _bounded(fine, routed.set_index(fine.index)[list(factors.columns)], hopeless)
    return Fates(
        _summed(whole, bounded, [], hopeless), bounded, _summed(by_cause, fine, PARTS[1:], hopeless)
    )


def hopeless_days(
    results: pd.DataFrame,
    *,
    refused: pd.DataFrame,
    at_hosts: pd.DataFrame,
    hosts: pd.DataFrame | None = None,
) -> Booleans:
    """Return on which days of a reporter every allowed MX host would certainly have refused.

    Parameters
    ----------
    results : DataFrame
        The policy results of `tlsrpt_analysis.analyses.refusals.Refusals`.
    refused, at_hosts : DataFrame
        Their refused sessions by day, in whole and by ``receiving_mx_hostname``.
    hosts : DataFrame, optional
        The MX hosts that senders may use, where the MX records of a domain are known.

    Returns
    -------
    array of bool
        One value for each ``day_key``.
    """
    is_hopeless = _without_success(results, refused)
    days = np.flatnonzero(is_hopeless).tolist()
    named, faulty = _hosts_of_policies(results, is_hopeless), _faulty_hosts(at_hosts, is_hopeless)
    known: dict[object, frozenset[str]] = {}
    if hosts is not None:
        by_domain = hosts.groupby("policy_domain")["mx_hostname"]
        known = {domain: frozenset(names) for domain, names in by_domain}
    first = first_rows(results["day_key"].to_numpy("int64"), len(is_hopeless))[days]
    for day, domain in zip(days, results["policy_domain"].iloc[first], strict=True):
        allowed = known.get(domain, named[day])
        is_hopeless[day] = bool(allowed) and faulty.get(day, set()) >= allowed
    return is_hopeless


def _without_success(results: pd.DataFrame, refused: pd.DataFrame) -> Booleans:
    """Return which days are in a row without a success, of at least `FEWEST_SURE` refusals."""
    day = results["day_key"].to_numpy("int64")
    size = int(day.max(initial=-1)) + 1
    first = first_rows(day, size)
    successes = summed(day, results["sessions"] - results["total"], size)
    sure = summed(refused["day_key"].to_numpy("int64"), refused["would_block_low"], size)
    is_known = results[["policy_domain", "reporter", "day"]].notna().all(axis=1).to_numpy("bool")
    is_bad = (successes == 0) & (sure > 0) & is_known[first]
    domain, _ = text_numbers(results["policy_domain"])
    reporter, _ = text_numbers(results["reporter"])
    is_other = changes(domain[first], reporter[first])
    row = np.cumsum(is_other | ~is_bad | ~np.append(False, is_bad[:-1])[:size])
    together = summed(row, np.where(is_bad, sure, 0), int(row.max(initial=0)) + 1)[row]
    return np.asarray(is_bad & (together >= FEWEST_SURE))


def _hosts_of_policies(results: pd.DataFrame, is_wanted: Booleans) -> dict[int, frozenset[str]]:
    """Return the hosts that the policies of each day name; none where they may allow more."""
    rows = results[is_wanted[results["day_key"].to_numpy("int64")]]
    hosts: dict[int, frozenset[str]] = {}
    is_open: set[int] = set()
    read: dict[tuple[object, object], frozenset[str]] = {}
    texts = zip(rows["day_key"], rows["policy_string"], rows["mx_host"], strict=True)
    for day, policy_string, mx_host in texts:
        key = (policy_string, mx_host)
        if key not in read:
            read[key] = frozenset(pattern.lower() for pattern in mx_patterns(*key))
        named = read[key]
        hosts[day] = hosts.get(day, frozenset()) | named
        if not named or any("*" in pattern for pattern in named):
            is_open.add(day)
    return hosts | dict.fromkeys(is_open, frozenset())


def _faulty_hosts(at_hosts: pd.DataFrame, is_wanted: Booleans) -> dict[int, set[str]]:
    named = at_hosts[HOST].notna() & (at_hosts["would_block_low"] > 0)
    is_chosen = named.to_numpy("bool") & is_wanted[at_hosts["day_key"].to_numpy("int64")]
    rows = at_hosts[is_chosen]
    faulty: dict[int, set[str]] = {}
    for day, host in zip(rows["day_key"], rows[HOST], strict=True):
        faulty.setdefault(day, set()).add(host)
    return faulty


def _bounded(refused: pd.DataFrame, factors: pd.DataFrame, hopeless: Booleans) -> pd.DataFrame:
    """Add the fates of refused sessions whose routes are known row by row."""
    low, high = (refused[bound] for bound in BOUNDS)
    is_sure = factors["is_alone"].to_numpy("bool") | hopeless[refused["day_key"].to_numpy("int64")]
    lost_low = low.where(is_sure, 0)
    left = high - lost_low
    return refused.assign(
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
    """Add the fates of parts to the whole that holds them, within the bounds of the whole."""
    by = [*MODE_DAY, *keys]
    sums = grouped(parts, by)[FATES].sum().reset_index()
    joined = whole.merge(sums, on=by, how="left").fillna(dict.fromkeys(FATES, 0))
    low, high = (joined[bound] for bound in BOUNDS)
    is_hopeless = hopeless[joined["day_key"].to_numpy("int64")]
    sure = joined["lost_low"].clip(upper=low).where(~is_hopeless, low)
    left = high - sure
    return joined.assign(
        rerouted_low=np.minimum(joined["rerouted_low"], low),
        rerouted_high=np.minimum(joined["rerouted_high"], left),
        delayed_low=np.minimum(joined["delayed_low"], low),
        delayed_high=np.minimum(joined["delayed_high"], left),
        lost_low=sure,
        lost_high=np.maximum(sure, np.minimum(joined["lost_high"], high)),
    ).astype(dict.fromkeys(FATES, "int64"))


def _floor(values: "pd.Series[float]") -> "pd.Series[int]":
    return np.floor(values + 1e-9).astype("int64")  # type: ignore[return-value]
