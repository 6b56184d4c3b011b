"""The impact of enforce mode as its frames, and what fixes and other options make of it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import Fix, parse_fix
from tlsrpt_analysis.analyses.causes.diagnosed import Diagnosed
from tlsrpt_analysis.analyses.impact.fix_ladder import ladder
from tlsrpt_analysis.analyses.impact.fixes import affected_domains, left
from tlsrpt_analysis.analyses.impact.frames import impact_frames
from tlsrpt_analysis.analyses.impact.impact_html import impact_html
from tlsrpt_analysis.analyses.impact.inbound import Bounds, Inbound, bounds_of, inbound
from tlsrpt_analysis.analyses.impact.period_before import with_change
from tlsrpt_analysis.analyses.impact.plan.change_plan import ChangePlan, change_plan
from tlsrpt_analysis.analyses.impact.plan.situation import (
    DAY_SECONDS,
    Start,
    first_day,
    situations,
)
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.analyses.impact.state import State, state, todays_question
from tlsrpt_analysis.analyses.impact.step_words import with_shares
from tlsrpt_analysis.analyses.impact.sums import Scale
from tlsrpt_analysis.near_names import warn_of_unknown
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.tables import ReportTables

UNKNOWN_FIX = "no failure calls for {}"

SESSIONS_PER_MESSAGE = (1, 108)
"""Postfix tries a refused message again for five days, about 108 times in all; others less often."""

SESSIONS_PER_MESSAGE_IN_TESTING = (1, 4)
"""Some senders count three or four failed sessions before they deliver a message in testing mode."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the scale on which it is answered, and the answer once some fixes are done."""

    tables: ReportTables
    question: Question
    inbound_share: pd.DataFrame | None
    weighed: Inbound
    scale: Scale
    done: frozenset[Fix]
    state: State


