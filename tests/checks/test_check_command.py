"""The command for cron, as a crontab calls it."""

import json
import math
import os
from pathlib import Path

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.daily_checks import clean, written
from support.made_reports import failure, policy, report

from tlsrpt_analysis import Store
from tlsrpt_analysis.analyses.alerts.alert import Kind, Severity
from tlsrpt_analysis.checks import metrics, state_file
from tlsrpt_analysis.cli import checks, main

ROOT = Path(__file__).parents[2]
BEFORE, AFTER = "2026-08-12", "2026-08-15"
HOSTILE = 'mx1."\\\x1b[2J.example'


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Keep six clean weeks of two domains, and three days on which one fails at a hostile host."""
    folder = tmp_path_factory.mktemp("command")
    reports = clean("Google", range(42)) + clean("Microsoft", range(45))
    for number in range(42, 45):
        failed = policy(70, 30, failure(30, host=HOSTILE))
        reports.append(report(failed, policy(9, domain="other.example"), day=number))
    Store(folder / "store").add(written(folder / "in", reports), progress=False, workers=1)
    return folder / "store"


@pytest.fixture(scope="module")
def first_state(store):
    """Check for the first time."""
    assert main(["check", "--store", str(store), "--today", BEFORE]) == 0
    return (store / state_file.STATE).read_bytes()


@pytest.fixture(autouse=True)
def base(store, first_state):
    """Begin after a first check."""
    (store / state_file.STATE).write_bytes(first_state)


def checked(store, *words, today=AFTER):
    """Run the command."""
    return main(["check", "--store", str(store), "--today", today, *words])


def test_the_first_check_says_that_it_sets_the_base(store, capsys):
    """It is no alert: exit code 0."""
    (store / state_file.STATE).unlink()
    assert checked(store, today=BEFORE) == 0
    assert capsys.readouterr().out == (
        "First check: 1 domain and 0 lasting faults are the base; later checks say what is new.\n"
    )


def test_what_is_new_is_one_line_each_and_then_there_is_silence(store, capsys):
    """Cron mails what is printed, and nothing when nothing is."""
    assert checked(store) == checks.NEW
    first, second = capsys.readouterr().out.splitlines()
    assert first == (
        '[warning] example.com: certificate-expired at mx1."\\\N{REPLACEMENT CHARACTER}[2j.example'
        " since 2026-08-12: 90 of 300 sessions of Google would be refused (30.0 %)"
    )
    assert second == "[warning] example.com: the verdict is 'not ready', it was 'ready'"
    assert checked(store) == 0
    assert capsys.readouterr().out == ""


def test_the_words_of_the_options_are_the_kinds_and_severities():
    """Help is quick, so they stand in the command as well."""
    assert set(checks.KINDS) == {each.value for each in Kind}
    assert set(checks.SEVERITIES) == {each.value for each in Severity}


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("warning", 1),
        ("notice", 1),
        ("critical", 0),
        ("fault-began", 1),
        ("reporter-silent", 0),
    ],
)
def test_the_exit_code_is_of_the_kinds_and_severities_that_are_asked_for(store, wanted, code):
    """All are printed, whatever is asked for."""
    assert checked(store, "--fail-on", wanted) == code


def test_the_json_is_as_its_schema_says(store, capsys):
    """Also when nothing is new."""
    schema = json.loads((ROOT / "docs/schemas/check.json").read_text())
    kinds = schema["properties"]["alerts"]["items"]["properties"]["kind"]["enum"]
    assert kinds == [each.value for each in Kind]
    for count in (2, 0):
        checked(store, "--format", "json")
        found = json.loads(capsys.readouterr().out)
        jsonschema.Draft202012Validator(schema).validate(found)
        assert len(found["alerts"]) == count
        assert found["open_fault_counts"] == {"example.com": 1}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--store", "stroe"], "is not a store"),
        (["--own-domain", "exmaple.com"], "has no report about your own domains"),
        (["--mail-to", "a@b.example\nBcc: c@d.example"], "is not a mail address"),
        (["--mail-to", "a@b.example", "--smtp", "host:port"], "is not a server"),
        (["--prometheus", "no-folder/file.prom"], "no-folder"),
    ],
)
def test_what_cannot_run_exits_with_two(store, capsys, words, reason):
    """One line says why, and what would be new stays new."""
    assert checked(store, *words) == checks.NOT_RUN
    said = capsys.readouterr()
    assert reason in said.err
    assert said.err.count("\n") == 1
    assert checked(store) == checks.NEW


def test_a_wrong_argument_exits_with_two_as_well(store, capsys):
    """As everywhere."""
    with pytest.raises(SystemExit) as ended:
        checked(store, "--cooldown", "soon")
    assert ended.value.code == checks.NOT_RUN
    assert "is not a number of days" in capsys.readouterr().err


def test_metrics_are_what_prometheus_reads(store, tmp_path):
    """Its own parser finds each sample; the file appears in one step."""
    target = tmp_path / "tlsrpt.prom"
    checked(store, "--prometheus", str(target))
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(target.read_text())
        for sample in family.samples
    }
    assert samples["tlsrpt_verdict", "example.com", "not ready"] == 1
    assert samples["tlsrpt_verdict", "example.com", "ready"] == 0
    assert samples["tlsrpt_refused_share", "example.com"] == pytest.approx(0.15)
    assert math.isnan(samples["tlsrpt_refused_share_high", "example.com"])  # of three days
    assert samples["tlsrpt_tested_sessions", "example.com"] == 100 * (42 + 45 + 3)
    assert samples["tlsrpt_reporters", "example.com"] == 2
    assert samples["tlsrpt_open_faults", "example.com"] == 1
    assert samples["tlsrpt_alerts", "fault-began"] == 1
    assert samples["tlsrpt_rejected_inputs",] == 0
    assert samples["tlsrpt_store_bytes",] > 10_000
    end = samples["tlsrpt_last_report_timestamp_seconds", "example.com"]
    age = samples["tlsrpt_last_report_age_seconds", "example.com"]
    assert end + age == pytest.approx(samples["tlsrpt_last_check_timestamp_seconds",])
    assert [path.name for path in tmp_path.iterdir()] == ["tlsrpt.prom"]


def test_an_interval_of_weeks_is_a_metric(store, tmp_path):
    """And no NaN."""
    target = tmp_path / "tlsrpt.prom"
    checked(store, "--prometheus", str(target), today=BEFORE)
    (high,) = (
        line
        for line in target.read_text().splitlines()
        if line.startswith("tlsrpt_refused_share_high")
    )
    assert 0 < float(high.split()[-1]) < 0.02


def test_metrics_of_many_domains_are_bounded(store, tmp_path, monkeypatch):
    """Anybody can send a report about any domain."""
    monkeypatch.setattr(metrics, "MOST_DOMAINS", 1)
    target = tmp_path / "tlsrpt.prom"
    checked(store, "--prometheus", str(target))
    text = target.read_text()
    assert "other.example" not in text
    assert "tlsrpt_domains_without_metrics 1.0" in text
    counts = [line for line in text.splitlines() if line.startswith("tlsrpt_domains{")]
    assert [float(line.split()[-1]) for line in counts] == [0, 1, 1, 0, 0]  # both of them


def test_no_two_domains_share_a_sample(tmp_path):
    """One sample that stands twice costs the collector all metrics of the file."""
    names = ["x.example", *(f"x{unseen}.example" for unseen in "\u200b\u200c\n\r\ufffd"), 'x"\\.y']
    reports = [report(*(policy(9, domain=name) for name in names), day=day) for day in range(9)]
    Store(tmp_path / "store").add(written(tmp_path / "in", reports), progress=False, workers=1)
    target = tmp_path / "tlsrpt.prom"
    assert checked(tmp_path / "store", "--prometheus", str(target)) == 0
    lines = [line.rpartition(" ")[0] for line in target.read_text().split("\n") if "{" in line]
    assert len(set(lines)) == len(lines)
    labels = {
        sample.labels["policy_domain"]
        for family in text_string_to_metric_families(target.read_text())
        for sample in family.samples
        if "policy_domain" in sample.labels
    }
    assert labels == {"x.example", "x\ufffd.example", 'x"\\.y'}
    assert "tlsrpt_domains_without_metrics 3.0" in target.read_text()


def test_labels_are_escaped():
    """As the text format demands it."""
    metric = metrics._Metric("a", "b", [({"c": 'd"\\\x1b\ne'}, 1.0)])
    (family,) = text_string_to_metric_families("\n".join(metric.lines()) + "\n")
    assert family.samples[0].labels == {
        "c": 'd"\\\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}e'
    }


def test_a_read_only_store_is_one_line_and_no_traceback(store, capsys, monkeypatch):
    """As of another user."""

    def refused(*_names, **_options):
        raise PermissionError(13, "Permission denied", str(store / "checks.json.new"))

    monkeypatch.setattr(os, "open", refused)
    assert checked(store) == checks.NOT_RUN
    assert "Permission denied" in capsys.readouterr().err
