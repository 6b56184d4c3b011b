"""Readiness over time: the verdict of each week as it would have been given then."""

import datetime as dt
from functools import cache

import pandas as pd
import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import enforce_impact, readiness
from tlsrpt_analysis.tables import empty_tables

MX1, MX2 = "mx1.example.com", "mx2.example.com"
BOTH = ("Google", "Microsoft")
NOTHING = {"policy_type": "no-policy-found", "mode": None}
DAYS = 70
REPAIRED, SILENT, GONE, APART = 35, 30, 50, 40


def sessions(name, reporter, day):
    """Return what a reporter counts of a domain on a day."""
    domain = f"{name}.example"
    is_failing = {
        "repaired": day < REPAIRED,
        "breaks": day >= REPAIRED,
        "silent": reporter == "Microsoft",
    }.get(name, False)
    if (name == "silent" and reporter == "Microsoft" and day >= SILENT) or (
        name == "alone" and reporter == "Microsoft"
    ):
        return []
    if name == "gone" and day >= GONE:
        return [policy(20, domain=domain, **NOTHING)]
    if name == "apart" and reporter == "Google" and day == APART:
        return [policy(10**9, domain=domain)]
    options = {"domain": domain}
    if name == "listed":
        options["mx"] = [MX1, MX2] if day >= REPAIRED else [MX1]
        options["mode"] = "enforce" if day >= GONE else "testing"
    if is_failing:
        return [policy(15, 5, failure(5, "certificate-expired", MX1), **options)]
    return [policy(20, **options)]


NAMES = ("clean", "repaired", "breaks", "silent", "alone", "gone", "listed", "apart")


@cache
def given():
    """Return the tables of all domains."""
    reports = [
        report(*results, reporter=reporter, day=day)
        for reporter in BOTH
        for day in range(DAYS)
        if (results := [one for name in NAMES for one in sessions(name, reporter, day)])
    ]
    return tables(*reports)


@cache
def found():
    """Return their readiness."""
    return readiness(given())


def domain(name):
    """Return the row of a domain."""
    rows = found().by_domain.set_index("policy_domain")
    return rows.loc[f"{name}.example"]


def weeks(name):
    """Return the weeks of a domain."""
    rows = found().by_week
    return rows[rows["policy_domain"] == f"{name}.example"].set_index("week")


@pytest.mark.parametrize(
    "week", ["2026-06-29", "2026-07-13", "2026-08-03", "2026-08-17", "2026-09-07"]
)
def test_the_verdict_of_a_week_is_that_of_the_reports_until_then(week):
    """As if nothing had been reported since."""
    until = dt.date.fromisoformat(week) + dt.timedelta(6)
    then = enforce_impact(given().select(until=until)).by_domain.set_index("policy_domain")
    rows = found().by_week
    now = rows[rows["week"] == week].set_index("policy_domain")
    assert now["verdict"].to_dict() == then["verdict"].to_dict()


@pytest.mark.parametrize("name", ["clean", "repaired"])
def test_ready_since_is_the_first_day_of_the_days_until_today(name):
    """A fortnight or so after the first report or the repair."""
    since = domain(name)["ready_since"].date()
    verdicts = [
        enforce_impact(given().select(policy_domains=f"{name}.example", until=day)).by_domain
        for day in (since - dt.timedelta(1), since)
    ]
    assert [rows["verdict"].item() == "ready" for rows in verdicts] == [False, True]
    assert domain(name)["summary"] == f"{name}.example: ready since {since}"


def test_a_domain_that_was_always_fine_is_so_since_its_first_report():
    """Its first week began before."""
    reports = [report(policy(20, mode="enforce"), day=day) for day in range(3)]
    row = readiness(tables(*reports)).by_domain.iloc[0]
    assert (row["verdict"], row["ready_since"]) == ("enforced, clean", pd.Timestamp("2026-07-01"))


def test_what_is_not_ready_today_is_ready_since_no_day():
    """However ready it was before."""
    assert domain("breaks")["summary"] == "breaks.example: not ready"
    assert found().by_domain.set_index("policy_domain")["ready_since"].isna()["gone.example"]
    assert "ready" in set(weeks("breaks")["verdict"])


