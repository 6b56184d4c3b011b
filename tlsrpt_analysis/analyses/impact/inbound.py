"""What part of the inbound mail of a domain comes from reporting senders, from mail-log counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.errors import PolicyError

REPORTED = "tested sessions"
REPORTERS = "mail of the reporting senders"
ALL_INBOUND = "all inbound mail"

FEWEST_DAYS = 7
"""Logs of fewer days show no week: weekends have less mail."""

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Inbound:
    """The weight of one session by domain and reporter, and what the shares are then of."""

    weights: pd.DataFrame
    honouring: Bounds
    denominator: str
    weekly_messages: Mapping[str, float] = field(default_factory=dict)

    def refused_a_week(
        self, domain: str | None, share: Bounds, sessions_per_message: float
    ) -> Bounds | None:
        """Return the messages of a week that are refused, at least and at most, if logs count them.

        Parameters
        ----------
        domain : str or None
            The policy domain.
        share : pair
            The refused part of the sessions, at least and at most, if all senders honour MTA-STS
            who may.
        sessions_per_message : float
            The most sessions that a refused message takes; others take one.
        """
        messages = self.weekly_messages.get(domain or "")
        if messages is None:
            return None
        least = share[0] * self.honouring[0] / max(self.honouring[1], 1e-12)
        part = 1 / max(sessions_per_message, 1.0)
        return messages * least * part / (1 - least * (1 - part)), messages * share[1]


def bounds_of(given: "float | Bounds | None", what: str, *, least: float, most: float) -> Bounds:
    """Read one number, or a pair of bounds, within limits.

    Examples
    --------
    >>> bounds_of(0.4, "honouring_share", least=0, most=1)
    (0.4, 0.4)
    """
    low, high = given if isinstance(given, tuple) else (given, given)
    if low is None or high is None or not least <= low <= high <= most:
        raise PolicyError(f"{what} must be a number, or a pair (low, high), from {least} to {most}")
    return float(low), float(high)


def inbound(
    sessions: pd.DataFrame,
    *,
    inbound_share: pd.DataFrame | None,
    honouring_share: "float | Bounds | None",
) -> Inbound:
    """Weight the reporters by the mail that each one sends.

    Parameters
    ----------
    sessions : DataFrame
        ``policy_domain reporter tested_session_count``: only tested mail has a known fate.
    inbound_share : DataFrame, optional
        ``reporter message_count``. A reporter that it does not list keeps its part of the sessions.
    honouring_share : float or pair, optional
        The part of all inbound mail that comes from senders that honour MTA-STS. Without it, and
        with other senders in `inbound_share`, it is at least the part of the reporters, at most 1.
    """
    by_reporter = grouped(sessions, ["policy_domain", "reporter"])
    totals = by_reporter["tested_session_count"].sum().reset_index()
    weekly = _weekly_messages(sessions, inbound_share)
    if inbound_share is None:
        weights = totals.assign(weight=1.0)
        listed = None
    else:
        counts = _message_counts(inbound_share)
        weights = _weighted(totals, counts)
        listed = _listed_share(totals, counts)
    columns = ["policy_domain", "reporter", "weight"]
    if honouring_share is not None:
        bounds = bounds_of(honouring_share, "honouring_share", least=0, most=1)
        return Inbound(weights[columns], bounds, ALL_INBOUND, weekly)
    if listed is None:
        return Inbound(weights[columns], (1.0, 1.0), REPORTED)
    if listed < 1:
        return Inbound(weights[columns], (listed, 1.0), ALL_INBOUND, weekly)
    return Inbound(weights[columns], (1.0, 1.0), REPORTERS)


def _weekly_messages(sessions: pd.DataFrame, given: pd.DataFrame | None) -> dict[str, float]:
    """Return the messages of a week by domain, where logs of a week or more count them.

    A log without recipients speaks of a domain only if it is the only one.
    """
    attributes = {} if given is None else given.attrs
    days = attributes.get("day_count", 0)
    counts = dict(attributes.get("domain_message_counts", {}))
    if days < FEWEST_DAYS:
        return {}
    domains = sessions["policy_domain"].dropna().unique()
    if set(counts) == {""} and len(domains) == 1:
        counts = {str(domains[0]): counts[""]}
    return {domain: 7 * count / days for domain, count in counts.items() if domain}


def _message_counts(given: pd.DataFrame) -> "pd.Series[float]":
    if missing := [name for name in ("reporter", "message_count") if name not in given.columns]:
        raise PolicyError(f"inbound_share has no column {', '.join(missing)}")
    counts = given["message_count"].to_numpy("float64")
    if not np.isfinite(counts).all() or (counts < 0).any() or not counts.sum():
        raise PolicyError("inbound_share: each message_count must be 0 or more, and not all are 0")
    names = given["reporter"].astype("str").str.casefold().to_numpy()
    return pd.Series(counts).groupby(names).sum()


def _weighted(totals: pd.DataFrame, counts: "pd.Series[float]") -> pd.DataFrame:
    names = totals["reporter"].astype("str").str.casefold()
    messages = names.map(counts).to_numpy("float64")
    sessions = totals["tested_session_count"].to_numpy("float64")
    is_listed = np.isfinite(messages) & (sessions > 0)
    domain = totals["policy_domain"].astype("str").fillna("").to_numpy()
    frame = pd.DataFrame(
        {"messages": np.where(is_listed, messages, 0), "sessions": np.where(is_listed, sessions, 0)}
    )
    of_domain = frame.groupby(domain).transform("sum")
    share = frame["messages"] / of_domain["messages"].clip(lower=1e-12)
    expected = frame["sessions"] / of_domain["sessions"].clip(lower=1e-12)
    use = is_listed & (of_domain["messages"] > 0).to_numpy("bool")
    return totals.assign(weight=np.where(use, share / expected.clip(lower=1e-12), 1.0))


def _listed_share(totals: pd.DataFrame, counts: "pd.Series[float]") -> float:
    tested = totals[totals["tested_session_count"] > 0]
    reporters = set(tested["reporter"].astype("str").str.casefold())
    return float(counts[[name in reporters for name in counts.index]].sum() / counts.sum())
