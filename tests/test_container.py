"""The container: its steps, run by a builder where one is, and else over this machine."""

import json
import os
from pathlib import Path

import pytest
from support.containers import can_overlay, last, run_over_this_machine, script_of, steps_of

ROOT = Path(__file__).parents[1]
STEPS = steps_of(ROOT / "Containerfile")


def test_the_command_runs_as_a_user_without_privileges():
    """And the words after the image are those of the command."""
    (user,) = [step.rest for step in STEPS if step.word == "USER"]
    made = next(step.rest for step in STEPS if "useradd" in step.rest)
    assert made.split(" && ", maxsplit=1)[0] == f"useradd --uid 10001 --create-home {user}"
    assert json.loads(last(STEPS, "ENTRYPOINT")) == ["/opt/tlsrpt/bin/tlsrpt-analysis"]
    assert STEPS[-1].word == "CMD"
    assert all("debian:bookworm-slim" in step.rest for step in STEPS if step.word == "FROM")


def test_what_is_copied_exists_and_is_not_ignored():
    """The ignore file lets only these through."""
    copied = [
        name
        for step in STEPS
        if step.word == "COPY" and "--from" not in step.rest
        for name in step.rest.split()[:-1]
    ]
    assert all((ROOT / name).exists() for name in copied)
    let_through = [
        line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line[0] == "!"
    ]
    assert sorted(let_through) == sorted(copied)


@pytest.mark.skipif(
    not can_overlay() and not os.environ.get("CI"),
    reason="needs root to lay files over this machine",
)
def test_reports_go_in_and_the_page_comes_out(tmp_path):
    """Each step is run as it stands; the page belongs to the user of the container."""
    (tmp_path / "over").mkdir()
    page = tmp_path / "page"
    page.mkdir()
    os.chown(page, 10001, 10001)
    mounts = {"/reports": ROOT / "sample_reports" / "google", "/page": page}
    done = run_over_this_machine(script_of(STEPS, ROOT, mounts), tmp_path / "over")
    assert done.returncode == 0, done.stderr[-2_000:]
    assert "user: 10001" in done.stdout
    assert "Wrote /page/enforce-impact.html" in done.stdout
    written = page / "enforce-impact.html"
    assert written.stat().st_uid == 10001
    assert "Enforce mode" in written.read_text()
    assert not Path("/opt/tlsrpt").exists()
