"""What another policy would have refused of the mail that was reported."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from html import escape

import pandas as pd

from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.impact.set_apart import out_of_proportion, without_days
from tlsrpt_analysis.analyses.ledger import ledger
from tlsrpt_analysis.analyses.mx_records import mx_records, mx_traffic_shares
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.analyses.policy.reported import latest_policies
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.refusals import refusals
from tlsrpt_analysis.analyses.replay.candidate import Candidate, candidate
from tlsrpt_analysis.analyses.replay.counts import (
    COUNTS,
    SHARES,
    Replayed,
    replayed,
    summed_by,
    with_shares,
    with_strays,
)
from tlsrpt_analysis.analyses.replay.outcomes import (
    Texts,
    detail_outcomes,
    known_hosts,
    passed_outcome,
)
from tlsrpt_analysis.analyses.replay.unknowns import unknowns, untested_words
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped
from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.shown_texts import counted, listed
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy
from tlsrpt_analysis.tables import DAY, ReportTables


@dataclass(frozen=True, slots=True)
class Replay:
    """What a policy in enforce mode would have refused of the tested sessions, between two bounds.

    ``would_block_low`` and ``would_block_high`` are sessions, their shares are of the tested ones;
    ``reported_would_block_low`` and ``reported_would_block_high`` are those that the policies which
    senders applied on these days refused, or would have refused in enforce mode.

    Attributes
    ----------
    policy_domain : str
        The domain.
    policy : MtaStsPolicy
        The policy that was replayed.
    by_month : DataFrame
        ``policy_domain month``, the counts, ``tested_session_count`` among them, and ``would_block_share_low would_block_share_high``.
    by_reporter : DataFrame
        ``policy_domain reporter``, the counts and the shares.
    by_mx : DataFrame
        ``policy_domain receiving_mx_hostname in_policy would_block_low would_block_high`` and the
        shares, of all tested sessions of the domain; the host is missing where several can be meant.
    by_day : DataFrame
        ``policy_domain reporter day`` and the counts, among them ``newly_passed_count``: sessions
        that failed only because their host was not listed. In all other frames the upper bound has
        one in a thousand of them more, as nobody saw how TLS fares at such a host.
    unknown : tuple of str
        What the reports leave open, in sentences.
    """

    policy_domain: str
    policy: MtaStsPolicy
    by_month: pd.DataFrame
    by_reporter: pd.DataFrame
    by_mx: pd.DataFrame
    by_day: pd.DataFrame
    unknown: tuple[str, ...]

    @property
    def headline(self) -> str:
        """The answer in a sentence."""
        sums = self._sums
        tested = int(sums["tested_session_count"])
        if not tested:
            return f"No session of {self.policy_domain} was tested in this period."
        new = _range(sums, "would_block", tested)
        old = _range(sums, "reported_would_block", tested)
        return (
            f"In enforce mode this policy would have refused {new} of"
            f" {counted(tested, 'tested session')} of {self.policy_domain}; the policies that senders"
            f" applied: {old}."
        )

    @property
    def _sums(self) -> pd.Series:
        return with_strays(self.by_day[COUNTS].sum().to_frame().T).iloc[0]

    def _repr_html_(self) -> str:
        """Show the answer, the months, and what is not known; everything is escaped."""
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.unknown)
        open_questions = f"<p>Not known from reports:</p><ul>{items}</ul>" if items else ""
        return (
            f'<div class="tex2jax_ignore mathjax_ignore"><p><strong>{escape(self.headline)}'
            f"</strong></p>{self.by_month.to_html(index=False)}{open_questions}</div>"
        )


def replay(  # noqa: PLR0913 - each optional input has a name of its own
    tables: ReportTables,
    policy_text: str | MtaStsPolicy | None = None,
    *,
    policy_domain: str | None = None,
    add_mx: Collection[str] = (),
    remove_mx: Collection[str] = (),
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    mx_preferences: pd.DataFrame | ProbeFindings | None = None,
    mx_traffic: pd.DataFrame | None = None,
) -> Replay:
    r"""Say what a policy in enforce mode would have refused of the mail that was reported.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    policy_text : str or MtaStsPolicy, optional
        The policy; its mode does not matter, unless it is ``none``. The latest reported policy in
        enforce mode by default.
    policy_domain : str, optional
        The domain; needed for reports about several.
    add_mx, remove_mx : collection of str
        ``mx`` lines to add to the policy, and to remove from it.
    since, until : date or str, optional
        The first and the last day, both included.
    mx_preferences : DataFrame or findings of a probe, optional
        The MX records, as for `enforce_impact`; they say which hosts can have taken what passed.
    mx_traffic : DataFrame, optional
        ``policy_domain mx_hostname`` and ``traffic_share`` or ``session_count``; hosts without
        traffic have taken nothing.

    Returns
    -------
    Replay
        Bounds by month, reporter, MX host and day, and what cannot be known.

    Raises
    ------
    PolicyError
        When the text is no policy (RFC 8461 §3.2), the domain is not among the reports, or
        a line to remove is not in the policy.

    Notes
    -----
    Only tested sessions count. A failure of TLS is refused under every policy; a host that was not
    listed and now is passes, unless other faults are reported there; what passed is refused where
    its host is no longer listed, which reports show only if all hosts it can mean agree.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> tables = tlsrpt.load_reports("sample_reports/mail-ru", progress=False)
    >>> found = replay(tables, policy_domain="example.com", add_mx=["mx2.example.com"])
    >>> print(found.headline.replace("; ", ";\n"))
    In enforce mode this policy would have refused 0 to 2 (0 % to 0.4 %) of 556 tested sessions of example.com;
    the policies that senders applied: 177 (31.8 %).
    """
    domain = _domain_of(tables, policy_domain)
    own = tables.select(policy_domains=[domain])
    reported = latest_policies(own).get(domain) if policy_text is None else None
    policy = candidate(policy_text, reported, add_mx=add_mx, remove_mx=remove_mx)
    chosen = own.select(since=since, until=until)
    counted_sessions = ledger(chosen)
    apart = _apart(chosen, counted_sessions)
    refused = without_days(refusals(chosen, counted_sessions), apart)
    texts = Texts.of(refused)
    hosts = known_hosts(refused, texts, _in_use(domain, mx_preferences, mx_traffic))
    outcomes = detail_outcomes(refused, texts, policy, hosts)
    passed = {
        number: passed_outcome(patterns, policy, hosts)
        for number, patterns in enumerate(texts.patterns)
    }
    found = replayed(refused, outcomes, texts, passed)
    remarks = (
        *unknowns(policy, hosts, texts, outcomes, found),
        *untested_words(
            int(counted_sessions["untested_session_count"].sum()),
            int(counted_sessions["session_count"].sum()),
        ),
        *_apart_words(apart),
    )
    return _replay(domain, policy, found, remarks)


def _replay(domain: str, policy: Candidate, found: Replayed, remarks: tuple[str, ...]) -> Replay:
    days = found.by_day()
    by_host = found.by_host()
    if policy.policy.mode == "none":
        days = days.assign(would_block_low=0, would_block_high=0, newly_passed_count=0)
        by_host, remarks = by_host.iloc[:0], ("Mode none refuses nothing, and protects nothing.",)
    months = days.assign(month=days["day"].dt.to_period("M").dt.to_timestamp().astype(DAY))
    tested = int(days["tested_session_count"].sum())
    names = [policy.covers(str(host)) if isinstance(host, str) else None for host in by_host[HOST]]
    by_mx = with_shares(by_host.assign(policy_domain=domain, tested_session_count=tested))
    by_mx["in_policy"] = pd.Series(names, index=by_mx.index, dtype="boolean")
    by_reporter = summed_by(days, ["policy_domain", "reporter"])
    order = ["would_block_high", "tested_session_count", "reporter"]
    return Replay(
        domain,
        policy.policy,
        _texts(summed_by(months, ["policy_domain", "month"])),
        _texts(by_reporter).sort_values(order, ascending=[False, False, True], ignore_index=True),
        by_mx[["policy_domain", HOST, "in_policy", "would_block_low", "would_block_high", *SHARES]],
        _texts(days),
        remarks,
    )


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in ("policy_domain", "reporter") if name in rows]
    return rows.astype(dict.fromkeys(names, "str"))


def _domain_of(tables: ReportTables, domain: str | None) -> str:
    known = sorted({str(name) for name in tables.policies["policy_domain"].dropna().unique()})
    if domain is not None:
        chosen = normalize_domain(domain)
        if known and chosen not in known:
            raise PolicyError(f"no report is about {chosen[:80]!r}; there are {listed(known, 10)}")
        return chosen
    if len(known) != 1:
        raise PolicyError(
            f"a policy belongs to one domain, and the reports are about {len(known)}: name one"
            " (policy_domain, or --domain)"
        )
    return known[0]


def _in_use(
    domain: str,
    records: pd.DataFrame | ProbeFindings | None,
    traffic: pd.DataFrame | None,
) -> set[str] | None:
    """Return the hosts that can have taken sessions, where records or traffic say it."""
    found: set[str] | None = None
    if records is not None:
        rows = mx_records(records)
        found = set(rows.loc[rows["policy_domain"] == domain, "mx_hostname"]) or None
    if traffic is not None:
        rows = mx_traffic_shares(traffic)
        rows = rows[(rows["policy_domain"] == domain).to_numpy("bool")]
        idle = set(rows.loc[rows["traffic_share"] <= 0, "mx_hostname"])
        busy = set(rows["mx_hostname"]) - idle
        found = (found - idle) if found is not None else (busy or None)
    return found


def _apart(tables: ReportTables, counted_sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the days of reporters whose tested sessions are out of proportion."""
    rows = tables.policies[DOMAIN_DAY].join(counted_sessions[["tested_session_count"]])
    days = grouped(rows, DOMAIN_DAY)["tested_session_count"].sum().reset_index()
    return days[out_of_proportion(days)]


def _apart_words(apart: pd.DataFrame) -> tuple[str, ...]:
    if apart.empty:
        return ()
    days = [
        f"{name} on {day:%Y-%m-%d}"
        for name, day in zip(apart["reporter"], apart["day"], strict=True)
    ]
    return (f"Set apart, as the tested sessions are out of proportion: {listed(days)}.",)


def _range(sums: pd.Series, name: str, tested: int) -> str:
    low, high = int(sums[f"{name}_low"]), int(sums[f"{name}_high"])
    if low == high:
        return f"{high:,} ({percent(high / tested)})"
    return f"{low:,} to {high:,} ({percent(low / tested)} to {percent(high / tested)})"
