"""What MTA-STS enforce mode would cost a domain, between two bounds."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.blocked import (
    Refusals,
    daily_policy_unavailable,
    refusals,
)
from tlsrpt_analysis.analyses.facts import Daily, daily_sts, domain_facts
from tlsrpt_analysis.analyses.fixes import (
    ADD_MX,
    DROP_MX,
    Needs,
    ladder,
    needs,
    parse_fix,
)
from tlsrpt_analysis.analyses.headline import DomainFacts, headline
from tlsrpt_analysis.analyses.impact_rows import (
    LOST,
    LOST_INTERVAL,
    SHARES,
    Scale,
    impact_rows,
    whole_rows,
)
from tlsrpt_analysis.analyses.inbound import Bounds, Inbound, bounds_of, inbound
from tlsrpt_analysis.analyses.mx_routes import (
    ProbeFindings,
    candidates,
    mx_records,
    mx_traffic_shares,
)
from tlsrpt_analysis.analyses.outcomes import HOST, MxKnowledge, Outcomes, daily_outcomes
from tlsrpt_analysis.analyses.policy_text import in_policy, latest_mx_patterns
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, daily_sessions, grouped, rows_by
from tlsrpt_analysis.analyses.verdict import Judgement, judge
from tlsrpt_analysis.tables import DAY, ReportTables

SESSIONS_PER_MESSAGE = (1, 26)
"""Exchange Online tries a refused message again for 24 hours, about 26 times in all."""

CAUSES = ["result_type", "failure_reason_code"]
Fix = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked, with all that does not change when something is mended."""

    tables: ReportTables
    sessions: pd.DataFrame
    refused: Refusals
    sts_days: pd.DataFrame
    patterns: dict[str, tuple[str, ...]]
    records: pd.DataFrame | None
    traffic: pd.DataFrame | None
    inbound: Inbound
    scale: Scale


