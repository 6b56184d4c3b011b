"""What the reports say about each domain, collected for its verdict and its headline."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.domain_facts import (
    DomainFacts,
    ReporterFacts,
    SetApart,
)
from tlsrpt_analysis.analyses.impact.evidence import Days, Evidence, since_of, text, texts
from tlsrpt_analysis.analyses.impact.fixes import Remaining
from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.impact.outlooks import (
    Row,
    by_domain,
    count,
    period_of,
    todays_periods,
)
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.analyses.impact.queues import QUEUE_DAYS
from tlsrpt_analysis.analyses.impact.sums import Scale, Sums, scaled
from tlsrpt_analysis.analyses.impact.verdict import ALWAYS_EXPECTED
from tlsrpt_analysis.analyses.numbering import (
    day_numbers,
    day_of,
    first_rows,
    group_numbers,
    summed,
)
from tlsrpt_analysis.analyses.policy.availability import Availability
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.analyses.today import POLICY, REPAIR, rises_of_reporters
from tlsrpt_analysis.arrays import Booleans

NEARLY_ALL = 0.9
"""Small reporters have days with a single session, on which nothing else can succeed."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """The refused sessions of a domain on today's days, and the last day with one at all."""

    count: int = 0
    beside_success: int = 0
    enforced: int = 0
    last_day: dt.date | None = None


def domain_facts(
    whole: Sums, today: Sums, *, question: Question, remaining: Remaining, days: Days
) -> list[DomainFacts]:
    """Return the facts of each row of `whole.by_domain`, in its order, without those of its scale.

    Parameters
    ----------
    whole, today : Sums
        The counts of the domains, their reporters and hosts, on all days and on today's.
    question : Question
        What was asked.
    remaining : Remaining
        The refused sessions, the policies and the MX hosts.
    days : Days
        The sessions by day.
    """
    collected = _Collected(whole, today, question, remaining, days)
    rows = scaled(whole.by_domain, Scale()).assign(policy_domain=whole.by_domain["policy_domain"])
    return [collected.facts(row) for row in rows.to_dict("records")]


