"""The explorer: selectors over the reports, and charts of what they leave."""

# ipywidgets has no types
# mypy: disable-error-code="no-untyped-call"

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
from ipywidgets.widgets.widget_box import Box, VBox
from ipywidgets.widgets.widget_button import Button
from ipywidgets.widgets.widget_layout import Layout

from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views import charts
from tlsrpt_analysis.views.page.tables import page_table
from tlsrpt_analysis.views.widgets.brushed_chart import BrushedChart, Days
from tlsrpt_analysis.views.widgets.explored import Choice, Explored
from tlsrpt_analysis.views.widgets.newest_choice import NewestChoice
from tlsrpt_analysis.views.widgets.notices import notices
from tlsrpt_analysis.views.widgets.parts import (
    LastMove,
    Shown,
    chart_shown,
    choices,
    day_picker,
    quickly,
    selector,
    sentences_shown,
    show,
    table_shown,
    view_of,
)

MOST_FAILURES = 25
LAST_DAYS = 30
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
    """Selectors for domain, reporter, policy type, MX host and days, above what they select.

    Drawing an interval on the chart of sessions chooses its days; clicking beside it, all days.
    Texts from reports appear only in drop-down lists, charts and escaped tables, which run nothing.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Attributes
    ----------
    policy_domain, reporter, policy_type, mx_hostname : ipywidgets.Dropdown
        The value is a tuple of one value, or an empty one for all.
    since, until : ipywidgets.DatePicker
        The first and the last day, both included.
    presets : dict of str to ipywidgets.Button
        ``all``, ``last 30 days`` and ``worst MX``, which chooses the MX host with the most failed
        sessions of the selection.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> explorer = Explorer(empty_tables())
    >>> len(explorer.selection.policies)
    0
    """

    def __init__(self, tables: ReportTables) -> None:
        self.tables = tables
        self._explored = Explored(tables)
        days = tables.policies["day"].dropna()
        self._whole: Days | None = (days.min().date(), days.max().date()) if len(days) else None
        self.policy_domain = selector("Domain", tables.policies["policy_domain"].unique())
        self.reporter = selector("Reporter", tables.policies["reporter"].unique())
        self.policy_type = selector("Policy type", tables.policies["policy_type"].unique())
        self.mx_hostname = selector("MX host", self._explored.mx_hostnames(()))
        self.since = day_picker("From", self._whole[0] if self._whole else None)
        self.until = day_picker("To", self._whole[1] if self._whole else None)
        self.presets = {
            "all": _button("All", self._choose_all),
            "last 30 days": _button(f"Last {LAST_DAYS} days", self._choose_last_days),
            "worst MX": _button("Worst MX host", self._choose_worst_mx),
        }
        lists = [self.policy_domain, self.reporter, self.policy_type, self.mx_hostname]
        selectors = [*lists, self.since, self.until]
        layout = Layout(flex_flow="row wrap", grid_gap="4px 12px")
        self._moves = LastMove(self._show)
        self._newest_days = NewestChoice()
        self._choosing = threading.RLock()
        self._is_held = False
        self._drawn = self._overview_choice(), self._days()
        sessions = self._explored.daily_sessions(self._drawn[0])
        self.overview = BrushedChart(sessions, self._drawn[1], self._brushed)
        self.views = [view_of(shown) for shown in self._shown(picture=True)]
        self.policy_domain.observe(self._offer_hosts, "value")
        for widget in lists:
            widget.observe(self._moved, "value")
        for picker in (self.since, self.until):
            picker.observe(self._picked, "value")
        presets = Box(list(self.presets.values()), layout=layout)
        super().__init__([Box(selectors, layout=layout), presets, self.overview, *self.views])

    @property
    def selection(self) -> ReportTables:
        """The reports that the selectors leave.

        For an MX host, these are its failures with their policy results and reports.
        """
        return self._explored.selection(self._choice)

    @property
    def failures(self) -> pd.DataFrame:
        """The failures of the selection, most sessions first; a missing count adds nothing."""
        return self._explored.failures(self._choice)

    @property
    def _choice(self) -> Choice:
        return Choice(
            self.policy_domain.value or (),
            self.reporter.value or (),
            self.policy_type.value or (),
            self.mx_hostname.value or (),
            self.since.value,
            self.until.value,
        )

    def _overview_choice(self) -> Choice:
        """Return the choice that the chart over time follows: every day, at every MX host."""
        return self._choice.on_every_day().at_every_mx()

    def _days(self) -> Days | None:
        """Return the chosen days, or None when all are chosen."""
        return self._brush_of(self.since.value, self.until.value)

    def _brush_of(self, since: dt.date | None, until: dt.date | None) -> Days | None:
        if self._whole is None:
            return None
        chosen = since or self._whole[0], until or self._whole[1]
        return None if chosen == self._whole or chosen[0] > chosen[1] else chosen

    @contextlib.contextmanager
    def _together(self) -> Iterator[None]:
        """Treat the moves of several selectors as one."""
        with self._choosing:
            self._is_held = True
            try:
                yield
            finally:
                self._is_held = False
        self._moves.note()

    def _moved(self, _: object) -> None:
        with self._choosing:
            if self._is_held:
                return
        self._moves.note()

    def _picked(self, change: dict[str, Any]) -> None:
        """Follow a day that was picked, or put it back if days were chosen after it."""
        with self._choosing:
            if self._is_held:
                return
            if self._newest_days.is_overtaken():
                with self._together():
                    change["owner"].value = change["old"]
        self._moves.note()

    def _offer_hosts(self, _: object) -> None:
        """Offer the MX hosts of the chosen domain; the chosen host stays if it is one of them."""
        with self._choosing:
            before, was_held = self.mx_hostname.value, self._is_held
            offered = choices(self._explored.mx_hostnames(self.policy_domain.value))
            self._is_held = True
            self.mx_hostname.options = offered
            self.mx_hostname.value = before if before in [value for _, value in offered] else ()
            self._is_held = was_held

    def _brushed(self, days: Days | None, is_seen: bool) -> None:  # noqa: FBT001 - a callback
        """Choose the days of the brush, without moving it if the reader still sees it."""
        since, until = days or self._whole or (None, None)
        if self._whole and since and until:
            since, until = max(since, self._whole[0]), min(until, self._whole[1])
        with self._choosing:
            is_overtaken = self._newest_days.is_overtaken()
            if (since, until) == (self.since.value, self.until.value):
                return
            with self._together():
                if not is_overtaken:
                    self.since.value, self.until.value = since, until
                if is_seen:
                    self._drawn = self._drawn[0], self._brush_of(since, until)

    def _choose_all(self) -> None:
        with self._together():
            for selector in (self.policy_domain, self.reporter, self.policy_type, self.mx_hostname):
                selector.value = ()
            if not self._newest_days.is_overtaken():
                self.since.value, self.until.value = self._whole or (None, None)

    def _choose_last_days(self) -> None:
        if self._whole:
            first, last = self._whole
            with self._together():
                if not self._newest_days.is_overtaken():
                    self.since.value = max(first, last - dt.timedelta(days=LAST_DAYS - 1))
                    self.until.value = last

    def _choose_worst_mx(self) -> None:
        self.mx_hostname.value = self._explored.worst_mx(self._choice)

    def _shown(self, *, picture: bool) -> list[Shown]:
        """Return the outputs below: notices, summary, heat map, MX hosts and failures."""
        choice, explored = self._choice, self._explored
        failures = self.failures
        table = page_table(failures, FAILURE_TITLES, rows=MOST_FAILURES, held=MOST_FAILURES)
        sessions = explored.daily_sessions(choice)
        heat = (
            charts.daily_failures_by_mx(explored.daily_failures(choice), sessions)
            if choice.mx_hostnames
            else charts.daily_sessions(sessions)
        )
        hosts = charts.failure_share_by_mx(explored.hosts(choice))
        reported = explored.selection(choice.at_every_mx())
        return [
            sentences_shown(notices(choice, self._whole, self.selection)),
            ({"text/html": reported._repr_html_(), "text/plain": repr(reported)}, {}),
            chart_shown(heat, picture=picture),
            chart_shown(hosts, picture=picture),
            table_shown(table, f"{len(failures)} failures"),
        ]

    def _show(self) -> None:
        drawn = self._overview_choice(), self._days()
        with quickly():
            if drawn[0] != self._drawn[0]:
                self.overview.redraw(self._explored.daily_sessions(drawn[0]), drawn[1])
            elif drawn != self._drawn:
                self.overview.mark(drawn[1])
            self._drawn = drawn
            for view, shown in zip(self.views, self._shown(picture=False), strict=True):
                show(view, shown)


def _button(description: str, action: Callable[[], None]) -> Button:
    button = Button(description=description)
    button.on_click(lambda _: action())
    return button
