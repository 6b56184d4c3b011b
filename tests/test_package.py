"""The package as a whole: its public names, its lean import, its documents."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

import tlsrpt_analysis as tlsrpt
from tlsrpt_analysis import views

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tlsrpt_analysis"
CLAUSE = re.compile(r"RFC \d+ §[\d.]*\d")
FUNCTIONS = [getattr(tlsrpt, name) for name in tlsrpt.__all__ if name.islower()]


def clauses_in_code():
    """Return the modules that name each clause."""
    found = defaultdict(set)
    for module in PACKAGE.rglob("*.py"):
        for clause in CLAUSE.findall(module.read_text()):
            found[clause].add(module.relative_to(PACKAGE).as_posix())
    return dict(found)


def modules_after(code):
    """Return the modules that a fresh Python has loaded after some lines."""
    lines = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    told = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    return set(told.stderr.split())


CHARTS = {"altair", "ipywidgets", "IPython", "jupyterlab", "nbconvert", "nbclient", "vl_convert"}
SELDOM = {"dkim", "dns", "fsspec", "h11", "keyring", "imapclient"}


def test_importing_the_package_loads_no_library():
    """Each name loads its own module when it is asked for."""
    heavy = (
        CHARTS | SELDOM | {"numpy", "pandas", "pyarrow", "msgspec", "tlsrpt_analysis.loading.load"}
    )
    assert modules_after("import tlsrpt_analysis") & heavy == set()


def test_the_command_line_tells_its_use_without_pandas():
    """Help is quick."""
    code = "from tlsrpt_analysis.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    heavy = CHARTS | SELDOM | {"numpy", "pandas", "pyarrow"}
    assert modules_after(code) & heavy == set()


def test_postfix_logs_are_read_without_dns():
    """Only zone files need its library."""
    code = f"from tlsrpt_analysis import read_postfix_logs\nread_postfix_logs({__file__!r})"
    assert "dns" not in modules_after(code)


def test_a_load_of_files_imports_nothing_that_other_sources_need():
    """No chart, no DNS, no mail server."""
    code = "import tlsrpt_analysis\ntlsrpt_analysis.load_reports('sample_reports/google')"
    loaded = modules_after(f"import os; os.chdir({str(ROOT)!r})\n{code}")
    assert "pandas" in loaded
    assert loaded & (CHARTS | SELDOM | {"tqdm.notebook", "pyarrow.dataset", "dask"}) == set()


def test_each_public_name_is_that_of_its_module():
    """The table that loads them says the same as the imports that a type checker reads."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    homes = {
        name.name: node.module.removeprefix("tlsrpt_analysis.")
        for node in imports
        if node.module.startswith("tlsrpt_analysis.")
        for name in node.names
    }
    assert homes == tlsrpt._HOMES
    assert list(homes.keys() ^ set(tlsrpt.__all__)) == []
    assert set(tlsrpt.__all__) <= set(dir(tlsrpt))
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = tlsrpt.no_such_name


