"""The units and the crontab of the documentation, run as they stand there."""

import datetime as dt
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lab.mail_sink import mail_sink
from lab.needed_programs import need
from lab.ports import program
from support.daily_checks import written
from support.made_reports import FIRST_DAY, policy, report

from tlsrpt_analysis.checks.state_file import STATE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/schedule.md").read_text()
UNITS = dict(re.findall(r"`/etc/systemd/system/(\S+)`[^\n]*:\n\n```ini\n(.*?)```", PAGE, re.DOTALL))
CRONTAB = re.search(r"```cron\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """Make a folder with the command, a mailbox of the last days, and a server for mails."""
    folder = tmp_path_factory.mktemp("machine")
    command = folder / "tlsrpt-analysis"
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m tlsrpt_analysis "$@"\n'
    )
    command.chmod(0o755)
    newest = (dt.datetime.now(dt.UTC).date() - FIRST_DAY).days
    reports = [report(policy(50), day=number) for number in range(newest - 9, newest - 1)]
    (folder / "Maildir").mkdir()
    written(folder / "Maildir" / ".tlsrpt", reports)
    with mail_sink(folder) as target:
        yield folder, target


def here(text, machine):
    """Return lines with the paths and the mail server of the test."""
    folder, target = machine
    text = text.replace("/usr/local/bin/", f"{folder}/").replace("/var/lib/tlsrpt", f"{folder}")
    text = text.replace("/var/mail/tlsrpt", f"{folder}/Maildir/.tlsrpt")
    return re.sub(r"(--mail-to \S+)", rf"\1 --smtp {target}", text)


def test_the_lines_of_the_units_run(machine):
    """In the order of the page: import, the first check, the report with its mail."""
    folder, _ = machine
    lines = [
        line.removeprefix("ExecStart=")
        for name, unit in UNITS.items()
        if name.endswith(".service")
        for line in here(unit, machine).splitlines()
        if line.startswith("ExecStart=")
    ]
    assert len(lines) == 3
    said = [
        subprocess.run(shlex.split(line), capture_output=True, text=True, check=True, cwd=folder)
        for line in lines
    ]
    assert said[1].stdout.startswith("First check: 1 domain and 0 lasting faults are the base")
    assert (folder / "reports.store" / STATE).exists()
    assert "tlsrpt_verdict" in (folder / "tlsrpt.prom").read_text()
    assert (folder / "enforce-impact.html").stat().st_size > 10_000


def test_the_lines_of_the_crontab_run_and_are_silent(machine):
    """Cron would mail anything that they print; the base is set by the first of two mornings."""
    folder, _ = machine
    shutil.rmtree(folder / "reports.store", ignore_errors=True)
    lines = [line.split(maxsplit=5)[5] for line in CRONTAB.splitlines() if line[:1].isdigit()]
    assert len(lines) == 2
    said = []
    for line in (lines[0], *lines):
        run = subprocess.run(
            ["/bin/sh", "-c", here(line, machine)],
            capture_output=True,
            text=True,
            check=True,
            env={"HOME": str(folder), "PATH": f"{folder}:/usr/bin:/bin"},
        )
        said.append(run.stdout + run.stderr)
    assert said[0].startswith("First check: ")
    assert said[1:] == ["", ""]


def test_systemd_finds_nothing_wrong_with_the_units(machine, tmp_path):
    """As its own tool says; each timer has its service."""
    need("systemd-analyze")
    assert {name.partition(".")[0] for name in UNITS} == {"tlsrpt-check", "tlsrpt-report"}
    for name, unit in UNITS.items():
        (tmp_path / name).write_text(here(unit, machine))
    checked = subprocess.run(
        [program("systemd-analyze"), "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
