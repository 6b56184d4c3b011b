"""The chart of the failed sessions of each reporter, by day or by week."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.standards.organizations import ORGANIZATIONS
from tlsrpt_analysis.views.charts.layers import (
    DAYS_VIEW,
    ROW,
    Spec,
    as_chart,
    days,
    finished,
    heading_layer,
    legend,
    mark,
    no_data,
    only,
    row_texts_layers,
    rows_body,
    tooltip,
)
from tlsrpt_analysis.views.charts.numbers import in_title, reporter_in_title
from tlsrpt_analysis.views.charts.periods import noun_of
from tlsrpt_analysis.views.charts.rows import (
    LINE,
    RATES,
    bounded_sessions,
    first_domains,
    rate_bands,
    with_headings,
)
from tlsrpt_analysis.views.charts.time_rows import failures_of_sessions
from tlsrpt_analysis.views.palette import colour, failed_step
from tlsrpt_analysis.views.shares_in_words import rough_percent
from tlsrpt_analysis.views.style import missing_as

if TYPE_CHECKING:
    import altair as alt

BAND_COLOURS = [colour("neutral"), *(failed_step(place) for place in range(len(RATES) - 1))]
BAND_HEIGHTS = [2, 6, 9, 12, 16, 20]
"""A higher share is darker and taller, so that no eye needs the colour."""

MUCH_MORE = 1.5
"""A sender whose share is this many times that of all is named in the title."""

COLUMNS = ["layer", "row", *LINE, "name", "value", "start", "end", "period", "failures", "band"]
COUNTS = ["session_count", "failed_session_count"]
KNOWN = frozenset(known.name for known in ORGANIZATIONS)


def daily_sessions(sessions: pd.DataFrame) -> "alt.LayerChart | alt.VConcatChart":
    """Draw the share of each reporter's sessions that failed, by day or longer periods.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`.

    Returns
    -------
    altair chart
        A cell per reporter and day, taller and darker where more failed, blank without a report.
        Long times are summed by week, month or year, and the chart says so.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = daily_sessions(tlsrpt.daily_sessions(empty_tables()))
    """
    return as_chart(daily_specification(sessions))


def daily_specification(sessions: pd.DataFrame) -> Spec:
    """Return the chart as `daily_sessions` draws it, as a Vega-Lite specification."""
    cells = bounded_sessions(sessions)
    if cells.empty:
        return no_data("no report counts a session.")
    noun = noun_of(cells)
    cells["band"] = rate_bands(cells["failed_session_count"], cells["session_count"])
    cells["failures"] = failures_of_sessions(cells)
    totals = cells.groupby(LINE)[COUNTS].sum().reset_index()
    return heat_map(
        cells,
        totals.assign(value=_rates(totals)),
        RATES,
        f"of a reporter's connections of a {noun} failed",
        title=failing_title(sessions),
        subtitle=f"Connections that failed, by {noun}. Blank: no report, so nothing is known.",
        about=f"{counted(len(cells), 'cell')}: the share of each reporter's connections that"
        f" failed, by domain and {noun}.",
    )


def heat_map(
    cells: pd.DataFrame, totals: pd.DataFrame, bands: Sequence[str], key: str, **texts: str
) -> Spec:
    """Draw a cell for each reporter and period, taller and darker with each of the bands.

    Parameters
    ----------
    cells : DataFrame
        `bounded_sessions` with ``band`` and ``failures``, a text.
    totals : DataFrame
        ``policy_domain reporter failed_session_count value``: what stands at the right of a line.
    bands : sequence of str
        From no failure to the most.
    key : str
        The title of the legend.
    **texts
        ``title``, ``subtitle`` and ``about``, as for `finished`.
    """
    totals = totals.assign(name=totals["reporter"])
    totals = totals.sort_values("failed_session_count", ascending=False, kind="stable")
    shown = first_domains(totals, by="failed_session_count")
    rows = with_headings(shown)
    places = rows.loc[rows["layer"] == "whole", [*LINE, "row"]]
    cells = cells.merge(places, on=LINE).assign(layer="cell")
    if more := len(totals) - len(shown):
        texts["subtitle"] += f" And {more:,} more rows, in the table."
    return finished(
        pd.concat([rows, cells], ignore_index=True)[COLUMNS],
        rows_body(_layers(noun_of(cells), bands, key), step=44),
        **texts,
    )


def failing_title(sessions: pd.DataFrame) -> str:
    """Return what the chart says, in one sentence.

    Examples
    --------
    >>> failing_title(pd.DataFrame({"policy_domain": "example.com", "reporter": ["Google", "GMX"],
    ...     "session_count": [90, 10], "failed_session_count": [0, 3]}))
    'GMX saw 30 % of its connections with example.com fail; all senders together, 3 %'
    """
    totals = sessions[COUNTS].groupby(missing_as(sessions["reporter"])).sum()
    failed, counts = totals["failed_session_count"], totals["session_count"]
    if not failed.sum():
        return "No connection failed"
    whole = failed.sum() / counts.sum()
    domains = missing_as(sessions["policy_domain"]).unique()
    where = f" with {in_title(domains[0], 'one domain')}" if len(domains) == 1 else ""
    worst = str((failed - whole * counts).idxmax())
    rate = failed[worst] / max(counts[worst], 1)
    if rate < MUCH_MORE * whole:
        alike = f", much the same for each of {len(totals):,} senders" if len(totals) > 1 else ""
        return f"{rough_percent(whole)} of the connections{where} failed{alike}"
    name = reporter_in_title(worst, KNOWN)
    return (
        f"{name[0].upper()}{name[1:]} saw {rough_percent(rate)} of its connections{where} fail;"
        f" all senders together, {rough_percent(whole)}"
    )


def _rates(totals: pd.DataFrame) -> list[str]:
    return [
        f"{rough_percent(failed / max(count, 1))} of {count:,} failed"
        for failed, count in zip(
            totals["failed_session_count"], totals["session_count"], strict=True
        )
    ]


def _layers(noun: str, bands: Sequence[str], title: str) -> list[Spec]:
    key = legend(title) or {}
    key |= {"symbolType": "square", "symbolSize": 90}
    scale = {"domain": list(bands), "range": BAND_COLOURS[: len(bands)]}
    cells = {
        "y": ROW,
        "x": days("start"),
        "x2": {"field": "end"},
        "color": {"field": "band", "type": "ordinal", "scale": scale, "legend": key},
        "tooltip": tooltip(
            policy_domain="domain", reporter="reporter", period=noun, failures="connections failed"
        ),
    }
    drawn = [
        mark("bar", cells, height=height, yOffset=8) | {"transform": only("band", band)}
        for band, height in zip(bands, BAND_HEIGHTS, strict=False)
    ]
    drawn[0]["name"] = DAYS_VIEW
    return [*drawn, *row_texts_layers("whole", shift=14), heading_layer(shift=10)]
