"""The charts, one per analysis: what they encode, and what they never do."""

import copy
import datetime as dt
import html
import json
import re
from typing import Any

import altair as alt
import pandas as pd
import pytest
from support.view_frames import (
    FIRST,
    HOSTILE,
    causes_of,
    comparisons_of,
    covered_of,
    impact_of,
    readiness_of,
    sessions_of,
    shares_of,
)
from syrupy.assertion import SnapshotAssertion

from tlsrpt_analysis.views import charts
from tlsrpt_analysis.views.charts.layers import YEAR_WHERE_NEW
from tlsrpt_analysis.views.style import svg

REPORTERS = ["Google", "Microsoft", "A small one"]
SWITCH = pd.Timestamp(FIRST) + dt.timedelta(40)
DOMAINS = ["example.com", "example.net"]
CHARTS = {
    "daily_sessions": lambda: charts.daily_sessions(sessions_of(DOMAINS, REPORTERS)),
    "daily_failures_by_mx": lambda: failures_drawn(sessions_of(DOMAINS, REPORTERS)),
    "sessions_over_time": lambda: charts.sessions_over_time(
        enforced_later(sessions_of(DOMAINS, REPORTERS))
    ),
    "coverage": lambda: charts.coverage(covered_of(DOMAINS, REPORTERS)),
    "coverage calendar": lambda: charts.coverage(
        covered_of(DOMAINS, REPORTERS), sessions_of(DOMAINS, REPORTERS)
    ),
    "failure_share_by_mx": lambda: charts.failure_share_by_mx(shares_of()),
    "failure_share_by_mx by cause": lambda: charts.failure_share_by_mx(shares_of(), causes_of()),
    "selective_failures": lambda: charts.selective_failures(comparisons_of()),
    "enforce_impact": lambda: charts.enforce_impact(impact_of()),
    "fixes": lambda: charts.fixes(impact_of().fixes),
    "readiness": lambda: charts.readiness(readiness_of(DOMAINS)),
}
HOSTILE_CHARTS = {
    "daily_sessions": lambda: charts.daily_sessions(sessions_of([HOSTILE], [HOSTILE])),
    "daily_failures_by_mx": lambda: failures_drawn(sessions_of([HOSTILE], [HOSTILE])),
    "sessions_over_time": lambda: charts.sessions_over_time(
        enforced_later(sessions_of([HOSTILE], [HOSTILE]))
    ),
    "coverage": lambda: charts.coverage(
        covered_of([HOSTILE], [HOSTILE]), sessions_of([HOSTILE], [HOSTILE])
    ),
    "failure_share_by_mx": lambda: charts.failure_share_by_mx(
        shares_of(HOSTILE, HOSTILE), causes_of(HOSTILE, HOSTILE)
    ),
    "selective_failures": lambda: charts.selective_failures(comparisons_of(HOSTILE, HOSTILE)),
    "enforce_impact": lambda: charts.enforce_impact(impact_of(HOSTILE, HOSTILE)),
    "fixes": lambda: charts.fixes(impact_of(HOSTILE).fixes),
    "readiness": lambda: charts.readiness(readiness_of([HOSTILE])),
}


EMPTY_CHARTS = {
    "daily_sessions": lambda: charts.daily_sessions(sessions_of(DOMAINS, REPORTERS).iloc[:0]),
    "daily_failures_by_mx": lambda: failures_drawn(sessions_of(DOMAINS, REPORTERS).iloc[:0]),
    "sessions_over_time": lambda: charts.sessions_over_time(
        sessions_of(DOMAINS, REPORTERS).iloc[:0]
    ),
    "coverage": lambda: charts.coverage(covered_of(DOMAINS, REPORTERS).iloc[:0]),
    "failure_share_by_mx": lambda: charts.failure_share_by_mx(shares_of().iloc[:0]),
    "selective_failures": lambda: charts.selective_failures(comparisons_of().iloc[:0]),
    "enforce_impact": lambda: charts.enforce_impact(impact_without_domains()),
    "fixes": lambda: charts.fixes(impact_of().fixes.iloc[:0]),
    "readiness": lambda: charts.readiness(readiness_of([])),
}


def failures_drawn(sessions: pd.DataFrame) -> alt.TopLevelMixin:
    """Draw every second day as one with 12 failed sessions at the host."""
    return charts.daily_failures_by_mx(
        sessions.iloc[::2].assign(failed_session_count=12), sessions.assign(failed_session_count=0)
    )


