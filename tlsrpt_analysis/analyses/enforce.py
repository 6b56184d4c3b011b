"""What MTA-STS enforce mode would cost a domain, between two bounds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.blocked import BOUNDS, daily_blocked, daily_policy_unavailable
from tlsrpt_analysis.analyses.facts import Daily, daily_sts, domain_facts
from tlsrpt_analysis.analyses.headline import DomainFacts, headline
from tlsrpt_analysis.analyses.lost import daily_lost_low
from tlsrpt_analysis.analyses.policy_text import in_policy, latest_mx_patterns
from tlsrpt_analysis.analyses.proportions import daily_share_interval
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, daily_sessions, rows_by
from tlsrpt_analysis.analyses.verdict import TOO_LITTLE_DATA, verdict
from tlsrpt_analysis.tables import DAY, ReportTables

COUNTS = ["session_count", *BOUNDS]
SHARES = ["would_block_share", "would_block_share_low", "would_block_share_high"]
LOST = ["lost_share_low", "lost_share_high"]


@dataclass(frozen=True, slots=True)
class EnforceImpact:
    """The impact of enforce mode, by domain, reporter, MX host and cause.

    ``would_block_low`` and ``would_block_high`` are sessions that would be refused at the host
    they met: two bounds, as reports leave room (see `tlsrpt_analysis.analyses.blocked`).
    ``would_block_share`` is the upper one per session reported for the domain (each once);
    ``would_block_share_low`` and ``would_block_share_high`` are the ends of its interval of 95 %,
    days as clusters, missing where fewer than 8 days were reported.
    All shares are missing where no session was under an MTA-STS policy: then nothing is known.

    Attributes
    ----------
    by_domain : DataFrame
        ``policy_domain policy_mode session_count would_block_low would_block_high
        would_block_share would_block_share_low would_block_share_high lost_share_low
        lost_share_high policy_unavailable_count first_day last_day last_blocked_day verdict
        headline``.
        ``lost_share_low`` to ``lost_share_high``: of the sessions reported for the domain, those
        refused by every MX: at most all would-block sessions (no sender moves on), at least those
        of days on which no host that the policy lists was free of failures (RFC 8461 §5.1).
        ``verdict``: ``ready``, ``not ready`` or ``too little data``, on the last 28 days.
    by_reporter : DataFrame
        ``policy_domain reporter`` and the counts and shares of ``by_domain``, per session that
        this reporter reported for the domain.
    by_mx : DataFrame
        ``policy_domain receiving_mx_hostname in_policy`` and the counts and shares, per session
        reported for the domain (at any host); the host is missing where it was not named.
    by_cause : DataFrame
        ``policy_domain result_type failure_reason_code`` and the counts and shares, per session
        reported for the domain; the type is missing for failures that no detail explains.
    """

    by_domain: pd.DataFrame
    by_reporter: pd.DataFrame
    by_mx: pd.DataFrame
    by_cause: pd.DataFrame

    def _repr_html_(self) -> str:
        """Show the domains; pandas escapes every cell."""
        return str(self.by_domain.to_html(index=False))


def enforce_impact(tables: ReportTables) -> EnforceImpact:
    """Estimate what moving each domain's MTA-STS policy to enforce would cost.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    EnforceImpact
        Four frames; each share names its denominator there.

    Notes
    -----
    Results that only say that the policy could not be had never count as blocked
    (RFC 8461 §3.3), sessions that one reporter lists under several policies count once, and
    sessions are connection attempts, not messages (RFC 8460 §4.2).
    Sessions under a policy already in enforce mode include the sender's retries.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(enforce_impact(empty_tables()).by_domain)
    0
    """
    sessions = daily_sessions(tables)
    blocked = daily_blocked(tables)
    at_hosts = daily_blocked(tables, ["receiving_mx_hostname"])
    lost = daily_lost_low(tables, blocked=blocked, at_hosts=at_hosts)
    blocked = blocked.merge(lost, on=DOMAIN_DAY, how="left")
    blocked["lost_low"] = blocked["lost_low"].fillna(0).astype("int64")
    unavailable = daily_policy_unavailable(tables)
    by_mx = _parts(at_hosts, sessions, ["receiving_mx_hostname"])
    patterns = latest_mx_patterns(tables)
    by_mx.insert(2, "in_policy", in_policy(by_mx, patterns))
    causes = ["result_type", "failure_reason_code"]
    by_cause = _parts(daily_blocked(tables, causes), sessions, causes)
    daily = Daily(sessions, blocked, unavailable, daily_sts(tables, blocked))
    by_reporter = _wholes(daily, ["policy_domain", "reporter"])
    by_domain = _wholes(daily, ["policy_domain"])
    facts = domain_facts(by_domain, by_mx, tables=tables, daily=daily, patterns=patterns)
    return EnforceImpact(_judged(by_domain, facts, daily), by_reporter, by_mx, by_cause)


def _wholes(daily: Daily, keys: list[str]) -> pd.DataFrame:
    """Give a row of counts and shares for every domain, or every domain and reporter."""
    refused, sts = rows_by(daily.blocked, keys), rows_by(daily.sts, keys)
    without_policy = rows_by(daily.unavailable, keys)
    rows = []
    for key, days in rows_by(daily.sessions, keys).items():
        its = refused.get(key, daily.blocked.iloc[:0])
        whole = _session_days(days)
        missing = without_policy.get(key, daily.unavailable.iloc[:0])["policy_unavailable_count"]
        row = {
            **dict(zip(keys, key, strict=True)),
            **_counts_and_shares(its, whole),
            "lost_share_low": its["lost_low"].sum() / max(1, whole.sum()),
            "lost_share_high": its["would_block_high"].sum() / max(1, whole.sum()),
            "policy_unavailable_count": int(missing.sum()),
        }
        is_told = key in sts and sts[key]["session_count"].sum() > 0
        rows.append(row if is_told else row | dict.fromkeys([*SHARES, *LOST], np.nan))
    columns = [*keys, *COUNTS, *SHARES, *LOST, "policy_unavailable_count"]
    return pd.DataFrame(rows, columns=columns)


def _parts(blocked: pd.DataFrame, sessions: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """Give a row for every domain and part of its refused sessions, the largest first."""
    keys = ["policy_domain", *parts]
    wholes = {key: _session_days(days) for key, days in rows_by(sessions, keys[:1]).items()}
    rows = [
        {**dict(zip(keys, key, strict=True)), **_counts_and_shares(its, wholes[key[:1]])}
        for key, its in rows_by(blocked, keys).items()
    ]
    shown = pd.DataFrame(rows, columns=[*keys, *COUNTS, *SHARES])
    order = ["policy_domain", "would_block_high", *parts]
    return shown.sort_values(
        order, ascending=[True, False, *(True for _ in parts)], ignore_index=True
    )


def _counts_and_shares(refused: pd.DataFrame, whole: "pd.Series[int]") -> dict[str, object]:
    days = refused.groupby("day")[BOUNDS].sum().reindex(whole.index, fill_value=0)
    sessions = np.asarray(whole, dtype="float64")
    low, high = (np.asarray(days[bound], dtype="float64") for bound in BOUNDS)
    return {
        "session_count": int(sessions.sum()),
        "would_block_low": int(low.sum()),
        "would_block_high": int(high.sum()),
        "would_block_share": high.sum() / max(1.0, sessions.sum()),
        "would_block_share_low": daily_share_interval(sessions, low)[0],
        "would_block_share_high": daily_share_interval(sessions, high)[1],
    }


def _session_days(days: pd.DataFrame) -> "pd.Series[int]":
    return days.groupby("day")["session_count"].sum()


def _judged(by_domain: pd.DataFrame, gathered: list[DomainFacts], daily: Daily) -> pd.DataFrame:
    """Add mode, days, verdict and headline to the rows of the domains."""
    sts = rows_by(daily.sts, ["policy_domain"])
    days = [sts.get((facts.policy_domain,)) for facts in gathered]
    judged = by_domain.assign(
        first_day=pd.Series([facts.first_day for facts in gathered], dtype=DAY),
        last_day=pd.Series([facts.last_day for facts in gathered], dtype=DAY),
        last_blocked_day=pd.Series([facts.last_blocked_day for facts in gathered], dtype=DAY),
        verdict=[TOO_LITTLE_DATA if its is None else verdict(its) for its in days],
        headline=[headline(facts) for facts in gathered],
    )
    judged.insert(1, "policy_mode", [facts.policy_mode for facts in gathered])
    return judged
