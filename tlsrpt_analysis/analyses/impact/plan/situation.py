"""Where a domain stands when its plan begins: all that its steps are made of."""

import datetime as dt
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import ADD_MX, NOT_GIVEN, Fix
from tlsrpt_analysis.analyses.impact.domain_facts import DomainFacts, Period
from tlsrpt_analysis.analyses.impact.needs import needs
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.analyses.impact.state import State, outlooks
from tlsrpt_analysis.analyses.impact.verdict import FEWEST_REPORTERS
from tlsrpt_analysis.analyses.policy.reported import latest_policies
from tlsrpt_analysis.analyses.statistics.clean_days import USUAL_CORRELATION
from tlsrpt_analysis.analyses.statistics.intervals import wilson_interval
from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy
from tlsrpt_analysis.tables import ReportTables

DAY_SECONDS = 86_400
MOST_CHANGES = 6
"""Changes that are steps of their own; later repairs of one kind are done together."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The share of tested sessions that is refused: an interval of 95 %, days as clusters.

    Of fewer than eight days it is Wilson's, with the usual correlation of the sessions of a day;
    `most` is the upper bound of the counts, without their uncertainty.
    """

    low: float
    high: float
    most: float = 0.0

    @classmethod
    def of(cls, period: Period) -> "Expected":
        """Return what a period shows."""
        least = period.share_low / period.share if period.share else 0.0
        low, high = period.limit_low, period.limit
        if math.isnan(high):  # too few days for their own spread
            low, high = _usual_interval(period)
        return cls(least * low, max(period.share, high), period.share)


def _usual_interval(period: Period) -> tuple[float, float]:
    """Return the interval of a few days, whose sessions correlate as usual."""
    if not period.tested:
        return 0.0, 1.0
    a_day = period.tested / max(1, period.days)
    effective = period.tested / (1 + USUAL_CORRELATION * max(0.0, a_day - 1))
    return wilson_interval(period.share * effective, effective)


@dataclass(frozen=True, slots=True)
class Change:
    """Fixes that are done together: all new lines of a policy, or one repair."""

    kind: str
    fixes: tuple[str, ...]
    hosts: tuple[str, ...]
    responsible: str
    cure: str
    expected: Expected

    @property
    def is_policy(self) -> bool:
        """Whether the text of the policy is changed."""
        return self.kind == ADD_MX


