"""Every domain of a store at once: the same answers as of each alone, and only new ones computed."""

import os
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from support.dask_clusters import dask_client
from support.killed_groups import AlwaysKilled, KilledOnce, answers_with_a_kill
from support.made_reports import failure, month, policy, report, tables
from support.wrappings import REPORT

from tlsrpt_analysis import (
    Store,
    StoreError,
    diagnose,
    enforce_impact,
    fleet,
    open_store,
)
from tlsrpt_analysis.fleets import groups, kept, running, sums
from tlsrpt_analysis.fleets.answers import Answers, answers
from tlsrpt_analysis.fleets.fleet import Fleet

SAMPLES = Path(__file__).parents[2] / "sample_reports"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Keep the samples in a store."""
    directory = tmp_path_factory.mktemp("fleet") / "store"
    Store(directory).add(SAMPLES, progress=False, workers=1)
    return directory


@pytest.fixture(scope="module")
def found(store):
    """Answer by about ten small groups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "ROWS_AT_ONCE", 500)
        return fleet(store, workers=1, keep=False)


def test_each_cell_is_what_the_analyses_say_of_the_domain_alone(store, found):
    """Whatever the groups are."""
    by_domain = found.by_domain.set_index("policy_domain")
    for domain in by_domain.index:
        tables = open_store(store, policy_domains=[domain])
        impact = enforce_impact(tables)
        before = impact.before_today.set_index("policy_domain")
        alone = impact.by_domain.set_index("policy_domain").join(before)
        of_fleet = by_domain.loc[[domain], list(alone.columns)]
        pd.testing.assert_frame_equal(of_fleet, alone.astype(of_fleet.dtypes))
        causes = found.answers.causes
        rows = causes[causes["policy_domain"] == domain].reset_index(drop=True)
        expected = diagnose(tables)[list(rows.columns.drop("is_over"))]
        pd.testing.assert_frame_equal(
            rows.drop(columns="is_over"), expected.astype(rows.drop(columns="is_over").dtypes)
        )


def test_a_domain_whose_reports_ended_is_judged_as_alone():
    """Or an answer would depend on the group, and change while its reports do not."""
    reports = tables(
        *month(policy(20, 0, domain="ended.example")),
        *(report(policy(20, 0, domain="lively.example"), day=day) for day in range(120, 148)),
    )
    loaded = enforce_impact(reports).by_domain.set_index("policy_domain")["reasons"]
    assert "others go on to" in loaded["ended.example"]
    of_each = answers(reports)
    for domain in ("ended.example", "lively.example"):
        alone = answers(reports.select(policy_domains=domain))
        for (_, frame), (_, expected) in zip(of_each.frames(), alone.frames(), strict=True):
            rows = frame[frame["policy_domain"] == domain].reset_index(drop=True)
            pd.testing.assert_frame_equal(rows, expected.astype(rows.dtypes))


def test_the_change_is_against_a_period_as_long_before_todays():
    """Another share before today's days, and none where nothing was reported then."""
    bad = policy(60, 40, failure(40, "certificate-expired", "mx1.example.com"))
    days = [report(bad if day < 28 else policy(100, 0), day=day) for day in range(56)]
    rows = answers(tables(*days)).domains
    assert rows["before_would_block_share"].item() == 0.4
    assert rows["before_would_block_high"].item() == 28 * 40
    assert rows["before_since"].item() == pd.Timestamp("2026-07-01")
    assert rows["would_block_change"].item() == -0.4
    assert rows["would_block_change_low"].item() < -0.4 < rows["would_block_change_high"].item() < 0
    only_today = answers(tables(*month(policy(20, 0)))).domains
    assert only_today["before_would_block_share"].isna().all()
    assert only_today["would_block_change"].isna().all()


def test_a_change_by_chance_has_an_interval_around_zero():
    """The same fault in both periods, a little more of it in the second."""
    days = []
    for day in range(56):
        failed = 5 * (day % 4 == 0) + 2 * (day >= 28 and day % 8 == 0)
        detail = [failure(failed, "certificate-expired", "mx1.example.com")] if failed else []
        days.append(report(policy(100 - failed, failed, *detail), day=day))
    rows = answers(tables(*days)).domains
    assert rows["would_block_change"].item() > 0
    assert rows["would_block_change_low"].item() < 0 < rows["would_block_change_high"].item()
    short = answers(tables(*days[20:35])).domains
    assert short["would_block_change_low"].isna().all()


