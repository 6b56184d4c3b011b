"""The data of the selectors in the exported page."""

import datetime as dt

from support import made_reports
from support.made_reports import month, policy

from tlsrpt_analysis.tables import empty_tables
from tlsrpt_analysis.views import page_selectors
from tlsrpt_analysis.views.page.selectors import SELECTORS_MIME


def offered(tables):
    """Return the content that reaches the page."""
    return page_selectors(tables)._repr_mimebundle_()[SELECTORS_MIME]


def test_sessions_are_those_of_each_domain_and_day():
    """Reporters are summed; a domain that was not given has a name."""
    failing = [policy(7, 3), policy(5, domain=None)]
    clean = [policy(10), policy(1, domain="a.example")]
    content = offered(
        made_reports.tables(
            *month(*failing, reporter="Google", days=2), *month(*clean, reporter="mox", days=1)
        )
    )
    assert content == {
        "domains": ["(not given)", "a.example", "example.com"],
        "days": ["2026-07-01", "2026-07-02"],
        "rows": [
            [0, "2026-07-01", 5, 0],
            [0, "2026-07-02", 5, 0],
            [1, "2026-07-01", 1, 0],
            [2, "2026-07-01", 20, 3],
            [2, "2026-07-02", 10, 3],
        ],
    }


def test_an_empty_archive_offers_nothing():
    """An empty archive has neither domains nor days."""
    assert offered(empty_tables()) == {"domains": [], "days": [], "rows": []}


def test_very_many_counts_stay_out_of_the_page(monkeypatch):
    """The page stays small; domains and days can still be chosen."""
    monkeypatch.setattr("tlsrpt_analysis.views.page.selectors.MOST_COUNTS", 2)
    content = offered(made_reports.tables(*month(policy(1), days=3)))
    assert content == {
        "domains": ["example.com"],
        "days": ["2026-07-01", str(dt.date(2026, 7, 3))],
        "rows": [],
    }


def test_jupyterlab_shows_a_sentence():
    """Its own explorer has selectors."""
    text = page_selectors(empty_tables())._repr_mimebundle_()["text/plain"]
    assert text.startswith("The shared page lets its reader choose")
