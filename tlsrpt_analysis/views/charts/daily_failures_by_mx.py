"""The chart of the failed sessions at an MX host, by reporter and by day or longer."""

from typing import TYPE_CHECKING

import pandas as pd

from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.views.charts.daily_sessions import heat_map
from tlsrpt_analysis.views.charts.layers import Spec, as_chart, no_data
from tlsrpt_analysis.views.charts.periods import noun_of
from tlsrpt_analysis.views.charts.rows import LINE, bounded_sessions
from tlsrpt_analysis.views.style import missing_as

if TYPE_CHECKING:
    import altair as alt

DAY = [*LINE, "day"]
COUNT_BANDS = ("none", "1 to 9", "10 to 99", "100 to 999", "1,000 or more")
COUNT_BOUNDS = (-1, 0, 9, 99, 999, 1 << 62)


def daily_failures_by_mx(
    failures: pd.DataFrame, sessions: pd.DataFrame
) -> "alt.LayerChart | alt.VConcatChart":
    """Draw how many sessions failed at an MX host, by reporter and day or longer periods.

    Parameters
    ----------
    failures : DataFrame
        ``policy_domain reporter day failed_session_count``: one or more rows for each day with
        failures at the host.
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`, for the days with reports.

    Returns
    -------
    altair chart
        A cell per reporter and day, taller and darker with the count: no report says how many
        sessions succeeded at a host, so there is no share. Blank without a report.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> tables = empty_tables()
    >>> daily_failures_by_mx(tables.failures, tlsrpt.daily_sessions(tables)).to_dict()["description"]
    'Nothing to draw: no report counts a session.'
    """
    return as_chart(daily_failures_specification(failures, sessions))


def daily_failures_specification(failures: pd.DataFrame, sessions: pd.DataFrame) -> Spec:
    """Return the chart as `daily_failures_by_mx` draws it, as a Vega-Lite specification."""
    cells = bounded_sessions(_with_failures(sessions, failures))
    if cells.empty:
        return no_data("no report counts a session.")
    noun = noun_of(cells)
    count = "failed_session_count"
    bands = pd.cut(cells[count], COUNT_BOUNDS, labels=list(COUNT_BANDS))
    cells["band"] = bands.astype("object")
    cells["failures"] = [_at_host(failed) for failed in cells[count]]
    totals = cells.groupby(LINE)[count].sum().reset_index()
    return heat_map(
        cells,
        totals.assign(value=[_at_host(failed) for failed in totals[count]]),
        COUNT_BANDS,
        f"connections of a {noun} failed at this MX host",
        title=f"{counted(int(totals[count].sum()), 'connection')} failed at this MX host",
        subtitle=f"Counts by {noun}, as no report says how many succeeded at a host."
        " Blank: no report.",
        about=f"{counted(len(cells), 'cell')}: how many connections failed at the MX host, by"
        f" domain, reporter and {noun}.",
    )


def _at_host(failed: int) -> str:
    return f"{failed:,} at this host"


def _with_failures(sessions: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """Return the days with reports, each with its failed sessions at the host."""
    count = "failed_session_count"
    named = {name: missing_as(failures[name]) for name in LINE} | {"day": failures["day"]}
    counts = failures.assign(**named).groupby(DAY)[count].sum().astype("int64").reset_index()
    days = sessions.assign(**{name: missing_as(sessions[name]) for name in LINE})[DAY]
    found = days.merge(counts, on=DAY, how="left")[count]
    return sessions.assign(failed_session_count=found.fillna(0).to_numpy("int64"))
