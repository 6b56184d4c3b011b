"""Two reporters' failure shares compared, where the sessions of one day are not independent.

Fisher's exact test on counts divided by their design effect, days as clusters (Rao-Scott).
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.proportions import (
    Counts,
    borrowed_design_effect,
    design_effect,
)
from tlsrpt_analysis.analyses.sessions import session_counts

FEWEST_OTHER_DAYS = 3

FEWEST_EXPECTED = 5.0
"""The other reporter must have had traffic for five failures at the failing one's share."""

CLEAN_RATIO = 0.1
"""A clean reporter fails at most a tenth as often as the failing one."""


@dataclass(frozen=True, slots=True)
class ReporterDays:
    """The sessions and failed sessions of one reporter on each day with sessions, in order."""

    reporter: str
    days: tuple[dt.date, ...]
    sessions: Counts
    failures: Counts

    def since(self, first: dt.date) -> "ReporterDays":
        """Give the days from one day on."""
        kept = np.array([day >= first for day in self.days], dtype="bool")
        days = tuple(day for day in self.days if day >= first)
        return ReporterDays(self.reporter, days, self.sessions[kept], self.failures[kept])

    @property
    def session_count(self) -> float:
        """All sessions."""
        return float(self.sessions.sum())

    @property
    def failure_count(self) -> float:
        """All failed sessions."""
        return float(self.failures.sum())

    @property
    def share(self) -> float:
        """Failed sessions per session."""
        return self.failure_count / max(1.0, self.session_count)

    @property
    def failing_days(self) -> int:
        """Days with a failure."""
        return int(np.count_nonzero(self.failures))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A failing reporter beside another: whether that is clean, and whether we could tell."""

    failing: ReporterDays
    other: ReporterDays
    other_effect: float
    p_value: float

    @property
    def expected(self) -> float:
        """Failures that the other would have had at the failing one's share."""
        return self.failing.share * self.other.session_count

    @property
    def is_tellable(self) -> bool:
        """Whether the other had enough days and sessions for its failures to show."""
        enough = self.expected / self.other_effect >= FEWEST_EXPECTED
        return enough and len(self.other.days) >= FEWEST_OTHER_DAYS

    @property
    def is_cleaner(self) -> bool:
        """Whether the other fails at most a tenth as often."""
        return self.other.share <= CLEAN_RATIO * self.failing.share


def reporter_days(reporter: str, rows: pd.DataFrame) -> ReporterDays:
    """Add up rows of ``policies`` to the days of one reporter; days without sessions fall out."""
    counts = pd.DataFrame(
        {
            "day": rows["day"],
            "sessions": session_counts(rows),
            "failures": rows["total_failure_session_count"],
        }
    )
    daily = counts.groupby("day").sum().sort_index()
    daily = daily[daily["sessions"] > 0]
    sessions, failures = (np.asarray(daily[name], dtype="float64") for name in daily.columns)
    return ReporterDays(reporter, tuple(daily.index), sessions, failures)


def compare(failing: ReporterDays, other: ReporterDays) -> Comparison:
    """Compare a failing reporter with another one.

    Returns
    -------
    Comparison
        Its p-value is one-sided: how likely so many more failures of the failing one are, if both
        failed alike.

    Examples
    --------
    >>> days = tuple(dt.date(2026, 8, day) for day in range(1, 11))
    >>> ten = np.full(10, 10.0)
    >>> pair = compare(ReporterDays("B", days, ten, ten - 1), ReporterDays("A", days, ten, ten * 0))
    >>> pair.p_value < 1e-6, pair.is_tellable, pair.expected
    (True, True, 90.0)
    """
    effect = design_effect(failing.sessions, failing.failures)
    borrowed = borrowed_design_effect(effect, failing.sessions, other.sessions)
    other_effect = max(borrowed, design_effect(other.sessions, other.failures))
    from scipy.stats import fisher_exact  # noqa: PLC0415 - half of the time of the first import

    table = np.array([_effective(failing, effect), _effective(other, other_effect)])
    p_value = float(fisher_exact(table, alternative="greater").pvalue)
    return Comparison(failing, other, other_effect, p_value)


def _effective(days: ReporterDays, effect: float) -> tuple[int, int]:
    failures = round(days.failure_count / effect)
    return failures, max(0, round(days.session_count / effect) - failures)
