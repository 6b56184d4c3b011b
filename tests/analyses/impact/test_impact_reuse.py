"""What an impact keeps: fixes and options on it give the same as computing an impact again."""

import numpy as np
import pandas as pd
import pytest
from support.made_reports import failure, month, policy, report, tables
from support.one_series import daily_share_interval

from benchmarks.failure_year import failure_year
from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.analyses.impact.ladder_choice import MOST_FIXES
from tlsrpt_analysis.analyses.impact.retries import with_retries
from tlsrpt_analysis.analyses.impact.sums import Scale, part_sums, scaled, whole_sums
from tlsrpt_analysis.analyses.impact.wholes import wholes_of
from tlsrpt_analysis.analyses.refusals import BOUNDS

FRAMES = ("by_domain", "by_reporter", "by_mx", "by_cause")
OPTIONS = {"honouring_share": (0.3, 0.6), "sessions_per_message": (2, 5)}


@pytest.fixture(scope="module")
def year():
    """Return a year with overlapping details, missing ones, and domains in enforce mode."""
    return failure_year(20_000, domains=4, seed=1)


def assert_same(impact, expected):
    """Compare all frames of two impacts."""
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(impact, name), getattr(expected, name))


def test_options_give_what_an_impact_with_them_gives(year):
    """Only the scale is computed again."""
    impact = enforce_impact(year)
    assert_same(impact.with_options(**OPTIONS), enforce_impact(year, **OPTIONS))
    assert_same(impact.with_options(**OPTIONS).with_options(), impact)


def test_a_fix_in_one_domain_gives_what_its_reports_alone_give(year):
    """The other domains stay as they were."""
    impact = enforce_impact(year)
    domain, fix = "d1.example", "repair certificate mx0.d1.example"
    alone = enforce_impact(year.select(policy_domains=domain)).after(fix)
    fixed = impact.after(fix, policy_domain=domain)
    for name in FRAMES:
        rows, before = getattr(fixed, name), getattr(impact, name)
        is_fixed = rows["policy_domain"] == domain
        pd.testing.assert_frame_equal(rows[is_fixed].reset_index(drop=True), getattr(alone, name))
        others = before[before["policy_domain"] != domain].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows[~is_fixed].reset_index(drop=True), others)


