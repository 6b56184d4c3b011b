"""When connections failed, and what a step leaves, are the same in every part of a page."""

import html
import re

import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.views.page.html_report import write_html_report

MX, BACKUP = "mx1.example.com", "mx2.example.com"


@pytest.fixture
def page_of(tmp_path):
    """Return a function that writes the page of some reports and returns its words."""

    def words(given):
        path = write_html_report(given, tmp_path / "page.html")
        text = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", path.read_text())
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))

    return words


@pytest.mark.parametrize(
    ("clean", "title"),
    [
        (3, "Connections failed until 27 Jul 2026, and not on the days since."),
        (1, "Connections failed throughout."),
    ],
)
def test_connections_that_were_clean_lately_did_not_fail_throughout(page_of, clean, title):
    """The mark says when they were last seen to fail, and not that it is over."""
    bad = policy(0, 50, failure(50, "certificate-expired", MX))
    days = [bad] * (30 - clean) + [policy(50)] * clean
    reports = [
        report(result, reporter=name, day=day)
        for name in ("Google", "Microsoft")
        for day, result in enumerate(days)
    ]
    words = page_of(tables(*reports))

    assert title in words
    assert "over, " not in words
    assert "is repaired" not in words


def test_what_a_step_leaves_has_the_digits_of_the_share_before(page_of):
    """A way around cannot seem to make it worse."""
    result = policy(578, 422, failure(422, "certificate-expired", BACKUP), mx=(MX, BACKUP))
    given = tables(*(report(result, day=day) for day in range(28)))
    step = enforce_impact(given).fixes.set_index("fix").loc["drop mx mx2.example.com"]

    assert step["left"] == "0 % to 42.2 %"
    assert "42 % → at most 42 % refused" in page_of(given)
