"""Makes the screenshots of the README: the report in a browser and on paper, and JupyterLab.

Run it from the repository, with Debian's chromium and poppler-utils and the development tools
installed; with names, such as ``report``, it makes only these::

    .venv/bin/python docs/screenshots.py

It writes ``docs/images/*.png``, each with few colours, so that it is small.
"""

import datetime as dt
import io
import shutil
import subprocess
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

from tlsrpt_analysis import load_reports  # noqa: E402
from tlsrpt_analysis.views import print_page, write_html_report  # noqa: E402


MADE_ON = dt.date(2026, 11, 2)
PAGE_DOTS = 70
"""Dots per inch of a printed page."""


def main() -> None:
    """Write all screenshots, or those that are named."""
    IMAGES.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or ["report", "report-dark", "report-narrow", "report-paper", "jupyterlab"]
    with tempfile.TemporaryDirectory() as folder, started_browser() as browser:
        workspace = Path(folder, "workspace")
        shutil.copytree(ROOT / "notebooks", workspace / "notebooks")
        samples = shutil.ignore_patterns("*.py")
        shutil.copytree(ROOT / "sample_reports", workspace / "sample_reports", ignore=samples)
        tables = load_reports(workspace / "sample_reports")
        page = write_html_report(tables, workspace / "impact.html", made_on=MADE_ON)
        for name in ("report", "report-dark", "report-narrow"):
            if name in wanted:
                show_report(browser, page, name)
        if "report-paper" in wanted:
            show_paper(page, Path(folder))
        if "jupyterlab" in wanted:
            with started_jupyterlab(workspace, Path(folder, "home")) as address:
                show_explorer(browser, address)


def show_report(browser: Browser, path: Path, name: str) -> None:
    """Show the first screen; in the dark the details of a domain; and as on a telephone."""
    size = {"width": 400, "height": 800} if "narrow" in name else {"width": 1400, "height": 900}
    scheme = "dark" if "dark" in name else "light"
    with watched(browser, allowed=FROM_DISK, viewport=size, color_scheme=scheme) as seen:
        page = opened(seen, path)
        if "dark" in name:
            page.locator("article figure").nth(1).scroll_into_view_if_needed()
            page.evaluate("document.querySelectorAll('article figure')[1].scrollIntoView()")
            page.evaluate("scrollBy(0, -60)")
        save(page, name)


def show_paper(page: Path, folder: Path) -> None:
    """Show the first printed page."""
    printed = print_page(page, folder / "impact.pdf")
    command = ["pdftoppm", "-r", str(PAGE_DOTS), "-png", "-f", "1", "-l", "1", "-singlefile"]
    subprocess.run([*command, str(printed), str(folder / "paper")], check=True)
    save_picture((folder / "paper.png").read_bytes(), "report-paper")


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
    """Write what the page shows."""
    save_picture(page.screenshot(animations="disabled"), name)


def save_picture(picture: bytes, name: str) -> None:
    """Write a picture with few colours."""
    target = IMAGES / f"{name}.png"
    shot = Image.open(io.BytesIO(picture)).convert("RGB")
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    size = target.stat().st_size
    print(f"{target.relative_to(ROOT)}: {size:,} bytes")
    if size > MOST_BYTES:
        sys.exit(f"{target} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
