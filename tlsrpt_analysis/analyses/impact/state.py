"""What enforce mode would refuse, as sums that no scale changes, domain by domain."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.facts import Days, domain_facts
from tlsrpt_analysis.analyses.impact.fates import daily_fates
from tlsrpt_analysis.analyses.impact.fixes import Fix, remaining
from tlsrpt_analysis.analyses.impact.headline import DomainFacts
from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.analyses.impact.sums import Sums, part_sums, whole_sums
from tlsrpt_analysis.analyses.impact.verdict import Verdict, verdict_of
from tlsrpt_analysis.analyses.numbering import group_numbers, summed
from tlsrpt_analysis.analyses.policy.reported import in_policy
from tlsrpt_analysis.analyses.sessions import rows_by
from tlsrpt_analysis.arrays import Integers

CAUSES = ["result_type", "failure_reason_code"]


@dataclass(frozen=True, slots=True)
class State:
    """The sums, with the facts and the verdict of each domain in the order of ``by_domain``."""

    sums: Sums
    facts: tuple[DomainFacts, ...]
    verdicts: tuple[Verdict, ...]

    def replaced(self, other: "State", domains: Collection[str]) -> "State":
        """Return this state with some domains as they are in another one."""
        place = {facts.policy_domain: at for at, facts in enumerate(other.facts)}
        places = [place.get(facts.policy_domain) for facts in self.facts]
        sums, new = self.sums, other.sums
        return State(
            Sums(
                _replaced(sums.by_domain, new.by_domain, domains),
                _replaced(sums.by_reporter, new.by_reporter, domains),
                _ordered(_joined(sums.by_mx, new.by_mx, domains), [HOST]),
                _ordered(_joined(sums.by_cause, new.by_cause, domains), CAUSES),
            ),
            tuple(
                old if at is None else other.facts[at]
                for at, old in zip(places, self.facts, strict=True)
            ),
            tuple(
                old if at is None else other.verdicts[at]
                for at, old in zip(places, self.verdicts, strict=True)
            ),
        )


def state(question: Question, done: Collection[Fix]) -> State:
    """Compute what enforce mode would refuse after some fixes."""
    left = remaining(question, done)
    sts = left.refused.sts_days()
    fates = daily_fates(left.refused, sts_days=sts, mx=left.mx)
    refused = question.weighted(fates.whole)
    high = summed(refused["day_key"].to_numpy("int64"), refused["would_block_high"], len(sts))
    days = Days(sts.assign(would_block_high=high), refused)
    by_mx = _parts(question, fates.at_hosts, [HOST])
    by_mx["in_policy"] = in_policy(by_mx, left.patterns)
    by_mx["would_block_at_host"] = _per_host_session(by_mx, question.traffic)
    sums = Sums(
        _wholes(question, days, keys=["policy_domain"]),
        _wholes(question, days, keys=["policy_domain", "reporter"]),
        by_mx,
        _parts(question, fates.by_cause, CAUSES),
    )
    facts = domain_facts(sums, reported=question.reported, remaining=left, days=days)
    sts_of = rows_by(days.sts, ["policy_domain"])
    verdicts = tuple(verdict_of(sts_of.get((each.policy_domain,))) for each in facts)
    return State(sums, tuple(facts), verdicts)


def _parts(question: Question, refused: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """Return sums for every domain and part of its refused sessions, the largest first."""
    sums = part_sums(
        question.weighted(refused),
        question.sessions,
        keys=["policy_domain", *parts],
        of=["policy_domain"],
    )
    return _ordered(sums, parts)


def _ordered(sums: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    order = ["policy_domain", "would_block_high", *parts]
    return sums.sort_values(
        order, ascending=[True, False, *(True for _ in parts)], ignore_index=True
    )


def _wholes(question: Question, days: Days, *, keys: list[str]) -> pd.DataFrame:
    """Return sums for every domain, or every domain and reporter."""
    rows = whole_sums(days.refused, question.sessions, keys=keys)
    unavailable = _counts_of(rows, question.unavailable, "policy_unavailable_count", keys)
    sts_sessions = _counts_of(rows, days.sts, "session_count", keys)
    return rows.assign(policy_unavailable_count=unavailable, has_sts=sts_sessions > 0)


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
    expected = np.asarray(shares, dtype="float64") * by_mx["session_count"].to_numpy("float64")
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
    """Return a frame with the rows of some domains from another one, in the same order."""
    is_new = old["policy_domain"].isin(list(domains)).to_numpy("bool")
    places = np.concatenate([np.flatnonzero(~is_new), np.flatnonzero(is_new)])
    return _joined(old, new, domains).set_axis(places).sort_index()
