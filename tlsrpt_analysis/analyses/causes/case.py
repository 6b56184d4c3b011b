"""What the reports say about one domain, in the shape in which causes are looked for."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.arrays import Booleans, Integers
from tlsrpt_analysis.analyses.causes.rows import Rows, Words, by_domain
from tlsrpt_analysis.analyses.numbering import (
    day_number,
    day_numbers,
    distinct_array,
    result_positions,
)
from tlsrpt_analysis.analyses.policy.reported import mx_patterns
from tlsrpt_analysis.standards.mta_sts import covers
from tlsrpt_analysis.tables import ReportTables

SHARED = ("policy_type", "reporter")
DETAIL = ("receiving_mx_hostname", "result_type", "failure_reason_code", "receiving_ip")
POLICY = ("policy_mode",)
SUCCEEDED, FAILED = "total_successful_session_count", "total_failure_session_count"


@dataclass(frozen=True, slots=True)
class Found:
    """A cause that was found: its code, the host it is about, the failures, and why."""

    code: str
    host: str | None
    failures: Rows
    evidence: str
    reporters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy as senders saw it: its text, where they told it, and its ``mx`` patterns."""

    text: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelectiveFault:
    """A row of `selective_failures` that is selective; it lasted from `first` to before `end`."""

    policy_type: str
    reporter: str
    clean: frozenset[str]
    result_type: str
    host: str
    points_to: str
    explanation: str
    first: int
    end: int

    def is_met_by(self, failures: Rows, host: str, result_type: str) -> bool:
        """Tell whether it is the fault of some failures, and a clean reporter has none of them."""
        days = failures.days()
        return (
            (self.result_type == result_type and self.policy_type != "tlsa")
            and (not host or self.host in {"", host})
            and bool(self.first <= days[-1] and self.end > days[0])
            and bool(failures.is_any("reporter", self.reporter).any())
            and bool(self.clean.difference(failures.texts("reporter")))
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One domain.

    Attributes
    ----------
    policy_domain : str
        The domain.
    failures : Rows
        The failure details; ``count`` is 0 where it is not known, ``text`` the policy applied.
    policies : Rows
        The summaries.
    selective : list of SelectiveFault
        Its selective failures.
    texts : sequence of PolicyText
        The policies by the numbers of ``text``; 0 is the latest one.
    patterns : tuple of str
        The ``mx`` patterns of the latest policy.
    mode : str or None
        The latest mode.
    latest_text : str
        The latest policy, where it was told.
    """

    policy_domain: str
    failures: Rows
    policies: Rows
    selective: list[SelectiveFault]
    texts: Mapping[int, PolicyText]
    patterns: tuple[str, ...]
    mode: str | None
    latest_text: str = ""
    _covered: dict[tuple[int, int], bool] = field(default_factory=dict)
    _sessions: dict[tuple[bool, int], tuple[Integers, Integers]] = field(default_factory=dict)
    _success: dict[bool, Integers] = field(default_factory=dict)

    def of_types(self, *result_types: str, policy_type: str = "sts") -> Rows:
        """Give the failures of some result types under one policy type."""
        chosen = self.failures.is_any("result_type", *result_types)
        return self.failures.where(chosen & self.failures.is_any("policy_type", policy_type))

    def are_uncovered(self, failures: Rows) -> Booleans:
        """Tell at which hosts the policy that was applied is known and does not list the host."""
        hosts, texts = failures["receiving_mx_hostname"], failures["text"]
        pairs, place = np.unique(hosts << 32 | texts, return_inverse=True)
        known = [self._is_uncovered(int(pair >> 32), int(pair & 0xFFFFFFFF)) for pair in pairs]
        return np.array(known, bool)[place]

    def is_uncovered(self, host: str) -> bool:
        """Tell whether the latest policy is known and does not list a host."""
        return bool(host and self.patterns) and not covers(self.patterns, host)

    def _is_uncovered(self, host: int, text: int) -> bool:
        if (host, text) not in self._covered:
            name = self.failures.words["receiving_mx_hostname"].texts[host]
            patterns = self.texts[text].patterns or self.patterns
            self._covered[host, text] = bool(name and patterns) and not covers(patterns, name)
        return self._covered[host, text]

    def selective_fault(self, failures: Rows, host: str, kind: str) -> SelectiveFault | None:
        """Give the selective failure that these failures are, if they are one."""
        if not self.selective:
            return None
        fits = (fault for fault in self.selective if fault.is_met_by(failures, host, kind))
        return next(fits, None)

    def sessions_of(self, reporter: int, *, dane: bool) -> tuple[Integers, Integers]:
        """Give a reporter's days with sessions and how many, under DANE or not."""
        key = (dane, reporter)
        if key not in self._sessions:
            mine = self.policies["reporter"] == reporter
            rows = self.policies.where(mine & self._is_dane(dane=dane))
            days, place = np.unique(rows["day"], return_inverse=True)
            counts = np.bincount(place, rows[SUCCEEDED] + rows[FAILED], len(days)).astype("int64")
            self._sessions[key] = days[counts > 0], counts[counts > 0]
        return self._sessions[key]

    def success_share(self, failures: Rows, *, dane: bool) -> float:
        """Give the share of the reporter days with failures on which other sessions succeeded."""
        if dane not in self._success:
            rows = self.policies.where(self._is_dane(dane=dane) & (self.policies[SUCCEEDED] > 0))
            self._success[dane] = np.unique(reporter_days(rows))
        failing = np.unique(reporter_days(failures))
        return float(np.isin(failing, self._success[dane]).mean()) if len(failing) else 0.0

    def _is_dane(self, *, dane: bool) -> Booleans:
        kind = self.policies.is_any("policy_type", "tlsa")
        return kind if dane else ~kind


def reporter_days(rows: Rows) -> Integers:
    """Give numbers for the pairs of reporter and day."""
    return rows["reporter"] << 32 | rows["day"]


def cases(tables: ReportTables, selective: pd.DataFrame) -> Iterator[Case]:
    """Give the case of each policy domain; reports without one have none."""
    words = {name: Words() for name in (*SHARED, *DETAIL, *POLICY, "policy_domain")}
    policies, texts = _policies(tables, words)
    domains = words["policy_domain"].numbered(tables.policies["policy_domain"])
    failures = _failures(tables, words, policies["text"])
    failing = words["policy_domain"].numbered(tables.failures["policy_domain"])
    failures_of = dict(by_domain(words, failures, failing))
    nothing = Rows(words, {name: column[:0] for name, column in failures.items()}, domains[:0])
    faults = _faults(selective)
    for number, rows in by_domain(words, policies, domains):
        domain = words["policy_domain"].texts[number]
        if domain:
            yield Case(
                domain,
                failures_of.get(number, nothing),
                rows,
                faults.get(domain, []),
                texts,
                texts[_latest(rows, "text")].patterns,
                words["policy_mode"].texts[_latest(rows, "policy_mode")] or None,
                texts[_latest(rows, "text")].text,
            )


def _latest(policies: Rows, column: str) -> int:
    """Give what most sessions under MTA-STS saw on the last day that tells it; 0 is not known."""
    told = policies.where((policies[column] > 0) & policies.is_any("policy_type", "sts"))
    if not len(told):
        return 0
    days = told["day"]
    told = told.where(days == days.max())
    codes = distinct_array(told[column])
    sessions = np.bincount(told[column], told[SUCCEEDED] + told[FAILED])[codes]
    return int(codes[sessions == sessions.max()][-1])


def _policies(
    tables: ReportTables, words: Mapping[str, Words]
) -> tuple[dict[str, Integers], dict[int, PolicyText]]:
    frame = tables.policies
    columns = {name: words[name].numbered(frame[name]) for name in (*SHARED, *POLICY)}
    columns["day"] = day_numbers(frame["day"])
    columns |= {name: frame[name].to_numpy("int64") for name in (SUCCEEDED, FAILED)}
    strings, lists = Words(), Words()
    told, listed = strings.numbered(frame["policy_string"]), lists.numbered(frame["mx_host"])
    both = (told << 32 | listed) * (columns["policy_type"] == words["policy_type"].code("sts"))
    pairs, place = np.unique(np.append(both, 0), return_inverse=True)
    columns["text"] = place[:-1].astype("int64")
    texts = {}
    for number, pair in enumerate(pairs.tolist()):
        text, names = strings.texts[pair >> 32], lists.texts[pair & 0xFFFFFFFF]
        texts[number] = PolicyText(text, mx_patterns(text or None, names or None))
    return columns, texts


def _failures(
    tables: ReportTables, words: Mapping[str, Words], texts: Integers
) -> dict[str, Integers]:
    frame = tables.failures
    columns = {name: words[name].numbered(frame[name]) for name in (*SHARED, *DETAIL[:2])}
    reason, address = DETAIL[2:]
    columns[reason] = words[reason].numbered(frame[reason], folded=True)
    columns[address] = words[address].numbered(frame[address])
    columns["day"] = day_numbers(frame["day"])
    columns["count"] = frame["failed_session_count"].to_numpy("int64", na_value=0)
    place = result_positions(tables.policies, frame)
    columns["text"] = np.append(texts, 0)[place]  # -1, of no policy, is the last
    return columns


def _faults(selective: pd.DataFrame) -> dict[str, list[SelectiveFault]]:
    faults: dict[str, list[SelectiveFault]] = {}
    for row in selective.to_dict("records"):
        domain = row["policy_domain"]
        if isinstance(domain, str):
            faults.setdefault(domain, []).append(
                SelectiveFault(
                    policy_type=_text(row["policy_type"]),
                    reporter=_text(row["failing_reporter"]),
                    clean=frozenset(_text(row["clean_reporters"]).split(", ")),
                    result_type=_text(row["result_type"]),
                    host=_text(row["receiving_mx_hostname"]),
                    points_to=_text(row["points_to"]),
                    explanation=_text(row["explanation"]),
                    first=_number(row["since_low"], 0),
                    end=_number(row.get("over_since"), 2**31),
                )
            )
    return faults


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(day: object, otherwise: int) -> int:
    return day_number(day) if isinstance(day, dt.date) else otherwise
