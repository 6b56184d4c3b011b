"""However much one archive holds, a chart stays small, and says what it leaves out."""

import json
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tlsrpt_analysis.tables import DAY
from tlsrpt_analysis.views.charts.coverage import coverage_specification
from tlsrpt_analysis.views.charts.daily_sessions import daily_specification
from tlsrpt_analysis.views.charts.enforce_impact import SHARE, impact_specification
from tlsrpt_analysis.views.charts.failure_share_by_mx import hosts_specification
from tlsrpt_analysis.views.charts.fixes import AFTER, BEFORE, fixes_specification
from tlsrpt_analysis.views.charts.rows import MOST_DOMAINS, MOST_ROWS, MOST_SHOWN
from tlsrpt_analysis.views.charts.selective_failures import selective_specification
from tlsrpt_analysis.views.charts.sessions_over_time import over_time_specification

MANY = 5_000
MOST_BYTES = 1_000_000


def named(count: int, text: str) -> pd.Series:
    """Return as many names."""
    return pd.Series([f"{text}{place:07}.example" for place in range(count)])


def many_sessions(rows: int) -> pd.DataFrame:
    """Return a session a row, of 100 domains, 50 reporters and many days."""
    place = np.arange(rows)
    domains, reporters = named(100, "d"), named(50, "r")
    days = pd.date_range("2020-01-01", periods=rows // 5_000 + 1, unit="s")
    return pd.DataFrame(
        {
            "policy_domain": pd.Categorical.from_codes(place % 100, domains),
            "reporter": pd.Categorical.from_codes(place // 100 % 50, reporters),
            "day": days[place // 5_000],
            "policy_mode": pd.Categorical.from_codes(place % 2, ["testing", "enforce"]),
            "session_count": 10,
            "failed_session_count": place % 7,
        }
    ).astype({"day": DAY})


def many_hosts(rows: int) -> pd.DataFrame:
    """Return hosts of one domain in ten."""
    share = 1 / np.arange(2, rows + 2)
    return pd.DataFrame(
        {
            "policy_domain": [f"d{place % (rows // 10)}.example" for place in range(rows)],
            "receiving_mx_hostname": named(rows, "mx"),
            "failed_session_count": np.arange(rows, 0, -1),
            "share_of_failures": share,
            "share_of_failures_low": share / 2,
            "share_of_failures_high": share,
            "failed_per_session": share / 10,
            "in_policy": pd.array([True] * rows, dtype="boolean"),
            "first_day": pd.Timestamp("2026-07-01"),
            "last_day": pd.Timestamp("2026-08-01"),
        }
    )


def many_causes(rows: int) -> pd.DataFrame:
    """Return causes at one host, each with a title of its own."""
    return pd.DataFrame(
        {
            "policy_domain": "d0.example",
            "receiving_mx_hostname": "mx0000000.example",
            "cause": "cname-mx",
            "title": named(rows, "reason "),
            "failed_session_count": 1,
        }
    )


def many_impact(rows: int) -> Any:
    """Return an impact on many domains, for many reasons each."""
    share = np.linspace(0.9, 0.1, rows)
    domains = pd.DataFrame({"policy_domain": named(rows, "d"), SHARE: share, "headline": "Words."})
    domains = domains.assign(
        **{f"{SHARE}_low": share / 2, f"{SHARE}_high": share, "verdict": "not ready"},
        today_lost_share_low=0.0,
        today_lost_share_high=share,
        today_tested_session_count=100,
        today_since=pd.Timestamp("2026-08-01"),
    )
    by_cause = pd.DataFrame(
        {"policy_domain": "d0000000.example", "result_type": named(rows, "t"), SHARE: 0.0001}
    )
    return SimpleNamespace(by_domain=domains, by_cause=by_cause)


def many_comparisons(rows: int) -> pd.DataFrame:
    """Return selective failures of many domains."""
    frame = pd.DataFrame({"policy_domain": named(rows, "d"), "failing_reporter": "Google"})
    texts = ("policy_type", "clean_reporters", "receiving_mx_hostname", "result_type")
    shares = ("failing_share", "clean_share")
    return frame.assign(
        **dict.fromkeys(texts, "sts"),
        **dict.fromkeys(
            (f"{share}{end}" for share in shares for end in ("", "_low", "_high")), 0.5
        ),
        verdict="selective",
        since_low=pd.NaT,
        since_high=pd.NaT,
        points_to=None,
        explanation="In words.",
    )


def many_covered(rows: int) -> pd.DataFrame:
    """Return a row for each of many pairs of domain and reporter."""
    counts = ("period_days", "reported_days", "missing_days", "longest_gap_days", "session_count")
    return pd.DataFrame({"policy_domain": named(rows, "d"), "reporter": "Google"}).assign(
        **dict.fromkeys(counts, 3),
        first_day=pd.Timestamp("2026-07-01"),
        last_day=pd.Timestamp("2026-08-01"),
    )


def many_steps(rows: int) -> pd.DataFrame:
    """Return many steps of many domains."""
    steps = pd.array(np.arange(rows) % 50 + 1, dtype="Int64")
    domains = [f"d{place // 50}.example" for place in range(rows)]
    return pd.DataFrame(
        {"policy_domain": domains, "step": steps, "fix": named(rows, "fix ")}
    ).assign(**{BEFORE: 0.5, AFTER: 0.2})


DRAWN: dict[str, Callable[[int], dict[str, Any]]] = {
    "coverage": lambda count: coverage_specification(many_covered(count), many_sessions(count)),
    "daily_sessions": lambda count: daily_specification(many_sessions(count)),
    "sessions_over_time": lambda count: over_time_specification(many_sessions(count)),
    "failure_share_by_mx": lambda count: hosts_specification(many_hosts(count), many_causes(count)),
    "selective_failures": lambda count: selective_specification(many_comparisons(count)),
    "enforce_impact": lambda count: impact_specification(many_impact(count)),
    "fixes": lambda count: fixes_specification(many_steps(count)),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_of_many_rows_is_bounded(name: str) -> None:
    """5,000 domains, hosts, reasons or steps, or days of them, make less than a megabyte."""
    spec = DRAWN[name](MANY)
    assert 0 < len(spec["data"]["values"]) <= MOST_ROWS + MOST_SHOWN + MOST_DOMAINS
    assert len(json.dumps(spec)) < MOST_BYTES


@pytest.mark.parametrize("name", sorted(set(DRAWN) - {"sessions_over_time", "daily_sessions"}))
def test_what_is_left_out_is_counted_and_has_a_place(name: str) -> None:
    """In the table, which has everything."""
    assert "in the table." in DRAWN[name](MANY)["title"]["subtitle"]


@pytest.mark.parametrize("name", ["daily_sessions", "sessions_over_time"])
def test_a_million_days_are_summed_first(name: str) -> None:
    """200 days of 5,000 pairs are as small a chart as two."""
    begun = time.process_time()
    spec = DRAWN[name](1_000_000)
    assert len(json.dumps(spec)) < MOST_BYTES
    assert time.process_time() - begun < 20  # 1 s on an idle machine
