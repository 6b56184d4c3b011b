"""The explorer of enforce mode: tick fixes, set assumptions, and read what would be lost."""

# ipywidgets has no types
# mypy: disable-error-code="no-untyped-call"

import dataclasses
from typing import Any

import pandas as pd
from ipywidgets.widgets.widget_bool import Checkbox
from ipywidgets.widgets.widget_box import Box, VBox
from ipywidgets.widgets.widget_layout import Layout
from ipywidgets.widgets.widget_string import Label

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import DROP_MX, parse_fix
from tlsrpt_analysis.analyses.causes.diagnose import diagnose
from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact
from tlsrpt_analysis.analyses.impact.impact import (
    SESSIONS_PER_MESSAGE,
    EnforceImpact,
)
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.analyses.sessions import daily_sessions, grouped
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views import charts
from tlsrpt_analysis.views.charts.layers import Spec, as_chart
from tlsrpt_analysis.views.charts.rows import percent_range
from tlsrpt_analysis.views.page.tables import page_table
from tlsrpt_analysis.views.widgets.impact_chart import fixed_domain_specification
from tlsrpt_analysis.views.widgets.parts import (
    LastMove,
    Shown,
    as_label,
    chart_shown,
    quickly,
    selector,
    show,
    table_shown,
    view_of,
)
from tlsrpt_analysis.views.widgets.range_slider import RangeSlider

MOST_FIXES = 40
"""The most fixes of one domain to tick; the ladder has the largest first."""

MOST_SESSIONS = 120
TITLES = {
    "state": "State",
    "verdict": "Verdict",
    "refused": "Refused at most",
    "lost": "Lost, at least and at most",
    "headline": "In one sentence",
}


class FixBox(Checkbox):
    """A fix to tick, for the front end a plain checkbox.

    Attributes
    ----------
    fix : str
        The id of the fix, as for `EnforceImpact.after`.
    """

    def __init__(self, fix: str, effect: str, *, value: bool) -> None:
        self.fix = fix
        layout = Layout(width="auto")
        super().__init__(
            value=value, description=as_label(f"{fix} ({effect})"), indent=False, layout=layout
        )