def test_a_week_counts_its_sessions_and_bounds_the_share():
    """Twenty sessions a day of each reporter, five refused."""
    row = weeks("repaired").loc[pd.Timestamp("2026-07-06")]
    assert row["tested_session_count"] == 280
    assert row["untested_session_count"] == 0
    assert row["would_block_low"] == row["would_block_high"] == 70
    assert row["would_block_share"] == 0.25
    assert row["would_block_share_low"] < 0.25 < row["would_block_share_high"]


def test_a_week_without_a_tested_session_has_no_share():
    """Its sessions are untested."""
    row = weeks("gone").iloc[-1]
    assert (row["tested_session_count"], row["untested_session_count"]) == (0, 80)
    assert row[["would_block_share", "would_block_share_low"]].isna().all()


def test_causes_of_a_week_add_up_to_what_was_refused():
    """One cause here."""
    rows = found().by_cause
    own = rows[rows["policy_domain"] == "repaired.example"]
    refused = weeks("repaired")["would_block_high"]
    assert own.groupby("week")["would_block_high"].sum().to_dict() == refused[refused > 0].to_dict()
    assert set(own["result_type"]) == {"certificate-expired"}
    assert own["would_block_share"].iloc[0] == 0.25


def test_changes_of_the_policy_are_marked_on_their_day_and_in_their_week():
    """A host is listed, later the mode changes."""
    changes = found().policy_changes
    assert changes["policy_domain"].unique().tolist() == ["listed.example"]
    first = pd.Timestamp("2026-07-01")
    assert changes["day"].tolist() == [
        first + pd.Timedelta(days=REPAIRED),
        first + pd.Timedelta(days=GONE),
    ]
    assert changes["change"].tolist() == [f"added {MX2}", "mode testing to enforce"]
    assert changes["mx"].tolist() == [f"{MX1}, {MX2}"] * 2
    marked = weeks("listed")["change"].dropna()
    assert marked.to_dict() == {
        pd.Timestamp("2026-08-03"): f"added {MX2}",
        pd.Timestamp("2026-08-17"): "mode testing to enforce",
    }
    assert weeks("listed")["policy_mode"].tolist()[-1] == "enforce"


def test_a_cached_text_on_two_days_is_no_change():
    """The old text is that of most sessions for a weekend."""
    texts = [[MX1]] * 10 + [[MX1, MX2]] * 5 + [[MX1]] * 2 + [[MX1, MX2]] * 10
    reports = [report(policy(20, mx=mx), day=day) for day, mx in enumerate(texts)]
    assert readiness(tables(*reports)).policy_changes["change"].tolist() == [f"added {MX2}"]
    back = [*texts[:10], *[[MX1, MX2]] * 5, *[[MX1]] * 5]
    reports = [report(policy(20, mx=mx), day=day) for day, mx in enumerate(back)]
    changes = readiness(tables(*reports)).policy_changes["change"]
    assert changes.tolist() == [f"added {MX2}", f"removed {MX2}"]


def test_a_day_out_of_proportion_counts_in_no_week():
    """A billion sessions would hide every failure."""
    assert weeks("apart")["tested_session_count"].max() == 280


def test_reports_without_a_domain_are_left_out_and_no_reports_are_no_weeks():
    """Nothing can be said of them."""
    nameless = readiness(tables(report(policy(20, domain=None))))
    for result in (nameless, readiness(empty_tables())):
        assert len(result.by_week) == len(result.by_domain) == len(result.by_cause) == 0


def test_a_domain_without_any_policy_has_weeks_without_a_share():
    """No text was ever reported: the verdict is that of the impact, and there is no change."""
    made = tables(*(report(policy(20, **NOTHING), day=day) for day in range(20)))
    found = readiness(made)
    assert found.by_week["would_block_share"].isna().all()
    assert found.by_week["verdict"].iloc[-1] == enforce_impact(made).by_domain["verdict"].iloc[0]
    assert found.policy_changes.empty


def test_the_notebook_says_since_when_first_and_escapes_everything():
    """A domain with a name that is markup."""
    given = tables(report(policy(20, domain="<b>.example")))
    shown = readiness(given)._repr_html_()
    assert shown.index("&lt;b&gt;.example: too little data") < shown.index("<table")
    assert "<b>" not in shown
    assert "mathjax_ignore" in shown
