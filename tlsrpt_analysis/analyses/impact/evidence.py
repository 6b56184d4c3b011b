"""What the days of a domain show: how many were tested, what rose lately, and who fell silent."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.domain_facts import SilentReporter
from tlsrpt_analysis.analyses.impact.verdict import NEGLIGIBLE_SHARE
from tlsrpt_analysis.analyses.numbering import (
    day_numbers,
    day_of,
    days_numbered,
    group_numbers,
)
from tlsrpt_analysis.analyses.sessions import rows_by
from tlsrpt_analysis.analyses.statistics.clean_days import MOST_EVENTS, log_chance_of_none
from tlsrpt_analysis.analyses.statistics.intervals import CONFIDENCE_Z, wilson_intervals
from tlsrpt_analysis.analyses.today import FEWEST_DAYS, LONGEST_DAYS, READY_LIMIT, RECENT_DAYS
from tlsrpt_analysis.arrays import Booleans, Floats, Integers, Objects

FEWEST_REFUSED = 3
"""Fewer refused sessions since a day may be a single message."""

FEWEST_CLEAN_DAYS = 2
"""One clean day is said to be nothing."""

CLEAN_CHANCE = 0.05
"""Days are clean at the end only if that is less likely by chance, had refusals gone on as before."""

LAST_DAYS = 7
"""A reporter fails when it falls silent if it failed within its last seven days with sessions."""


@dataclass(frozen=True, slots=True)
class Days:
    """What was counted by day.

    ``tested`` has a row a reporter's day about a domain: ``policy_domain reporter day tested
    refused`` (sessions, weighted by mail) and ``tested_session_count refused_count``; ``refused``
    has the refused sessions with their fates; ``todays`` is a row a domain, as `todays_days`
    returns it.
    """

    tested: pd.DataFrame
    refused: pd.DataFrame
    todays: pd.DataFrame


class Evidence:
    """The tested days of each domain, and who fell silent."""

    def __init__(self, days: Days) -> None:
        self._days = days.tested
        self._number = day_numbers(days.tested["day"])
        is_today = self._number >= since_of(days.tested, days.todays)
        rows = days.tested[is_today & (days.tested["tested_session_count"] > 0).to_numpy("bool")]
        domain, first = group_numbers(rows, ["policy_domain"])
        number, at = days_numbered(domain, day_numbers(rows["day"]))
        self._domains = dict(
            zip(texts(rows["policy_domain"].iloc[first]), range(len(first)), strict=True)
        )
        self._ends = np.searchsorted(domain[at], np.arange(len(first) + 1))
        self._day = day_numbers(rows["day"].take(at))
        counts = ("tested", "refused", "tested_session_count")
        self._counts = [
            np.bincount(number, rows[name], len(at)).astype("float64") for name in counts
        ]
        self._proof = -log_chance_of_none(self._counts[0], READY_LIMIT)

    def _of(self, domain: str | None) -> tuple[Integers, list[Floats]]:
        """Return the days of a domain today, in order, with its sessions on each."""
        own = self._place(domain)
        return self._day[own], [counts[own] for counts in self._counts]

    def _place(self, domain: str | None) -> slice:
        at = self._domains.get(domain, -1)
        return slice(*self._ends[at : at + 2].tolist()) if at >= 0 else slice(0)

    def days(self, domain: str | None) -> int:
        """Return on how many days a session was tested."""
        return len(self._day[self._place(domain)])

    def days_until_ready(self, domain: str | None, span: int) -> int | None:
        """Return after how many days in all the domain can be ready, if they go on like the first.

        A day proves as much as an average one of the days so far, less a standard error; and some
        days have no sessions, as so far.
        """
        own = self._place(domain)
        failing_days = int(np.count_nonzero(self._counts[1][own]))
        return _days_in_all(self._proof[own], span, failing_days)

    def tested_since(self, domain: str | None) -> dt.date | None:
        """Return the first of today's days on which a session was tested."""
        days = self._day[self._place(domain)]
        return day_of(int(days[0])) if len(days) else None

    def clean_days(self, domain: str | None) -> int | None:
        """Return how many days without a refusal make the domain ready, with as much mail a day.

        Days before the first tested session and after the last one say nothing about that: a policy
        may have begun or ended.
        """
        own = self._place(domain)
        days = self._day[own]
        span = int(days[-1] - days[0]) + 1 if len(days) else 0
        return _days_in_all(self._proof[own], span, 0)

    def clean_at_the_end(self, domain: str | None) -> int:
        """Return how many of today's last days had no refusal, where chance does not explain it."""
        _, (_, refused, _) = self._of(domain)
        failing = np.flatnonzero(refused)
        if not len(failing):
            return 0
        before = int(failing[-1]) + 1
        clean = len(refused) - before
        chance: float = (1 - len(failing) / (before + 1)) ** clean
        return clean if clean >= FEWEST_CLEAN_DAYS and chance < CLEAN_CHANCE else 0

    def last_tested(self, reporters: Collection[str]) -> dict[tuple[str | None, str], dt.date]:
        """Return the last day on which a session of each of some reporters was tested, by domain."""
        is_tested = (self._days["tested_session_count"] > 0).to_numpy("bool")
        is_wanted = is_tested & self._days["reporter"].isin(list(reporters)).to_numpy("bool")
        rows = self._days[is_wanted]
        last: dict[tuple[str | None, str], int] = {}
        for domain, reporter, number in zip(
            texts(rows["policy_domain"]), rows["reporter"], self._number[is_wanted], strict=True
        ):
            key = (domain, str(reporter))
            last[key] = max(last.get(key, -1), int(number))
        return {key: day_of(number) for key, number in last.items()}

    def failures_only(self) -> dict[str | None, tuple[str, ...]]:
        """Return the reporters of each domain that have reports about failing days only, as mox does.

        They have three days or more, each with a refusal, and fewer than half of those that the
        domain's reporters had in that time.
        """
        rows = self._days[(self._days["tested_session_count"] > 0).to_numpy("bool")]
        keys = ["policy_domain", "reporter"]
        day = day_numbers(rows["day"])
        every = rows[keys].astype("str").assign(day=day, is_failing=rows["refused_count"] > 0)
        whole = every.groupby(keys).agg(
            days=("day", "nunique"),
            failing=("is_failing", "all"),
            first=("day", "min"),
            last=("day", "max"),
        )
        found: dict[str | None, tuple[str, ...]] = {}
        chosen = whole[whole["failing"] & (whole["days"] >= FEWEST_REFUSED)]
        for (domain, reporter), days, _, first, last in chosen.itertuples(name=None):
            own = np.unique(every.loc[every["policy_domain"] == domain, "day"])
            if 2 * days < ((own >= first) & (own <= last)).sum():
                found[domain] = (*found.get(domain, ()), reporter)
        return found

    def rising(self, domain: str | None) -> tuple[dt.date, float] | None:
        """Return the last days on which the share is above the limit, and surely not negligible."""
        days, (tested, refused, _) = self._of(domain)
        if not refused.any():
            return None
        last = slice(-1, -min(len(days), FEWEST_DAYS) - 1, -1)
        since, failed = np.cumsum(tested[last]), np.cumsum(refused[last])
        surely = wilson_intervals(failed, since, np.full(len(since), CONFIDENCE_Z))[:, 0]
        is_enough = (failed >= FEWEST_REFUSED) & (failed > READY_LIMIT * since)
        found = np.flatnonzero(is_enough & (surely > NEGLIGIBLE_SHARE))
        if not len(found):
            return None
        share, at = max(zip(failed[found] / since[found], found, strict=True))
        return day_of(int(days[last][at])), float(share)

    def silent(
        self, whole: pd.DataFrame, today: pd.DataFrame
    ) -> dict[str | None, tuple[SilentReporter, ...]]:
        """Return the reporters of each domain that failed when they fell silent, if it matters."""
        keys = ["policy_domain", "reporter"]
        tested_today = today.loc[today["tested_session_count"] > 0, keys].assign(is_tested=True)
        rows = whole[whole["would_block_high"] > 0].merge(tested_today, on=keys, how="left")
        found: dict[str | None, tuple[SilentReporter, ...]] = {}
        lost = rows[rows["is_tested"].isna()]
        is_wanted = self._days["policy_domain"].isin(lost["policy_domain"]).to_numpy("bool")
        wanted = self._days[is_wanted].assign(number=self._number[is_wanted])
        days = rows_by(wanted[wanted["tested_session_count"] > 0], ["policy_domain"])
        arrays: dict[str | None, Tested] = {}
        for domain, reporter in zip(lost["policy_domain"], lost["reporter"], strict=True):
            name = text(domain)
            if name not in arrays and (name,) in days:
                arrays[name] = Tested.of(days[(name,)])
            one = self._silent(name, reporter, arrays[name]) if name in arrays else None
            if one is not None:
                found[name] = (*found.get(name, ()), one)
        return found

    def _silent(self, domain: str | None, reporter: str, tested: "Tested") -> SilentReporter | None:
        own = tested.where(tested.reporter == reporter)
        if not len(own.day) or not own.refused[-LAST_DAYS:].sum():
            return None
        last = int(own.day[-1])
        recent = own.where(own.day > last - RECENT_DAYS)
        refused, sessions = int(recent.refused.sum()), int(recent.sessions.sum())
        days, (_, _, of_domain) = self._of(domain)
        span = int(days[-1] - days[0] + 1) if len(days) else RECENT_DAYS
        others = of_domain.sum() / max(span, 1)
        a_day = 1 / RECENT_DAYS
        share = refused * a_day / max(others + sessions * a_day, 1e-12)
        is_little = refused < FEWEST_REFUSED or share <= NEGLIGIBLE_SHARE
        if is_little or _is_shared(tested.where(tested.reporter != reporter), last):
            return None
        return SilentReporter(reporter, sessions, refused, day_of(last))


