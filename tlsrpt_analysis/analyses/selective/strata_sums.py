"""Running sums of strata over days, so that any stretch of days is a difference."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tlsrpt_analysis.analyses.numbering import starts
from tlsrpt_analysis.analyses.selective.counts import Strata
from tlsrpt_analysis.arrays import Floats, Integers


@dataclass(frozen=True, slots=True)
class RunningSums:
    """Rows of days as running sums."""

    sums: Floats

    @classmethod
    def of(cls, rows: Floats) -> "RunningSums":
        """Add up rows of days, with a row of zeros at the end."""
        sums = np.zeros((len(rows) + 1, rows.shape[1] + 1))
        np.cumsum(rows, axis=1, out=sums[:-1, 1:])
        return cls(sums)

    def between(self, row: Integers, first: Integers, last: Integers) -> Floats:
        """Add up the days of each row from the first to the last."""
        return np.asarray(self.sums[row, last + 1] - self.sums[row, first])


@dataclass(frozen=True)
class StrataSums:
    """The running sums of some strata, each made when it is first asked for."""

    strata: Strata
    cause_count: int

    @property
    def nothing(self) -> int:
        """Return the row of zeros among the sums of failures."""
        return len(self.strata.failures)

    def find_stratum(self, series: Integers, text: Integers) -> Integers:
        """Return the stratum of each series and policy text; the place after the last if none."""
        strata = self.strata
        texts = int(strata.stratum_text.max()) + 1
        return _find(strata.stratum_series * texts + strata.stratum_text, series * texts + text)

    def find_failures(self, stratum: Integers, cause: Integers | int) -> Integers:
        """Return the row of failures of each stratum and cause; `nothing` if there is none."""
        causes, strata = self.cause_count, self.strata
        return _find(strata.cause_stratum * causes + strata.cause, stratum * causes + cause)

    @cached_property
    def hosts(self) -> Integers:
        """Return the marks of the MX hosts of each row of failures."""
        return np.append(self.strata.hosts, 0)

    @cached_property
    def series_sessions(self) -> RunningSums:
        """Return the sessions of each series under all policy texts."""
        firsts = starts(self.strata.stratum_series)
        return RunningSums.of(np.add.reduceat(self.strata.sessions, firsts, axis=0))

    @cached_property
    def sessions(self) -> RunningSums:
        """Return the sessions of each stratum."""
        return RunningSums.of(self.strata.sessions)

    @cached_property
    def session_squares(self) -> RunningSums:
        """Return the squared sessions of each stratum's days."""
        return RunningSums.of(self.strata.sessions**2)

    @cached_property
    def active_days(self) -> RunningSums:
        """Return the days with sessions of each stratum."""
        return RunningSums.of((self.strata.sessions > 0).astype("float64"))

    @cached_property
    def failures(self) -> RunningSums:
        """Return the failures of each stratum and cause."""
        return RunningSums.of(self.strata.failures)

    @cached_property
    def failure_squares(self) -> RunningSums:
        """Return the squared failures of the days of each stratum and cause."""
        return RunningSums.of(self.strata.failures**2)

    @cached_property
    def products(self) -> RunningSums:
        """Return the failures of each stratum and cause times the sessions of the day."""
        return RunningSums.of(
            self.strata.failures * self.strata.sessions[self.strata.cause_stratum]
        )


def _find(keys: Integers, wanted: Integers) -> Integers:
    """Return the place of each wanted key among sorted keys; the place after the last if none."""
    place = np.searchsorted(keys, wanted)
    is_met = keys[np.minimum(place, len(keys) - 1)] == wanted
    return np.where(is_met, place, len(keys)).astype("int64")