@dataclass(frozen=True, slots=True)
class EnforceImpact:
    """The impact of enforce mode, by domain, reporter, MX host and cause.

    ``would_block_low`` and ``would_block_high`` are sessions that would be refused at the host
    they met: two bounds, as reports leave room (see `tlsrpt_analysis.analyses.blocked`).
    ``rerouted_low`` to ``lost_high`` bound what becomes of them when senders move on
    (RFC 8461 §5.1): another MX takes them at once, or later, or none does.
    ``would_block_share`` is the upper one per session reported for the domain (each once);
    ``would_block_share_low`` and ``would_block_share_high`` are the ends of its interval of 95 %,
    days as clusters, missing where fewer than 8 days were reported; ``lost_interval_low`` and
    ``lost_interval_high`` are the outer ends of those of the lost share.
    ``denominator`` of a domain says what all shares but those of ``by_reporter`` are of.
    All shares are missing where no session was under an MTA-STS policy: then nothing is known.

    Attributes
    ----------
    by_domain : DataFrame
        ``policy_domain policy_mode session_count would_block_low would_block_high rerouted_low
        rerouted_high delayed_low delayed_high lost_low lost_high would_block_share
        would_block_share_low would_block_share_high lost_share_low lost_share_high
        lost_interval_low lost_interval_high policy_unavailable_count denominator first_day
        last_day last_blocked_day verdict reasons evidence_days recent_session_count
        recent_would_block_high headline``.
        ``lost_share_low`` to ``lost_share_high``: those refused by every MX, as a share of
        messages; one refused message stands for 1 to 26 sessions of a policy in enforce mode.
        ``verdict``: ``ready``, ``not ready`` or ``too little data``, on the last 28 days, with its
        ``reasons`` and the days and sessions under MTA-STS behind it.
    by_reporter : DataFrame
        ``policy_domain reporter`` and the counts and shares of ``by_domain``, per session that
        this reporter reported for the domain.
    by_mx : DataFrame
        ``policy_domain receiving_mx_hostname in_policy`` and the counts and shares, per session
        reported for the domain (at any host); the host is missing where it was not named.
        With MX traffic, ``would_block_at_host`` is the upper count per session expected there.
    by_cause : DataFrame
        ``policy_domain result_type failure_reason_code`` and the counts and shares, per session
        reported for the domain; the type is missing for failures that no detail explains.
    """

    by_domain: pd.DataFrame
    by_reporter: pd.DataFrame
    by_mx: pd.DataFrame
    by_cause: pd.DataFrame
    _question: _Question = field(repr=False, compare=False)
    _done: frozenset[Fix] = field(default=frozenset(), repr=False, compare=False)
    _kept: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @property
    def tables(self) -> ReportTables:
        """The reports that the impact was reckoned from."""
        return self._question.tables

    @property
    def fixes(self) -> pd.DataFrame:
        """Give the ladder of fixes, ordered by what each one wins back after those before it.

        Columns ``policy_domain step fix kind receiving_mx_hostname would_block_low_before
        would_block_high_before would_block_low_after would_block_high_after won_back_low
        won_back_high would_block_share_before would_block_share_after``; counts are sessions, the
        shares have the denominator of the domain's ``would_block_share``.
        ``drop mx`` has no ``step``: it is another way, measured against the state before all steps.
        """
        if "fixes" not in self._kept:
            refused, needed = _left(self._question, self._done)
            rows = ladder(refused, needed)
            whole = self.by_domain.set_index("policy_domain")
            its = whole.reindex(rows["policy_domain"])
            per_session = np.asarray(its["would_block_share"], dtype="float64") / np.maximum(
                1.0, np.asarray(its["would_block_high"], dtype="float64")
            )
            self._kept["fixes"] = rows.assign(
                would_block_share_before=rows["would_block_high_before"] * per_session,
                would_block_share_after=rows["would_block_high_after"] * per_session,
            )
        return self._kept["fixes"]

    def after(
        self, fixes: Collection[str] | str, *, policy_domain: str | None = None
    ) -> "EnforceImpact":
        """Give the impact as it would be if some things were mended.

        Parameters
        ----------
        fixes : collection of str, or str
            Ids as in `fixes`: ``add mx HOST``, ``repair certificate HOST``, ``repair TLS HOST``,
            ``enable STARTTLS HOST``, ``drop mx HOST``.
        policy_domain : str, optional
            The only domain in which they are mended; all domains with these hosts by default.

        Returns
        -------
        EnforceImpact
            The impact as if the reports were about the mended domains; fixes add up over calls.

        Notes
        -----
        A reporter names the first fault that it met, so a mended host may show another one.
        After ``drop mx`` the sessions go to other hosts: the upper bound falls only where another
        usable host was never at fault.

        Examples
        --------
        >>> from tlsrpt_analysis.tables import empty_tables
        >>> len(enforce_impact(empty_tables()).after("add mx mx2.example.com").by_domain)
        0
        """
        wanted = [fixes] if isinstance(fixes, str) else list(fixes)
        for fix in wanted:
            parse_fix(fix)
        done = self._done | {(policy_domain, fix) for fix in wanted}
        return _impact(self._question, done)

    def _repr_html_(self) -> str:
        """Show the domains; pandas escapes every cell."""
        return str(self.by_domain.to_html(index=False))


def enforce_impact(  # noqa: PLR0913 - each optional input has a name of its own
    tables: ReportTables,
    *,
    mx_preferences: pd.DataFrame | ProbeFindings | None = None,
    inbound_share: pd.DataFrame | None = None,
    mx_traffic: pd.DataFrame | None = None,
    honouring_share: float | Bounds | None = None,
    sessions_per_message: float | Bounds = SESSIONS_PER_MESSAGE,
) -> EnforceImpact:
    """Estimate what moving each domain's MTA-STS policy to enforce would cost.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    mx_preferences : DataFrame or findings of a probe, optional
        The MX records: ``policy_domain mx_hostname preference``, as `read_mx_records` reads
        them from a zone. They tell where a refused session can go next; with them the upper bound
        of what is lost takes for granted that senders move on as RFC 8461 §5.1 asks.
    inbound_share : DataFrame, optional
        ``reporter message_count``, as `read_inbound_share` and `read_postfix_logs` give: what each
        sender sends. The shares of a domain then weigh each reporter by its mail.
    mx_traffic : DataFrame, optional
        ``policy_domain mx_hostname`` and ``traffic_share`` or ``session_count``: what each MX
        takes, from the logs of the hosts.
    honouring_share : float or (low, high), optional
        The part of all inbound mail from senders that honour MTA-STS. With it the shares are of
        all inbound mail; without it, of the reported sessions.
    sessions_per_message : float or (low, high), default (1, 26)
        How many sessions a refused message takes under a policy in enforce mode, where the sender
        tries again; in testing mode it is delivered in its first.

    Returns
    -------
    EnforceImpact
        Four frames, the ladder of fixes, and `EnforceImpact.after`.

    Raises
    ------
    PolicyError
        When an optional input lacks a column or is out of its range.

    Notes
    -----
    Results that only say that the policy could not be had never count as blocked
    (RFC 8461 §3.3), sessions that one reporter lists under several policies count once, and
    sessions are connection attempts, not messages (RFC 8460 §4.2).
    Every denominator, formula and assumption stands in ``docs/enforce-impact.md``.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(enforce_impact(empty_tables()).by_domain)
    0
    """
    sessions, refused = daily_sessions(tables), refusals(tables)
    weighed = inbound(sessions, inbound_share=inbound_share, honouring_share=honouring_share)
    per_message = bounds_of(sessions_per_message, "sessions_per_message", least=1, most=1000)
    question = _Question(
        tables=tables,
        sessions=_with_weights(
            sessions.merge(_failed_enforced(refused), on=DOMAIN_DAY, how="left"), weighed
        ),
        refused=refused,
        sts_days=_sts_days(refused),
        patterns=dict(latest_mx_patterns(tables)),
        records=None if mx_preferences is None else mx_records(mx_preferences),
        traffic=None if mx_traffic is None else mx_traffic_shares(mx_traffic),
        inbound=weighed,
        scale=Scale(weighed.honouring, per_message),
    )
    return _impact(question, frozenset())


