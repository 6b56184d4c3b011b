"""The chart of the MX hosts at which sessions failed, and why."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from tlsrpt_analysis.views.charts.cause_families import FAMILY_COLOURS, cause_families
from tlsrpt_analysis.views.charts.layers import (
    ROW,
    Spec,
    as_chart,
    colours,
    finished,
    heading_layer,
    interval_layers,
    mark,
    no_data,
    row_texts_layers,
    rows_body,
    shares,
    tooltip,
)
from tlsrpt_analysis.views.charts.numbers import in_title, with_range
from tlsrpt_analysis.views.charts.periods import day_text
from tlsrpt_analysis.views.charts.rows import first_domains, left_out, row_texts, with_headings
from tlsrpt_analysis.views.palette import colour
from tlsrpt_analysis.views.shares_in_words import rough_percent, rough_range
from tlsrpt_analysis.views.style import missing_as

if TYPE_CHECKING:
    import altair as alt

HOST = ["policy_domain", "receiving_mx_hostname"]
LOW, HIGH = "share_of_failures_low", "share_of_failures_high"
IN_POLICY = {True: "in the policy", False: "not in the policy"}
DENOMINATOR = "share of the domain's failed connections"
MOST_PARTS = 6
"""The most causes of one bar; the smallest are together."""

COLUMNS = [
    *("layer", "row", *HOST, "name", "value", LOW, HIGH, "policy", "failures", "per_session"),
    *("first", "last", "family", "cause", "from", "to", "interval"),
]


def failure_share_by_mx(
    by_host: pd.DataFrame, causes: pd.DataFrame | None = None
) -> "alt.LayerChart | alt.VConcatChart":
    """Draw the share of each MX host in the failed sessions of its domain.

    Parameters
    ----------
    by_host : DataFrame
        The result of `tlsrpt_analysis.failure_share_by_mx`.
    causes : DataFrame, optional
        The result of `tlsrpt_analysis.diagnose`: each bar is then divided by likely cause.

    Returns
    -------
    altair chart
        A bar per host with its interval, and its share to its right.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = failure_share_by_mx(tlsrpt.failure_share_by_mx(empty_tables()))
    """
    return as_chart(hosts_specification(by_host, causes))


def hosts_specification(by_host: pd.DataFrame, causes: pd.DataFrame | None = None) -> Spec:
    """Return the chart as `failure_share_by_mx` draws it, as a Vega-Lite specification."""
    if by_host.empty:
        return no_data("no session failed.")
    rows = first_domains(by_host, by="failed_session_count")
    hosts = missing_as(rows["receiving_mx_hostname"])
    policy = missing_as(rows["in_policy"].astype("object").map(IN_POLICY), "not known")
    rows = rows.assign(
        receiving_mx_hostname=hosts,
        policy=policy,
        name=hosts + policy.map(lambda text: f" ({text})" if text.startswith("not in") else ""),
        value=row_texts(rows, _value),
        interval=row_texts(rows, lambda row: rough_range(row[LOW], row[HIGH])),
        per_session=rows["failed_per_session"].map(rough_percent),
        failures=row_texts(rows, lambda row: f"{row['failed_session_count']:,}"),
        first=rows["first_day"].map(day_text),
        last=rows["last_day"].map(day_text),
    )
    rows = with_headings(rows)
    hosts_only = rows[rows["layer"] == "whole"]
    parts = _parts(hosts_only, causes)
    both = pd.concat([rows, parts.assign(layer="part")], ignore_index=True)
    return finished(
        both.reindex(columns=COLUMNS),
        rows_body(_layers(parts, is_by_cause=causes is not None), step=40),
        title=hosts_title(by_host),
        subtitle="The thin line is the 95 % range; it needs 8 days with failures."
        + left_out(by_host, hosts_only, "hosts"),
        about=f"Bars for {len(hosts_only)} MX hosts: {DENOMINATOR}.",
    )


def hosts_title(by_host: pd.DataFrame) -> str:
    """Return what the chart says, in one sentence.

    Examples
    --------
    >>> hosts_title(pd.DataFrame({"policy_domain": ["example.com"] * 2, "share_of_failures": [.7, .3],
    ...     "receiving_mx_hostname": ["mx2.example.com", "mx1.example.com"]}))
    '70 % of the failed connections with example.com were at mx2.example.com'
    """
    most = by_host["share_of_failures"].groupby(missing_as(by_host["policy_domain"])).max()
    if len(most) > 1:
        at_one = int((most >= 0.5).sum())
        return f"At {at_one:,} of {len(most):,} domains, one server has most of the failures"
    worst = by_host.sort_values("share_of_failures", ascending=False, kind="stable").iloc[0]
    domain = in_title(worst["policy_domain"], "one domain")
    host = in_title(worst["receiving_mx_hostname"], "one server that the senders did not name")
    share = rough_percent(worst["share_of_failures"])
    return f"{share} of the failed connections with {domain} were at {host}"


def _value(row: Mapping[Hashable, Any]) -> str:
    share = row["share_of_failures"]
    return with_range(share, row[LOW], row[HIGH]) if share > 0 else "0 %"


def _layers(parts: pd.DataFrame, *, is_by_cause: bool) -> list[Spec]:
    tones = colours("family", FAMILY_COLOURS, present=parts["family"], title="likely cause")
    tone: Spec = tones if is_by_cause else {"value": colour("refused")}
    cause = {"cause": "likely cause"} if is_by_cause else {}
    details = tooltip(
        policy_domain="domain",
        receiving_mx_hostname="MX host",
        **cause,
        value="share of the domain's failures",
        failures="failed connections",
        per_session="per connection with the domain",
        policy="host",
        first="first day",
        last="last day",
    )
    bars = {
        "y": ROW,
        "x": shares("from", DENOMINATOR, whole=True),
        "x2": {"field": "to"},
        "color": tone,
        "tooltip": details,
    }
    return [
        mark("bar", bars, layer="part", height=12, yOffset=7),
        *interval_layers("whole", LOW, HIGH, shift=7),
        *row_texts_layers("whole", shift=8, details=details),
        heading_layer(shift=6),
    ]


def _parts(rows: pd.DataFrame, causes: pd.DataFrame | None) -> pd.DataFrame:
    """Return the parts of each host's bar, by cause, in the order of their failures."""
    parts = rows.assign(cause=None, part=1.0)
    if causes is not None:
        parts = rows.merge(_by_cause(rows, causes), on=HOST, how="left", sort=False)
        parts["part"] = parts["count"] / parts.groupby(HOST)["count"].transform("sum")
    parts["part"] = parts["part"].fillna(1.0)
    ends = parts.groupby(HOST, sort=False)["part"].cumsum()
    whole = parts["share_of_failures"]
    return parts.assign(
        **{"from": (ends - parts["part"]) * whole, "to": ends * whole},
        family=cause_families(parts["cause"]),
        cause=_cause_texts(parts),
    )


