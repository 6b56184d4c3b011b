"""What MTA-STS enforce mode would cost a domain, between two bounds."""

from dataclasses import replace

import pandas as pd

from tlsrpt_analysis.analyses.causes.diagnosed import Diagnosed
from tlsrpt_analysis.analyses.impact.impact import (
    SESSIONS_PER_MESSAGE,
    SESSIONS_PER_MESSAGE_IN_TESTING,
    Asked,
    EnforceImpact,
    impact_of,
    scale_of,
)
from tlsrpt_analysis.analyses.impact.inbound import Bounds, Inbound
from tlsrpt_analysis.analyses.impact.question import Question, ask
from tlsrpt_analysis.analyses.impact.state import state
from tlsrpt_analysis.analyses.impact.sums import Scale
from tlsrpt_analysis.analyses.ledger import ledger
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.sessions import sessions_by_day
from tlsrpt_analysis.tables import ReportTables


def enforce_impact(  # noqa: PLR0913 - each optional input has a name of its own
    tables: ReportTables,
    *,
    findings: ProbeFindings | pd.DataFrame | None = None,
    mx_preferences: pd.DataFrame | ProbeFindings | None = None,
    inbound_share: pd.DataFrame | None = None,
    mx_traffic: pd.DataFrame | None = None,
    honouring_share: float | Bounds | None = None,
    sessions_per_message: float | Bounds = SESSIONS_PER_MESSAGE,
    sessions_per_message_in_testing: float | Bounds = SESSIONS_PER_MESSAGE_IN_TESTING,
) -> EnforceImpact:
    """Estimate what moving each domain's MTA-STS policy to enforce would cost.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    findings : findings of a probe, or their checks, optional
        They name the hosts of steps that the senders do not name, and are the MX records where
        `mx_preferences` has none.
    mx_preferences : DataFrame or findings of a probe, optional
        The MX records: ``policy_domain mx_hostname preference``, as `read_mx_records` reads
        them from a zone. They show where a refused session can go next; with them the upper bound
        of what is lost assumes that senders move on as RFC 8461 §5.1 asks.
    inbound_share : DataFrame, optional
        ``reporter message_count``, as `read_inbound_share` and `read_postfix_logs` return it: what each
        sender sends. The shares of a domain then weight each reporter by its mail, and the headline
        says how many messages a week are refused if the logs cover a week or more.
    mx_traffic : DataFrame, optional
        ``policy_domain mx_hostname`` and ``traffic_share`` or ``session_count``: what each MX
        takes, from the logs of the hosts.
    honouring_share : float or (low, high), optional
        The part of all inbound mail that comes from senders that honour MTA-STS. With it the shares are of
        all inbound mail; without it, of the reported sessions.
    sessions_per_message : float or (low, high), default (1, 108)
        How many sessions a refused message takes under a policy in enforce mode, where the sender
        tries again. The data bound it first: sessions a day that did not rise while a fault lasted
        are no retries.
    sessions_per_message_in_testing : float or (low, high), default (1, 4)
        The same in testing mode, where most senders count one failed session a message.

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
    Results that only say that the policy was unavailable never count as refused
    (RFC 8461 §3.3), sessions that one reporter lists under several policies count once, and
    sessions are connection attempts, not messages (RFC 8460 §4.2).
    Every denominator, formula and assumption is in ``docs/enforce-impact.md``.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> tables = tlsrpt.load_reports("sample_reports/mail-ru")
    >>> impact = tlsrpt.enforce_impact(tables)
    >>> impact.by_domain[["policy_domain", "verdict"]].head(3)
        policy_domain          verdict
    0  backup.example        not ready
    1   chain.example        not ready
    2   cname.example  too little data
    >>> impact.fixes[["step", "fix"]].head(2)
       step                                   fix
    0     1  enable STARTTLS spare.backup.example
    1  <NA>          drop mx spare.backup.example
    """
    counted = ledger(tables)
    sessions = sessions_by_day(tables.policies, counted)
    weighed, scale = scale_of(
        sessions,
        inbound_share=inbound_share,
        honouring_share=honouring_share,
        sessions_per_message=sessions_per_message,
        sessions_per_message_in_testing=sessions_per_message_in_testing,
    )
    question = ask(
        tables,
        sessions,
        weighed,
        counted=counted,
        findings=findings,
        mx_preferences=mx_preferences,
        mx_traffic=mx_traffic,
    )
    return _answered(tables, question, inbound_share, weighed, scale)


def impact_of_each(tables: ReportTables, *, only_domains: bool = False) -> EnforceImpact:
    """Return the `enforce_impact` of each domain alone, whatever others the tables hold.

    `enforce_impact` says of a domain that its reports ended while others go on. With
    `only_domains`, which takes less time, ``by_cause`` is empty, and there are no intervals in
    ``by_reporter`` and ``by_mx``.
    """
    counted = ledger(tables)
    sessions = sessions_by_day(tables.policies, counted)
    weighed, scale = scale_of(
        sessions,
        inbound_share=None,
        honouring_share=None,
        sessions_per_message=SESSIONS_PER_MESSAGE,
        sessions_per_message_in_testing=SESSIONS_PER_MESSAGE_IN_TESTING,
    )
    question = ask(
        tables, sessions, weighed, counted=counted,
        findings=None, mx_preferences=None, mx_traffic=None,
    )  # fmt: skip
    diagnosed = Diagnosed(tables, each_alone=True)
    question = replace(question, each_alone=True, diagnosed=diagnosed, only_domains=only_domains)
    return _answered(tables, question, None, weighed, scale)


def _answered(
    tables: ReportTables,
    question: Question,
    inbound_share: pd.DataFrame | None,
    weighed: Inbound,
    scale: Scale,
) -> EnforceImpact:
    answer = state(question, ())
    return impact_of(Asked(tables, question, inbound_share, weighed, scale, frozenset(), answer))
