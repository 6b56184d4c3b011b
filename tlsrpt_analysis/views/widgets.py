"""The explorer: selectors over the reports, and what they leave, drawn at once."""

# ipywidgets has no types
# mypy: disable-error-code="no-untyped-call"

import datetime as dt
from typing import Any

import pandas as pd
from IPython.display import clear_output, display
from ipywidgets.widgets.widget_box import Box, VBox
from ipywidgets.widgets.widget_date import DatePicker
from ipywidgets.widgets.widget_layout import Layout
from ipywidgets.widgets.widget_output import Output
from ipywidgets.widgets.widget_selection import Dropdown

from tlsrpt_analysis.analyses.sessions import daily_sessions, grouped
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views import charts
from tlsrpt_analysis.views.page_tables import page_table
from tlsrpt_analysis.views.style import mime_bundle

Shown = tuple[dict[str, Any], dict[str, Any]]
"""Data by MIME type, and their metadata."""

ALL = "all"
MOST_FAILURES = 25
FAILURE_KEYS = [
    "policy_domain",
    "reporter",
    "policy_type",
    "result_type",
    "receiving_mx_hostname",
    "failure_reason_code",
]
FAILURE_TITLES = {
    "policy_domain": "Domain",
    "reporter": "Reporter",
    "policy_type": "Policy",
    "result_type": "Result type",
    "receiving_mx_hostname": "MX host",
    "failure_reason_code": "Reason code",
    "failed_session_count": "Failed sessions",
}


class Explorer(VBox):
    """Selectors for domain, reporter, policy type and days, above what they select.

    Report texts stand in drop-down lists and escaped tables only, which never run them.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Attributes
    ----------
    policy_domain, reporter, policy_type : ipywidgets.Dropdown
        A tuple of one value; an empty one stands for all.
    since, until : ipywidgets.DatePicker
        The first and the last day, both included.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> explorer = Explorer(empty_tables())
    >>> len(explorer.selection.policies)
    0
    """

    def __init__(self, tables: ReportTables) -> None:
        self.tables = tables
        self.policy_domain = _selector("Domain", tables.policies["policy_domain"])
        self.reporter = _selector("Reporter", tables.policies["reporter"])
        self.policy_type = _selector("Policy type", tables.policies["policy_type"])
        days = tables.policies["day"].dropna()
        self.since = _day_picker("From", days.min() if len(days) else None)
        self.until = _day_picker("To", days.max() if len(days) else None)
        selectors = [self.policy_domain, self.reporter, self.policy_type, self.since, self.until]
        layout = Layout(flex_flow="row wrap", grid_gap="4px 12px")
        # what is shown at first is state: a capture while its cell runs can stall nbclient
        # (jupyter/nbclient#312)
        self.views = [Output(outputs=(_as_output(shown),)) for shown in self._shown()]
        for selector in selectors:
            selector.observe(self._show, "value")
        super().__init__([Box(selectors, layout=layout), *self.views])

    @property
    def selection(self) -> ReportTables:
        """The reports that the selectors leave."""
        return self.tables.select(
            policy_domains=_chosen(self.policy_domain),
            reporters=_chosen(self.reporter),
            policy_types=_chosen(self.policy_type),
            since=self.since.value,
            until=self.until.value,
        )

    @property
    def failures(self) -> pd.DataFrame:
        """The failures of the selection, most sessions first; a missing count adds nothing."""
        rows = grouped(self.selection.failures, FAILURE_KEYS)["failed_session_count"].sum()
        return rows.reset_index().sort_values(
            "failed_session_count", ascending=False, kind="stable", ignore_index=True
        )

    def _shown(self) -> list[Shown]:
        """Give what stands below the selectors: summary, chart and failures."""
        selection = self.selection
        table = page_table(self.failures, FAILURE_TITLES, rows=MOST_FAILURES)
        return [
            ({"text/html": selection._repr_html_(), "text/plain": repr(selection)}, {}),
            mime_bundle(charts.daily_sessions(daily_sessions(selection))),
            ({"text/html": table.to_html(), "text/plain": f"{len(self.failures)} failures"}, {}),
        ]

    def _show(self, _: object) -> None:
        # one output for each part: several in one are cleared together, and flicker
        for view, (data, metadata) in zip(self.views, self._shown(), strict=True):
            with view:
                clear_output(wait=True)
                display(data, metadata=metadata, raw=True)


def _as_output(shown: Shown) -> dict[str, Any]:
    data, metadata = shown
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def _selector(description: str, values: pd.Series) -> Dropdown:
    names = sorted(map(str, values.dropna().unique()))
    options = [(ALL, ()), *((name, (name,)) for name in names)]
    layout = Layout(width="300px")
    return Dropdown(options=options, value=(), description=description, layout=layout)


def _day_picker(description: str, day: dt.date | None) -> DatePicker:
    layout = Layout(width="300px")
    return DatePicker(value=day, description=description, layout=layout)


def _chosen(selector: Dropdown) -> Any:
    return selector.value or None
