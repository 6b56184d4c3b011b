"""What enforce mode would refuse, as sums that no scale changes, domain by domain."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import Fix
from tlsrpt_analysis.analyses.impact.domain_facts import DomainFacts
from tlsrpt_analysis.analyses.impact.evidence import Days, since_of
from tlsrpt_analysis.analyses.impact.facts import domain_facts
from tlsrpt_analysis.analyses.impact.fates import Fates, daily_fates
from tlsrpt_analysis.analyses.impact.fixes import Remaining, remaining
from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.impact.needs import Needs
from tlsrpt_analysis.analyses.impact.outlooks import Outlook, domain_outlooks
from tlsrpt_analysis.analyses.impact.period_before import sums_before
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.analyses.impact.sums import Sums, part_sums, whole_sums
from tlsrpt_analysis.analyses.impact.verdict import Judgement, verdict_of
from tlsrpt_analysis.analyses.impact.wholes import Wholes, wholes_of
from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers, summed
from tlsrpt_analysis.analyses.policy.reported import in_policy
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped
from tlsrpt_analysis.analyses.today import todays_days
from tlsrpt_analysis.arrays import Booleans, Integers

CAUSES = ["result_type", "failure_reason_code"]


@dataclass(frozen=True, slots=True)
class State:
    """The sums of all days and of today's, with the facts and the verdict of each domain.

    Facts and verdicts are in the order of ``whole.by_domain``; ``before`` has the sums of the days
    before today's, as `sums_before` returns them.
    """

    whole: Sums
    today: Sums
    facts: tuple[DomainFacts, ...]
    verdicts: tuple[Judgement, ...]
    since: pd.DataFrame
    before: pd.DataFrame

    def replaced(self, other: "State", domains: Collection[str]) -> "State":
        """Return this state with some domains as they are in another one."""
        place = {facts.policy_domain: at for at, facts in enumerate(other.facts)}
        places = [place.get(facts.policy_domain) for facts in self.facts]
        return State(
            _sums_replaced(self.whole, other.whole, domains),
            _sums_replaced(self.today, other.today, domains),
            tuple(
                old if at is None else other.facts[at]
                for at, old in zip(places, self.facts, strict=True)
            ),
            tuple(
                old if at is None else other.verdicts[at]
                for at, old in zip(places, self.verdicts, strict=True)
            ),
            _replaced(self.since, other.since, domains),
            _replaced(self.before, other.before, domains),
        )


def state(question: Question, done: Collection[Fix]) -> State:
    """Compute what enforce mode would refuse after some fixes."""
    left, fates, days = _remaining_days(question, done)
    whole = _sums(question, left, fates, question.sessions)
    today = _sums(
        question,
        left,
        fates.where(lambda frame: _is_today(frame, days.todays)),
        question.sessions[_is_today(question.sessions, days.todays)],
    )
    facts = domain_facts(whole, today, question=question, remaining=left, days=days)
    verdicts = tuple(map(verdict_of, facts))
    return State(whole, today, tuple(facts), verdicts, days.todays, sums_before(days))


def outlooks(question: Question, done: Collection[Fix], needed: Needs) -> list[Outlook]:
    """Return what `state` says of the named domains today after some fixes, and no more.

    ``needed`` are the `needs` of the question.
    """
    _, fates, days = _remaining_days(question, done, needed)
    refused = question.weighted(fates.whole)
    sessions = question.sessions[_is_today(question.sessions, days.todays)]
    domains = wholes_of(sessions, ["policy_domain"])
    sums = whole_sums(refused[_is_today(refused, days.todays)], domains)
    return domain_outlooks(sums, question=question, days=days)


def _remaining_days(
    question: Question, done: Collection[Fix], needed: Needs | None = None
) -> tuple[Remaining, Fates, Days]:
    left = remaining(question, done, needed)
    fates = daily_fates(left.refused, tested_days=left.refused.tested_days(), mx=left.mx)
    tested = _tested_days(question, fates.whole)
    todays = todays_days(tested, question.policy_since)
    return left, fates, Days(tested, question.weighted(fates.whole), todays)


def _is_today(frame: pd.DataFrame, todays: pd.DataFrame) -> Booleans:
    return np.asarray(day_numbers(frame["day"]) >= since_of(frame, todays))


def todays_question(question: Question, todays: pd.DataFrame) -> Question:
    """Return the question about today's days alone."""
    results = question.refused.results
    return replace(question, refused=question.refused.of_results(_is_today(results, todays)))


