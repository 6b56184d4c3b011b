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

COUNTS = ["tested_session_count", *BOUNDS, "newly_passed_count", *REPORTED]
SHARES = ["would_block_share_low", "would_block_share_high"]
KEYS = ["policy_domain", "reporter", "day"]

STRAY_SHARE = 0.001
"""At a host that was not listed, so many sessions may fail for reasons that nobody saw there."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the reports count under the other policy.

    `refused` are the failures that go on to be refused; `newly_passed` are, for each policy result,
    those that pass because their host is listed; `passed_low` and `passed_high` bound the sessions
    that were not refused and would have been; `passed_hosts` names their host, where one alone can
    be meant; `newly_passed_hosts` are the sessions that pass by host.
    """

    refused: Refusals
    newly_passed: Integers
    newly_passed_hosts: pd.DataFrame
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
        result = refused.results["day_key"].to_numpy("int64")
        columns["newly_passed_count"] = summed(result, self.newly_passed, size)
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
        parts = (failing, passed, self.newly_passed_hosts)
        frames = [frame for frame in parts if len(frame)] or [failing]
        joined = pd.concat(frames, ignore_index=True)
        names = [*BOUNDS, "newly_passed_count"]
        rows = joined.reindex(columns=[HOST, *names]).fillna(dict.fromkeys(names, 0))
        sums = with_strays(grouped(rows, [HOST])[names].sum().astype("int64").reset_index())
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
    left = refused.without(outcomes == Outcome.PASSES, outcomes == Outcome.UNKNOWN)
    relieved = before["would_block_high"] - left.by_result()["would_block_high"]
    low = np.where(is_refused, np.maximum(0, sessions - before["would_block_high"]), 0)
    high = np.where(is_any, np.maximum(0, sessions - before["would_block_low"]), 0)
    return Replayed(
        left,
        np.maximum(0, relieved),
        _newly_passed_hosts(refused, outcomes),
        low.astype("int64"),
        high.astype("int64"),
        hosts,
        refused.by_day(),
    )


def _newly_passed_hosts(refused: Refusals, outcomes: Objects) -> pd.DataFrame:
    details = refused.details[np.asarray(outcomes == Outcome.PASSES, dtype="bool")]
    counts = grouped(details.astype({HOST: "str"}), [HOST])["count"].sum()
    return counts.rename("newly_passed_count").reset_index()


def with_strays(rows: pd.DataFrame) -> pd.DataFrame:
    """Raise the upper bounds by the stray failures that a mismatch may have hidden.

    With n sessions that pass now, those of `STRAY_SHARE` and two standard deviations more, and at
    least one; never more than n.
    """
    passed = rows["newly_passed_count"].to_numpy("float64")
    mean = STRAY_SHARE * passed
    strays = np.minimum(passed, np.ceil(mean + 2 * np.sqrt(mean)))
    return rows.assign(would_block_high=rows["would_block_high"] + strays.astype("int64"))


def summed_by(days: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Add up days, and add hidden strays and the shares of tested sessions."""
    return with_shares(with_strays(grouped(days, keys)[COUNTS].sum().reset_index()))


def with_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the shares of tested sessions to rows of counts."""
    tested = rows["tested_session_count"].to_numpy("float64")
    whole = np.where(tested > 0, tested, np.nan)
    shares = {share: rows[name] / whole for share, name in zip(SHARES, BOUNDS, strict=True)}
    return rows.assign(**shares)
