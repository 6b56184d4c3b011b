"""What becomes of refused sessions in enforce mode: rerouted, delayed or lost, each with bounds.

A sender that is refused by one host goes on to the next (RFC 8461 §5.1), which reports of testing
mode never show. What no host takes waits in its queue, and is tried again for four to five days
(RFC 5321 §4.5.4.1):

- *rerouted*: another MX host takes the mail in the same attempt;
- *delayed*: a later attempt delivers it;
- *lost*: it bounces, as all attempts fail until the sender gives up.

That no host takes the mail of a day is certain where all hosts that the policy allows are known
(it names them without ``*``, or the MX records are given), and each of them was at fault for this
reporter without a single session that was not refused. `tlsrpt_analysis.analyses.impact.queues`
says how many such days it takes until mail bounces.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.mx_routes import HOST, MxKnowledge, unknown_routes
from tlsrpt_analysis.analyses.impact.queues import SenderDays
from tlsrpt_analysis.analyses.numbering import day_numbers, first_rows, group_numbers, summed
from tlsrpt_analysis.analyses.policy.reported import mx_patterns
from tlsrpt_analysis.analyses.refusals import BOUNDS, MODE_DAY, PARTS, Refusals
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

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


@dataclass(frozen=True, slots=True)
class _DayFates:
    """What is known of each ``day_key``.

    ``is_hopeless``: every allowed host refused each attempt; ``is_alone``: no other host is allowed
    than the one at fault; ``bounces``: mail refused on that day surely bounces; ``bouncing``: the
    part of it that does, at most.
    """

    is_hopeless: Booleans
    is_alone: Booleans
    bounces: Booleans
    bouncing: Floats


def daily_fates(refused: Refusals, *, tested_days: pd.DataFrame, mx: MxKnowledge) -> Fates:
    """Bound what becomes of the refused sessions of each day, in sessions and parts of sessions.

    Parameters
    ----------
    refused : Refusals
        The refused sessions.
    tested_days : DataFrame
        ``policy_domain reporter day session_count success_count``: the tested sessions.
    mx : MxKnowledge
        What is known of the MX hosts.
    """
    whole, at_hosts = refused.by_day(), refused.by_day([HOST])
    by_cause = refused.by_day(PARTS[1:])
    factors = mx.routes(at_hosts, tested_days)
    days = _day_fates(refused.results, whole, at_hosts, mx)
    bounded = _bounded(at_hosts, factors, days)
    if mx.hosts is None:
        return Fates(
            _bounded(whole, unknown_routes(whole), days),
            bounded,
            _bounded(by_cause, unknown_routes(by_cause), days),
        )
    fine = refused.by_day(PARTS)
    spread = at_hosts[[*MODE_DAY, HOST]].join(factors)
    routed = fine[[*MODE_DAY, HOST]].merge(spread, on=[*MODE_DAY, HOST], how="left")
    fine = _bounded(fine, routed.set_index(fine.index)[list(factors.columns)], days)
    return Fates(
        _summed(whole, bounded, [], days), bounded, _summed(by_cause, fine, PARTS[1:], days)
    )


def _day_fates(
    results: pd.DataFrame, whole: pd.DataFrame, at_hosts: pd.DataFrame, mx: MxKnowledge
) -> _DayFates:
    sender = _sender_days(results, whole)
    hopeless = hopeless_days(results, refused=whole, at_hosts=at_hosts, mx=mx)
    is_alone = _is_alone(results, at_hosts)
    first = first_rows(results["day_key"].to_numpy("int64"), len(hopeless))
    domains = results["policy_domain"].iloc[first]
    is_known = domains.isin(list(mx.known_domains)).to_numpy("bool")
    is_proof = domains.isin(list(mx.proven_domains)).to_numpy("bool")
    is_telling = np.where(is_known, is_proof, is_alone | (sender.refused == 0))
    return _DayFates(
        hopeless,
        is_alone & ~is_known,
        sender.bounced(hopeless),
        sender.bouncing_share(is_telling),
    )


def _sender_days(results: pd.DataFrame, whole: pd.DataFrame) -> SenderDays:
    key = results["day_key"].to_numpy("int64")
    size = int(key.max(initial=-1)) + 1
    days = results.take(first_rows(key, size))
    series, _ = group_numbers(days, ["policy_domain", "reporter"])
    is_known = days[["policy_domain", "reporter"]].notna().all(axis=1).to_numpy("bool")
    return SenderDays(
        series,
        np.where(is_known, day_numbers(days["day"]), -1),
        summed(key, results["sessions"], size),
        summed(whole["day_key"].to_numpy("int64"), whole[BOUNDS[1]], size),
    )


def _is_alone(results: pd.DataFrame, at_hosts: pd.DataFrame) -> Booleans:
    """Whether the policies of each day name one host only, and all that was refused was there."""
    texts, first = group_numbers(results, ["policy_string", "mx_host"])
    pairs = results[["policy_string", "mx_host"]].take(first).itertuples(index=False, name=None)
    hosts = at_hosts[HOST].cat.categories
    place = {name: at for at, name in enumerate(hosts)}
    only = np.array([_only_host(place, *pair) for pair in pairs], dtype="int64")
    key = results["day_key"].to_numpy("int64")
    size = int(key.max(initial=-1)) + 1
    lowest, highest = np.full(size, len(hosts), "int64"), np.full(size, -1, "int64")
    np.minimum.at(lowest, key, only[texts])
    np.maximum.at(highest, key, only[texts])
    is_single = (lowest == highest) & (highest >= 0)
    day = at_hosts["day_key"].to_numpy("int64")
    is_elsewhere = at_hosts[HOST].cat.codes.to_numpy("int64") != highest[day]
    is_there = (summed(day, is_elsewhere, size) == 0) & (summed(day, day >= 0, size) > 0)
    return np.asarray(is_single & is_there)


def _only_host(place: dict[str, int], policy_string: object, mx_host: object) -> int:
    """Return the place of the only host that a policy names, -1 without one or with others."""
    named = {pattern.lower() for pattern in mx_patterns(policy_string, mx_host)}
    return place.get(named.pop(), -1) if len(named) == 1 else -1


def hopeless_days(
    results: pd.DataFrame, *, refused: pd.DataFrame, at_hosts: pd.DataFrame, mx: MxKnowledge
) -> Booleans:
    """Return on which days of a reporter every allowed MX host would certainly have refused.

    Parameters
    ----------
    results : DataFrame
        The policy results of `tlsrpt_analysis.analyses.refusals.Refusals`.
    refused, at_hosts : DataFrame
        Their refused sessions by day, in whole and by ``receiving_mx_hostname``.
    mx : MxKnowledge
        The MX hosts that senders may use, where the MX records of a domain are known.

    Returns
    -------
    array of bool
        One value for each ``day_key``.
    """
    is_hopeless = _all_refused(results, refused)
    days = np.flatnonzero(is_hopeless).tolist()
    named, faulty = _hosts_of_policies(results, is_hopeless), _faulty_hosts(at_hosts, is_hopeless)
    known: dict[object, frozenset[str]] = dict.fromkeys(mx.known_domains, frozenset())
    known |= {domain: frozenset(hosts) for domain, hosts in mx.usable_hosts().items()}
    first = first_rows(results["day_key"].to_numpy("int64"), len(is_hopeless))[days]
    for day, domain in zip(days, results["policy_domain"].iloc[first], strict=True):
        allowed = known.get(domain, named[day])
        is_sure = bool(allowed) or domain in known
        is_hopeless[day] = is_sure and faulty.get(day, set()) >= allowed
    return is_hopeless


def _all_refused(results: pd.DataFrame, refused: pd.DataFrame) -> Booleans:
    """Return on which days some sessions were surely refused, and the others perhaps."""
    day = results["day_key"].to_numpy("int64")
    size = int(day.max(initial=-1)) + 1
    key = refused["day_key"].to_numpy("int64")
    low, high = (summed(key, refused[bound], size) for bound in BOUNDS)
    known = results[["policy_domain", "reporter", "day"]].notna().all(axis=1).to_numpy("bool")
    is_passed = summed(day, results["sessions"], size) > high
    return np.asarray(~is_passed & (low > 0) & known[first_rows(day, size)])


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


def _bounded(refused: pd.DataFrame, factors: pd.DataFrame, days: _DayFates) -> pd.DataFrame:
    """Add the fates of refused sessions whose routes are known row by row."""
    key = refused["day_key"].to_numpy("int64")
    low, high = (refused[bound].to_numpy("float64") for bound in BOUNDS)
    hopeless, bounces = days.is_hopeless[key], days.bounces[key]
    is_alone = factors["is_alone"].to_numpy("bool") | days.is_alone[key]
    bouncing = np.where(hopeless, 1.0, factors["lost_most"].to_numpy("float64"))
    bouncing *= days.bouncing[key]
    lost_low = np.where(bounces, low, 0.0)
    rerouted_low = np.where(hopeless, 0.0, low * factors["rerouted_least"].to_numpy("float64"))
    waits = np.where(bounces, 0.0, low * (1 - bouncing))
    delayed_low = low * factors["delayed_least"].to_numpy("float64")
    can_reroute = factors["reroutes"].to_numpy("bool") & ~is_alone
    return refused.assign(
        rerouted_low=rerouted_low,
        rerouted_high=np.where(can_reroute, high - np.where(hopeless, low, 0.0), 0.0),
        delayed_low=np.where(hopeless | is_alone, waits, delayed_low),
        delayed_high=high - lost_low - rerouted_low,
        lost_low=lost_low,
        lost_high=np.maximum(lost_low, high * bouncing),
    )


def _summed(
    whole: pd.DataFrame, parts: pd.DataFrame, keys: Sequence[str], days: _DayFates
) -> pd.DataFrame:
    """Add the fates of parts to the whole that holds them, within the bounds of the whole."""
    by = [*MODE_DAY, *keys]
    sums = grouped(parts, by)[FATES].sum().reset_index()
    joined = whole.merge(sums, on=by, how="left").fillna(dict.fromkeys(FATES, 0.0))
    key: Integers = joined["day_key"].to_numpy("int64")
    low, high = (joined[bound].astype("float64") for bound in BOUNDS)
    sure = joined["lost_low"].clip(upper=low).where(~days.bounces[key], low)
    rerouted, delayed = (joined[name].clip(upper=low) for name in ("rerouted_low", "delayed_low"))
    return joined.assign(
        rerouted_low=rerouted,
        rerouted_high=np.minimum(joined["rerouted_high"], high - sure),
        delayed_low=delayed,
        delayed_high=np.minimum(joined["delayed_high"], high - sure),
        lost_low=sure,
        lost_high=np.maximum(sure, np.minimum(joined["lost_high"], high)),
    )
