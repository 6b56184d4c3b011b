"""What enforce mode would refuse, as sums that no scale changes, domain by domain."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.facts import daily_sts, domain_facts
from tlsrpt_analysis.analyses.impact.fixes import Fix, knowledge, left_refusals, mended_policy
from tlsrpt_analysis.analyses.impact.headline import DomainFacts
from tlsrpt_analysis.analyses.impact.outcomes import HOST, daily_outcomes
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.analyses.impact.sums import part_sums, whole_sums
from tlsrpt_analysis.analyses.impact.verdict import Judgement, judge
from tlsrpt_analysis.analyses.numbering import group_numbers, summed
from tlsrpt_analysis.analyses.policy.reported import in_policy
from tlsrpt_analysis.analyses.sessions import rows_by
from tlsrpt_analysis.arrays import Integers

CAUSES = ["result_type", "failure_reason_code"]


@dataclass(frozen=True, slots=True)
class State:
    """The sums by domain, reporter, MX host and cause; facts and verdicts go with the domains."""

    by_domain: pd.DataFrame
    by_reporter: pd.DataFrame
    by_mx: pd.DataFrame
    by_cause: pd.DataFrame
    facts: tuple[DomainFacts, ...]
    verdicts: tuple[Judgement, ...]

    def replaced(self, other: "State", domains: Collection[str]) -> "State":
        """Give this state with some domains as they are in another one."""
        is_new = {facts.policy_domain: at for at, facts in enumerate(other.facts)}
        names = [facts.policy_domain for facts in self.facts]
        return State(
            _replaced(self.by_domain, other.by_domain, domains),
            _replaced(self.by_reporter, other.by_reporter, domains),
            _ordered(_joined(self.by_mx, other.by_mx, domains), [HOST]),
            _ordered(_joined(self.by_cause, other.by_cause, domains), CAUSES),
            tuple(
                other.facts[is_new[name]] if name in is_new else old
                for name, old in zip(names, self.facts, strict=True)
            ),
            tuple(
                other.verdicts[is_new[name]] if name in is_new else old
                for name, old in zip(names, self.verdicts, strict=True)
            ),
        )


def state(question: Question, done: Collection[Fix]) -> State:
    """Reckon what enforce mode would refuse after some fixes."""
    patterns, records = mended_policy(question, done)
    refused = left_refusals(question, done)
    sts = daily_sts(refused)
    outcomes = daily_outcomes(
        refused,
        sts_days=sts,
        mx=knowledge(records, patterns, question),
    )
    by_mx = _parts(question, outcomes.at_hosts, [HOST])
    by_mx["in_policy"] = in_policy(by_mx, patterns)
    by_mx["would_block_at_host"] = _per_host_session(by_mx, question.traffic)
    by_cause = _parts(question, outcomes.by_cause, CAUSES)
    whole = question.weighted(outcomes.whole)
    high = summed(whole["day_key"].to_numpy("int64"), whole["would_block_high"], len(sts))
    sts = sts.assign(would_block_high=high)
    by_domain = _wholes(question, whole, sts, keys=["policy_domain"])
    by_reporter = _wholes(question, whole, sts, keys=["policy_domain", "reporter"])
    facts = domain_facts(
        by_domain, by_mx, reported=question.reported, refused=refused, daily=whole, sts=sts,
        patterns=patterns, told_domains=() if records is None else set(records["policy_domain"]),
    )  # fmt: skip
    its_days = rows_by(sts, ["policy_domain"])
    verdicts = tuple(judge(its_days.get((one.policy_domain,))) for one in facts)
    return State(by_domain, by_reporter, by_mx, by_cause, tuple(facts), verdicts)


def _parts(question: Question, refused: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """Give sums for every domain and part of its refused sessions, the largest first."""
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


def _wholes(
    question: Question, whole: pd.DataFrame, sts: pd.DataFrame, *, keys: list[str]
) -> pd.DataFrame:
    """Give sums for every domain, or every domain and reporter."""
    rows = whole_sums(whole, question.sessions, keys=keys)
    missing = _counts_of(rows, question.unavailable, "policy_unavailable_count", keys)
    told = _counts_of(rows, sts, "session_count", keys)
    return rows.assign(policy_unavailable_count=missing, is_told=told > 0)


def _counts_of(
    rows: pd.DataFrame, frame: pd.DataFrame, column: str, keys: Sequence[str]
) -> Integers:
    """Give the sum of a column of a frame for each of the rows."""
    number, first = group_numbers(frame, keys)
    named = frame[list(keys)].take(first).astype(dict.fromkeys(keys, "str"))
    sums = named.assign(count=summed(number, frame[column], len(first)))
    joined = rows[list(keys)].merge(sums, on=list(keys), how="left")
    return joined["count"].fillna(0).to_numpy("int64")


def _per_host_session(by_mx: pd.DataFrame, traffic: pd.DataFrame | None) -> "pd.Series[float]":
    """Give the refused sessions per session that the host is expected to have taken, at most 1."""
    if traffic is None:
        return pd.Series(np.nan, index=by_mx.index)
    shares = by_mx[["policy_domain", HOST]].merge(
        traffic.rename(columns={"mx_hostname": HOST}), on=["policy_domain", HOST], how="left"
    )["traffic_share"]
    taken = np.asarray(shares, dtype="float64") * by_mx["session_count"].to_numpy("float64")
    refused = by_mx["would_block_high"].to_numpy("float64")
    rate = np.minimum(1.0, refused / np.where(taken > 0, taken, np.nan))
    return pd.Series(rate, index=by_mx.index)


def _joined(old: pd.DataFrame, new: pd.DataFrame, domains: Collection[str]) -> pd.DataFrame:
    kept = old[~old["policy_domain"].isin(list(domains)).to_numpy("bool")]
    return (
        pd.concat([kept, new], ignore_index=True)
        if len(kept) and len(new)
        else (kept if len(kept) else new)
    )


def _replaced(old: pd.DataFrame, new: pd.DataFrame, domains: Collection[str]) -> pd.DataFrame:
    """Give a frame with the rows of some domains as they are in another one, in the same order."""
    is_new = old["policy_domain"].isin(list(domains)).to_numpy("bool")
    places = np.concatenate([np.flatnonzero(~is_new), np.flatnonzero(is_new)])
    return _joined(old, new, domains).set_axis(places).sort_index()
