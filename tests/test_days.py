"""Days in frames, used as users of pandas, altair, seaborn and skrub write them."""

import datetime as dt
import json
import re

import altair as alt
import numpy as np
import pandas as pd
import pytest
from support.made_reports import failure, policy, report, tables

import tlsrpt_analysis as tlsrpt
from tlsrpt_analysis.tables import SCHEMAS, ReportTables, empty_tables
from tlsrpt_analysis.views.charts.rows import records
from tlsrpt_analysis.views.csv_files import write_csv
from tlsrpt_analysis.views.page.tables import page_table

PERIODS = ["before_first_day", "before_last_day", "after_first_day", "after_last_day"]
DAYS = {
    "reports": ["day"],
    "policies": ["day"],
    "failures": ["day"],
    "coverage": ["first_day", "last_day"],
    "daily_sessions": ["day"],
    "diagnose": ["first_day", "last_day"],
    "failure_share_by_mx": ["first_day", "last_day"],
    "selective_failures": ["since_low", "since_high", "over_since"],
    "impact by_domain": [
        *("first_day", "last_day", "last_tested_day", "last_blocked_day"),
        *("today_since", "ready_on"),
    ],
    "compare by_domain": [*PERIODS, "change_day"],
    "compare by_reporter": [*PERIODS, "change_day"],
}


def frames_of(made: ReportTables) -> dict[str, pd.DataFrame]:
    """Return every public frame that has days."""
    compared = tlsrpt.compare(made, "2026-07-15")
    return {
        **{name: getattr(made, name) for name in SCHEMAS if "day" in SCHEMAS[name]},
        "coverage": tlsrpt.coverage(made),
        "daily_sessions": tlsrpt.daily_sessions(made),
        "diagnose": tlsrpt.diagnose(made),
        "failure_share_by_mx": tlsrpt.failure_share_by_mx(made),
        "selective_failures": tlsrpt.selective_failures(made),
        "impact by_domain": tlsrpt.enforce_impact(made).by_domain,
        "compare by_domain": compared.by_domain,
        "compare by_reporter": compared.by_reporter,
    }


@pytest.fixture(scope="module")
def made() -> ReportTables:
    """Return a month in which Microsoft fails from the 15th day to the 20th."""
    failing = policy(40, 60, failure(60, host="mx1.example.com"))
    return tables(
        *(report(policy(100), day=day) for day in range(28)),
        *(
            report(failing if 14 <= day < 20 else policy(100), reporter="Microsoft", day=day)
            for day in range(28)
        ),
    )


@pytest.fixture(scope="module")
def frames(made: ReportTables) -> dict[str, pd.DataFrame]:
    """Return every public frame that has days."""
    return frames_of(made)