def _tested_days(question: Question, refused: pd.DataFrame) -> pd.DataFrame:
    """Return the tested and the refused sessions of each day, as counts and weighted by mail."""
    high = grouped(refused, DOMAIN_DAY)["would_block_high"].sum().rename("refused_count")
    days = question.sessions.merge(high.reset_index(), on=DOMAIN_DAY, how="left")
    count = days["refused_count"].fillna(0).astype("int64")
    return days.assign(
        refused_count=count,
        tested=days["tested_session_count"] * days["weight"],
        refused=count * days["weight"],
    )


def _sums(question: Question, left: Remaining, fates: Fates, sessions: pd.DataFrame) -> Sums:
    refused = question.weighted(fates.whole)
    domains, reporters = (wholes_of(sessions, keys) for keys in (DOMAIN_DAY[:1], DOMAIN_DAY[:2]))
    by_mx = _parts(question, fates.at_hosts, domains, [HOST])
    by_mx["in_policy"] = in_policy(by_mx, left.patterns)
    by_mx["would_block_at_host"] = _per_host_session(by_mx, question.traffic)
    by_domain = whole_sums(refused, domains)
    by_reporter = whole_sums(refused, reporters, has_intervals=not question.only_domains)
    by_domain, by_reporter = (
        _with_unavailable(question, rows) for rows in (by_domain, by_reporter)
    )
    causes = fates.by_cause[:0] if question.only_domains else fates.by_cause
    return Sums(by_domain, by_reporter, by_mx, _parts(question, causes, domains, CAUSES))


def _sums_replaced(old: Sums, new: Sums, domains: Collection[str]) -> Sums:
    return Sums(
        _replaced(old.by_domain, new.by_domain, domains),
        _replaced(old.by_reporter, new.by_reporter, domains),
        _ordered(_joined(old.by_mx, new.by_mx, domains), [HOST]),
        _ordered(_joined(old.by_cause, new.by_cause, domains), CAUSES),
    )


def _parts(
    question: Question, refused: pd.DataFrame, domains: Wholes, parts: list[str]
) -> pd.DataFrame:
    """Return sums for every domain and part of its refused sessions, the largest first."""
    sums = part_sums(
        question.weighted(refused),
        domains,
        keys=["policy_domain", *parts],
        has_intervals=not question.only_domains,
    )
    return _ordered(sums, parts)


def _ordered(sums: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    order = ["policy_domain", "would_block_high", *parts]
    return sums.sort_values(
        order, ascending=[True, False, *(True for _ in parts)], ignore_index=True
    )


def _with_unavailable(question: Question, rows: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in ("policy_domain", "reporter") if name in rows]
    unavailable = _counts_of(rows, question.unavailable, "policy_unavailable_count", keys)
    return rows.assign(policy_unavailable_count=unavailable)


def _counts_of(
    rows: pd.DataFrame, frame: pd.DataFrame, column: str, keys: Sequence[str]
) -> Integers:
    """Return the sum of a column of a frame for each of the rows."""
    number, first = group_numbers(frame, keys)
    named = frame[list(keys)].take(first).astype(dict.fromkeys(keys, "str"))
    sums = named.assign(count=summed(number, frame[column], len(first)))
    joined = rows[list(keys)].merge(sums, on=list(keys), how="left")
    return joined["count"].fillna(0).to_numpy("int64")


def _per_host_session(by_mx: pd.DataFrame, traffic: pd.DataFrame | None) -> "pd.Series[float]":
    """Return the refused sessions per session expected at the host, at most 1."""
    if traffic is None:
        return pd.Series(np.nan, index=by_mx.index)
    shares = by_mx[["policy_domain", HOST]].merge(
        traffic.rename(columns={"mx_hostname": HOST}), on=["policy_domain", HOST], how="left"
    )["traffic_share"]
    expected = np.asarray(shares, dtype="float64") * by_mx["tested_session_count"].to_numpy(
        "float64"
    )
    refused = by_mx["would_block_high"].to_numpy("float64")
    rate = np.minimum(1.0, refused / np.where(expected > 0, expected, np.nan))
    return pd.Series(rate, index=by_mx.index)


def _joined(old: pd.DataFrame, new: pd.DataFrame, domains: Collection[str]) -> pd.DataFrame:
    kept = old[~old["policy_domain"].isin(list(domains)).to_numpy("bool")]
    return (
        pd.concat([kept, new], ignore_index=True)
        if len(kept) and len(new)
        else (kept if len(kept) else new)
    )


def _replaced(old: pd.DataFrame, new: pd.DataFrame, domains: Collection[str]) -> pd.DataFrame:
    """Return a frame with the rows of some domains from another one, in the order of their keys.

    After a fix other days may count for today, and so more reporters, or fewer.
    """
    keys = [name for name in ("policy_domain", "reporter") if name in old]
    joined = _joined(old, new, domains)
    return joined.sort_values(keys, kind="stable", ignore_index=True)