@dataclass(frozen=True, slots=True)
class Situation:
    """A domain before the first step of its plan.

    Attributes
    ----------
    facts : DomainFacts
        What its reports say.
    verdict, reasons : str
        Whether it can switch today, and why.
    live : MtaStsPolicy or None
        The latest reported policy, where one was reported.
    hosts : tuple of str
        The hosts of its MX records, where they are known.
    changes : tuple of Change
        What can be fixed, in order.
    expected : Expected
        What is refused before the first step.
    start : date
        The first day of the plan.
    record_days : int
        Days after which every sender sees a new TXT record: its TTL.
    clean_days : int or None
        How many clean days make the domain ready after the changes.
    untried_fix_count : int
        How many more fixes its failures call for, which were not tried.
    unplaced : tuple of str
        The cures that wait until somebody knows the host, as reports do not name it.
    """

    facts: DomainFacts
    verdict: str
    reasons: str
    live: MtaStsPolicy | None
    hosts: tuple[str, ...]
    changes: tuple[Change, ...]
    expected: Expected
    start: dt.date
    record_days: int
    clean_days: int | None
    untried_fix_count: int = 0
    unplaced: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The policy domain."""
        return self.facts.policy_domain or ""

    @property
    def has_too_few_reporters(self) -> bool:
        """Whether the verdict cannot become ready with the reporters that tested so far."""
        return len(self.facts.reporters) < FEWEST_REPORTERS

    @property
    def left(self) -> Expected:
        """What is refused after all changes."""
        return self.changes[-1].expected if self.changes else self.expected

    @property
    def new_hosts(self) -> tuple[str, ...]:
        """The hosts that a change lists in the policy."""
        return tuple(host for change in self.changes if change.is_policy for host in change.hosts)

    @property
    def unknown_hosts(self) -> tuple[str, ...]:
        """Those of the new hosts that no MX record is known to name."""
        return tuple(host for host in self.new_hosts if host not in self.hosts)

    @property
    def age_days(self) -> int:
        """Days until the policy that senders hold today has expired everywhere."""
        return 0 if self.live is None else -(-self.live.max_age // DAY_SECONDS)


@dataclass(frozen=True, slots=True)
class Start:
    """What a plan starts from: the reports, the question, its answer, and the first day."""

    tables: ReportTables
    question: Question
    state: State
    done: frozenset[Fix]
    fixes: pd.DataFrame
    day: dt.date
    record_days: int


def first_day(start: dt.date | str | None, last_days: Collection[dt.date]) -> dt.date:
    """Return the first day of a plan: the given one, or the day after the last report."""
    if start is None:
        return max(last_days, default=dt.date(1970, 1, 1)) + dt.timedelta(1)
    if isinstance(start, dt.datetime):
        return start.date()
    if isinstance(start, dt.date):
        return start
    try:
        return dt.date.fromisoformat(start)
    except ValueError:
        raise PolicyError(f"start must be a day such as 2026-12-01; it is {start[:80]!r}") from None


def situations(start: Start, domains: Collection[str] | None = None) -> list[Situation]:
    """Return the situation of each domain that has a name, in their order.

    Parameters
    ----------
    start : Start
        What the plan starts from.
    domains : collection of str, optional
        Only these.
    """
    chosen = [
        (facts, judgement)
        for facts, judgement in zip(start.state.facts, start.state.verdicts, strict=True)
        if facts.policy_domain and (domains is None or facts.policy_domain in domains)
    ]
    wanted = {str(facts.policy_domain) for facts, _ in chosen}
    changes, clean_days = _expected(start, {name: _changes(start, name) for name in wanted})
    live = latest_policies(start.tables)
    untried = start.fixes.groupby("policy_domain")["untried_fix_count"].max()
    hosts = _hosts_of(start.question)
    return [
        Situation(
            facts,
            judgement.verdict,
            judgement.reasons,
            live.get(name := str(facts.policy_domain)),
            hosts.get(name, ()),
            changes[name],
            Expected.of(facts.today),
            start.day,
            start.record_days,
            clean_days.get(name, facts.clean_days),
            int(untried.get(name, 0)),
            _unplaced(start, name),
        )
        for facts, judgement in chosen
    ]


def _unplaced(start: Start, domain: str) -> tuple[str, ...]:
    """Return the cures of a domain whose host has to be found first."""
    rows = _ladder(start, domain)
    return tuple(map(str, rows.loc[_is_unplaced(rows), "cure"]))


def _ladder(start: Start, domain: str) -> pd.DataFrame:
    rows = start.fixes[start.fixes["policy_domain"].eq(domain) & start.fixes["step"].notna()]
    return rows.sort_values("step")


def _is_unplaced(rows: pd.DataFrame) -> pd.Series:
    return rows["fix"].str.endswith(f" {NOT_GIVEN}")


def _changes(start: Start, domain: str) -> tuple[Change, ...]:
    """Return the steps of a domain's ladder, with all new lines of its policy as one."""
    rows = _ladder(start, domain)
    steps = rows[~_is_unplaced(rows)].to_dict("records")
    lines = [row for row in steps if row["kind"] == ADD_MX]
    found: list[Change] = []
    for row in steps:
        together = lines if row["kind"] == ADD_MX else [row]
        if row is together[0]:
            named = [row["receiving_mx_hostname"] for row in together]
            found.append(
                Change(
                    str(row["kind"]),
                    tuple(str(one["fix"]) for one in together),
                    tuple(host for host in named if isinstance(host, str)),
                    str(row["responsible"]),
                    str(row["cure"]),
                    Expected(0.0, 1.0),
                )
            )
    return _few(found)


def _few(found: list[Change]) -> tuple[Change, ...]:
    """Join the repairs of one kind after the first ones, as a report may name any number of hosts."""
    few, rest = found[:MOST_CHANGES], found[MOST_CHANGES:]
    for kind in dict.fromkeys(change.kind for change in rest):
        alike = [change for change in rest if change.kind == kind]
        fixes = tuple(fix for change in alike for fix in change.fixes)
        hosts = tuple(host for change in alike for host in change.hosts)
        few.append(replace(alike[0], fixes=fixes, hosts=hosts))
    return tuple(few)


def _expected(
    start: Start, changes: Mapping[str, tuple[Change, ...]]
) -> tuple[dict[str, tuple[Change, ...]], dict[str, int | None]]:
    """Add what is expected after each change; the n-th changes of all domains are one question.

    Returns
    -------
    tuple of dict
        The changes, and the clean days needed after all of them, by domain.
    """
    found: dict[str, list[Change]] = {domain: [] for domain in changes}
    clean: dict[str, int | None] = {}
    question = start.question.of([domain for domain, own in changes.items() if own])
    needed = needs(question)
    for count in range(1, 1 + max(map(len, changes.values()), default=0)):
        asked = {domain: own for domain, own in changes.items() if len(own) >= count}
        done = {*start.done, *_fixes(asked, count)}
        for outlook in outlooks(question.of(asked), done, needed.of(asked)):
            own = changes[outlook.policy_domain][count - 1]
            found[outlook.policy_domain].append(replace(own, expected=Expected.of(outlook.today)))
            clean[outlook.policy_domain] = outlook.clean_days
    return {domain: tuple(own) for domain, own in found.items()}, clean


def _fixes(changes: Mapping[str, tuple[Change, ...]], count: int) -> Iterator[Fix]:
    for domain, own in changes.items():
        for change in own[:count]:
            yield from ((domain, fix) for fix in change.fixes)


def _hosts_of(question: Question) -> dict[str, tuple[str, ...]]:
    if question.records is None:
        return {}
    by_domain = question.records.groupby("policy_domain")["mx_hostname"]
    return {str(domain): tuple(map(str, names)) for domain, names in by_domain}