def test_the_days_of_other_domains_change_no_interval():
    """Bad days in runs, on a calendar with gaps: beside a domain that is reported every day."""
    days = pd.Series(pd.date_range("2026-01-01", periods=90).date)
    is_reported = np.arange(90) % 3 < 2
    every = {"reporter": "Google", "failed_testing_count": 0, "weight": 1.0}
    every |= {"failed_enforced_count": 0}
    every |= dict.fromkeys(("session_count", "tested_session_count"), 100)
    every |= {"untested_session_count": 0}
    whole = pd.concat(
        [
            pd.DataFrame({"policy_domain": "gaps", "day": days[is_reported]} | every),
            pd.DataFrame({"policy_domain": "daily", "day": days} | every),
        ],
        ignore_index=True,
    )
    is_bad = (np.arange(90) // 9 % 2 == 0) & is_reported
    nothing = ("rerouted_low", "rerouted_high", "delayed_low", "delayed_high")
    counts = dict.fromkeys((*BOUNDS, "lost_low", "lost_high"), 60) | dict.fromkeys(nothing, 0)
    rows = {"policy_domain": "gaps", "reporter": "Google", "day": days[is_bad], "weight": 1.0}
    refused = pd.DataFrame(rows | counts | {"is_enforced": False})
    whole = with_retries(whole)
    beside, alone = (
        whole_sums(refused, wholes_of(sessions, ["policy_domain"]))
        for sessions in (whole, whole[whole["policy_domain"] == "gaps"])
    )
    beside = beside.iloc[[1]].reset_index(drop=True)
    pd.testing.assert_frame_equal(beside, alone)


def test_fixes_and_options_can_come_in_any_order(year):
    """Both are kept."""
    impact = enforce_impact(year)
    domain, fix = impact.fixes.loc[0, ["policy_domain", "fix"]]
    first = impact.after(fix, policy_domain=domain).with_options(**OPTIONS)
    assert_same(first, impact.with_options(**OPTIONS).after(fix, policy_domain=domain))


def test_each_step_of_the_ladder_is_what_the_fixes_leave(year):
    """The ladder adds up sums; `after` bounds every policy result again."""
    impact = enforce_impact(year)
    steps = impact.fixes[impact.fixes["policy_domain"] == "d1.example"]
    left = impact
    for row in steps[steps["step"].notna()].to_dict("records"):
        left = left.after(row["fix"], policy_domain="d1.example")
        domain = left.by_domain.set_index("policy_domain").loc["d1.example"]
        expected = (row["would_block_low_after"], row["would_block_high_after"])
        assert (domain["today_would_block_low"], domain["today_would_block_high"]) == expected
    drops = steps[steps["step"].isna()].to_dict("records")
    assert drops
    for row in drops:
        domain = impact.after(row["fix"], policy_domain="d1.example").by_domain.iloc[1]
        assert domain["today_would_block_high"] == row["would_block_high_after"]


def test_rows_of_sums_are_those_of_one_row_at_a_time():
    """They equal the plain formula, applied group by group."""
    generator = np.random.default_rng(3)
    sessions, refused = _days(generator), _refused(generator)
    domains = wholes_of(sessions, ["policy_domain"])
    rows = part_sums(refused, domains, keys=["policy_domain", "host"])
    shares = scaled(rows, Scale((0.5, 0.8), (1.0, 26.0)))
    assert len(rows) == refused.groupby(["policy_domain", "host"], dropna=False).ngroups
    for row, share in zip(rows.to_dict("records"), shares.to_dict("records"), strict=True):
        whole = sessions[sessions["policy_domain"] == row["policy_domain"]]
        is_host = refused["host"].isna() if pd.isna(row["host"]) else refused["host"] == row["host"]
        chosen = refused[(refused["policy_domain"] == row["policy_domain"]) & is_host]
        assert [row[name] for name in BOUNDS] == chosen[BOUNDS].sum().tolist()
        expected = _plain_row(chosen, whole, least=0.5, most=0.8, per_message=(1.0, 26.0))
        assert share["would_block_share"] == pytest.approx(expected[0])
        shown = [share[name] for name in _COMPARED]
        assert shown == pytest.approx(expected, nan_ok=True)


def test_intervals_computed_a_few_rows_at_a_time_are_the_same(monkeypatch):
    """The limit bounds the memory only."""
    generator = np.random.default_rng(3)
    sessions, refused = _days(generator), _refused(generator)
    domains, keys = wholes_of(sessions, ["policy_domain"]), ["policy_domain", "host"]
    together = part_sums(refused, domains, keys=keys)
    monkeypatch.setattr("tlsrpt_analysis.analyses.impact.sums.CELLS", 45)
    pd.testing.assert_frame_equal(part_sums(refused, domains, keys=keys), together)


_COMPARED = (
    "would_block_share",
    "would_block_share_high",
    "lost_share_low",
    "lost_share_high",
    "lost_interval_low",
)


def _plain_row(refused, whole, *, least, most, per_message):
    """Return `_COMPARED` of one row."""
    by_day = (
        whole.assign(n=whole["tested_session_count"] * whole["weight"]).groupby("day")["n"].sum()
    )

    def days(name):
        counts = (refused[name] * refused["weight"]).groupby(refused["day"]).sum()
        return counts.reindex(by_day.index, fill_value=0).to_numpy("float64")

    n = by_day.sum()
    failed = min((whole["failed_enforced_count"] * whole["weight"]).sum(), n)

    def ends(name):
        counts = refused[name] * refused["weight"]
        once, again = counts[~refused["is_enforced"]].sum(), counts[refused["is_enforced"]].sum()
        return [(once + again / k) / (n - failed + failed / k) for k in per_message]

    high, lost = days("would_block_high"), days("lost_low")
    sessions = by_day.to_numpy("float64")
    sure, possible = min(ends("lost_low")), min(1.0, max(ends("lost_high")))
    ratio = sure / (lost.sum() / n) if lost.sum() else 1.0
    return [
        most * high.sum() / n,
        most * daily_share_interval(sessions, high)[1],
        least * sure,
        most * possible,
        least * daily_share_interval(sessions, lost)[0] * ratio,
    ]


def _days(generator):
    """Return sessions of three domains and two reporters on 20 days."""
    index = pd.MultiIndex.from_product(
        [["a", "b", "c"], ["Google", "Microsoft"], pd.date_range("2026-01-01", periods=20).date],
        names=["policy_domain", "reporter", "day"],
    )
    rows = index.to_frame(index=False)
    count = generator.integers(50, 200, len(rows))
    weight = np.where(rows["reporter"] == "Google", 0.7, 1.4)
    tested = count // 2
    days = rows.assign(
        session_count=count,
        tested_session_count=tested,
        untested_session_count=count - tested,
        failed_testing_count=0,
        failed_enforced_count=tested // 10,
        weight=weight,
    )
    return with_retries(days)


def _refused(generator):
    """Return some of them as refused, at hosts with and without a name."""
    rows = _days(generator).sample(90, random_state=1).drop(columns="failed_enforced_count")
    high = generator.integers(1, 20, len(rows))
    counts = dict.fromkeys(("rerouted_low", "rerouted_high", "delayed_low", "delayed_high"), 0)
    return rows.drop(columns="session_count").assign(
        host=generator.choice(np.array(["mx1", "mx2", None], dtype=object), len(rows)),
        is_enforced=generator.random(len(rows)) < 0.5,
        would_block_low=high // 2,
        would_block_high=high,
        lost_low=high // 3,
        lost_high=high,
        **counts,
    )


def test_one_report_that_names_hundreds_of_hosts_does_not_stop_the_ladder():
    """Its length is bounded, and so is the work."""
    hosts = [failure(1, host=f"mx{number}.example.com") for number in range(300)]
    forged = report(policy(10, 300, *hosts), reporter="forged", day=27)
    fixes = enforce_impact(tables(forged, *month(policy(1000)))).fixes
    assert fixes["step"].notna().sum() == MOST_FIXES
    assert fixes["step"].isna().sum() <= MOST_FIXES
    assert set(fixes["untried_fix_count"]) == {1 + 2 * 299 - MOST_FIXES}  # the policy lists one


def test_forged_hosts_do_not_push_a_real_fix_out_of_the_ladder():
    """Each report has as many votes; theirs only has more hosts and sessions."""
    forged = [failure(50, host=f"mx.{number}.example.net") for number in range(60)]
    real = month(policy(1000, 1, failure(1, host="mx1.example.com")))
    bad = [report(policy(10, 3000, *forged), reporter=name, day=27) for name in ("Evil", "More")]
    given = tables(*bad, *real)
    impact = enforce_impact(given)

    assert "repair certificate mx1.example.com" in set(impact.fixes["fix"])
    assert set(impact.fixes["untried_fix_count"]) == {1 + 2 * 60 - MOST_FIXES}
    assert "81 more fixes were not tried." in impact.plan(start="2026-08-01").to_markdown()


def test_all_fixes_of_an_honest_domain_are_tried():
    """So nothing is said about others."""
    impact = enforce_impact(tables(report(policy(9, 2, failure(2, host="mx1.example.com")))))

    assert set(impact.fixes["untried_fix_count"]) == {0}
    assert "not tried" not in impact.plan(start="2026-08-01").to_markdown()
