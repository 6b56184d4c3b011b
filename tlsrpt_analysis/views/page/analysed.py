"""All results that a page shows, computed once for all of its domains."""

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.causes.diagnose import causes_of
from tlsrpt_analysis.analyses.coverage import coverage
from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact
from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
from tlsrpt_analysis.analyses.impact.plan.change_plan import ChangePlan
from tlsrpt_analysis.analyses.mx_hosts.failure_share_by_mx import failure_share_by_mx
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.readiness.readiness import refused_by_week
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views.page.bases import Bases, bases
from tlsrpt_analysis.views.page.linked import linked_facts
from tlsrpt_analysis.views.page.worst_first import worst_first
from tlsrpt_analysis.views.shares_in_words import is_missing

DOMAIN = "policy_domain"

Row = dict[Hashable, Any]
"""A row of a frame: what each column holds is said by the analysis."""


class ByDomain:
    """A frame that is asked for the rows of one domain at a time."""

    __slots__ = ("_columns", "_places")

    def __init__(self, frame: pd.DataFrame) -> None:
        self._columns = {name: frame[name].astype("object").to_numpy() for name in frame.columns}
        self._places: dict[object, list[int]] = {}
        for place, domain in enumerate(self._columns[DOMAIN]):
            self._places.setdefault(domain, []).append(place)

    def of(self, domain: str) -> list[Row]:
        """Return the rows of a domain."""
        return [
            {name: column[place] for name, column in self._columns.items()}
            for place in self._places.get(domain, ())
        ]


@dataclass(frozen=True, slots=True)
class Analysed:
    """The results behind a page; ``causes`` to ``changes`` are asked domain by domain."""

    tables: ReportTables
    by_domain: pd.DataFrame
    bases: Bases
    causes: ByDomain = field(repr=False)
    fixes: ByDomain = field(repr=False)
    senders: ByDomain = field(repr=False)
    covered: ByDomain = field(repr=False)
    selective: ByDomain = field(repr=False)
    hosts: ByDomain = field(repr=False)
    plan: ByDomain = field(repr=False)
    linked_facts: pd.DataFrame = field(repr=False)
    weeks: ByDomain = field(repr=False)
    changes: ByDomain = field(repr=False)


def analysed(  # noqa: PLR0913 - each is a choice of its own, by keyword
    tables: ReportTables,
    impact: EnforceImpact | None,
    *,
    start: dt.date,
    most_plans: int | None = None,
    findings: ProbeFindings | pd.DataFrame | None = None,
    mx_preferences: pd.DataFrame | None = None,
) -> Analysed:
    """Return the results for a page about all domains of the tables.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    impact : EnforceImpact, optional
        What `enforce_impact` returned for them, if it is there already.
    start : date
        The day on which the plan begins at the earliest.
    most_plans : int, optional
        Plan for so many domains only, the most urgent ones.
    findings : findings of a probe, or their checks, optional
        They confirm or refute causes.
    mx_preferences : DataFrame, optional
        The MX records.
    """
    impact = enforce_impact(tables) if impact is None else impact
    diagnosed = impact.diagnosed.about(tables, findings, mx_preferences)
    causes, comparisons = causes_of(diagnosed.diagnoses), diagnosed.selective
    weeks, changes = refused_by_week(tables)
    return Analysed(
        tables=tables,
        by_domain=impact.by_domain,
        bases=bases(tables),
        causes=ByDomain(causes),
        fixes=ByDomain(impact.fixes),
        senders=ByDomain(impact.by_reporter),
        covered=ByDomain(coverage(tables)),
        selective=ByDomain(comparisons[comparisons["verdict"] == "selective"]),
        hosts=ByDomain(failure_share_by_mx(tables)),
        plan=ByDomain(_plan(impact, start, most_plans).steps),
        linked_facts=linked_facts(tables, causes),
        weeks=ByDomain(weeks),
        changes=ByDomain(changes),
    )


def _plan(impact: EnforceImpact, start: dt.date, most: int | None) -> ChangePlan:
    domains = worst_first(impact.by_domain)["policy_domain"].dropna()
    wanted = None if most is None or len(domains) <= most else list(domains[:most])
    return impact.plan(_begin(impact, start), policy_domain=wanted)


def _begin(impact: EnforceImpact, start: dt.date) -> dt.date:
    """Return the first day of the plan: never one that the reports are about."""
    last = impact.by_domain["last_day"].max()
    return start if is_missing(last) else max(start, last.date() + dt.timedelta(days=1))
