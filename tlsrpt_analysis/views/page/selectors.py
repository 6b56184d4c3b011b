"""The data with which the reader of the shared page can choose a domain and days."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.sessions import daily_sessions, grouped
from tlsrpt_analysis.shown_texts import without_controls
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views.style import missing_as

SELECTORS_MIME = "application/vnd.tlsrpt-analysis.selectors+json"
"""A type that only the exported page knows; elsewhere the plain text is shown."""

MOST_CHOICES = 1_000
"""The most domains of one list, the largest ones; for more, write one page per domain."""

MOST_COUNTS = 20_000
"""The most counts by domain and day in one page, about 400 KB; with more it shows no sums."""

COUNTS = ["session_count", "failed_session_count"]


@dataclass(frozen=True, slots=True)
class PageSelectors:
    """Domains, days, and the sessions of each domain and day, for the selectors of the page."""

    content: dict[str, Any]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {SELECTORS_MIME: self.content, "text/plain": str(self)}

    def __str__(self) -> str:
        count = len(self.content["domains"])
        return f"The shared page lets its reader choose among {count:,} domains and the days."


def page_selectors(tables: ReportTables) -> PageSelectors:
    """Return selectors for the reader of the exported page; show them in one cell.

    The page filters every table with the column ``policy_domain`` and every chart whose rows have
    a domain or a day, and says at all others that they show everything.

    Parameters
    ----------
    tables : ReportTables
        The reports that the notebook is about.

    Returns
    -------
    PageSelectors
        Shown as a bar at the top of the exported page, and as a sentence in JupyterLab.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> print(page_selectors(empty_tables()))
    The shared page lets its reader choose among 0 domains and the days.
    """
    sessions = daily_sessions(tables)
    sessions = sessions.assign(policy_domain=missing_as(sessions["policy_domain"]))
    rows = grouped(sessions, ["policy_domain", "day"])[COUNTS].sum().reset_index()
    rows = _of_the_largest(rows)
    domains = sorted(rows["policy_domain"].unique())
    content: dict[str, Any] = {
        "domains": [without_controls(name) for name in domains],
        "days": [],
        "rows": [],
    }
    days = rows["day"].dropna().dt.strftime("%Y-%m-%d")
    if len(days):
        content["days"] = [days.min(), days.max()]
    if len(rows) <= MOST_COUNTS:
        content["rows"] = _counts(rows, domains)
    return PageSelectors(content)


def _of_the_largest(rows: pd.DataFrame) -> pd.DataFrame:
    totals = rows.groupby("policy_domain")["session_count"].sum()
    return rows[rows["policy_domain"].isin(totals.nlargest(MOST_CHOICES).index)]


def _counts(rows: pd.DataFrame, domains: list[str]) -> list[list[Any]]:
    """Return the domain (as its index), day, sessions and failed sessions of each row."""
    places = {domain: place for place, domain in enumerate(domains)}
    days = rows["day"].dt.strftime("%Y-%m-%d")
    return [
        [places[domain], day if isinstance(day, str) else None, int(all_), int(bad)]
        for domain, day, all_, bad in zip(
            rows["policy_domain"], days, *(rows[count] for count in COUNTS), strict=True
        )
    ]