def test_the_days_are_those_that_were_asked_for(store):
    """As in `open_store`."""
    days = {"since": "2026-08-01", "until": "2026-08-20"}
    rows = fleet(store, workers=1, keep=False, **days).by_domain
    expected = enforce_impact(open_store(store, **days)).by_domain
    names = list(expected.columns)
    pd.testing.assert_frame_equal(
        rows.sort_values("policy_domain")[names].reset_index(drop=True),
        expected.sort_values("policy_domain").reset_index(drop=True),
    )


def test_the_worst_domains_are_first_with_their_cause_host_and_fix(found):
    """So that a provider knows what to do."""
    first = found.by_domain.iloc[1]
    assert first["policy_domain"] == "chain.example"
    assert first["top_cause"] == "incomplete-chain"
    assert first["top_host"] == "mx1.chain.example"
    assert first["first_fix"] == "serve the intermediate certificates at mx1.chain.example"
    assert first["whose_mail"] == "Microsoft, Fjord Mail AS, Mail.ru"
    assert first["today_refused_reporter_count"] == 3
    assert first["today_tested_reporter_count"] == 5


def test_a_notebook_shows_the_verdicts_and_the_most_urgent_domains_first(found):
    """Not only the name of a class."""
    shown = found._repr_html_()
    assert "<strong>9 domains: 4 not ready and 5 ready</strong>" in shown
    assert shown.index("example.com") < shown.index("healthy.example")
    assert "by_host" in shown


def test_a_repaired_fault_is_no_top_cause(found):
    """What was wrong once is history."""
    by_domain = found.by_domain.set_index("policy_domain")
    assert by_domain.loc["migration.example", "verdict"] == "ready"
    assert pd.isna(by_domain.loc["migration.example", "top_cause"])
    assert "mx1.migration.example" not in set(found.by_host["receiving_mx_hostname"].dropna())


def test_only_domains_with_new_reports_are_analysed_again(tmp_path):
    """The others keep their answers, cell by cell; another question asks about all."""
    directory = tmp_path / "store"
    Store(directory).add(SAMPLES / "lantern-telecom", progress=False, workers=1)
    first = fleet(directory, workers=1)
    count = len(first.by_domain)
    assert first.analysed_domain_count == count
    again = fleet(directory, workers=1)
    assert again.analysed_domain_count == 0
    pd.testing.assert_frame_equal(again.by_domain, first.by_domain)
    pd.testing.assert_frame_equal(again.by_host, first.by_host)
    report = REPORT.replace(b"example.com", b"healthy.example").replace(b"07-01T", b"11-01T")
    (tmp_path / "new.json").write_bytes(report)
    Store(directory).add(tmp_path / "new.json", progress=False, workers=1)
    third = fleet(directory, workers=1)
    assert third.analysed_domain_count == 1
    pd.testing.assert_frame_equal(
        third.by_domain, fleet(directory, workers=1, keep=False).by_domain
    )
    assert fleet(directory, since="2026-09-01", workers=1).analysed_domain_count == count


def test_a_changed_rule_or_damaged_answers_mean_everything_is_analysed(tmp_path, monkeypatch):
    """Nothing old is believed."""
    directory = tmp_path / "store"
    Store(directory).add(SAMPLES / "harbor", progress=False, workers=1)
    count = fleet(directory, workers=1).analysed_domain_count
    assert fleet(directory, workers=1).analysed_domain_count == 0
    monkeypatch.setattr("tlsrpt_analysis.fleets.fingerprints.rules", lambda: "other")
    assert fleet(directory, workers=1).analysed_domain_count == count
    (directory / kept.NAME).write_bytes(b"torn")
    assert fleet(directory, workers=1).analysed_domain_count == count
    assert Store(directory).verify() == []