@pytest.fixture
def sessions(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the daily sessions."""
    return frames["daily_sessions"]


def _days(frame: pd.DataFrame) -> list[str]:
    return [name for name, dtype in frame.dtypes.items() if dtype == "datetime64[s]"]


@pytest.mark.parametrize("name", DAYS)
def test_days_are_timestamps_at_midnight(frames: dict[str, pd.DataFrame], name: str) -> None:
    """Of one type in every frame, and no column holds dates of another."""
    frame = frames[name]
    assert len(frame)
    assert _days(frame) == DAYS[name]
    for column in DAYS[name]:
        days = frame[column].dropna()
        assert (days == days.dt.normalize()).all()
    assert "date" not in {pd.api.types.infer_dtype(frame[column]) for column in frame}


def test_days_have_their_type_without_rows() -> None:
    """So that code written for a full frame runs on an empty one."""
    for name, frame in frames_of(empty_tables()).items():
        assert _days(frame) == DAYS[name]


@pytest.mark.parametrize("frame", ["daily_sessions", "policies"])
@pytest.mark.parametrize(
    "day",
    ["2026-07-20", pd.Timestamp(2026, 7, 20), np.datetime64("2026-07-20")],
)
def test_a_mask_compares_days_with_texts_and_timestamps(
    frames: dict[str, pd.DataFrame], frame: str, day: object
) -> None:
    """As ``f[f["day"] >= "2026-07-20"]``."""
    rows = frames[frame]
    assert len(rows[rows["day"] >= day]) == 18
    assert len(rows[rows["day"] == day]) == 2


def test_query_compares_days_with_texts(sessions: pd.DataFrame) -> None:
    """Within an expression."""
    assert len(sessions.query("day >= '2026-07-20'")) == 18
    assert len(sessions.query("'2026-07-20' <= day < '2026-07-22'")) == 4


def test_an_index_of_days_is_sliced_by_texts(sessions: pd.DataFrame) -> None:
    """By day and by month."""
    indexed = sessions.set_index("day").sort_index()
    assert len(indexed.loc["2026-07-20":"2026-07-21"]) == 4
    assert len(indexed.loc["2026-07"]) == 56


def test_resample_sums_by_week(sessions: pd.DataFrame) -> None:
    """The weeks end on Sundays."""
    weeks = sessions.resample("W", on="day")["session_count"].sum()
    assert weeks.index[0] == pd.Timestamp("2026-07-05")
    assert weeks.tolist() == [1000, 1400, 1400, 1400, 400]
    assert sessions.groupby(pd.Grouper(key="day", freq="MS"))["session_count"].sum().tolist() == [
        5600
    ]


def test_rolling_sums_over_days(sessions: pd.DataFrame) -> None:
    """Over the last week of a reporter."""
    google = sessions[sessions["reporter"] == "Google"]
    week = google.rolling("7D", on="day")["session_count"].sum()
    assert week.tolist()[:8] == [100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 700.0]


def test_the_dt_accessor_knows_periods_and_weekdays(sessions: pd.DataFrame) -> None:
    """As for any timestamp of pandas."""
    assert sessions["day"].dt.to_period("M").astype("str").unique().tolist() == ["2026-07"]
    assert sessions["day"].dt.day_name().iloc[0] == "Wednesday"
    assert (sessions["day"].max() - sessions["day"].min()).days == 27


def test_json_is_read_back(sessions: pd.DataFrame) -> None:
    """With ISO dates."""
    text = sessions[["day", "session_count"]].to_json(orient="records", date_format="iso")
    assert json.loads(text)[0]["day"].startswith("2026-07-01T00:00:00")


def test_pandas_writes_days_without_a_time(sessions: pd.DataFrame) -> None:
    """In CSV and where a frame shows itself."""
    for text in (sessions.to_csv(), sessions.to_html(), repr(sessions[["reporter", "day"]])):
        assert "2026-07-01" in text
        assert "00:00" not in text


def test_altair_draws_days_as_time(sessions: pd.DataFrame) -> None:
    """It finds the type of the column itself."""
    chart = alt.Chart(sessions).mark_line().encode(x="day", y="sum(session_count)")
    drawn = chart.to_dict()
    assert drawn["encoding"]["x"]["type"] == "temporal"
    (rows,) = drawn["datasets"].values()
    assert rows[0]["day"] == "2026-07-01T00:00:00"


def test_libraries_of_plots_and_models_see_timestamps(sessions: pd.DataFrame) -> None:
    """What seaborn and skrub ask of a column before they plot or encode it."""
    days = sessions["day"]
    assert pd.api.types.is_datetime64_any_dtype(days)  # skrub's selectors and encoders
    assert np.issubdtype(days.to_numpy().dtype, np.datetime64)  # matplotlib's units
    assert isinstance(days.iloc[0], dt.datetime)  # seaborn's type of a variable
    assert days.dt.day_of_year.iloc[0] == 182  # skrub's features
    assert pd.to_numeric(days).iloc[0] == 1_782_864_000


def test_frames_join_on_days(frames: dict[str, pd.DataFrame]) -> None:
    """Each failing day with its sessions, and with days from elsewhere."""
    failing = frames["failures"][["reporter", "day"]]
    assert len(failing.merge(frames["daily_sessions"], on=["reporter", "day"])) == 6
    elsewhere = pd.DataFrame({"day": pd.to_datetime(["2026-07-20"]), "what": ["renewed"]})
    assert len(frames["daily_sessions"].merge(elsewhere, on="day")) == 2


@pytest.mark.parametrize("name", DAYS)
def test_what_is_shown_of_days_has_no_time(
    frames: dict[str, pd.DataFrame], name: str, tmp_path: object
) -> None:
    """On the page, in CSV and in charts; nor is a missing day a word of pandas."""
    frame = frames[name][DAYS[name]]
    html = page_table(frame).to_html()
    csv = write_csv(frame, f"{tmp_path}/days.csv").read_text()
    for text in (html, csv, json.dumps(records(frame))):
        assert re.search(r"2026-0[78]-\d\d", text)
        assert "00:00" not in text
        assert "NaT" not in text


def test_sentences_name_days_without_a_time(
    made: ReportTables, frames: dict[str, pd.DataFrame]
) -> None:
    """In the summary, headlines, reasons, evidence and explanations."""
    impact = frames["impact by_domain"]
    texts = [
        *made.summary().values(),
        *impact["headline"],
        *(reason for reasons in impact["reasons"] for reason in reasons),
        *frames["diagnose"]["evidence"],
        *frames["selective_failures"]["explanation"],
    ]
    assert made.summary()["Days"] == "2026-07-01 to 2026-07-28, 28 with reports"
    assert any("2026-07-20" in text for text in texts)
    assert not any("00:00" in text for text in texts)


@pytest.mark.parametrize(
    "day",
    [
        *("2026-07-20", "2026-07-20 00:00:00", dt.date(2026, 7, 20)),
        *(dt.datetime(2026, 7, 20, 12, tzinfo=dt.UTC), pd.Timestamp(2026, 7, 20)),
    ],
)
def test_select_takes_days_in_any_form(made: ReportTables, day: dt.date | str) -> None:
    """As texts, dates, and what a frame holds."""
    assert len(made.select(since=day).policies) == 18
    assert made.select(until=day).policies["day"].max() == pd.Timestamp("2026-07-20")