def test_each_public_view_is_that_of_its_module():
    """Completion offers what `__all__` promises, and each name loads its own module."""
    tree = ast.parse((PACKAGE / "views" / "__init__.py").read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    homes = {
        name.name: node.module.removeprefix("tlsrpt_analysis.views.")
        for node in imports
        if node.module.startswith("tlsrpt_analysis.views.")
        for name in node.names
    }
    assert homes == views._HOMES
    assert homes.keys() | {"charts", "style"} == set(views.__all__) == set(dir(views))
    for name in views.__all__:
        assert getattr(views, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = views.no_such_name


def test_importing_views_loads_no_library_of_charts():
    """The page to share is written without them."""
    assert modules_after("from tlsrpt_analysis.views import write_html_report") & CHARTS == set()


def test_the_map_of_the_package_names_what_is_there():
    """Every name in backquotes exists, as a public name or as a module."""
    names = set(re.findall(r"(?<!`)`(\w+)`(?!`)", tlsrpt.__doc__))
    rooms = set(re.findall(r"``(\w+)``", tlsrpt.__doc__))
    assert names <= set(tlsrpt.__all__)
    assert {name for name in tlsrpt.__all__ if name.islower()} <= names
    assert rooms <= {path.stem for path in PACKAGE.iterdir()}


ROOMS = {
    "The rooms": PACKAGE,
    "Inside `intake`": PACKAGE / "intake",
    "Inside `loading`": PACKAGE / "loading",
    "Inside `analyses`": PACKAGE / "analyses",
    "Inside `views`": PACKAGE / "views",
}


def rooms_listed(heading):
    """Return the rooms in the table under a heading of docs/architecture.md, in order."""
    text = (ROOT / "docs/architecture.md").read_text()
    section = re.split(rf"^##+ {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    return re.findall(r"^\| `(\w+)` \|", section.partition("\n##")[0], re.MULTILINE)


@pytest.mark.parametrize("heading", ROOMS)
def test_the_tables_of_rooms_are_those_of_the_package(heading):
    """One row for each module or folder, and none for what is gone."""
    there = {path.stem for path in ROOMS[heading].glob("*.py")}
    there |= {path.parent.name for path in ROOMS[heading].glob("*/__init__.py")}
    assert sorted(rooms_listed(heading)) == sorted(there - {"__init__"})


@pytest.mark.parametrize("heading", [heading for heading in ROOMS if "loading" not in heading])
def test_the_tables_of_rooms_follow_the_layers(heading):
    """The highest layer comes first, as in the import contract of the same folder."""
    container = ROOMS[heading].relative_to(ROOT).as_posix().replace("/", ".")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (layers,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == [container]
    )
    layer_of = {
        room: number for number, rooms in enumerate(layers) for room in re.findall(r"\w+", rooms)
    }
    numbers = [layer_of[room] for room in rooms_listed(heading)]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_public_functions_have_keywords_after_the_second_parameter_and_examples(function):
    """Calls stay readable, and the docstring can be run."""
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    allowed = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    assert set(kinds[2:]) <= allowed
    for section in ("Parameters", "Returns", "Examples"):
        assert f"{section}\n" in function.__doc__


def test_the_table_of_standards_is_that_of_the_code():
    """Every clause with every module, and none that is gone."""
    rows = re.findall(
        r"^\| (RFC [^|]*) \|[^|]*\| (.*) \|$",
        (ROOT / "docs/standards.md").read_text(),
        re.MULTILINE,
    )
    listed = {clause: set(re.findall(r"`([^`]+)`", modules)) for clause, modules in rows}
    assert listed == clauses_in_code()


def test_the_tests_and_files_named_beside_the_standards_exist():
    """A table that names what is gone proves nothing."""
    text = (ROOT / "docs/standards.md").read_text()
    rows = re.findall(r"^\| (\d+ §[\d.]+) \| `([^`]+)` `([^`]+)` \|$", text, re.MULTILINE)
    named = [row[1:] for row in rows]
    files = re.findall(r"`(tests/data/[^`]+)`", text)

    followed = {
        clause for clause in clauses_in_code() if clause.startswith(("RFC 8460", "RFC 8461"))
    }
    assert {f"RFC {row[0]}" for row in rows} == followed
    assert [it for it in named if f"def {it[1]}(" not in (ROOT / "tests" / it[0]).read_text()] == []
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_the_files_named_for_contributors_exist():
    """Who adds something is led to files that are there."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`((?:tlsrpt_analysis|tests|docs|\.ci)/[^` ]*)`", text))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "page",
    [path for name in ("*.md", "*/*.md", "docs/decisions/*.md") for path in ROOT.glob(name)],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_the_files_that_a_page_names_exist(page):
    """Links are followed from the page; a path in backquotes starts at a root or in a room."""
    text = page.read_text()
    links = [page.parent / link for link in re.findall(r"\]\(([^):#]+)\)", text)]
    named = re.findall(r"`([a-z_.-]+/[\w/.-]+\.(?:py|md|toml|json|ipynb))`", text)
    starts = (ROOT, PACKAGE, PACKAGE / "analyses", ROOT / "tests", page.parent)
    assert [link for link in links if not link.exists()] == []
    assert [name for name in named if not any((start / name).is_file() for start in starts)] == []


def test_the_changelog_has_one_place_for_each_change():
    """The title comes first, and no line or heading is there twice."""
    lines = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line]
    assert lines[0] == "# Changelog"
    assert sorted(lines) == sorted(set(lines))


def test_every_reference_to_a_standard_has_one_form():
    """So that they can be found: the RFC, its number, the section sign."""
    loose = re.compile(r"(RFC ?\d+,? (s\.|sec|section)|RFC\d{4}|§ \d)")
    wrong = [path.name for path in PACKAGE.rglob("*.py") if loose.search(path.read_text())]
    assert wrong == []


def test_imports_are_absolute():
    """So that a search for a module's name finds all its users."""
    relative = [
        path.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_every_module_opens_with_a_sentence():
    """It says what lives there."""
    for path in PACKAGE.rglob("*.py"):
        opening = ast.get_docstring(ast.parse(path.read_text())) or ""
        assert re.match(r"[^\n]+(\n[^\n]+)*?[.:;]($|\n)", opening), path.name


def test_ci_runs_just_the_second_command_of_the_readme():
    """What a reader is told to run is what is run."""
    shown = subprocess.run([ROOT / ".ci/run", "--show"], capture_output=True, text=True, check=True)
    readme = (ROOT / "README.md").read_text()
    start = readme.index("## Quick start")
    blocks = re.findall(
        r"^```sh\n(.*?)^```$",
        readme[start : readme.index("\n## ", start)],
        re.MULTILINE | re.DOTALL,
    )
    assert len(blocks) == 2
    assert shown.stdout == blocks[1]


def test_the_constraints_name_packages_and_versions_only():
    """No addresses, no options."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9._-]+==[0-9][\w.]*", line)] == []


def test_the_citation_names_the_version_of_the_package():
    """Or a release leaves it behind."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"version: {project['version']}\n" in (ROOT / "CITATION.cff").read_text()


def test_the_reference_of_public_names_is_made_without_a_warning(tmp_path):
    """By the command in CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    command = text[text.index(".venv/bin/python -W error -m pdoc") :].partition("\n```")[0]
    words = command.replace("\\\n", " ").split()
    words[0] = sys.executable
    words[words.index("site")] = str(tmp_path)
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "tlsrpt_analysis.html").read_text()
    assert all(f'id="{name}"' in page for name in tlsrpt.__all__)
