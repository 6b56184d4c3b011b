"""Makes the screenshots of the README: the report in a browser, and a notebook in JupyterLab.

Run it from the repository, with Debian's Chromium and the development tools installed::

    .venv/bin/python docs/screenshots.py

It writes ``docs/images/*.png``, each with few colours, so that it is small.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLOURS = 200
MOST_BYTES = 200_000

sys.path.insert(0, str(ROOT / "tests"))

from support.watched_pages import (  # noqa: E402
    FROM_DISK,
    KERNEL_IS_IDLE,
    opened,
    started_browser,
    started_jupyterlab,
    watched,
)

from tlsrpt_analysis.views import export_notebook  # noqa: E402


def main() -> None:
    """Write all screenshots."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, started_browser() as browser:
        workspace = Path(folder, "workspace")
        shutil.copytree(ROOT / "notebooks", workspace / "notebooks")
        samples = shutil.ignore_patterns("*.py")
        shutil.copytree(ROOT / "sample_reports", workspace / "sample_reports", ignore=samples)
        notebook = workspace / "notebooks" / "stakeholder-report.ipynb"
        page = export_notebook(notebook, workspace / "impact.html")
        show_report(browser, page)
        show_choice(browser, page)
        with started_jupyterlab(workspace, Path(folder, "home")) as address:
            show_explorer(browser, address)


def show_report(browser: Browser, path: Path) -> None:
    """Show what enforce mode would cost, as the reader of the page sees it."""
    size = {"width": 1180, "height": 900}
    with watched(browser, allowed=FROM_DISK, viewport=size, color_scheme="light") as seen:
        page = opened(seen, path)
        page.evaluate("document.querySelector('#section-2').scrollIntoView()")
        save(page, "report")


def show_choice(browser: Browser, path: Path) -> None:
    """Show one domain and some days, chosen in the page, in the dark theme."""
    size = {"width": 1180, "height": 900}
    with watched(browser, allowed=FROM_DISK, viewport=size, color_scheme="dark") as seen:
        page = opened(seen, path)
        page.select_option("#selectors select", label="chain.example")
        since = page.locator("#selectors input").first
        since.fill("2026-07-13")
        since.press("Tab")
        page.wait_for_selector("html.drawn")
        page.evaluate("document.querySelector('#section-6').scrollIntoView()")
        save(page, "report-dark")


def show_explorer(browser: Browser, address: str) -> None:
    """Show the explorer in JupyterLab, with a domain chosen."""
    size = {"width": 1400, "height": 1000}
    with watched(browser, allowed=(address, "data:", "blob:"), viewport=size) as seen:
        page = seen.page
        page.goto(f"{address}/lab/tree/notebooks/01-load-and-look.ipynb?reset")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
        cell = page.locator(".jp-Cell").filter(has_text="views.Explorer(tables)").last
        cell.scroll_into_view_if_needed()
        cell.locator("svg.marks").first.wait_for(timeout=60_000)
        cell.locator("select").first.select_option("cname.example")
        cell.get_by_text("1: cname.example", exact=True).wait_for()
        news = page.get_by_role("button", name="No", exact=True)
        news.click()
        news.wait_for(state="detached")
        cell.locator(".jp-OutputArea").first.evaluate("(output) => output.scrollIntoView()")
        page.locator(".jp-WindowedPanel-outer").evaluate("(panel) => panel.scrollBy(0, -70)")
        save(page, "jupyterlab")


def save(page: Page, name: str) -> None:
    """Write what the page shows, with few colours."""
    target = IMAGES / f"{name}.png"
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    size = target.stat().st_size
    print(f"{target.relative_to(ROOT)}: {size:,} bytes")
    if size > MOST_BYTES:
        sys.exit(f"{target} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