def _impact(question: _Question, done: frozenset[Fix]) -> EnforceImpact:
    patterns, records = _mended_policy(question, done)
    refused, _ = _left(question, done) if done else (question.refused, None)
    outcomes = daily_outcomes(
        question.tables,
        refused,
        sts_days=question.sts_days,
        mx=_knowledge(records, patterns, question),
    )
    by_mx = _parts(question, outcomes.at_hosts, [HOST])
    by_mx.insert(2, "in_policy", in_policy(by_mx, patterns))
    by_mx["would_block_at_host"] = _per_host_session(by_mx, question.traffic)
    by_cause = _parts(question, outcomes.by_cause, CAUSES)
    daily = _daily(question, outcomes)
    reporter_scale = Scale((1.0, 1.0), question.scale.per_message)
    by_reporter = _wholes(question, daily, keys=["policy_domain", "reporter"], scale=reporter_scale)
    by_domain = _wholes(question, daily, keys=["policy_domain"], scale=question.scale)
    by_domain["denominator"] = question.inbound.denominator
    facts = domain_facts(
        by_domain, by_mx, tables=question.tables, daily=daily, patterns=patterns,
        mx_records=records, per_message=question.scale.per_message,
    )  # fmt: skip
    judged = _judged(by_domain, facts, daily)
    return EnforceImpact(judged, by_reporter, by_mx, by_cause, question, done)


def _failed_enforced(refused: Refusals) -> pd.DataFrame:
    enforced = refused.blocks[refused.blocks["is_enforced"]]
    failed = grouped(enforced, DOMAIN_DAY)["total"].sum()
    return failed.rename("failed_enforced_count").reset_index()


def _sts_days(refused: Refusals) -> pd.DataFrame:
    days = grouped(refused.blocks, DOMAIN_DAY)["sessions"].sum()
    return days.rename("session_count").reset_index()


def _with_weights(rows: pd.DataFrame, weighed: Inbound) -> pd.DataFrame:
    joined = rows.merge(weighed.weights, on=["policy_domain", "reporter"], how="left")
    filled = {"weight": 1.0, "failed_enforced_count": 0}
    return joined.fillna({name: value for name, value in filled.items() if name in joined})


def _left(question: _Question, done: frozenset[Fix]) -> tuple[Refusals, Needs]:
    """Give the refused sessions that remain after some fixes, and what each of them needs."""
    hosts = _usable_hosts(question)
    needed = needs(question.refused, question.patterns, hosts)
    if not done:
        return question.refused, needed
    mended, perhaps = needed.mended(done)
    kept = Needs(*(getattr(needed, name)[~mended] for name in Needs.__slots__))
    return question.refused.without(mended, perhaps), kept.without_done(done)


def _usable_hosts(question: _Question) -> dict[str, set[str]]:
    hosts = {
        domain: {pattern.lower() for pattern in patterns if "*" not in pattern}
        for domain, patterns in question.patterns.items()
    }
    if question.records is not None:
        usable = candidates(question.records, question.patterns, question.traffic)
        for domain, names in usable.groupby("policy_domain")["mx_hostname"]:
            hosts[str(domain)] = set(names)
    return hosts