def impact_without_domains() -> Any:
    """Return an impact without any policy."""
    impact = impact_of()
    impact.by_domain = impact.by_domain.iloc[:0]
    return impact


@pytest.mark.parametrize("listed", [CHARTS, HOSTILE_CHARTS, EMPTY_CHARTS])
def test_every_public_chart_is_in_each_list(listed: dict[str, object]) -> None:
    """A new chart is drawn as agreed, with hostile texts, and empty; a second word names a variant."""
    assert sorted({name.partition(" ")[0] for name in listed}) == sorted(charts.__all__)


def enforced_later(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return sessions under a policy that is enforced from the 40th day on."""
    modes = sessions["day"].map(lambda day: "enforce" if day >= SWITCH else "testing")
    return sessions.assign(policy_mode=modes.astype("category"))


def rows_of(chart: alt.TopLevelMixin) -> list[dict[str, object]]:
    """Return the rows that a chart holds."""
    found: list[dict[str, object]] = []

    def walk(part: object) -> None:
        if isinstance(part, dict):
            found.extend(part.get("data", {}).get("values", []) if "data" in part else [])
            for value in part.values():
                walk(value)
        if isinstance(part, list):
            for item in part:
                walk(item)

    specification = chart.to_dict()
    walk(specification)
    for rows in specification.get("datasets", {}).values():
        found.extend(rows)
    return found


def without_data(chart: alt.TopLevelMixin) -> dict[str, object]:
    """Return what a chart encodes."""
    specification = copy.deepcopy(chart.to_dict())
    specification["datasets"] = sorted(map(len, specification.pop("datasets", {}).values()))
    specification.pop("config")
    specification.pop("$schema")
    text = json.dumps(_without(specification, {"data", "tooltip"}))
    return json.loads(re.sub(r'"view_\d+"', '"view"', text))


def _without(part: object, keys: set[str]) -> object:
    if isinstance(part, dict):
        return {key: _without(value, keys) for key, value in part.items() if key not in keys}
    return [_without(item, keys) for item in part] if isinstance(part, list) else part


@pytest.mark.parametrize("name", CHARTS)
def test_specification_without_data_is_as_agreed(name: str, snapshot: SnapshotAssertion) -> None:
    """The encoding of a chart changes only on purpose."""
    assert without_data(CHARTS[name]()) == snapshot


@pytest.mark.parametrize("name", CHARTS)
def test_charts_can_be_drawn_by_the_vega_lite_of_jupyterlab(name: str) -> None:
    """JupyterLab 4.6 has Vega-Lite 5.6; the oldest in vl-convert is 5.8."""
    import vl_convert  # noqa: PLC0415 - only this test asks for a version

    specification = CHARTS[name]().to_dict() | {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json"
    }
    drawn = vl_convert.vegalite_to_svg(
        json.dumps(specification), vl_version="5.8", allowed_base_urls=[]
    )
    assert "</svg>" in drawn


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_has_a_description_for_screen_readers(name: str) -> None:
    """The description becomes the label of the drawing."""
    assert len(CHARTS[name]().to_dict()["description"]) > 40


@pytest.mark.parametrize("name", HOSTILE_CHARTS)
def test_text_of_a_report_is_only_data(name: str) -> None:
    """No expression, scale, title or option contains text from a report."""
    specification = HOSTILE_CHARTS[name]().to_dict()
    assert HOSTILE in json.dumps(specification)
    assert HOSTILE not in json.dumps(_without(specification, {"data", "datasets"}))


@pytest.mark.parametrize("name", HOSTILE_CHARTS)
def test_text_of_a_report_is_escaped_in_the_drawing(name: str) -> None:
    """The SVG picture is shown in pages that are not ours."""
    assert "<script" not in svg(HOSTILE_CHARTS[name]().to_dict())


@pytest.mark.parametrize("name", CHARTS)
def test_no_chart_links_or_loads(name: str) -> None:
    """An address from a report would be fetched; a field named image would run script."""
    text = json.dumps(_without(CHARTS[name]().to_dict(), {"data", "datasets", "$schema"}))
    text = text.replace(json.dumps(YEAR_WHERE_NEW), '"the same words on every axis of days"')
    for word in ('"href"', '"url"', '"image"', "datum."):
        assert word not in text


@pytest.mark.parametrize("name", EMPTY_CHARTS)
def test_empty_frame_says_no_data(name: str) -> None:
    """A chart of nothing says so instead of raising."""
    assert "Nothing to draw" in EMPTY_CHARTS[name]().to_dict()["description"]


def test_impact_without_causes_draws_one_unexplained_part() -> None:
    """What is refused has a bar, even where nothing says why."""
    impact = impact_of()
    impact.by_cause = impact.by_cause.iloc[:0]
    families = {row["family"] for row in rows_of(charts.enforce_impact(impact))}
    assert families == {None, "not explained"}


def test_two_hundred_thousand_rows_stay_under_a_megabyte() -> None:
    """Charts sum their rows first: altair refuses a frame of more than 5,000."""
    names = [f"d{number}.example" for number in range(40)]
    reporters = [f"r{number}" for number in range(14)]
    sessions = sessions_of(names, reporters, days=366)
    assert len(sessions) > 200_000
    drawn = [
        charts.daily_sessions(sessions),
        charts.sessions_over_time(sessions),
        charts.coverage(covered_of(names, reporters), sessions),
    ]
    sizes = [len(json.dumps(chart.to_dict())) for chart in drawn]
    assert max(sizes) < 1_000_000, sizes


@pytest.mark.parametrize(
    ("name", "denominator"),
    [
        ("failure_share_by_mx", "share of the domain's failed connections"),
        ("selective_failures", "share of the reporter's connections that failed"),
        ("enforce_impact", "share of tested connections refused today"),
    ],
)
def test_axis_names_the_denominator(name: str, denominator: str) -> None:
    """A share without its denominator says nothing."""
    assert denominator in json.dumps(CHARTS[name]().to_dict())


def test_missing_host_is_named_and_kept() -> None:
    """A failure whose host was not given stays in the chart."""
    assert "(not given)" in json.dumps(charts.failure_share_by_mx(shares_of()).to_dict())


def test_missing_days_are_blank() -> None:
    """A day without a report has no cell: it is unknown, not clean."""
    rows = rows_of(charts.daily_sessions(sessions_of(["example.com"], ["Google"])))
    days = {row["start"] for row in rows if row["layer"] == "cell"}
    assert {"2026-07-30", "2026-08-03"} <= days
    assert days & {"2026-07-31", "2026-08-01", "2026-08-02"} == set()


def test_failures_at_a_host_are_counts_on_days_with_reports() -> None:
    """A day without failures there is clean, and one without a report is unknown."""
    rows = rows_of(failures_drawn(sessions_of(["example.com"], ["Google"])))
    assert {row["band"] for row in rows} == {"10 to 99", "none", None}
    assert {row["failures"] for row in rows} == {"12 at this host", "0 at this host", None}
    assert [row["value"] for row in rows if row["layer"] == "whole"] == ["348 at this host"]


def test_coverage_calendar_leaves_out_the_missing_days() -> None:
    """A bar for each stretch of days with reports."""
    chart = charts.coverage(
        covered_of(["example.com"], ["Google"]), sessions_of(["example.com"], ["Google"])
    )
    bars = [(row["bar_from"], row["bar_until"]) for row in rows_of(chart) if row["layer"] == "bar"]
    assert bars == [("2026-07-01", "2026-07-31"), ("2026-08-03", "2026-08-30")]


def test_change_of_mode_is_marked_over_time() -> None:
    """The day from which most senders saw another policy."""
    chart = charts.sessions_over_time(enforced_later(sessions_of(["example.com"], REPORTERS)))
    changes = {(row["day"], row["change"]) for row in rows_of(chart) if row["layer"] == "change"}
    assert changes == {("2026-08-10", "testing → enforce")}


def test_bar_of_a_host_is_divided_by_cause() -> None:
    """The parts add up to the bar, each in the colour of its family."""
    chart = charts.failure_share_by_mx(shares_of(), causes_of())
    parts = [
        (row["family"], round(row["from"], 3), round(row["to"], 3))
        for row in rows_of(chart)
        if row["layer"] == "part" and row["receiving_mx_hostname"] == "mx1.example.com"
    ]
    assert parts == [("certificate", 0.0, 0.525), ("encryption offered", 0.525, 0.7)]


def test_onset_of_a_selective_failure_is_marked() -> None:
    """Only where the failure is selective."""
    texts = [row["value"] for row in rows_of(charts.selective_failures(comparisons_of()))]
    assert texts == ["selective since 3 Jul 2026", "not selective", "too little data"]


def test_ladder_shows_steps_and_what_is_left() -> None:
    """Alternatives are not steps."""
    rows = rows_of(charts.fixes(impact_of().fixes))
    assert [(row["name"], row["value"]) for row in rows] == [
        ("1. add mx mx2.example.com", "30 % → 9.5 %"),
        ("2. repair TLS mx1.example.com", "9.5 % → 0 %"),
    ]


def test_only_what_is_refused_is_drawn_and_lost_is_a_range_in_words() -> None:
    """A bar is a fact; what is lost in the end is between two bounds, and only said."""
    specification = charts.enforce_impact(impact_of()).to_dict()
    encoded = json.dumps(_without(specification, {"data", "datasets", "tooltip"}))
    assert "lost" not in encoded
    (row, *_) = [row for row in rows_of(charts.enforce_impact(impact_of())) if row["lost"]]
    assert row["lost"] == "at most 33 %"


def test_weeks_are_called_weeks_everywhere() -> None:
    """A chart that sums by week says so in its title, its legend and its tooltips."""
    names = [f"r{number}" for number in range(12)]
    sessions = sessions_of(DOMAINS, names, days=366)
    for chart in (charts.daily_sessions(sessions), charts.sessions_over_time(sessions)):
        text = json.dumps(_without(chart.to_dict(), {"data", "datasets"}))
        assert "by week" in text
        assert '"title": "week"' in text
        assert not re.search(r"\bdays?\b", text.replace('"field": "day"', ""))


def test_a_year_of_one_domain_keeps_its_days() -> None:
    """365 days of six reporters are few enough."""
    chart = charts.daily_sessions(sessions_of(["example.com"], REPORTERS, days=365))
    assert "by day" in chart.to_dict()["title"]["subtitle"]


@pytest.mark.parametrize("name", CHARTS)
def test_a_title_is_a_sentence_with_what_was_found(name: str) -> None:
    """One message a chart, before any mark."""
    title = CHARTS[name]().to_dict()["title"]["text"]
    assert title[0].isupper() or title[0].isdigit()
    assert len(title) < 100
    assert re.search(r"\d", title)


@pytest.mark.parametrize("name", HOSTILE_CHARTS)
def test_a_name_that_is_no_host_name_stays_out_of_the_title(name: str) -> None:
    """Titles are no data."""
    specification = HOSTILE_CHARTS[name]().to_dict()
    assert "script" not in json.dumps([specification["title"], specification["description"]])


@pytest.mark.parametrize("name", CHARTS)
def test_no_axis_but_time_and_share_has_a_number_format_of_its_own(name: str) -> None:
    """Days look alike on every axis, and percentages, too."""
    text = json.dumps(_without(CHARTS[name]().to_dict(), {"data", "datasets", "config"}))
    assert set(re.findall(r'"format": "([^"]+)"', text)) <= {"%-d %b %Y", ".2~p", "~s", ","}


def test_readiness_says_since_when_and_marks_the_day_of_a_new_policy() -> None:
    """One domain by its name, several by their number; a week without a tested session is a gap."""
    one = charts.readiness(readiness_of(["example.com"]))
    assert one.to_dict()["title"]["text"] == "example.com is ready since 27 Aug 2026"
    rows = rows_of(one)
    assert [row["since"] for row in rows if row["layer"] == "change 0"] == ["11 Aug 2026"]
    assert [row["share"] for row in rows if row["layer"] == "week 0"][2:5] == [0.25, None, 0.25]
    assert {row["tone"] for row in rows if row["layer"] == "week 0"} == {"good", "bad", "unknown"}
    both = charts.readiness(readiness_of(DOMAINS)).to_dict()
    assert both["title"]["text"] == "2 of 2 domains are ready for enforce mode"
    assert len(both["vconcat"]) == 2


@pytest.mark.parametrize("name", sorted(set(CHARTS) - {"sessions_over_time", "readiness"}))
def test_screen_readers_hear_a_sentence_for_each_row_and_no_column_names(name: str) -> None:
    """Not each of thousands of cells, and neither places nor names of fields."""
    chart = CHARTS[name]()
    drawn = svg(chart.to_dict())
    heard = re.findall(r'aria-label="([^"]*)" role="graphics-symbol"', drawn)
    texts = [text for text in heard if "axis" not in text and "legend" not in text]
    rows = [row for row in rows_of(chart) if row["layer"] == "whole"]
    labels = [text for text in texts if str(rows[0]["policy_domain"]) in text]
    assert {str(row["spoken"]) for row in rows} <= set(map(html.unescape, heard))
    assert labels
    assert not [text for text in heard if re.search(r"\brow: |_share|layer: ", text)]
