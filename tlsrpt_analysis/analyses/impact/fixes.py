"""What remains of a question when something is fixed."""

from collections.abc import Collection
from dataclasses import dataclass

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import (
    ADD_MX,
    DROP_MX,
    NOT_GIVEN,
    Fix,
    parse_fix,
)
from tlsrpt_analysis.analyses.impact.mx_routes import HOST, MxKnowledge, mx_knowledge
from tlsrpt_analysis.analyses.impact.needs import Needs, needs
from tlsrpt_analysis.analyses.impact.question import Patterns, Question
from tlsrpt_analysis.analyses.refusals import Refusals


@dataclass(frozen=True, slots=True)
class Remaining:
    """What remains after some fixes: the refused sessions, the policies and the usable MX hosts."""

    refused: Refusals
    patterns: Patterns
    mx: MxKnowledge


def remaining(question: Question, done: Collection[Fix], needed: Needs | None = None) -> Remaining:
    """Return what remains of a question after some fixes; its `needs` may be known already."""
    refused = left(question, done, needed)[0] if done else question.refused
    patterns, records = dict(question.patterns), question.records
    for domain, fix in sorted(done, key=str):
        fix_kind, host = parse_fix(fix)
        if fix_kind == ADD_MX and host != NOT_GIVEN:
            for name in patterns if domain is None else [domain]:
                patterns[name] = (*patterns.get(name, ()), host)
        if fix_kind == DROP_MX and records is not None:
            is_here = (records["policy_domain"] == domain) | (domain is None)
            is_dropped = is_here & (records["mx_hostname"] == host)
            records = records.assign(is_bad=records["is_bad"] | is_dropped)
    return Remaining(refused, patterns, mx_knowledge(records, patterns, question.traffic))


def left(
    question: Question, done: Collection[Fix], needed: Needs | None = None
) -> tuple[Refusals, Needs]:
    """Return the refused sessions that remain after some fixes, and what each of them needs."""
    needed = needs(question) if needed is None else needed
    if not done:
        return question.refused, needed
    fixed, perhaps = needed.fixed(done)
    combination = needed.combination
    refused = question.refused.without(fixed[combination], perhaps[combination])
    return refused, needed.left(fixed, done)


def affected_domains(question: Question, fixes: Collection[Fix]) -> set[str]:
    """Return the domains in which some fixes change anything: those that have their hosts."""
    everywhere = {(domain, fix) for domain, fix in fixes if domain is None}
    hosts = {parse_fix(fix)[1] for _, fix in everywhere}
    found = {domain for domain, _ in fixes if domain is not None}
    if everywhere:
        found |= needs(question).domains_with(everywhere)
        details = question.refused.details
        is_there = details[HOST].isin(list(hosts)).to_numpy("bool")
        results = details["result"].to_numpy("int64")[is_there]
        found |= set(question.refused.results["policy_domain"].take(results).dropna().unique())
        if question.records is not None:
            records = question.records
            found |= set(records.loc[records["mx_hostname"].isin(list(hosts)), "policy_domain"])
    return found & {domain for domain in question.reported if domain is not None}