@dataclass(frozen=True, slots=True)
class EnforceImpact:
    """The impact of enforce mode, by domain, reporter, MX host and cause.

    ``would_block_low`` and ``would_block_high`` are sessions that would be refused at the host
    they met: two bounds, because reports leave room (`tlsrpt_analysis.analyses.refusal_bounds`).
    ``rerouted_low`` to ``lost_high`` bound what becomes of them: another MX host takes them at once
    (RFC 8461 §5.1), or a later attempt delivers them, or they bounce after four to five days in the
    queue of their sender (RFC 5321 §4.5.4.1), attempts taken as independent of each other.
    ``would_block_share`` is the upper one per tested session of the domain (each once): the
    sessions to which a sender applied the policy (``docs/ledger.md``); ``would_block_share_low`` and ``would_block_share_high`` are the ends of its interval of 95 %,
    days as clusters, missing where fewer than 8 days were reported; ``lost_interval_low`` and
    ``lost_interval_high`` are the outer ends of those of the lost share.
    The columns that begin with ``today_`` are the same of the days that answer for today: the last
    28, or those since the last change that matters; the others are of the whole period.
    ``denominator`` of a domain says what all shares but those of ``by_reporter`` are of.
    All shares are missing where no session was under an MTA-STS policy: then nothing is known.

    Attributes
    ----------
    by_domain : DataFrame
        ``policy_domain policy_mode session_count tested_session_count untested_session_count
        would_block_low would_block_high rerouted_low rerouted_high delayed_low delayed_high
        lost_low lost_high would_block_share would_block_share_low would_block_share_high
        lost_share_low lost_share_high lost_interval_low lost_interval_high
        policy_unavailable_count today_tested_session_count today_would_block_low
        today_would_block_high today_would_block_share today_would_block_share_low
        today_would_block_share_high today_lost_share_low today_lost_share_high denominator
        first_day last_day last_tested_day last_blocked_day today_since ready_on today_because
        evidence_days verdict reasons headline``.
        ``lost_share_low`` to ``lost_share_high``: the mail that bounces, as a share of messages;
        one refused message stands for 1 to 108 sessions of a policy in enforce mode and 1 to 4 of
        one in testing, or for fewer where the sessions a day did not rise.
        ``verdict``: for today, with its ``reasons``: ``ready``, ``not ready``, ``too little data``,
        or of a policy in enforce mode ``enforced, clean`` or ``enforced, refusing mail``;
        ``evidence_days``: the tested days behind it; ``today_since`` and ``today_because``: the
        first day that counts for it, and why; ``ready_on``: the day on which it can be ready if
        its mail stays as it is since the last repair.
    by_reporter : DataFrame
        ``policy_domain reporter`` and the counts and shares of ``by_domain``, per session of the
        domain that this reporter tested.
    by_mx : DataFrame
        ``policy_domain receiving_mx_hostname in_policy`` and the counts and shares, per tested
        session of the domain (at any host); the host is missing where it was not named.
        With MX traffic, ``would_block_at_host`` is the upper count per session expected there.
    by_cause : DataFrame
        ``policy_domain result_type failure_reason_code`` and the counts and shares, per tested
        session of the domain; the type is missing for failures that no detail explains.
    """

    by_domain: pd.DataFrame
    by_reporter: pd.DataFrame
    by_mx: pd.DataFrame
    by_cause: pd.DataFrame
    _asked: Asked = field(repr=False, compare=False)
    _kept: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @property
    def tables(self) -> ReportTables:
        """The reports that the impact was computed from."""
        return self._asked.tables

    @property
    def diagnosed(self) -> Diagnosed:
        """What the reports are diagnosed with, for analyses that show it as well."""
        return self._asked.question.diagnosed

    @property
    def fixes(self) -> pd.DataFrame:
        """The ladder of fixes, ordered by what each one wins back after those before it.

        Columns ``policy_domain step fix kind receiving_mx_hostname cause responsible cure left
        would_block_low_before would_block_high_before would_block_low_after would_block_high_after
        won_back_low won_back_high would_block_share_before would_block_share_after
        untried_fix_count``; counts are
        sessions, the shares have the denominator of the domain's ``would_block_share``.
        ``cause`` has the codes of `diagnose`, whose column ``fix`` names the step of each row;
        ``responsible`` says who has to act, ``cure`` what to do in few words, and ``left`` what is
        left after the step, a range where reporters do not name the host.
        What is over needs no step. "(not given)" in a fix is the host that the senders do not name.
        ``drop mx`` has no ``step``: it is an alternative, measured against the state before all steps.
        Of each domain 40 fixes are tried, those whose faults the most reports show:
        ``untried_fix_count`` is how many others its failures call for.
        """
        if "fixes" not in self._kept:
            todays = todays_question(self._asked.question, self._asked.state.since)
            rows = ladder(*left(todays, self._asked.done))
            whole = self.by_domain.set_index("policy_domain")
            of_row = whole.reindex(rows["policy_domain"])
            high = np.asarray(of_row["today_would_block_high"], dtype="float64")
            share = np.asarray(of_row["today_would_block_share"], dtype="float64")
            per_session = share / np.maximum(1.0, high)
            self._kept["fixes"] = with_shares(rows, per_session)
        return self._kept["fixes"]

    @property
    def before_today(self) -> pd.DataFrame:
        """What would have been refused in the period before today's, which is as long.

        Columns ``policy_domain before_since before_tested_session_count before_would_block_high
        before_would_block_share would_block_change would_block_change_low
        would_block_change_high``; the change is today's share less that before, so negative is
        better, and missing where one of them is. Its ends are a 95 % interval with days as
        clusters, missing where fewer than 8 days of one of the periods were tested.
        """
        rows, most = self._asked.state.before, self._asked.scale.honouring[1]
        today = self.by_domain[["policy_domain", "today_would_block_share"]]
        return with_change(rows, most, today)

    def after(
        self, fixes: Collection[str] | str, *, policy_domain: str | None = None
    ) -> "EnforceImpact":
        """Return the impact as it would be after some fixes.

        Parameters
        ----------
        fixes : collection of str, or str
            Ids as in `fixes`: ``add mx HOST``, ``repair certificate HOST``, ``repair TLS HOST``,
            ``enable STARTTLS HOST``, ``replace CNAME HOST``, ``drop mx HOST``,
            ``change id DOMAIN``, ``ask sender SENDER``.
        policy_domain : str, optional
            The only domain in which they are done; all domains with these hosts by default.

        Returns
        -------
        EnforceImpact
            The impact as if the reports were about the fixed domains; fixes add up over calls.

        Warns
        -----
        UnknownNameWarning
            A fix changes nothing, as no failure calls for it; the warning says which fix is
            nearest. It is no error, as one list of fixes may serve several archives.

        Notes
        -----
        A reporter names the first fault that it met, so a fixed host may show another one.
        After ``drop mx`` the sessions go to other hosts, and nobody has seen how they fare there:
        only the lower bound falls.
        Only the domains with these hosts are computed again, so that a fix in one of 50 domains
        takes tens of milliseconds for a year of reports.

        Examples
        --------
        >>> import tlsrpt_analysis as tlsrpt
        >>> tables = tlsrpt.load_reports("sample_reports/mail-ru")
        >>> impact = tlsrpt.enforce_impact(tables.select(policy_domains="example.com"))
        >>> fixed = impact.after("add mx mx2.example.com")
        >>> impact.by_domain["would_block_high"].item(), fixed.by_domain["would_block_high"].item()
        (177, 0)
        """
        wanted = [fixes] if isinstance(fixes, str) else list(fixes)
        for fix in wanted:
            parse_fix(fix)
        asked = self._asked
        added = {(policy_domain, fix) for fix in wanted}
        done = asked.done | added
        domains = affected_domains(asked.question, added)
        warn_of_unknown(wanted, self._known_fixes(wanted, policy_domain), UNKNOWN_FIX)
        fixed = state(asked.question.of(domains), done)
        return impact_of(replace(asked, done=done, state=asked.state.replaced(fixed, domains)))

    def _known_fixes(self, wanted: Collection[str], policy_domain: str | None) -> set[str]:
        """Return the fixes that change something: those of the ladder, and of hosts that failed."""
        known = {fix for _, fix in self._asked.done}
        if all(fix in known for fix in wanted):
            return known
        question = self._asked.question
        known |= {fix for fix in wanted if affected_domains(question, {(None, fix)})}
        if not all(fix in known for fix in wanted):
            rows = self.fixes
            is_there = rows["policy_domain"].eq(policy_domain) if policy_domain else slice(None)
            known |= set(rows.loc[is_there, "fix"])
        return known

    def with_options(
        self,
        *,
        honouring_share: float | Bounds | None = None,
        sessions_per_message: float | Bounds = SESSIONS_PER_MESSAGE,
        sessions_per_message_in_testing: float | Bounds = SESSIONS_PER_MESSAGE_IN_TESTING,
    ) -> "EnforceImpact":
        """Return the same impact, fixes included, on another scale.

        Parameters
        ----------
        honouring_share, sessions_per_message, sessions_per_message_in_testing
            As for `enforce_impact`; an option that is left out takes its default there.

        Returns
        -------
        EnforceImpact
            What `enforce_impact` returns with these options, without going through the reports
            again: tens of milliseconds for a year of 50 domains.

        Examples
        --------
        >>> import tlsrpt_analysis as tlsrpt
        >>> from tlsrpt_analysis.tables import empty_tables
        >>> len(tlsrpt.enforce_impact(empty_tables()).with_options(honouring_share=0.4).by_domain)
        0
        """
        asked = self._asked
        weighed, scale = scale_of(
            asked.question.sessions,
            inbound_share=asked.inbound_share,
            honouring_share=honouring_share,
            sessions_per_message=sessions_per_message,
            sessions_per_message_in_testing=sessions_per_message_in_testing,
        )
        return impact_of(replace(asked, weighed=weighed, scale=scale))

    def plan(
        self,
        start: dt.date | str | None = None,
        *,
        policy_domain: str | Collection[str] | None = None,
        record_ttl: int = DAY_SECONDS,
    ) -> ChangePlan:
        """Plan the way to enforce mode: dated steps, each with what to see before the next.

        Parameters
        ----------
        start : date or str, optional
            The first day; the day after the last report by default.
        policy_domain : str or collection of str, optional
            The only domains to plan for; all by default.
        record_ttl : int, default 86400
            The TTL of the TXT record of ``_mta-sts`` in seconds; a day suits any usual one.

        Returns
        -------
        ChangePlan
            ``steps`` and ``by_domain`` as frames, ``to_markdown()`` and ``to_ics()``.
            A domain that is ready switches on the first day; others change their policy and repair
            their hosts first and stay in testing mode for as many clean days as ``ready`` takes.
            Enforce mode begins with a ``max_age`` of a day, which is raised after 14 days.

        Examples
        --------
        >>> import tlsrpt_analysis as tlsrpt
        >>> from tlsrpt_analysis.tables import empty_tables
        >>> len(tlsrpt.enforce_impact(empty_tables()).plan("2026-12-01").steps)
        0
        """
        asked = self._asked
        day = first_day(start, [one.last_day for one in asked.question.reported.values()])
        begin = Start(
            asked.tables, asked.question, asked.state, asked.done, self.fixes, day,
            max(1, -(-record_ttl // DAY_SECONDS)),
        )  # fmt: skip
        wanted = [policy_domain] if isinstance(policy_domain, str) else policy_domain
        domains = None if wanted is None else [normalize_domain(name) for name in wanted]
        return change_plan(situations(begin, domains), day)

    def _repr_html_(self) -> str:
        """Show how many domains have each verdict, then each domain, the most urgent first."""
        return impact_html(self.by_domain)


def scale_of(
    sessions: pd.DataFrame,
    *,
    inbound_share: pd.DataFrame | None,
    honouring_share: float | Bounds | None,
    sessions_per_message: float | Bounds,
    sessions_per_message_in_testing: float | Bounds,
) -> tuple[Inbound, Scale]:
    """Return the weights of reporters, and how sessions become a share of mail."""
    weighed = inbound(sessions, inbound_share=inbound_share, honouring_share=honouring_share)
    enforced, testing = (
        bounds_of(given, name, least=1, most=1000)
        for name, given in (
            ("sessions_per_message", sessions_per_message),
            ("sessions_per_message_in_testing", sessions_per_message_in_testing),
        )
    )
    return weighed, Scale(weighed.honouring, enforced, testing)


def impact_of(asked: Asked) -> EnforceImpact:
    """Return the impact that the sums of a state make on a scale."""
    frames = impact_frames(asked.state, asked.scale, asked.weighed)
    return EnforceImpact(*frames, asked)
