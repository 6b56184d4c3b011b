"""The sessions that another policy would have refused, counted by day, month, reporter and host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.numbering import summed
from tlsrpt_analysis.analyses.refusals import BOUNDS, Refusals
from tlsrpt_analysis.analyses.replay.outcomes import Outcome, Passed, Texts
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.arrays import Integers, Objects

REPORTED = ["reported_would_block_low", "reported_would_block_high"]
"""What the policies that senders applied on these days refused, or would have in enforce mode."""

COUNTS = ["tested_session_count", *BOUNDS, *REPORTED]
SHARES = ["would_block_share_low", "would_block_share_high"]
KEYS = ["policy_domain", "reporter", "day"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the reports count under the other policy.

    `refused` are the failures that go on to be refused; `passed_low` and `passed_high` bound, for
    each policy result, the sessions that were not refused and would have been; `passed_hosts` names
    their host, where one alone can be meant.
    """

    refused: Refusals
    passed_low: Integers
    passed_high: Integers
    passed_hosts: Objects
    reported: pd.DataFrame

    def by_day(self) -> pd.DataFrame:
        """Return `KEYS` and `COUNTS`, a row for each day of a reporter with tested sessions."""
        refused = self.refused
        days = refused.tested_days().rename(columns={"session_count": "tested_session_count"})
        size = len(days)
        bounds = self._day_bounds(size)
        tested = days["tested_session_count"].to_numpy("int64")
        columns: dict[str, Integers] = {
            name: np.minimum(tested, values) for name, values in zip(BOUNDS, bounds, strict=True)
        }
        day = self.reported["day_key"].to_numpy("int64")
        for name, source in zip(REPORTED, BOUNDS, strict=True):
            columns[name] = np.minimum(tested, summed(day, self.reported[source], size))
        return days[[*KEYS, "tested_session_count"]].assign(**columns)

    def _day_bounds(self, size: int) -> tuple[Integers, Integers]:
        failing = self.refused.by_day()
        day = failing["day_key"].to_numpy("int64")
        of_result = self.refused.results["day_key"].to_numpy("int64")
        low, high = (summed(day, failing[name], size) for name in BOUNDS)
        passed_low, passed_high = (
            summed(of_result, values, size) for values in (self.passed_low, self.passed_high)
        )
        return low + passed_low, high + passed_high

    def by_host(self) -> pd.DataFrame:
        """Return ``receiving_mx_hostname`` and the bounds; a host that is not known is missing."""
        failing = self.refused.by_day([HOST])[[HOST, *BOUNDS]].astype({HOST: "str"})
        some = self.passed_high > 0
        passed = pd.DataFrame(
            {
                HOST: pd.Series(self.passed_hosts[some], dtype="str"),
                BOUNDS[0]: self.passed_low[some],
                BOUNDS[1]: self.passed_high[some],
            }
        )
        frames = [frame for frame in (failing, passed) if len(frame)] or [failing]
        sums = grouped(pd.concat(frames, ignore_index=True), [HOST])[BOUNDS].sum().reset_index()
        return sums.sort_values([BOUNDS[1], HOST], ascending=[False, True], ignore_index=True)


def replayed(
    refused: Refusals, outcomes: Objects, texts: Texts, passed: Mapping[int, Passed]
) -> Replayed:
    """Count what another policy would have refused.

    Parameters
    ----------
    refused : Refusals
        The tested sessions under the policies that senders applied.
    outcomes : array of int
        The `Outcome` of each failure detail.
    texts : Texts
        The patterns of each policy result.
    passed : mapping of int to Passed
        What becomes of the passed sessions under each text, by its number.
    """
    before = refused.by_result()
    sessions = refused.results["sessions"].to_numpy("int64")
    outcome = np.array([passed[text].outcome for text in texts.number], dtype="int64")
    is_refused, is_any = outcome == Outcome.REFUSED, outcome != Outcome.PASSES
    hosts = np.array([passed[text].host for text in texts.number], dtype=object)
    low = np.where(is_refused, np.maximum(0, sessions - before["would_block_high"]), 0)
    high = np.where(is_any, np.maximum(0, sessions - before["would_block_low"]), 0)
    return Replayed(
        refused.without(outcomes == Outcome.PASSES, outcomes == Outcome.UNKNOWN),
        low.astype("int64"),
        high.astype("int64"),
        hosts,
        refused.by_day(),
    )


def summed_by(days: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Add up days, and add the shares of tested sessions."""
    return with_shares(grouped(days, keys)[COUNTS].sum().reset_index())


def with_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the shares of tested sessions to rows of counts."""
    tested = rows["tested_session_count"].to_numpy("float64")
    whole = np.where(tested > 0, tested, np.nan)
    shares = {share: rows[name] / whole for share, name in zip(SHARES, BOUNDS, strict=True)}
    return rows.assign(**shares)