class ImpactExplorer(VBox):
    """Fixes to tick and assumptions to set, above what enforce mode would then cost a domain.

    Parameters
    ----------
    reports : ReportTables or EnforceImpact
        The reports, or an impact, whose other inputs (MX records, mail logs) are kept.

    Attributes
    ----------
    policy_domain : ipywidgets.Dropdown
        The domain to show; initially the one with the most failed sessions.
    counts_all_mail : ipywidgets.Checkbox
        Whether shares are of all inbound mail, of which senders of `honouring_share` honour MTA-STS.
    honouring_share : RangeSlider
        At least and at most, in percent of all inbound mail.
    sessions_per_message : RangeSlider
        How many sessions a refused message takes, at least and at most.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(ImpactExplorer(empty_tables()).impact.by_domain)
    0
    """

    def __init__(self, reports: ReportTables | EnforceImpact) -> None:
        self._given = reports if isinstance(reports, EnforceImpact) else None
        self._tables = reports.tables if isinstance(reports, EnforceImpact) else reports
        self._ticked: set[tuple[str, str]] = set()
        self._causes: dict[str, pd.DataFrame] = {}
        self._kept: dict[str | None, EnforceImpact] = {}
        names = _by_failures(self._tables)
        self.policy_domain = selector("Domain", names, everything=False)
        if names:
            self.policy_domain.value = (names[0],)
        self.counts_all_mail = Checkbox(description="count all inbound mail", indent=False)
        self.honouring_share = RangeSlider("honouring MTA-STS (%)", (0, 100), value=(30, 60))
        self.honouring_share.disabled = True
        self.sessions_per_message = RangeSlider(
            "sessions per message", (1, MOST_SESSIONS), value=SESSIONS_PER_MESSAGE
        )
        self._fixes = VBox(self._boxes())
        self.views = [view_of(shown) for shown in self._shown(picture=True)]
        self._moved = LastMove(self._show)
        self.policy_domain.observe(self._choose, "value")
        self.counts_all_mail.observe(self._count, "value")
        for slider in (self.honouring_share, self.sessions_per_message):
            slider.observe(lambda _: self._moved.note(), "value")
        row = Layout(flex_flow="row wrap", grid_gap="4px 12px")
        assumed = [self.counts_all_mail, self.honouring_share, self.sessions_per_message]
        hint = Label("Tick the fixes that are done; the first one saves the most.")
        super().__init__(
            [
                Box([self.policy_domain], layout=row),
                Box(assumed, layout=row),
                hint,
                self._fixes,
                *self.views,
            ]
        )

    @property
    def fixes(self) -> list[FixBox]:
        """The fixes of the domain, in the order of the ladder, each with its id as ``fix``."""
        return list(self._fixes.children)

    @property
    def impact(self) -> EnforceImpact:
        """The impact on all domains under the assumptions, with every ticked fix done."""
        return self._fixed(self._assumed(None), None)

    def _options(self) -> dict[str, Any]:
        low, high = self.honouring_share.value
        return {
            "honouring_share": (low / 100, high / 100) if self.counts_all_mail.value else None,
            "sessions_per_message": self.sessions_per_message.value,
        }

    def _assumed(self, domain: str | None) -> EnforceImpact:
        """Return the impact on one domain, or on all, before the ticked fixes."""
        return self._impact_on(domain).with_options(**self._options())

    def _impact_on(self, domain: str | None) -> EnforceImpact:
        """Return the impact without assumptions; for a single domain it is computed in a moment."""
        if self._given is not None:
            return self._given
        if domain not in self._kept:
            tables = self._tables
            if domain is not None:
                tables = tables.select(policy_domains=[domain])
            self._kept[domain] = enforce_impact(tables)
        return self._kept[domain]

    def _fixed(self, impact: EnforceImpact, domain: str | None) -> EnforceImpact:
        for name in sorted({name for name, _ in self._ticked if domain in (None, name)}):
            fixes = sorted(fix for ticked, fix in self._ticked if ticked == name)
            impact = impact.after(fixes, policy_domain=name)
        return impact

    def _domain(self) -> str | None:
        return self.policy_domain.value[0] if self.policy_domain.value else None

    def _boxes(self) -> list[FixBox]:
        domain = self._domain()
        if domain is None:
            return []
        rows = self._assumed(domain).fixes
        rows = rows[rows["policy_domain"] == domain].head(MOST_FIXES)
        return [self._box(domain, row) for row in rows.to_dict("records")]

    def _box(self, domain: str, row: dict[Any, Any]) -> FixBox:
        fix = str(row["fix"])
        share = percent(row["would_block_share_before"] - row["would_block_share_after"])
        effect = (
            "instead of the other fixes of this host"
            if pd.isna(row["step"])
            else f"saves up to {share}"
        )
        box = FixBox(fix, effect, value=(domain, fix) in self._ticked)
        box.observe(lambda change: self._tick((domain, fix), is_on=change["new"]), "value")
        return box

    def _tick(self, fix: tuple[str, str], *, is_on: bool) -> None:
        (self._ticked.add if is_on else self._ticked.discard)(fix)
        if is_on:
            for box in self.fixes:
                if exclude_each_other(box.fix, fix[1]):
                    box.value = False
        self._moved.note()

    def _choose(self, _: object) -> None:
        self._fixes.children = self._boxes()
        self._moved.note()

    def _count(self, _: object) -> None:
        self.honouring_share.disabled = not self.counts_all_mail.value
        self._moved.note()

    def _shown(self, *, picture: bool) -> list[Shown]:
        """Return the outputs below: the domain before and after the fixes, as table and chart."""
        domain = self._domain()
        if domain is None:
            empty = charts.enforce_impact(self._assumed(None))
            return [chart_shown(empty, picture=picture)]
        assumed = self._assumed(domain)
        before, after = _only(assumed, domain), _only(self._fixed(assumed, domain), domain)
        done = sum(name == domain for name, _ in self._ticked)
        states = pd.concat([before.by_domain, after.by_domain] if done else [before.by_domain])
        fixed = f"with {done} fix{'' if done == 1 else 'es'} done"
        rows = states.assign(
            state=["as reported", fixed][: len(states)],
            refused=states["today_would_block_share"].map(percent),
            lost=[
                percent_range(low, high)
                for low, high in zip(
                    states["today_lost_share_low"], states["today_lost_share_high"], strict=True
                )
            ],
        )
        return [
            table_shown(page_table(rows, TITLES), str(rows["headline"].iloc[-1])),
            chart_shown(as_chart(self._chart(domain, before, after)), picture=picture),
        ]

    def _chart(self, domain: str, before: EnforceImpact, after: EnforceImpact) -> Spec:
        """Return the chart on an axis that no fix and no assumption changes."""
        plain = _only(self._impact_on(domain), domain).by_domain
        ends = [
            plain[name].max()
            for name in ("today_would_block_share", "today_would_block_share_high")
        ]
        limit = max([0.01, *(float(end) for end in ends if pd.notna(end))])
        return fixed_domain_specification(before, after, self._causes_of(domain), limit=limit)

    def _causes_of(self, domain: str) -> pd.DataFrame:
        if domain not in self._causes:
            self._causes[domain] = diagnose(self._tables.select(policy_domains=[domain]))
        return self._causes[domain]

    def _show(self) -> None:
        with quickly():
            for view, shown in zip(self.views, self._shown(picture=False), strict=True):
                show(view, shown)


def exclude_each_other(first: str, second: str) -> bool:
    """Whether of two fixes only one can be done: a host is dropped, or something about it is fixed.

    Examples
    --------
    >>> exclude_each_other("drop mx mx2.example.com", "add mx mx2.example.com")
    True
    >>> exclude_each_other("add mx mx2.example.com", "repair TLS mx2.example.com")
    False
    """
    kinds, hosts = zip(parse_fix(first), parse_fix(second), strict=True)
    return hosts[0] == hosts[1] and (kinds[0] == DROP_MX) != (kinds[1] == DROP_MX)


def _only(impact: EnforceImpact, domain: str) -> EnforceImpact:
    """Return the part of an impact that is shown."""
    return dataclasses.replace(
        impact,
        by_domain=impact.by_domain[impact.by_domain["policy_domain"] == domain],
        by_cause=impact.by_cause[impact.by_cause["policy_domain"] == domain],
    )


def _by_failures(tables: ReportTables) -> list[str]:
    """Return the domains, those with the most failed sessions first."""
    failed = grouped(daily_sessions(tables), ["policy_domain"])["failed_session_count"].sum()
    failed = failed[failed.index.notna()].sort_values(ascending=False, kind="stable")
    return [str(name) for name in failed.index]
