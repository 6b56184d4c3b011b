"""The chart of sessions over time: how many, which share of them failed, and for which sender most."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.views.charts.layers import (
    DAYS_VIEW,
    NEUTRAL,
    PERCENT_AXIS,
    TOP,
    WIDTH,
    Spec,
    as_chart,
    days,
    finished,
    mark,
    no_data,
    only,
    quantity,
    tooltip,
)
from tlsrpt_analysis.views.charts.numbers import in_title
from tlsrpt_analysis.views.charts.periods import day_text, noun_of
from tlsrpt_analysis.views.charts.time_rows import mode_changes, reporters_over_time, together
from tlsrpt_analysis.views.palette import colour
from tlsrpt_analysis.views.shares_in_words import rough_percent
from tlsrpt_analysis.views.style import INK, PAPER, QUIET_INK, missing_as

if TYPE_CHECKING:
    import altair as alt

MOST_NAMED = 2
"""The reporters with a name at the end of their line: those that failed most."""

FEWEST_SHARE = 0.02
"""Reporters with a smaller part of all sessions have no line: few sessions make any share."""

COLUMNS = [
    *(
        "layer",
        "reporter",
        "start",
        "end",
        "middle",
        "period",
        "share",
        "failures",
        "label",
        "has_label",
    ),
    *("session_count", "failed_session_count", "day", "mode", "change", "since", "policy_domain"),
]


def sessions_over_time(
    sessions: pd.DataFrame, *, brush: "alt.Parameter | None" = None
) -> "alt.VConcatChart | alt.LayerChart":
    """Draw how many sessions there were over time, and which share of them failed.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`; domains are summed.
    brush : altair selection, optional
        An interval of days that the reader can draw over the sessions.

    Returns
    -------
    altair chart
        Sessions above, shares below, of all senders and of each; days on which a policy changed
        its mode are marked. Long times are summed by week, month or year, and the chart says so.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = sessions_over_time(tlsrpt.daily_sessions(empty_tables()))
    """
    spec = over_time_specification(sessions)
    chart = as_chart(spec)
    if brush is not None and "vconcat" in spec:
        chart.vconcat[0] = chart.vconcat[0].add_params(brush)
        chart = chart.copy(deep=False)
    return chart


def over_time_specification(sessions: pd.DataFrame) -> Spec:
    """Return the chart as `sessions_over_time` draws it, as a Vega-Lite specification."""
    if sessions.empty or not sessions["session_count"].sum():
        return no_data("no report counts a session.")
    rows = reporters_over_time(sessions)
    noun = noun_of(rows)
    whole = together(rows)
    changes = mode_changes(sessions)
    marked = changes.assign(layer="change", since=changes["day"].map(day_text))
    lines = _lines(rows)
    both = pd.concat([whole.assign(layer="all"), lines, marked], ignore_index=True)
    marks = _marked(len(changes))
    above = {"layer": [*_counts(noun), *marks], "width": WIDTH, "height": 80}
    below = {"layer": [*_shares(noun), *marks], "width": WIDTH, "height": 150}
    body = {"vconcat": [above, below], "spacing": 10, "resolve": {"scale": {"x": "shared"}}}
    return finished(
        both.reindex(columns=COLUMNS),
        body,
        title=over_time_title(whole),
        subtitle=f"By {noun}. Red: all senders; grey: each of the larger ones, interrupted without a report."
        + (" Dashed: the policy changed its mode." if len(changes) else ""),
        about=f"Connections by {noun} of {_of(sessions)}, and the share that failed, of all"
        f" senders and of {counted(lines['reporter'].nunique(), 'line')};"
        f" {len(changes)} changes of policy mode are marked.",
    )


def over_time_title(whole: pd.DataFrame) -> str:
    """Return what the chart says, in one sentence.

    Examples
    --------
    >>> over_time_title(pd.DataFrame({"period": ["week of 7 Sep 2026", "week of 14 Sep 2026"],
    ...     "session_count": [90, 10], "failed_session_count": [2, 3]}))
    '5 % of the connections failed; most in the week of 14 Sep 2026: 30 %'
    """
    failed, counted_ = whole["failed_session_count"], whole["session_count"]
    if not failed.sum():
        return "No connection failed"
    share = failed / counted_.clip(lower=1)
    worst = int(share.argmax())
    period = str(whole["period"].iloc[worst])
    when = f"on {period}" if period[0].isdigit() else f"in the {period}"
    return (
        f"{rough_percent(failed.sum() / counted_.sum())} of the connections failed;"
        f" most {when}: {rough_percent(share.iloc[worst])}"
    )


def _of(sessions: pd.DataFrame) -> str:
    domains = missing_as(sessions["policy_domain"]).unique()
    return (
        in_title(domains[0], "one domain")
        if len(domains) == 1
        else f"{len(domains):,} domains together"
    )


def _lines(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the reporters whose share of a period is more than chance."""
    totals = rows.groupby("reporter")["session_count"].sum()
    large = rows[rows["reporter"].isin(totals.index[totals >= FEWEST_SHARE * totals.sum()])]
    labels = _labels(large)
    has_label = labels.notna().map({True: "yes", False: "no"})
    return large.assign(layer="reporter", label=labels, has_label=has_label)


def _labels(rows: pd.DataFrame) -> pd.Series:
    """Return the names of the reporters that failed most, at the last point of their lines."""
    known = rows.dropna(subset="share")
    failed = known.groupby("reporter")["failed_session_count"].sum()
    worst = failed[failed > 0].nlargest(MOST_NAMED).index
    last = known.groupby("reporter")["start"].idxmax().reindex(worst)
    names = pd.Series(None, index=rows.index, dtype="object")
    names[last.to_numpy()] = worst.to_numpy()
    return names


def _details(noun: str) -> list[Spec]:
    return tooltip(reporter="reporter", period=noun, failures="connections failed")


def _counts(noun: str) -> list[Spec]:
    axis = {"title": "connections", "tickCount": 3, "format": "~s"}
    span = {"x": days("start", with_axis=False), "x2": {"field": "end"}, "tooltip": _details(noun)}
    look: dict[str, Any] = {"stroke": PAPER, "strokeWidth": 0.5}
    bars = [("session_count", NEUTRAL), ("failed_session_count", colour("refused"))]
    drawn = [
        mark(
            "rect",
            span | {"y": quantity(name, axis=axis), "y2": {"datum": 0}},
            layer="all",
            color=tone,
            **look,
        )
        for name, tone in bars
    ]
    drawn[0]["name"] = DAYS_VIEW
    return drawn


def _shares(noun: str) -> list[Spec]:
    axis = {"title": "share failed", "format": PERCENT_AXIS, "tickCount": 3}
    point = {
        "x": days("middle"),
        "y": quantity("share", axis=axis, scale={"domainMin": 0, "nice": True}),
        "tooltip": _details(noun),
    }
    each = point | {"detail": {"field": "reporter", "type": "nominal"}}
    red = colour("refused")
    name = each | {"text": {"field": "label", "type": "nominal"}}
    look: dict[str, Any] = {
        "align": "right",
        "baseline": "bottom",
        "dy": -4,
        "fontSize": 11,
        "aria": False,
    }
    return [
        mark("line", each, layer="reporter", color=NEUTRAL, strokeWidth=0.8, opacity=0.45),
        mark("point", each, layer="reporter", color=NEUTRAL, filled=True, size=6, opacity=0.45),
        mark("line", point, layer="all", color=red, strokeWidth=2.5),
        mark("point", point, layer="all", color=red, filled=True, size=16),
        mark("text", name, color=QUIET_INK, limit=150, **look)
        | {"transform": only("has_label", "yes")},
    ]


def _marked(count: int) -> list[Spec]:
    if not count:
        return []
    details = tooltip(policy_domain="domain", since="since", change="policy mode")
    place = {"x": days("day"), "tooltip": details}
    rule = mark("rule", place, layer="change", color=INK, strokeDash=[4, 3], strokeWidth=1.2)
    if count > 3:
        return [rule]
    words = place | {"y": TOP, "text": {"field": "mode", "type": "nominal"}}
    look: dict[str, Any] = {"align": "left", "baseline": "top", "dx": 4, "dy": 2, "fontSize": 11}
    return [rule, mark("text", words, layer="change", color=QUIET_INK, **look)]
