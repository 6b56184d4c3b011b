"""What commands print for scripts, as its schemas in ``docs/schemas`` describe it."""

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

import tlsrpt_analysis as tlsrpt
from tlsrpt_analysis.cli import main
from tlsrpt_analysis.cli.probing import _WRITERS
from tlsrpt_analysis.probes import load_findings

ROOT = Path(__file__).parents[1]
SAMPLE = str(ROOT / "sample_reports" / "google" / "2026-10.zip")


def described(name, text):
    """Return what was printed, after comparing it with its schema, down to the columns."""
    printed = json.loads(text)
    schema = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(printed, schema, jsonschema.Draft202012Validator)
    assert sorted(printed) == sorted(schema["properties"])
    for key, value in printed.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            assert sorted(value[0]) == sorted(schema["properties"][key]["items"]["properties"])
    return printed


def run(capsys, *words, code=0):
    """Run a command and return what it printed."""
    assert main(list(map(str, words))) == code
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Keep a month of one reporter in a store."""
    folder = tmp_path_factory.mktemp("stores") / "store"
    assert main(["import", SAMPLE, "--store", str(folder), "--quiet"]) == 0
    return folder


def test_plan_and_replay_print_json_as_their_schemas_describe(store, capsys):
    """So that scripts can rely on it."""
    words = ("--store", store, "--domain", "example.com", "--format", "json")
    plan = described("plan", run(capsys, "plan", *words))
    assert {row["policy_domain"] for row in plan["steps"]} == {"example.com"}
    replay = described("replay", run(capsys, "replay", *words))
    assert [row["month"] for row in replay["by_month"]] == ["2026-10-01"]


def test_replay_prints_markdown(store, capsys):
    """The headline and three tables."""
    words = ("--store", store, "--domain", "example.com", "--format", "markdown")
    text = run(capsys, "replay", *words, "--add-mx", "mx2.example.com")
    assert "| month | tested_session_count | would_block_low | would_block_high |" in text
    assert "| 2026-10 |" in text
    assert "Not known from reports:\n\n- " in text


def test_verify_prints_each_format(store, tmp_path, capsys):
    """Of a store that is whole, and of one that is not."""
    printed = described("verify", run(capsys, "verify", store, "--format", "json"))
    assert (printed["is_intact"], printed["faults"]) == (True, [])
    damaged = tmp_path / "damaged"
    main(["import", SAMPLE, "--store", str(damaged), "--quiet"])
    capsys.readouterr()
    next(damaged.rglob("*.parquet")).write_bytes(b"torn")
    printed = described("verify", run(capsys, "verify", damaged, "--format", "json", code=1))
    assert printed["is_intact"] is False
    (fault,) = (row["fault"] for row in printed["faults"])
    (row,) = csv.DictReader(io.StringIO(run(capsys, "verify", damaged, "--format", "csv", code=1)))
    assert row["fault"] == fault
    table = run(capsys, "verify", damaged, "--format", "markdown", code=1)
    assert table.startswith("| fault |\n|---|\n| ")


@pytest.mark.parametrize("has_causes", [True, False])
def test_findings_are_json_as_their_schema_describes(has_causes, store):
    """With the causes in the reports, if there are any."""
    findings = load_findings(ROOT / "notebooks" / "findings-example.com.json")
    tables = tlsrpt.open_store(store, policy_domains="example.com")
    causes = tlsrpt.diagnose(tables, findings) if has_causes else None
    printed = described("probe", _WRITERS["json"](findings, causes))
    assert printed["is_failed"] is True
    assert printed["policy_to_serve"]["policy"].startswith("version: STSv1")
    assert (printed["causes"] is None) == (not has_causes)


def test_findings_are_csv_and_markdown_with_one_row_for_each_check():
    """A spreadsheet and a ticket take them."""
    findings = load_findings(ROOT / "notebooks" / "findings-example.com.json")
    rows = list(csv.DictReader(io.StringIO(_WRITERS["csv"](findings, None))))
    assert [row["check"] for row in rows] == list(findings.checks()["check"])
    lines = _WRITERS["markdown"](findings, None).splitlines()
    assert lines[0] == "| mx_hostname | ip_address | check | outcome | message |"
    assert len(lines) == len(rows) + 2
