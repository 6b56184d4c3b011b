"""A browser for each test file; one page of the samples and one JupyterLab for all."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.watched_pages import ROOT, started_browser, started_jupyterlab

from tlsrpt_analysis.views import export_notebook

expect.set_options(timeout=60_000)  # a slow machine is no bug


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium, headless.

    Playwright's event loop runs as long as the browser: the tests of other files must not meet it.
    """
    with started_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with the notebooks and the samples."""
    workspace = tmp_path_factory.mktemp("workspace")
    no_scripts = shutil.ignore_patterns("*.py")
    shutil.copytree(ROOT / "sample_reports", workspace / "sample_reports", ignore=no_scripts)
    shutil.copytree(ROOT / "notebooks", workspace / "notebooks")
    return workspace


@pytest.fixture(scope="session")
def exported(samples: Path) -> Path:
    """Return the stakeholder report as a page."""
    return export_notebook(samples / "notebooks/stakeholder-report.ipynb", samples / "impact.html")


@pytest.fixture(scope="session")
def jupyterlab(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a JupyterLab and yield its address."""
    with started_jupyterlab(samples, tmp_path_factory.mktemp("jupyter")) as address:
        yield address