def _by_cause(rows: pd.DataFrame, causes: pd.DataFrame) -> pd.DataFrame:
    """Return the failures of each host by cause, the smallest of many causes together."""
    found = causes[causes["failed_session_count"] > 0]
    found = found.assign(**{key: missing_as(found[key]) for key in HOST})
    found = found.merge(rows[HOST], on=HOST)
    texts = found.assign(cause=missing_as(found["cause"], ""), title=missing_as(found["title"], ""))
    summed = texts.groupby([*HOST, "cause", "title"], sort=False)["failed_session_count"].sum()
    ranked = summed.reset_index().sort_values(
        "failed_session_count", ascending=False, kind="stable"
    )
    is_small = ranked.groupby(HOST).cumcount() >= MOST_PARTS - 1
    ranked.loc[is_small, ["cause", "title"]] = ["", "other causes"]
    by_cause = ranked.groupby([*HOST, "cause", "title"], sort=False)["failed_session_count"].sum()
    names = {"failed_session_count": "count", "title": "cause_title"}
    return by_cause.reset_index().rename(columns=names)


def _cause_texts(parts: pd.DataFrame) -> list[Any]:
    titles = parts["cause_title"] if "cause_title" in parts else parts["cause"]
    return [
        "not explained" if pd.isna(title) else f"{title} ({rough_percent(part)} of the host's)"
        for title, part in zip(titles, parts["part"], strict=True)
    ]
