"""What a reader sees: the exported page opened from disk, and a notebook in JupyterLab.

Every request but to the page itself or to the JupyterLab started here is stopped and noted.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from tlsrpt_analysis.views import export_notebook

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
CHARTS = 5
WIDEST_PAPER = 620

pytestmark = pytest.mark.browser


@dataclass
class Watched:
    """A page, with the requests that were stopped and the errors that it met."""

    page: Page
    stopped: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium without a window."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is missing: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a workspace with the notebooks and the samples."""
    workspace = tmp_path_factory.mktemp("workspace")
    no_scripts = shutil.ignore_patterns("*.py")
    shutil.copytree(ROOT / "sample_reports", workspace / "sample_reports", ignore=no_scripts)
    shutil.copytree(ROOT / "notebooks", workspace / "notebooks")
    return workspace


@pytest.fixture(scope="module")
def exported(browser: Browser, samples: Path) -> Path:
    """Give the stakeholder report as a page."""
    assert browser
    return export_notebook(samples / "notebooks/stakeholder-report.ipynb", samples / "impact.html")


@contextlib.contextmanager
def watched(browser: Browser, *, allowed: tuple[str, ...], **options: object) -> Iterator[Watched]:
    """Open a page that reaches only what is allowed."""
    context: BrowserContext = browser.new_context(service_workers="block", **options)  # type: ignore[arg-type]
    seen = Watched(context.new_page())

    def decide(route: Route) -> None:
        if route.request.url.startswith(allowed):
            route.continue_()
        else:
            seen.stopped.append(route.request.url)
            route.abort()

    context.route("**/*", decide)
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    yield seen
    context.close()


def opened(seen: Watched, path: Path) -> Page:
    """Open an exported page and wait until its charts live."""
    seen.page.goto(path.as_uri())
    seen.page.wait_for_selector("html.drawn", timeout=60_000)
    return seen.page


def test_page_from_disk_draws_every_chart_and_asks_nobody(browser: Browser, exported: Path) -> None:
    """Interactive without Python and without a network."""
    with watched(browser, allowed=("file:", "data:", "blob:")) as seen:
        page = opened(seen, exported)
        assert page.locator("figure.chart .vega-embed svg.marks").count() == CHARTS
        assert page.locator("figure.chart > img").count() == 0
    assert seen.stopped == []
    assert seen.errors == []
    assert exported.stat().st_size < 4_000_000


def test_tooltip_speaks_in_words(browser: Browser, exported: Path) -> None:
    """Pointing at a range tells the headline."""
    with watched(browser, allowed=("file:", "data:")) as seen:
        page = opened(seen, exported)
        page.locator("figure.chart").first.locator(".mark-symbol path").first.hover(force=True)
        tooltip = page.locator("#vg-tooltip-element")
        tooltip.wait_for(state="visible")
        assert "Enforce mode" in tooltip.inner_text()
        assert "policy_domain" not in tooltip.inner_text()


def test_legend_singles_out_a_shade(browser: Browser, exported: Path) -> None:
    """A click in the legend fades every other cell."""
    with watched(browser, allowed=("file:", "data:")) as seen:
        page = opened(seen, exported)
        figure = page.locator("figure.chart").nth(3)
        faded = figure.locator(".mark-rect path[opacity='0.12']")
        assert faded.count() == 0
        figure.get_by_text("over 50 %", exact=True).click(force=True)
        page.wait_for_timeout(300)
        assert faded.count() > 0
        assert faded.count() < figure.locator(".mark-rect path").count()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "UTC", "Asia/Tokyo"])
def test_days_are_the_same_in_every_time_zone(browser: Browser, exported: Path, zone: str) -> None:
    """A UTC day is no instant, so it does not move."""
    with watched(browser, allowed=("file:", "data:"), timezone_id=zone) as seen:
        page = opened(seen, exported)
        labels = page.locator("figure.chart").nth(4).locator(".role-axis-label text")
        assert labels.first.text_content() == "1 Jul 2026"


def test_page_fits_a_telephone_and_paper(browser: Browser, exported: Path) -> None:
    """The page itself never scrolls sideways; charts are no wider than paper."""
    with watched(
        browser, allowed=("file:", "data:"), viewport={"width": 400, "height": 800}
    ) as seen:
        page = opened(seen, exported)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    with watched(
        browser, allowed=("file:", "data:"), viewport={"width": 1400, "height": 900}
    ) as seen:
        page = opened(seen, exported)
        widths = page.evaluate(
            "[...document.querySelectorAll('svg.marks')].map(s => s.getBoundingClientRect().width)"
        )
        assert max(widths) <= WIDEST_PAPER


def test_page_without_script_still_shows_the_charts(browser: Browser, exported: Path) -> None:
    """The pictures are there for readers whose mail program runs nothing."""
    with watched(browser, allowed=("file:", "data:"), java_script_enabled=False) as seen:
        seen.page.goto(exported.as_uri())
        assert seen.page.locator("figure.chart > img").count() == CHARTS


@pytest.fixture(scope="module")
def jupyterlab(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a JupyterLab of its own and give its address."""
    home = tmp_path_factory.mktemp("jupyter")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", f"--ServerApp.root_dir={samples}"]
    command += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
    command += ["--LabApp.news_url=", "--ServerApp.log_level=ERROR"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    environment = os.environ | {name: str(home / part) for name, part in folders.items()}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"{address}/api/status")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(address: str) -> None:
    for _ in range(150):
        with contextlib.suppress(OSError), urllib.request.urlopen(address):  # noqa: S310 - loopback
            return
        time.sleep(0.2)
    pytest.fail(f"{address} did not answer within 30 seconds")


def test_notebook_in_jupyterlab_draws_natively_and_asks_nobody(
    browser: Browser, jupyterlab: str
) -> None:
    """JupyterLab's own Vega draws; choosing in the explorer changes the drawing."""
    allowed = (jupyterlab, "data:", "blob:")
    with watched(browser, allowed=allowed, viewport={"width": 1400, "height": 3000}) as seen:
        page = seen.page
        page.goto(f"{jupyterlab}/lab/tree/notebooks/01-load-and-look.ipynb?reset")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        kinds = page.evaluate(OUTPUTS)
        assert "error" not in kinds
        assert kinds.count("application/vnd.vegalite.v5+json") == 2
        last = page.locator(".jp-Cell").filter(has_text="views.Explorer(tables)").last
        last.scroll_into_view_if_needed()
        last.locator(".jp-RenderedVegaCommon5 svg.marks").wait_for(timeout=20_000)
        last.locator("select").first.select_option("cname.example")
        drawn = last.locator("svg.marks")
        drawn.get_by_text("chain.example", exact=True).wait_for(state="detached", timeout=20_000)
        drawn.get_by_text("cname.example", exact=True).wait_for(timeout=20_000)
    assert seen.stopped == []
    assert seen.errors == []


KERNEL_IS_IDLE = """
window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle"
"""

OUTPUTS = """
jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells
  .flatMap((cell) => cell.outputs ?? [])
  .flatMap((output) => [output.output_type, ...Object.keys(output.data ?? {})])
"""
