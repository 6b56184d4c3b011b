"""Which policy senders saw on which day, and when it changed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers, summed
from tlsrpt_analysis.analyses.policy.reported import mx_patterns, policies_by_day
from tlsrpt_analysis.analyses.readiness.moments import DAY_WIDTH, Moments
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.tables import DAY

SHORTEST_DAYS = 3
"""A text that most sessions saw on fewer days, between two others that are equal, is no change."""

CHANGES = {
    "policy_domain": "str",
    "day": DAY,
    "policy_mode": "str",
    "mx": "str",
    "change": "str",
}

Lines = frozenset[str]


@dataclass(frozen=True, slots=True)
class PolicyHistory:
    """The policy that most sessions of a domain and day saw, by key of `Moments`."""

    keys: Integers
    modes: tuple[str | None, ...]
    lines: tuple[Lines, ...]

    @classmethod
    def of(cls, policies: pd.DataFrame, moments: Moments) -> "PolicyHistory":
        """Return the history in rows of ``policies``."""
        is_known = policies["policy_string"].notna() | policies["mx_host"].notna()
        rows = policies_by_day(policies[is_known])
        keys = moments.numbers_of(rows["policy_domain"]) * DAY_WIDTH + day_numbers(rows["day"])
        known = {
            pair: frozenset(mx_patterns(*pair))
            for pair in rows[["policy_string", "mx_host"]]
            .drop_duplicates()
            .itertuples(index=False, name=None)
        }
        pairs = zip(rows["policy_string"], rows["mx_host"], strict=True)
        modes = [mode if isinstance(mode, str) else None for mode in rows["policy_mode"]]
        order = np.argsort(keys, kind="stable")
        lines = [known[pair] for pair in pairs]
        return cls(
            keys[order],
            tuple(modes[at] for at in order),
            tuple(lines[at] for at in order),
        )

    def changes(self, names: tuple[str, ...]) -> pd.DataFrame:
        """Return the days on which the mode or the lines changed, and what changed."""
        rows: list[dict[str, object]] = []
        before: tuple[int, str | None, Lines] | None = None
        for key, mode, lines in self._runs():
            domain, day = divmod(key, DAY_WIDTH)
            if before is not None and before[0] == domain:
                rows.append(
                    {
                        "policy_domain": names[domain],
                        "day": np.datetime64(day, "D"),
                        "policy_mode": mode,
                        "mx": ", ".join(sorted(lines)),
                        "change": _change(before[1], before[2], mode, lines),
                    }
                )
            before = (domain, mode, lines)
        return pd.DataFrame(rows, columns=list(CHANGES)).astype(CHANGES)

    def _runs(self) -> list[tuple[int, str | None, Lines]]:
        """Return the first key of each run of equal policies, without short interruptions."""
        runs: list[tuple[int, str | None, Lines, int]] = []
        for key, mode, lines in zip(self.keys.tolist(), self.modes, self.lines, strict=True):
            domain = key // DAY_WIDTH
            is_same = runs and runs[-1][0] // DAY_WIDTH == domain and runs[-1][1:3] == (mode, lines)
            if is_same:
                runs[-1] = (*runs[-1][:3], runs[-1][3] + 1)
            elif _is_interrupted(runs, domain, mode, lines):
                runs.pop()
                runs[-1] = (*runs[-1][:3], runs[-1][3] + 1)
            else:
                runs.append((key, mode, lines, 1))
        return [run[:3] for run in runs]


def _is_interrupted(
    runs: list[tuple[int, str | None, Lines, int]], domain: int, mode: str | None, lines: Lines
) -> bool:
    if len(runs) < 2 or runs[-1][3] >= SHORTEST_DAYS:
        return False
    return runs[-2][0] // DAY_WIDTH == domain and runs[-2][1:3] == (mode, lines)


def _change(old_mode: str | None, old_lines: Lines, mode: str | None, lines: Lines) -> str:
    parts = [] if mode == old_mode else [f"mode {old_mode or 'unknown'} to {mode or 'unknown'}"]
    parts += [f"added {name}" for name in sorted(lines - old_lines)]
    parts += [f"removed {name}" for name in sorted(old_lines - lines)]
    return ", ".join(parts)


def days_of_policies(
    results: pd.DataFrame, history: PolicyHistory, moments: Moments
) -> dict[str, int]:
    """Return the day from which most tested sessions saw the policy of each moment.

    Parameters
    ----------
    results : DataFrame
        Policy results with tested sessions: ``policy_domain day policy_string mx_host sessions``.
    history : PolicyHistory
        The policies by day.
    moments : Moments
        The moments.

    Returns
    -------
    dict of str to int
        Days since 1970 by label; a moment before which the policy never changed is not in it.
    """
    results = results[results["policy_string"].notna() | results["mx_host"].notna()]
    texts, first = group_numbers(results, ["policy_string", "mx_host"])
    pairs = results[["policy_string", "mx_host"]].take(first).itertuples(index=False, name=None)
    lines = [frozenset(mx_patterns(*pair)) for pair in pairs]
    keys = moments.numbers_of(results["policy_domain"]) * DAY_WIDTH + day_numbers(results["day"])
    days, at = np.unique(keys, return_inverse=True)
    sessions = results["sessions"].to_numpy("int64")
    whole = summed(at, sessions, len(days))
    present = moments.positions_in(history.keys)
    old_days: dict[tuple[int, Lines], Integers] = {}
    found: dict[str, int] = {}
    for number, (domain, day) in enumerate(
        zip(moments.domain.tolist(), moments.day.tolist(), strict=True)
    ):
        wanted = history.lines[present[number]] if present[number] >= 0 else frozenset()
        if (domain, wanted) not in old_days:
            is_wanted = np.array([own == wanted for own in lines], dtype="bool")
            begin, end = np.searchsorted(days, [domain * DAY_WIDTH, (domain + 1) * DAY_WIDTH])
            is_in = (at >= begin) & (at < end)
            seen = summed(at[is_in] - begin, (sessions * is_wanted[texts])[is_in], end - begin)
            old_days[domain, wanted] = days[begin:end][2 * seen < whole[begin:end]] % DAY_WIDTH
        old = old_days[domain, wanted]
        last = int(np.searchsorted(old, day, side="right"))
        if last:
            found[str(number)] = int(old[last - 1]) + 1
    return found
