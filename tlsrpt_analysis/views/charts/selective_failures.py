"""The chart of failures that one reporter sees and others do not."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.standards.organizations import ORGANIZATIONS
from tlsrpt_analysis.views.charts.cause_families import FAMILY_COLOURS, cause_families
from tlsrpt_analysis.views.charts.layers import (
    ROW,
    Spec,
    as_chart,
    colours,
    finished,
    heading_layer,
    mark,
    no_data,
    quantity,
    row_texts_layers,
    rows_body,
    shares,
    tooltip,
)
from tlsrpt_analysis.views.charts.numbers import in_title, reporter_in_title, with_range
from tlsrpt_analysis.views.charts.periods import day_text
from tlsrpt_analysis.views.charts.rows import first_domains, left_out, row_texts, with_headings
from tlsrpt_analysis.views.palette import colour
from tlsrpt_analysis.views.shares_in_words import rough_percent
from tlsrpt_analysis.views.style import PAPER, QUIET_INK, RULE, missing_as

if TYPE_CHECKING:
    import altair as alt

ORDER = {"selective": 0, "not selective": 1, "too little data": 2}
DENOMINATOR = "share of the reporter's connections that failed"
KNOWN = frozenset(known.name for known in ORGANIZATIONS)
COLUMNS = [
    *("layer", "row", "policy_domain", "name", "value", "failing_reporter", "clean_reporters"),
    *("policy_type", "result_type", "receiving_mx_hostname", "failing", "clean", "verdict"),
    *("onset", "explanation", "colour", "strength", "failing_share", "failing_share_low"),
    *("failing_share_high", "clean_share", "clean_share_low", "clean_share_high"),
]


def selective_failures(comparisons: pd.DataFrame) -> "alt.LayerChart | alt.VConcatChart":
    """Draw how often one reporter's sessions fail, beside those of the others.

    Parameters
    ----------
    comparisons : DataFrame
        The result of `tlsrpt_analysis.selective_failures`.

    Returns
    -------
    altair chart
        A dumbbell per comparison: filled for the failing reporter, hollow for the others.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = selective_failures(tlsrpt.selective_failures(empty_tables()))
    """
    return as_chart(selective_specification(comparisons))


def selective_specification(comparisons: pd.DataFrame) -> Spec:
    """Return the chart as `selective_failures` draws it, as a Vega-Lite specification."""
    if comparisons.empty:
        return no_data("no failing reporter to compare with others.")
    rank = missing_as(comparisons["verdict"]).map(ORDER).fillna(len(ORDER)).astype("int64")
    ranked = comparisons.assign(rank=rank, selective_count=(rank == 0).astype("int64"))
    ranked = ranked.sort_values(["rank", "failing_share"], ascending=[True, False], kind="stable")
    rows = first_domains(ranked, by="selective_count")
    rows = rows.assign(
        name=_names(rows),
        colour=cause_families(rows["points_to"], rows["result_type"]),
        onset=row_texts(rows, _onset),
        receiving_mx_hostname=missing_as(rows["receiving_mx_hostname"]),
        failing=row_texts(rows, lambda row: _share(row, "failing_share")),
        clean=row_texts(rows, lambda row: _share(row, "clean_share")),
        value=row_texts(rows, lambda row: f"{row['verdict']}{_since(row)}"),
        strength=[1.0 if verdict == "selective" else 0.6 for verdict in rows["verdict"]],
    )
    rows = with_headings(rows)
    shown = rows[rows["layer"] == "whole"]
    return finished(
        rows[COLUMNS],
        rows_body(_layers(shown), step=40),
        title=selective_title(comparisons),
        subtitle="● the sender that fails, ○ those it is compared with; the lines are 95 % ranges."
        + left_out(comparisons, shown, "comparisons"),
        about=f"Dumbbells for {len(shown)} comparisons of a failing reporter with others:"
        f" the {DENOMINATOR}.",
    )


def selective_title(comparisons: pd.DataFrame) -> str:
    """Return what the chart says, in one sentence.

    Examples
    --------
    >>> selective_title(pd.DataFrame({"policy_domain": ["example.com"], "verdict": "selective",
    ...     "failing_reporter": "Microsoft", "failing_share": 0.412, "clean_share": 0.004}))
    'Microsoft fails at example.com in 41 % of connections; other senders in 0.4 %'
    """
    found = comparisons[comparisons["verdict"] == "selective"]
    if found.empty:
        return "No sender fails where the others do not"
    if len(found) > 1:
        domains = missing_as(found["policy_domain"]).nunique()
        return f"At {counted(domains, 'domain')}, one sender fails where others do not"
    row = found.iloc[0]
    name = reporter_in_title(row["failing_reporter"], KNOWN)
    domain = in_title(row["policy_domain"], "one domain")
    failing, clean = rough_percent(row["failing_share"]), rough_percent(row["clean_share"])
    return (
        f"{name[0].upper()}{name[1:]} fails at {domain} in {failing} of connections;"
        f" other senders in {clean}"
    )


def _share(row: Mapping[Hashable, Any], share: str) -> str:
    return with_range(row[share], row[f"{share}_low"], row[f"{share}_high"])


def _since(row: Mapping[Hashable, Any]) -> str:
    """Return the latest onset of a selective failure, or ""."""
    if row["verdict"] != "selective" or pd.isna(row["since_high"]):
        return ""
    return f" since {day_text(row['since_high'])}"


def _onset(row: Mapping[Hashable, Any]) -> str:
    low, high = row["since_low"], row["since_high"]
    if pd.isna(low) or pd.isna(high):
        return "before the first report"
    return day_text(high) if low == high else f"{day_text(low)} to {day_text(high)}"


def _names(rows: pd.DataFrame) -> list[str]:
    """Return the names of the rows: the reporter, and the result type where it has several."""
    keys = ["policy_domain", "failing_reporter", "policy_type"]
    has_more = rows.duplicated(keys, keep=False)
    result_types = missing_as(rows["result_type"]).where(has_more, "")
    labels = zip(rows["failing_reporter"], rows["policy_type"], result_types, strict=True)
    return [
        f"{reporter} ({policy_type}{', ' if result_type else ''}{result_type})"
        for reporter, policy_type, result_type in labels
    ]


def _layers(rows: pd.DataFrame) -> list[Spec]:
    details = tooltip(
        policy_domain="domain",
        failing_reporter="failing reporter",
        clean_reporters="compared with",
        policy_type="policy type",
        result_type="result type",
        receiving_mx_hostname="MX host",
        failing="failing share",
        clean="share of the others",
        verdict="verdict",
        onset="began",
        explanation="in words",
    )
    tone = colours("colour", FAMILY_COLOURS, present=rows["colour"], title="points to")
    base = {"y": ROW, "tooltip": details}
    neutral = colour("neutral")
    filled = {"x": shares("failing_share", DENOMINATOR, whole=True), "color": tone}
    filled["opacity"] = {"field": "strength", "type": "quantitative", "scale": None}
    return [
        _line(base, "clean_share", "failing_share", color=RULE, strokeDash=[3, 3]),
        _line(base, "clean_share_low", "clean_share_high", strokeWidth=4, color=neutral),
        _line(
            base | {"color": tone},
            *("failing_share_low", "failing_share_high"),
            strokeWidth=4,
            opacity=0.6,
        ),
        _point(base, {"x": quantity("clean_share")}, fill=PAPER, stroke=QUIET_INK, size=70),
        _point(base, filled, size=110),
        *row_texts_layers("whole", shift=9, details=details),
        heading_layer(shift=6),
    ]


def _line(base: Spec, low: str, high: str, **look: Any) -> Spec:
    ends = {"x": quantity(low), "x2": {"field": high}}
    return mark("rule", base | ends, layer="whole", yOffset=8, **look)


def _point(base: Spec, encoding: Spec, **look: Any) -> Spec:
    return mark("point", base | encoding, layer="whole", yOffset=8, filled=True, opacity=1, **look)
