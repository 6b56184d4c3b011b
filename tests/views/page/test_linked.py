"""The counts behind the linked views: complete, compact, and of no other domain."""

import datetime as dt
import json

import pandas as pd
import pytest
from support.hostile_reports import write_hostile_reports
from support.linked_facts import facts_of
from support.made_reports import failure, month, policy, tables

import tlsrpt_analysis as tlsrpt
from tlsrpt_analysis.tables import empty_tables
from tlsrpt_analysis.views.page import linked as linked_views
from tlsrpt_analysis.views.page.embedding import embedded_json
from tlsrpt_analysis.views.page.linked import linked, linked_facts

DOMAINS = ["bad.example", "good.example"]


@pytest.fixture(scope="module")
def facts() -> pd.DataFrame:
    """Return the facts of a month of two domains, one of which fails at a host in its policy."""
    bad = policy(
        90, 10, failure(10, "certificate-expired", "mx1.bad.example"), domain="bad.example"
    )
    good = policy(50, domain="good.example")
    reports = tables(*month(bad, good), *month(good, reporter="Microsoft"))
    return linked_facts(reports, tlsrpt.diagnose(reports))


def test_each_connection_is_counted_once(facts: pd.DataFrame) -> None:
    """The sums are those of the sessions of the reports."""
    content = linked(facts, DOMAINS, {}).content
    assert sum(sum(counts) for *_, counts in content["tested"]) == 28 * (100 + 50 + 50)
    assert sum(sum(pairs[1::2]) for *_, pairs in content["refused"]) == 28 * 10


def test_names_stand_in_the_order_of_what_is_refused(facts: pd.DataFrame) -> None:
    """The worst domain first; causes with the colours of the charts."""
    content = linked(facts, DOMAINS, {"bad.example": "#domain-1"}).content
    assert content["domains"] == [["bad.example", "#domain-1"], ["good.example", ""]]
    assert content["senders"] == ["Google", "Microsoft"]
    ((_, _, cause, _),) = content["refused"]
    assert content["causes"][cause] == ["certificate", "var(--tlsrpt-certificate, #7B5E11)"]


def test_a_page_for_one_customer_holds_no_other(facts: pd.DataFrame) -> None:
    """Neither names nor counts."""
    text = json.dumps(linked(facts, ["good.example"], {}).content)
    assert "bad.example" not in text
    assert linked(facts, ["good.example"], {}).content["refused"] == []


def test_a_domain_of_which_nothing_was_tested_is_named() -> None:
    """It has sessions, so it does not look as if there were none."""
    untested = policy(7, policy_type="no-policy-found", domain="plain.example")
    reports = tables(*month(untested, policy(50, domain="good.example")))
    found = linked_facts(reports, tlsrpt.diagnose(reports))
    content = linked(found, ["plain.example", "good.example"], {}).content
    assert [name for name, _ in content["domains"]] == ["good.example", "plain.example"]


def test_without_a_tested_connection_there_is_nothing_to_look_at() -> None:
    """The section is left out."""
    reports = empty_tables()
    assert not linked(linked_facts(reports, tlsrpt.diagnose(reports)), [], {})


def test_a_year_of_fifty_domains_keeps_its_days_in_less_than_a_megabyte() -> None:
    """All days between the first and the last, by day."""
    content = linked(
        facts_of(50, 4, 365), [f"d{place:05}.example" for place in range(50)], {}
    ).content
    assert (content["noun"], len(content["periods"])) == ("day", 365)
    assert len(embedded_json(content)) < 1_000_000


@pytest.mark.parametrize(
    ("domains", "senders", "days", "noun"), [(60, 8, 730, "week"), (200, 20, 500, "month")]
)
def test_more_counts_become_weeks_and_months_by_name(
    domains: int, senders: int, days: int, noun: str
) -> None:
    """No connection gets lost in the sum."""
    names = [f"d{place:05}.example" for place in range(domains)]
    content = linked(facts_of(domains, senders, days), names, {}).content
    assert content["noun"] == noun
    assert all(text.startswith(f"{noun} of ") for *_, text in content["periods"])
    tested = sum(sum(counts) for *_, counts in content["tested"])
    assert tested == domains * senders * days
    assert len(embedded_json(content)) < 1_000_000


def test_many_domains_and_senders_are_bounded_and_the_rest_has_a_place() -> None:
    """Small senders are together; small domains are in the table."""
    names = [f"d{place:05}.example" for place in range(260)]
    content = linked(facts_of(260, 45, 2), names, {}).content
    assert len(content["domains"]) == linked_views.MOST_DOMAINS
    assert content["more"] == "60 more domains, with less refused, in the table at the top."
    assert content["senders"][-1] == "5 other senders"


def test_texts_of_reports_are_shown_safely(tmp_path_factory: pytest.TempPathFactory) -> None:
    """They end no element, and no character of them is unseen."""
    folder = write_hostile_reports(tmp_path_factory.mktemp("hostile"))
    reports = tlsrpt.load_reports(folder, progress=False)
    found = linked_facts(reports, tlsrpt.diagnose(reports))
    text = embedded_json(linked(found, list(found["policy_domain"].unique()), {}).content)
    assert "<" not in text
    assert json.loads(text)["domains"]


def test_periods_end_on_their_last_day(facts: pd.DataFrame) -> None:
    """Days choose days."""
    first = linked(facts, DOMAINS, {}).content["periods"][0]
    day = dt.date.fromisoformat(first[0])
    assert first == [str(day), str(day), f"{day:%-d %b %Y}"]
