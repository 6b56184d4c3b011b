"""What a plan asks of a domain after its fixes is what the whole state says of it."""

import pytest

from benchmarks.failure_year import failure_year
from tlsrpt_analysis.analyses.impact.inbound import inbound
from tlsrpt_analysis.analyses.impact.needs import needs
from tlsrpt_analysis.analyses.impact.question import ask
from tlsrpt_analysis.analyses.impact.state import outlooks, state
from tlsrpt_analysis.analyses.ledger import ledger
from tlsrpt_analysis.analyses.sessions import sessions_by_day


@pytest.fixture(scope="module")
def question():
    """Return the question about a year with overlapping details, and several domains."""
    tables = failure_year(5_000, domains=3, seed=1)
    counted = ledger(tables)
    sessions = sessions_by_day(tables.policies, counted)
    weighed = inbound(sessions, inbound_share=None, honouring_share=None)
    known = {"findings": None, "mx_preferences": None, "mx_traffic": None}
    return ask(tables, sessions, weighed, counted=counted, **known)


@pytest.mark.parametrize("fixes", [(), ("repair certificate mx0.d1.example",)])
def test_outlooks_are_those_of_the_facts(question, fixes):
    """Before all fixes and after one."""
    done = frozenset(("d1.example", fix) for fix in fixes)
    asked = outlooks(question, done, needs(question))
    found = {one.policy_domain: (one.today, one.clean_days) for one in asked}
    facts = {one.policy_domain: (one.today, one.clean_days) for one in state(question, done).facts}
    assert found == facts
    assert found["d1.example"][0].refused_high > 0


def test_needs_of_one_domain_are_a_part_of_those_of_all(question):
    """They are found once for all steps of a plan."""
    alone = question.of(["d1.example"])
    done = frozenset([("d1.example", "repair certificate mx0.d1.example")])
    part = needs(question).of(["d1.example"])
    assert outlooks(alone, done, part) == outlooks(alone, done, needs(alone))
    assert len(part.combination) == len(alone.refused.details)
