"""Hostile texts in a report, seen by a reader: they are shown as text and do nothing.

A dialog, a request, an error of the page or a navigation fails the test.
"""

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page
from support.hostile_reports import (
    DISGUISED,
    DOMAIN,
    EXPRESSION,
    ORGANIZATION,
    write_hostile_reports,
)
from support.watched_pages import FROM_DISK, KERNEL_IS_IDLE, OUTPUTS, opened, watched

from tlsrpt_analysis.views import export_notebook, print_page

pytestmark = pytest.mark.browser

COMMAND = 'for host in mx1 mx2; do openssl s_client -connect "$host:$port" # "$host"; done'
CELLS = [
    f"COMMAND = {COMMAND!r}",
    'import tlsrpt_analysis as tlsrpt\nfrom tlsrpt_analysis import views\n\nviews.use_offline_renderer()\ntables = tlsrpt.load_reports("../hostile")\ntables',
    "views.Explorer(tables)",
    "views.page_table(tables.failures, rows=3)",
    "views.charts.failure_share_by_mx(tlsrpt.failure_share_by_mx(tables))",
    "views.charts.selective_failures(tlsrpt.selective_failures(tables))",
    "views.charts.enforce_impact(tlsrpt.enforce_impact(tables))",
    "tables.failures.head(3)",
    "tlsrpt.enforce_impact(tables)",
    'tlsrpt.compare(tables, "2026-07-06")',
    "impact = views.ImpactExplorer(tables)\nimpact",
    "views.page_table(tlsrpt.diagnose(tables))",
    "import pandas as pd\nviews.page_table(pd.DataFrame({'cure': [COMMAND]}))",
    "from IPython.display import HTML\nHTML('<p>$x^2$ is mathematics of the reader</p>')",
    "views.page_selectors(tables)",
]


@pytest.fixture(scope="module")
def hostile_page(browser: Browser, samples: Path) -> Path:
    """Return the stakeholder report on reports of a hostile stranger."""
    assert browser
    reports = write_hostile_reports(samples / "hostile")
    notebook = samples / "notebooks/stakeholder-report.ipynb"
    return export_notebook(notebook, samples / "hostile.html", parameters={"paths": [str(reports)]})


def point_at_marks(page: Page) -> list[str]:
    """Point at marks of every chart and return the texts of the tooltips."""
    texts = []
    tooltip = page.locator("#vg-tooltip-element")
    for figure in page.locator("svg.marks").all():
        for mark in figure.locator("[class*=_marks]:is(.mark-rect, .mark-symbol) path").all()[:3]:
            if not mark.is_visible():
                continue
            mark.hover(force=True)
            if tooltip.is_visible():
                texts.append(tooltip.inner_text())
    return texts


def test_page_shows_hostile_texts_and_does_nothing(browser: Browser, hostile_page: Path) -> None:
    """Tables, charts, tooltips, lists and sentences."""
    with watched(browser, allowed=FROM_DISK) as seen:
        page = opened(seen, hostile_page)
        assert page.title() == "What would enforced encryption cost our mail?"
        assert ORGANIZATION in page.locator("main").inner_text()
        assert page.locator("figure.chart .vega-embed svg.marks").count() == 5
        assert any(ORGANIZATION in text for text in point_at_marks(page))
        for domain in (DOMAIN, EXPRESSION):
            page.select_option("#selectors select", label=domain)
            page.wait_for_selector("html.drawn")
            assert (
                page.locator(".table").first.locator("tbody tr").filter(visible=True).count() == 1
            )
            point_at_marks(page)
        assert (
            page.locator("main :is(iframe, object, embed, a[href^='javascript']), main img").count()
            == 0
        )
        assert page.url == hostile_page.as_uri()
    assert seen.faults == []


def test_no_character_reverses_a_sentence(browser: Browser, hostile_page: Path) -> None:
    """A domain written backwards cannot be taken for another."""
    with watched(browser, allowed=FROM_DISK) as seen:
        page = opened(seen, hostile_page)
        shown = page.evaluate("document.body.innerText + document.querySelector('main').innerHTML")
        assert not {letter for letter in DISGUISED if not letter.isprintable()} & set(shown)
        choices = page.locator("#selectors option").all_inner_texts()
        disguised = next(choice for choice in choices if choice.startswith("moc.elgoog"))
        page.select_option("#selectors select", label=disguised)
        page.wait_for_selector("html.drawn")
        assert page.locator(".table").first.locator("tbody tr").filter(visible=True).count() == 1


def test_pdf_of_hostile_texts_holds_no_action(hostile_page: Path, tmp_path: Path) -> None:
    """No script, and only links within the page."""
    printed = print_page(hostile_page, tmp_path / "hostile.pdf").read_bytes()
    assert b"/Type /Page" in printed
    for action in (b"/JavaScript", b"/URI", b"/OpenAction", b"/Launch"):
        assert action not in printed


def test_jupyterlab_shows_hostile_texts_and_does_nothing(
    browser: Browser, jupyterlab: str, samples: Path
) -> None:
    """The explorer, tables and charts of a live notebook."""
    write_hostile_reports(samples / "hostile")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, samples / "notebooks/hostile.ipynb")
    allowed = (jupyterlab, "data:", "blob:")
    with watched(browser, allowed=allowed, viewport={"width": 1400, "height": 4000}) as seen:
        page = seen.page
        page.goto(f"{jupyterlab}/lab/tree/notebooks/hostile.ipynb?reset")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        assert "error" not in page.evaluate(OUTPUTS)
        explorer = page.locator(".jp-Cell").filter(has_text="views.Explorer(tables)").last
        explorer.locator("svg.marks").first.wait_for(timeout=20_000)
        explorer.locator("select").first.select_option(label=EXPRESSION)
        explorer.locator("td", has_text=ORGANIZATION).first.wait_for()
        point_at_marks(page)
        impact = page.locator(".jp-Cell").filter(has_text="views.ImpactExplorer(tables)").last
        impact.get_by_role("checkbox").first.wait_for()
        page.locator("mjx-container").wait_for(state="attached")
        assert page.locator("td", has_text=COMMAND).count() == 1
        assert page.locator("mjx-container").count() == 1  # that of the reader
        assert page.locator(".jp-OutputArea-output a[href*=formula]").count() == 0
        assert page.locator(".jp-OutputArea-output :is(iframe, object, embed)").count() == 0
        assert page.locator(".jp-OutputArea-output img[src*='evil']").count() == 0
        assert page.locator(".jp-OutputArea-output a[href^='javascript']").count() == 0
    assert seen.faults == []
