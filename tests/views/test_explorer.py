"""The explorer without a kernel: moving a selector changes what is selected."""

import datetime as dt

import made_reports
import pytest
from made_reports import failure, month, policy

from tlsrpt_analysis.tables import ReportTables, empty_tables
from tlsrpt_analysis.views import Explorer

HOSTILE = "<!--<script>.example"


@pytest.fixture
def tables() -> ReportTables:
    """Two domains, two reporters, three days; Microsoft fails at example.com."""
    unknown = failure(None, "validation-failure")
    clean = [policy(10), policy(10, domain=HOSTILE)]
    failing = [policy(10, 4, failure(4, "validation-failure"), unknown), clean[1]]
    return made_reports.tables(
        *month(*clean, reporter="Google", days=3), *month(*failing, reporter="Microsoft", days=3)
    )


def choose(selector: object, name: str) -> None:
    """Pick an option as a hand would, by its label."""
    selector.label = name  # type: ignore[attr-defined]


def test_all_is_selected_at_first(tables: ReportTables) -> None:
    """The explorer opens with every report."""
    explorer = Explorer(tables)
    assert len(explorer.selection.policies) == len(tables.policies)
    assert [each.label for each in explorer.children[0].children[:3]] == ["all"] * 3


def test_moving_selectors_changes_the_selection(tables: ReportTables) -> None:
    """Each selector narrows what is left."""
    explorer = Explorer(tables)
    choose(explorer.policy_domain, "example.com")
    assert len(explorer.selection.policies) == 6
    choose(explorer.reporter, "Microsoft")
    explorer.since.value = dt.date(2026, 7, 2)
    assert len(explorer.selection.policies) == 2
    choose(explorer.reporter, "all")
    explorer.until.value = dt.date(2026, 7, 2)
    assert set(explorer.selection.policies["reporter"]) == {"Google", "Microsoft"}
    choose(explorer.policy_type, "sts")
    assert len(explorer.selection.policies) == 2


def test_failures_are_summed_and_unknown_counts_add_nothing(tables: ReportTables) -> None:
    """A missing failed-session-count is unknown, not one."""
    explorer = Explorer(tables)
    assert explorer.failures["failed_session_count"].tolist() == [12]


def test_no_date_means_no_bound(tables: ReportTables) -> None:
    """An emptied date picker bounds nothing."""
    explorer = Explorer(tables)
    explorer.since.value = None
    explorer.until.value = None
    assert len(explorer.selection.policies) == len(tables.policies)


def test_explorer_of_nothing_shows_no_data() -> None:
    """An empty archive can be explored."""
    assert Explorer(empty_tables()).failures.empty


def test_text_of_a_report_stands_in_safe_widgets_only(tables: ReportTables) -> None:
    """Drop-down lists show text; HTML widgets would run it."""
    explorer = Explorer(tables)
    assert HOSTILE in [label for label, _ in explorer.policy_domain.options]
    kinds = {type(each).__name__ for each in explorer.children[0].children}
    assert kinds == {"Dropdown", "DatePicker"}


def test_what_is_shown_is_state_that_any_frontend_can_read(tables: ReportTables) -> None:
    """Summary, chart and failures, without a capture that could stall a run."""
    summary, chart, failures = [view.outputs[0] for view in Explorer(tables).views]
    assert "text/html" in summary["data"]
    assert "application/vnd.vegalite.v5+json" in chart["data"]
    assert "validation-failure" in failures["data"]["text/html"]
    assert "<script" not in failures["data"]["text/html"]
