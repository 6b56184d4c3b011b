"""What is refused in each domain today, and how many clean days it needs: all that a plan asks."""

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.domain_facts import Period
from tlsrpt_analysis.analyses.impact.evidence import Days, Evidence, text
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.analyses.impact.sums import Scale, scaled
from tlsrpt_analysis.analyses.numbering import day_of

Row = Mapping[Hashable, object]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is refused in a domain today, and how many clean days make it ready."""

    policy_domain: str
    today: Period
    clean_days: int | None


def domain_outlooks(today: pd.DataFrame, *, question: Question, days: Days) -> list[Outlook]:
    """Return the outlook of each named domain, as far as its facts have it.

    Parameters
    ----------
    today : DataFrame
        The sums of the domains on today's days.
    question, days : Question, Days
        As for `domain_facts`.
    """
    evidence = Evidence(days)
    return [
        Outlook(domain, period, evidence.clean_days(domain))
        for domain, period in todays_periods(today, question, days, evidence).items()
        if domain
    ]


def todays_periods(
    today: pd.DataFrame, question: Question, days: Days, evidence: Evidence
) -> dict[str | None, Period]:
    """Return what was refused on today's days of each domain, from their sums."""
    rows = by_domain(scaled(today, Scale()), today["policy_domain"])
    periods = {}
    for domain, window in by_domain(days.todays, days.todays["policy_domain"]).items():
        since, until = (day_of(count(window, end)) for end in ("since", "until"))
        period = period_of(
            rows.get(domain, {}), max(since, question.reported[domain].first_day), until
        )
        because = str(window["because"])
        periods[domain] = replace(period, days=evidence.days(domain), because=because)
    return periods


def by_domain(rows: pd.DataFrame, domains: pd.Series) -> dict[str | None, Row]:
    """Return the row of each domain."""
    names = [text(name) for name in domains]
    return dict(zip(names, rows.to_dict("records"), strict=True))


def period_of(row: Row, since: dt.date, until: dt.date) -> Period:
    """Return what a row of sums and shares says of a period."""
    return Period(
        since,
        until,
        count(row, "tested_session_count"),
        count(row, "would_block_low"),
        count(row, "would_block_high"),
        _low_share(row),
        _number(row, "would_block_share", 0.0),
        _number(row, "would_block_share_low"),
        _number(row, "would_block_share_high"),
    )


def _low_share(row: Row) -> float:
    """Return the lower bound as a share, weighted as the upper one is."""
    low, high = count(row, "would_block_low"), count(row, "would_block_high")
    return _number(row, "would_block_share", 0.0) * low / high if high else 0.0


def count(row: Row, name: str) -> int:
    """Return a count of a row, 0 where it has none."""
    return int(float(row.get(name, 0)))  # type: ignore[arg-type]


def _number(row: Row, name: str, missing: float = float("nan")) -> float:
    value = float(row.get(name, missing))  # type: ignore[arg-type]
    return missing if np.isnan(value) else value