def test_several_processes_answer_the_same(store, found, monkeypatch):
    """To the cell."""
    monkeypatch.setattr(groups, "ROWS_AT_ONCE", 3_000)
    two = fleet(store, workers=2, keep=False)
    pd.testing.assert_frame_equal(found.by_domain, two.by_domain)
    pd.testing.assert_frame_equal(found.by_cause, two.by_cause)


@pytest.fixture(scope="module")
def cluster():
    """Run a real Dask cluster of two workers."""
    with dask_client() as client:
        yield client


def test_a_dask_cluster_answers_the_same(store, found, cluster, monkeypatch):
    """A real one, with two workers."""
    monkeypatch.setattr(groups, "ROWS_AT_ONCE", 3_000)
    by_domain = fleet(store, client=cluster, keep=False).by_domain
    pd.testing.assert_frame_equal(by_domain, found.by_domain)


def test_a_dask_cluster_that_loses_a_worker_answers_the_same(
    store, found, cluster, tmp_path, monkeypatch
):
    """Its process is killed in the middle of the run, with a group in hand."""
    monkeypatch.setattr(groups, "ROWS_AT_ONCE", 1_500)
    monkeypatch.setattr(running, "answers_of_group", partial(answers_with_a_kill, tmp_path))
    before = set(cluster.run(os.getpid).values())
    lost = fleet(store, client=cluster, keep=False)
    (victim,) = (int(path.name) for path in tmp_path.glob("killed/*"))
    analysed = {path.name: path.read_text() for path in tmp_path.glob("group-*")}
    assert victim in before
    assert len(analysed) > 3
    assert str(victim) != analysed["group-2"]
    for name, frame in lost.answers.frames():
        pd.testing.assert_frame_equal(frame, getattr(found.answers, name))


def test_a_killed_process_costs_no_answer(tmp_path):
    """Its groups are analysed by another one."""
    asked = [
        KilledOnce(0, str(tmp_path)),
        KilledOnce(1, str(tmp_path)),
        groups.Group(2, str(tmp_path)),
    ]
    assert len(list(running.answered(asked, workers=2, client=None))) == 3
    assert len(list(tmp_path.glob("killed-*"))) == 2


def test_a_group_that_kills_each_process_is_one_plain_error(tmp_path):
    """That says what to try."""
    asked = [AlwaysKilled(0, str(tmp_path)), AlwaysKilled(1, str(tmp_path))]
    with pytest.raises(StoreError, match="workers=1"):
        list(running.answered(asked, workers=2, client=None))


def test_an_mx_host_with_dane_results_is_no_domain():
    """Only one definition, for the page, the command and the representation."""
    failed = failure(9, "tlsa-invalid", "mx1.host.example")
    dane = policy(40, 9, failed, policy_type="tlsa", domain="mx1.host.example")
    expired = failure(9, "certificate-expired", "mx1.host.example")
    bad = policy(40, 9, expired, domain="d1.example", mx=["mx1.host.example"])
    one = Fleet(answers(tables(*month(bad, dane))), 2)
    assert one.domains["policy_domain"].tolist() == ["d1.example"]
    assert one.other_names["policy_domain"].tolist() == ["mx1.host.example"]
    assert len(one.by_domain) == 2
    assert repr(one) == "<Fleet: 1 domains, 1 not ready>"


def test_an_empty_store_is_an_empty_fleet(tmp_path):
    """With all its columns."""
    (tmp_path / "x.txt").write_text("nothing")
    Store(tmp_path / "store").add(tmp_path / "x.txt", progress=False)
    found = fleet(tmp_path / "store")
    assert found.by_domain.empty
    assert found.by_host.empty
    assert "verdict" in found.by_domain
    assert repr(found) == "<Fleet: 0 domains>"


def test_chance_among_many_domains_is_not_selective():
    """Benjamini-Hochberg over the fleet raises what each domain alone would pass."""
    rows = pd.DataFrame(
        {
            "policy_domain": [f"{number}.example" for number in range(100)],
            "verdict": ["selective"] * 2 + ["not selective"] * 98,
            "p_value": [1e-9, 0.01] + [0.5] * 98,
        }
    )
    judged = sums.selective_over_fleet(Answers(rows, rows, rows, rows))
    assert judged["verdict"].tolist()[:3] == ["selective", "too little data", "not selective"]