@dataclass(frozen=True, slots=True)
class Tested:
    """The tested days of the reporters of a domain, in the order of the days."""

    reporter: Objects
    day: Integers
    sessions: Integers
    refused: Integers

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Tested":
        """Return the rows of a frame with the ``number`` of each day."""
        order = np.argsort(rows["number"].to_numpy("int64"), kind="stable")
        return cls(
            rows["reporter"].to_numpy(dtype=object)[order],
            rows["number"].to_numpy("int64")[order],
            rows["tested_session_count"].to_numpy("int64")[order],
            rows["refused_count"].to_numpy("int64")[order],
        )

    def where(self, mask: Booleans) -> "Tested":
        """Return the rows of a mask."""
        return Tested(self.reporter[mask], self.day[mask], self.sessions[mask], self.refused[mask])


def _days_in_all(proofs: Floats, span: int, failing_days: int) -> int | None:
    days = len(proofs)
    if not days or failing_days >= len(MOST_EVENTS):
        return None
    mean = float(proofs.sum()) / days
    spread = proofs - mean
    proof = mean - float(np.sqrt(spread.dot(spread))) / days
    needed = max(FEWEST_DAYS, MOST_EVENTS[failing_days] / max(proof, 1e-12))
    in_all = int(np.ceil(needed * span / days))
    return in_all if in_all <= LONGEST_DAYS else None


def _is_shared(others: Tested, last: int) -> bool:
    """Whether others met a fault until about the same day and are clean since: it was repaired."""
    near = others.where((np.abs(others.day - last) <= LAST_DAYS) & (others.refused > 0))
    later = others.where(others.day > last + LAST_DAYS)
    return any(
        is_own.any() and not later.refused[is_own].sum()
        for is_own in (later.reporter == name for name in set(near.reporter))
    )


def since_of(frame: pd.DataFrame, todays: pd.DataFrame) -> Integers:
    """Return the first of today's days for each row of a frame, by its policy domain."""
    since = dict(zip(todays["policy_domain"].fillna(""), todays["since"], strict=True))
    number, first = group_numbers(frame, ["policy_domain"])
    names = frame["policy_domain"].iloc[first].astype("str").fillna("")
    return np.array([since[name] for name in names], "int64")[number]


def texts(names: pd.Series) -> list[str | None]:
    """Return names, a missing one as `None`."""
    return [text(name) for name in names]


def text(value: object) -> str | None:
    """Return a name, or `None` where it is missing."""
    return value if isinstance(value, str) else None