def _mended_policy(
    question: _Question, done: frozenset[Fix]
) -> tuple[dict[str, tuple[str, ...]], pd.DataFrame | None]:
    """Give the policies and MX records as they are after some fixes."""
    patterns, records = dict(question.patterns), question.records
    for domain, fix in sorted(done, key=str):
        kind, host = parse_fix(fix)
        if kind == ADD_MX:
            for name in patterns if domain is None else [domain]:
                patterns[name] = (*patterns.get(name, ()), host)
        if kind == DROP_MX and records is not None:
            here = (records["policy_domain"] == domain) | (domain is None)
            records = records[~(here & (records["mx_hostname"] == host))]
    return patterns, records


def _knowledge(
    records: pd.DataFrame | None, patterns: dict[str, tuple[str, ...]], question: _Question
) -> MxKnowledge:
    if records is None:
        return MxKnowledge()
    hosts = candidates(records, patterns, question.traffic)
    return MxKnowledge(hosts, frozenset(records["policy_domain"]))


def _daily(question: _Question, outcomes: Outcomes) -> Daily:
    whole = _with_weights(outcomes.whole, question.inbound)
    return Daily(
        question.sessions,
        whole,
        daily_policy_unavailable(question.tables),
        daily_sts(question.tables, whole),
    )


def _wholes(question: _Question, daily: Daily, *, keys: list[str], scale: Scale) -> pd.DataFrame:
    """Give a row of counts and shares for every domain, or every domain and reporter."""
    rows = whole_rows(daily.blocked, question.sessions, keys=keys, scale=scale)
    rows = rows.astype(dict.fromkeys(keys, "str"))
    missing = grouped(daily.unavailable.astype(dict.fromkeys(keys, "str")), keys)[
        "policy_unavailable_count"
    ].sum()
    rows = rows.merge(missing.reset_index(), on=keys, how="left")
    rows["policy_unavailable_count"] = rows["policy_unavailable_count"].fillna(0).astype("int64")
    told = grouped(daily.sts.astype(dict.fromkeys(keys, "str")), keys)["session_count"].sum()
    is_told = rows[keys].merge(told[told > 0].reset_index(), on=keys, how="left")["session_count"]
    rows.loc[is_told.isna().to_numpy(), [*SHARES, *LOST, *LOST_INTERVAL]] = np.nan
    return rows


def _parts(question: _Question, refused: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """Give a row for every domain and part of its refused sessions, the largest first."""
    keys = ["policy_domain", *parts]
    rows = impact_rows(
        _with_weights(refused, question.inbound),
        question.sessions,
        keys=keys,
        of=["policy_domain"],
        scale=question.scale,
    )
    rows = rows.astype(dict.fromkeys(keys, "str"))
    order = ["policy_domain", "would_block_high", *parts]
    return rows.sort_values(
        order, ascending=[True, False, *(True for _ in parts)], ignore_index=True
    )


def _per_host_session(by_mx: pd.DataFrame, traffic: pd.DataFrame | None) -> "pd.Series[float]":
    """Give the refused sessions per session that the host is expected to have taken, at most 1."""
    if traffic is None:
        return pd.Series(np.nan, index=by_mx.index)
    shares = by_mx[["policy_domain", HOST]].merge(
        traffic.rename(columns={"mx_hostname": HOST}), on=["policy_domain", HOST], how="left"
    )["traffic_share"]
    taken = np.asarray(shares, dtype="float64") * by_mx["session_count"].to_numpy("float64")
    refused = by_mx["would_block_high"].to_numpy("float64")
    rate = np.minimum(1.0, refused / np.where(taken > 0, taken, np.nan))
    return pd.Series(rate, index=by_mx.index)


def _judged(by_domain: pd.DataFrame, gathered: list[DomainFacts], daily: Daily) -> pd.DataFrame:
    """Add mode, days, verdict and headline to the rows of the domains."""
    sts = rows_by(daily.sts, ["policy_domain"])
    found = [judge(sts.get((facts.policy_domain,))) for facts in gathered]
    judged = by_domain.assign(
        first_day=pd.Series([facts.first_day for facts in gathered], dtype=DAY),
        last_day=pd.Series([facts.last_day for facts in gathered], dtype=DAY),
        last_blocked_day=pd.Series([facts.last_blocked_day for facts in gathered], dtype=DAY),
        **{name: [getattr(one, name) for one in found] for name in Judgement.__slots__},
        headline=[headline(facts) for facts in gathered],
    )
    judged.insert(1, "policy_mode", [facts.policy_mode for facts in gathered])
    return judged