class _Collected:
    """All that is known, domain by domain."""

    def __init__(
        self, whole: Sums, today: Sums, question: Question, remaining: Remaining, days: Days
    ) -> None:
        self._question, self._remaining = question, remaining
        self._todays = by_domain(days.todays, days.todays["policy_domain"])
        self._hosts = _hosts(today.by_mx)
        self._usable = remaining.mx.usable_hosts()
        self._refused = _refused_by_domain(remaining.refused, days)
        self._faulty = _faulty_hosts(remaining.refused, days.todays)
        self._apart = _set_apart(question.set_apart)
        self._without_policy = _reporters_by_domain(question.unavailable)
        self._rises = rises_of_reporters(days.tested)
        self._reporters = _reporter_facts(today.by_reporter, self._rises)
        self._evidence = Evidence(days)
        self._periods = todays_periods(today.by_domain, question, days, self._evidence)
        self._silent = self._evidence.silent(whole.by_reporter, today.by_reporter)
        self._last_tested_by: dict[str | None, dict[str, dt.date]] = {}
        for (name, reporter), day in self._evidence.last_tested(ALWAYS_EXPECTED).items():
            self._last_tested_by.setdefault(name, {})[reporter] = day
        self._failures_only = self._evidence.failures_only()
        every = [one.last_day for one in question.reported.values()]
        self._newest = dt.date.min if question.each_alone else max(every, default=dt.date.min)

    def facts(self, row: Row) -> DomainFacts:
        """Return the facts of one domain."""
        domain = text(row["policy_domain"])
        reported = self._question.reported[domain]
        refused = self._refused.get(domain, _Refused())
        hosts = self._hosts.get(domain, [])
        patterns = self._remaining.patterns.get(domain or "", ())
        last_tested = count(self._todays[domain], "last_tested")
        has_success = refused.beside_success >= NEARLY_ALL * refused.count
        is_known = domain in self._remaining.mx.known_domains
        return DomainFacts(
            policy_domain=domain,
            policy_mode=reported.policy_mode,
            first_day=reported.first_day,
            last_day=reported.last_day,
            newest_day=max(self._newest, reported.last_day),
            session_count=count(row, "session_count"),
            untested=self._question.untested.get(domain, ()),
            whole=period_of(row, reported.first_day, reported.last_day),
            today=self._periods[domain],
            last_tested_day=day_of(last_tested) if last_tested >= 0 else None,
            last_refused_day=refused.last_day,
            reporters=self._reporters.get(domain, ()),
            silent=self._silent.get(domain, ()),
            ready_on=self._ready_on(domain),
            tested_since=self._evidence.tested_since(domain),
            clean_days=self._evidence.clean_days(domain),
            clean_at_the_end=self._evidence.clean_at_the_end(domain),
            last_tested_by=self._last_tested_by.get(domain, {}),
            failures_only_by=self._failures_only.get(domain, ()),
            rising=self._evidence.rising(domain),
            hosts=tuple((host, high) for host, high, _ in hosts),
            uncovered_hosts=frozenset(host for host, _, is_bad in hosts if host and is_bad),
            ways_out=self._ways_out(domain, patterns, has_success=has_success),
            has_success_beside=has_success,
            vanished=reported.vanished if reported.policy_mode == "enforce" else None,
            is_single_mx=len(patterns) == 1 and "*" not in patterns[0],
            listed_hosts=tuple(pattern for pattern in patterns if "*" not in pattern),
            set_apart=self._apart.get(domain, ()),
            other_policies=self._question.other_policies.get(domain or "", ()),
            availability=self._question.availability.get(domain or "", Availability()),
            has_dane=reported.has_dane,
            without_policy=self._without_policy.get(domain, ()),
            dane_refused_count=reported.dane_refused_count,
            dane_refused_until=reported.dane_refused_until,
            enforced_refused_count=refused.enforced,
            has_mx_records=is_known,
        )

    def _ready_on(self, domain: str | None) -> dt.date | None:
        """Return the day on which a domain can be ready after a repair, if two reporters test it."""
        window = self._todays[domain]
        if window["because"] not in {REPAIR, POLICY} or len(self._reporters.get(domain, ())) < 2:
            return None
        since, until = (count(window, end) for end in ("since", "until"))
        days = self._evidence.days_until_ready(domain, until - since + 1)
        return None if days is None else day_of(since + days)

    def _ways_out(
        self, domain: str | None, patterns: Collection[str], *, has_success: bool
    ) -> tuple[str, ...]:
        """Return the hosts that can have taken the refused sessions: seen so, or in the records."""
        faulty = self._faulty.get(domain, set())
        by_records = self._usable.get(domain or "", set())
        if by_records:
            return tuple(sorted(by_records - faulty))
        exact = [pattern.lower() for pattern in patterns if "*" not in pattern]
        return tuple(host for host in exact if host not in faulty) if has_success else ()


def _hosts(by_mx: pd.DataFrame) -> dict[str | None, list[tuple[str | None, int, bool]]]:
    """Return the hosts of each domain: name, refused sessions, whether the policy lacks it."""
    found: dict[str | None, list[tuple[str | None, int, bool]]] = {}
    is_bad = by_mx["in_policy"].eq(False).fillna(False)  # noqa: FBT003 - values
    columns = (by_mx["policy_domain"], by_mx[HOST], by_mx["would_block_high"].tolist(), is_bad)
    for domain, host, high, is_uncovered in zip(*columns, strict=True):
        found.setdefault(text(domain), []).append((text(host), high, bool(is_uncovered)))
    return found


def _reporter_facts(
    by_reporter: pd.DataFrame, rises: Mapping[tuple[str, str], int]
) -> dict[str | None, tuple[ReporterFacts, ...]]:
    """Return the reporters of each domain with tested sessions, the most refused first."""
    rows = by_reporter[by_reporter["tested_session_count"] > 0]
    number, first = group_numbers(rows, ["policy_domain"])
    whole = rows["whole"].to_numpy("float64")
    weights = whole / np.maximum(np.bincount(number, whole, len(first)), 1e-12)[number]
    counts = (rows[name].tolist() for name in ("tested_session_count", "would_block_high"))
    found: dict[str | None, list[ReporterFacts]] = {}
    for domain, name, tested, refused, share in zip(
        texts(rows["policy_domain"]), rows["reporter"], *counts, weights.tolist(), strict=True
    ):
        day = rises.get((domain or "", str(name)))
        since = None if day is None else day_of(day)
        facts = ReporterFacts(str(name), int(tested), int(refused), share, since)
        found.setdefault(domain, []).append(facts)
    return {
        domain: tuple(sorted(every, key=lambda one: (-one.refused, -one.tested, one.reporter)))
        for domain, every in found.items()
    }


