"""The commands plan and replay as a user types them."""

import csv
import io
import json

import pytest
from support.calendar_reader import read_events

from tlsrpt_analysis import Store
from tlsrpt_analysis.cli import main

POLICY = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 86400\n"


def document(day, domain="example.com"):
    """Return a report about a day on which mx2 was not listed."""
    policy = {
        "policy-type": "sts",
        "policy-domain": domain,
        "policy-string": [
            "version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 604800",
        ],
    }  # fmt: skip
    details = {
        "result-type": "validation-failure",
        "receiving-mx-hostname": "mx2.example.com",
        "failed-session-count": 3,
    }
    date = f"2026-08-{day:02d}"
    return {
        "organization-name": "Company-X",
        "date-range": {
            "start-datetime": f"{date}T00:00:00Z",
            "end-datetime": f"{date}T23:59:59Z",
        },
        "report-id": f"{domain}{day}",
        "policies": [
            {
                "policy": policy,
                "summary": {
                    "total-successful-session-count": 7,
                    "total-failure-session-count": 3,
                },
                "failure-details": [details],
            }
        ],
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write the reports of three days about one domain, and of one about another."""
    folder = tmp_path_factory.mktemp("reports")
    for day in (1, 2, 3):
        (folder / f"{day}.json").write_text(json.dumps(document(day)))
    (folder / "other.json").write_text(json.dumps(document(1, "example.net")))
    return folder


def run(capsys, *words):
    """Run a command and return what it printed."""
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_plan_prints_days_steps_and_policies(folder, tmp_path, capsys):
    """The first day is the one after the last report; MX records list the new host."""
    zone = tmp_path / "zone"
    zone.write_text(
        "example.com. 3600 IN MX 10 mx1.example.com.\nexample.com. 3600 IN MX 20 mx2.example.com.\n"
    )
    output = run(capsys, "plan", folder, "--domain", "example.com", "--mx-records", zone)
    assert output.startswith("example.com [not ready] ")
    assert "  2026-08-04  List mx2.example.com in the policy (you)" in output
    assert '_mta-sts.example.com. IN TXT "v=STSv1; id=' in output
    assert "example.net" not in output


@pytest.mark.parametrize("form", ["markdown", "csv", "json", "ics"])
def test_plan_in_each_form_has_the_same_steps(form, folder, capsys):
    """The first step of one domain on a given day."""
    output = run(
        capsys, "plan", folder, "--domain", "example.com", "--start", "2026-09-01", "--format", form
    )
    readers = {
        "markdown": lambda text: [line[4:] for line in text.splitlines() if line[:4] == "### "],
        "csv": lambda text: [
            f"{row['date']}: {row['title']}" for row in csv.DictReader(io.StringIO(text))
        ],
        "json": lambda text: [
            f"{row['date']}: {row['title']}" for row in json.loads(text)["steps"]
        ],
        "ics": lambda text: [
            f"{one['DTSTART'][:4]}-{one['DTSTART'][4:6]}-{one['DTSTART'][6:]}: {one['SUMMARY'][13:]}"
            for one in read_events(text)
        ],
    }
    first = readers[form](output)[0]
    assert first.startswith("2026-09-01: List mx2.example.com in the policy")


def test_plan_writes_the_form_that_the_file_is_named_after(folder, tmp_path, capsys):
    """A calendar keeps its line ends."""
    target = tmp_path / "plan.ics"
    assert run(capsys, "plan", folder, "-o", target) == f"Wrote {target}\n"
    assert read_events(target.read_bytes().decode())


def test_plan_of_a_store(folder, tmp_path, capsys):
    """Without the paths of reports."""
    Store(tmp_path / "store").add(folder)
    assert "example.net [not ready]" in run(capsys, "plan", "--store", tmp_path / "store")


def test_replay_of_a_file(folder, tmp_path, capsys):
    """It says what the policy would have refused, by month, reporter and host, and what is open."""
    path = tmp_path / "policy.txt"
    path.write_text(POLICY)
    output = run(capsys, "replay", "--policy", path, "--domain", "example.com", folder)
    assert output.startswith(
        "In enforce mode this policy would have refused 0 to 1 (0 % to 3.3 %) of 30"
    )
    assert "applied: 9 (30.0 %)." in output
    assert "2026-08" in output
    assert "- Sessions that failed because mx2.example.com was not listed" in output


def test_replay_of_the_reported_policy_from_a_day_on_and_with_a_line(folder, capsys):
    """Without a file; a day that is over counts for nothing."""
    words = ("replay", folder, "--domain", "example.com", "--since", "2026-08-03")
    assert "refused 3 (30.0 %) of 10 tested sessions" in run(capsys, *words)
    assert "refused 0 to 1 (0 % to 10.0 %) of 10" in run(
        capsys, *words, "--add-mx", "mx2.example.com"
    )


def test_replay_as_json_and_csv(folder, capsys):
    """For scripts."""
    words = ("replay", folder, "--domain", "example.com", "--format")
    months = json.loads(run(capsys, *words, "json"))["by_month"]
    assert [(row["month"], row["would_block_high"]) for row in months] == [("2026-08-01", 9)]
    days = list(csv.DictReader(io.StringIO(run(capsys, *words, "csv"))))
    assert [row["day"] for row in days] == ["2026-08-01", "2026-08-02", "2026-08-03"]


def test_replay_reads_a_policy_from_standard_input(folder, monkeypatch, capsys):
    """As `curl … | tlsrpt-analysis replay --policy -` writes it."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(POLICY.encode())))
    words = ("replay", folder, "--domain", "example.com", "--policy", "-")
    assert "refused 0 to 1 (0 % to 3.3 %) of 30" in run(capsys, *words)


@pytest.mark.parametrize(
    ("content", "message"),
    [("mode: enforce\n", "not an MTA-STS policy"), ("x" * 70_000, "more than 65,536 bytes")],
)
def test_a_file_that_is_no_policy_is_one_plain_line(content, message, folder, tmp_path, capsys):
    """And the exit code says that something failed."""
    path = tmp_path / "policy.txt"
    path.write_text(content)
    words = ["replay", str(folder), "--policy", str(path), "--domain", "example.com"]
    assert main(words) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert message in error


def test_replay_of_one_reporter_names_those_that_exist(folder, capsys):
    """As every command that chooses among the reports."""
    words = ["replay", str(folder), "--domain", "example.com", "--reporter"]
    assert "Company-X" in run(capsys, *words, "Company-X")
    assert main([*words, "Company-Z"]) == 1
    assert 'did you mean "Company-X"?' in capsys.readouterr().err


def test_replay_asks_for_one_domain(folder, capsys):
    """A policy belongs to one."""
    assert main(["replay", str(folder), "--domain", "a.example", "--domain", "b.example"]) == 2
    assert "give --domain once" in capsys.readouterr().err
    assert main(["replay", str(folder)]) == 1
    assert "about 2: name one" in capsys.readouterr().err


def test_mx_records_say_which_hosts_took_the_mail(folder, tmp_path, capsys):
    """A zone file with the only MX of the domain."""
    zone = tmp_path / "zone"
    zone.write_text("example.com. 3600 IN MX 10 mx9.example.com.\n")
    words = ("replay", folder, "--domain", "example.com", "--add-mx", "mx2.example.com")
    assert "of 30 tested sessions" in run(capsys, *words, "--mx-records", zone)
    zone.write_text(f"{zone.read_text()}example.com. 3600 IN MX 20 mx2.example.com.\n")
    plan = run(capsys, "plan", folder, "--domain", "example.com", "--mx-records", zone)
    assert "mx: mx9.example.com" in plan
