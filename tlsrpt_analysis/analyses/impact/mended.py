"""What is left of the refused sessions, the policies and the MX records after some fixes."""

from collections.abc import Collection

import pandas as pd

from tlsrpt_analysis.analyses.impact.fixes import ADD_MX, DROP_MX, Fix, Needs, needs, parse_fix
from tlsrpt_analysis.analyses.impact.mx_routes import candidates
from tlsrpt_analysis.analyses.impact.outcomes import MxKnowledge
from tlsrpt_analysis.analyses.impact.question import Patterns, Question
from tlsrpt_analysis.analyses.refusals import Refusals

HOST = "receiving_mx_hostname"


def left(question: Question, done: Collection[Fix]) -> tuple[Refusals, Needs]:
    """Give the refused sessions that remain after some fixes, and what each of them needs."""
    needed = needs(question.refused, question.patterns, _usable_hosts(question))
    if not done:
        return question.refused, needed
    mended, perhaps = needed.mended(done)
    its = needed.combination
    return question.refused.without(mended[its], perhaps[its]), needed.left(mended, done)


def left_refusals(question: Question, done: Collection[Fix]) -> Refusals:
    """Give the refused sessions that remain after some fixes."""
    return left(question, done)[0] if done else question.refused


def affected_domains(question: Question, fixes: Collection[Fix]) -> set[str]:
    """Give the domains in which some fixes change anything: those that have their hosts."""
    hosts = {parse_fix(fix)[1] for domain, fix in fixes if domain is None}
    found = {domain for domain, _ in fixes if domain is not None}
    if hosts:
        details = question.refused.details
        is_there = details[HOST].isin(list(hosts)).to_numpy("bool")
        blocks = details["block"].to_numpy("int64")[is_there]
        found |= set(question.refused.blocks["policy_domain"].take(blocks).dropna().unique())
        if question.records is not None:
            records = question.records
            found |= set(records.loc[records["mx_hostname"].isin(list(hosts)), "policy_domain"])
    return found & {domain for domain in question.reported if domain is not None}


def mended_policy(
    question: Question, done: Collection[Fix]
) -> tuple[Patterns, pd.DataFrame | None]:
    """Give the policies and MX records as they are after some fixes."""
    patterns, records = dict(question.patterns), question.records
    for domain, fix in sorted(done, key=str):
        kind, host = parse_fix(fix)
        if kind == ADD_MX:
            for name in patterns if domain is None else [domain]:
                patterns[name] = (*patterns.get(name, ()), host)
        if kind == DROP_MX and records is not None:
            here = (records["policy_domain"] == domain) | (domain is None)
            records = records[~(here & (records["mx_hostname"] == host))]
    return patterns, records


def knowledge(records: pd.DataFrame | None, patterns: Patterns, question: Question) -> MxKnowledge:
    """Tell which MX hosts senders may use, where the MX records are known."""
    if records is None:
        return MxKnowledge()
    hosts = candidates(records, patterns, question.traffic)
    return MxKnowledge(hosts, frozenset(records["policy_domain"]))


def _usable_hosts(question: Question) -> dict[str, set[str]]:
    hosts = {
        domain: {pattern.lower() for pattern in patterns if "*" not in pattern}
        for domain, patterns in question.patterns.items()
    }
    if question.records is not None:
        usable = candidates(question.records, question.patterns, question.traffic)
        for domain, names in usable.groupby("policy_domain")["mx_hostname"]:
            hosts[str(domain)] = set(names)
    return hosts
