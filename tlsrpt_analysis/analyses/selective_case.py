"""A failing reporter since its onset: how steadily it fails, and whether that is over."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.comparison import Comparison, ReporterDays
from tlsrpt_analysis.analyses.onset import Onset
from tlsrpt_analysis.analyses.proportions import clustered_interval

FEWEST_FAILING_DAYS = 3

CONSISTENT_SHARE = 0.2
"""A selective failure shows on at least a fifth of the days since it began.

Where the sessions of a day share their fate, one in five that fails leaves most days clean.
"""

SMALLEST_SHARE = 0.05
"""The failing share is 5 % for sure: the lower end of its interval."""

SEEN_SHARE = 0.5
"""On fewer of the days it is not known whether a reporter without a report had only successes."""

CLEAN_DAYS = 7
"""A fault may be over when the reporter's days since its last failure span a week."""

OVER_CHANCE = 0.01
"""It is over when so many clean days were that unlikely if it went on as before."""


@dataclass(frozen=True, slots=True)
class Case:
    """A failing reporter of one domain and policy type since its onset, and its comparisons."""

    policy_domain: str | None
    policy_type: str | None
    failing: ReporterDays
    onset: Onset | None
    period_days: int
    comparisons: tuple[Comparison, ...]
    receiving_mx_hostname: str | None
    result_type: str | None

    @property
    def reports_failures_only(self) -> bool:
        """Whether it reported on few days, and on each of them a failure, as mox does."""
        days = len(self.failing.days)
        return self.failing.failing_days == days and days < SEEN_SHARE * self.period_days

    @property
    def is_steady(self) -> bool:
        """Whether it fails on enough of its days."""
        return self.failing.failing_days >= CONSISTENT_SHARE * len(self.failing.days)

    @property
    def is_brief(self) -> bool:
        """Whether it fails steadily, but on too few days so far."""
        return self.is_steady and self.failing.failing_days < FEWEST_FAILING_DAYS

    @property
    def last_failing_day(self) -> dt.date:
        """The last day with a failure."""
        return self.failing.days[int(np.flatnonzero(self.failing.failures)[-1])]

    @property
    def is_over(self) -> bool:
        """Whether it failed until some day, and then had clean days that chance does not give."""
        at_fault = np.flatnonzero(self.failing.failures)
        first, last = int(at_fault[0]), int(at_fault[-1])
        clean_days = len(self.failing.days) - last - 1
        spared = 1 - len(at_fault) / (last - first + 1)
        is_a_week = (self.failing.days[-1] - self.last_failing_day).days >= CLEAN_DAYS
        return is_a_week and spared**clean_days < OVER_CHANCE

    @property
    def is_consistent(self) -> bool:
        """Whether it fails on enough of its days, and by a share that matters."""
        low, _ = clustered_interval(self.failing.sessions, self.failing.failures)
        return self.is_steady and low >= SMALLEST_SHARE
