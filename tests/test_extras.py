"""The package without its extras: what works, and what the error says."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from support.wrappings import REPORT

from tlsrpt_analysis.extras import EXTRAS

ROOT = Path(__file__).parents[1]
WITHOUT_EXTRAS = f"""
import sys

class NotInstalled:
    def find_spec(name, path, target=None):
        if name.partition(".")[0] in {sorted(set.union(*map(set, EXTRAS.values())))!r}:
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, NotInstalled)
from tlsrpt_analysis.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run_without_extras(*words):
    """Run the command line where no extra is installed."""
    command = [sys.executable, "-c", WITHOUT_EXTRAS, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_reports_are_read_stored_summed_up_and_shared_without_extras(tmp_path):
    """As on a mail host."""
    (tmp_path / "report.json").write_bytes(REPORT)
    store = tmp_path / "store"
    assert run_without_extras("import", tmp_path / "report.json", "--store", store).returncode == 0
    done = run_without_extras("summary", "--store", store)
    assert done.returncode == 0, done.stderr
    assert "example.com" in done.stdout
    page = tmp_path / "impact.html"
    assert run_without_extras("report", "--store", store, "--output", page).returncode == 0
    assert "example.com" in page.read_text()
    assert run_without_extras("verify", store).returncode == 0
    assert "policy" in run_without_extras("probe", "--help").stdout


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("report", "REPORT", "--output", "OUTPUT.html", "--charts", "OUTPUT"), "lab"),
        (("lab", "OUTPUT"), "lab"),
        (("summary", "imaps://user@mail.example.com/reports"), "mailbox"),
        (("summary", "graph://user@example.com/reports"), "mailbox"),
        (("login", "imaps://user@mail.example.com"), "mailbox"),
        (("summary", "s3://bucket/reports"), "remote"),
    ],
)
def test_a_missing_extra_is_one_line_with_the_command_that_installs_it(words, extra, tmp_path):
    """Instead of a traceback."""
    (tmp_path / "report.json").write_bytes(REPORT)
    places = {
        "REPORT": tmp_path / "report.json",
        "OUTPUT": tmp_path / "output",
        "OUTPUT.html": tmp_path / "output.html",
    }
    done = run_without_extras(*(places.get(word, word) for word in words))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"pip install 'tlsrpt-analysis[{extra}]'" in line


def test_each_module_of_an_extra_comes_with_it():
    """Directly, or with a package that it names."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = {line.partition(">")[0].partition("[")[0] for line in declared["dependencies"]}
    homes = packages_distributions()
    for extra, modules in EXTRAS.items():
        named = {line.partition(">")[0] for line in declared["optional-dependencies"][extra]}
        brought = {name.lower().replace("_", "-") for module in modules for name in homes[module]}
        assert named <= brought
        assert not brought & base