def _set_apart(days: pd.DataFrame) -> dict[str | None, tuple[SetApart, ...]]:
    found: dict[str | None, tuple[SetApart, ...]] = {}
    numbers = day_numbers(days["day"])
    columns = (days["policy_domain"], days["reporter"], numbers, days["tested_session_count"])
    for domain, reporter, day, tested in zip(*columns, strict=True):
        one = SetApart(str(reporter), day_of(int(day)), int(tested))
        found[text(domain)] = (*found.get(text(domain), ()), one)
    return found


def _refused_by_domain(refused: Refusals, days: Days) -> dict[str | None, _Refused]:
    daily = days.refused
    number, first = group_numbers(daily, ["policy_domain"])
    size, day = len(first), day_numbers(daily["day"])
    is_today = day >= since_of(daily, days.todays)
    count = daily["would_block_high"].to_numpy("int64") * is_today
    has_success = _succeeds_soon(refused)[daily["day_key"].to_numpy("int64")]
    columns = (count, count * has_success, count * daily["is_enforced"].to_numpy("bool"))
    sums = zip(*(summed(number, values, size).tolist() for values in columns), strict=True)
    latest = np.full(size, -1, "int64")
    np.maximum.at(latest, number, day)
    return {
        domain: _Refused(high, beside, enforced, day_of(last))
        for domain, (high, beside, enforced), last in zip(
            texts(daily["policy_domain"].iloc[first]), sums, latest, strict=True
        )
    }


def _faulty_hosts(refused: Refusals, todays: pd.DataFrame) -> dict[str | None, set[str]]:
    """Return the hosts that any detail of today names at fault, with a count or without."""
    details, results = refused.details, refused.results
    result = details["result"].to_numpy("int64")
    is_today = day_numbers(results["day"]) >= since_of(results, todays)
    is_named = details[HOST].notna().to_numpy("bool") & is_today[result]
    pairs = pd.DataFrame(
        {
            "policy_domain": results["policy_domain"].array.take(result[is_named]),
            HOST: details[HOST].array[is_named],
        }
    ).drop_duplicates()
    found: dict[str | None, set[str]] = {}
    for domain, host in pairs.itertuples(index=False, name=None):
        found.setdefault(text(domain), set()).add(host)
    return found


def _succeeds_soon(refused: Refusals) -> Booleans:
    """Whether a session of the same reporter succeeded on each day, or while mail waits in a queue.

    Days are numbered by domain, reporter and day, so that those of a reporter follow each other.
    """
    key = refused.results["day_key"].to_numpy("int64")
    size = int(key.max(initial=-1)) + 1
    first = first_rows(key, size)
    days = refused.results.take(first)
    day, successes = day_numbers(days["day"]), days["day_successes"].to_numpy("int64")
    series, _ = group_numbers(days, ["policy_domain", "reporter"])
    far = np.iinfo("int64").max // 4
    reach = series * 2**22 + np.where(successes > 0, day, far)
    following = np.minimum.accumulate(reach[::-1])[::-1]
    return np.asarray(following <= series * 2**22 + day + QUEUE_DAYS - 1)


def _reporters_by_domain(unavailable: pd.DataFrame) -> dict[str | None, tuple[str, ...]]:
    """Return the reporters of each domain that could not get or read its policy."""
    pairs = unavailable[["policy_domain", "reporter"]].drop_duplicates().dropna()
    found: dict[str | None, tuple[str, ...]] = {}
    for domain, reporter in pairs.itertuples(index=False, name=None):
        found[domain] = (*found.get(domain, ()), reporter)
    return found
