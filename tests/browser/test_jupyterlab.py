"""The notebooks in a real JupyterLab, with every request to another server blocked.

Each is run by the menu and read; the widgets are moved by mouse and keyboard.
"""

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.watched_pages import KERNEL_IS_IDLE, ROOT, watched

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
PATIENCE = 60_000

EVERYTHING_RAN = """
() => {
  const notebook = window.jupyterapp.shell.currentWidget;
  const cells = notebook.content.model.sharedModel.toJSON().cells;
  const code = cells.filter((cell) => cell.cell_type === "code");
  const idle = notebook.sessionContext.session.kernel.status === "idle";
  const failed = code.some((cell) => cell.outputs.some((o) => o.output_type === "error"));
  return failed || (idle && code.every((cell) => cell.execution_count));
}
"""
ERRORS = """
() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells
  .flatMap((cell) => cell.outputs ?? [])
  .filter((output) => output.output_type === "error" || output.name === "stderr")
  .map((output) => output.evalue ?? output.text)
"""
ANSWER = """async (code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const asked = {code: "", user_expressions: {answer: code}};
  const reply = await kernel.requestExecute(asked).done;
  return reply.content.user_expressions.answer.data["text/plain"];
}"""

BOX_OF_THE_CHART = """
(cell) => cell.querySelector(".vega-embed svg.marks").getBoundingClientRect().toJSON()
"""
DAYS = "f'{explorer.since.value} to {explorer.until.value}'"

WATCH_FOR_BLANKS = """
(place) => {
  window.blanks = 0;
  const look = () => {
    if (!place.querySelector("svg.marks")) window.blanks += 1;
    window.looking = requestAnimationFrame(look);
  };
  look();
}
"""


@contextlib.contextmanager
def run(browser: Browser, jupyterlab: str, notebook: str, scheme: str = "light") -> Iterator[Page]:
    """Open a notebook, run it by the menu, and return the page when every cell has run."""
    allowed = (jupyterlab, "data:", "blob:")
    size = {"width": 1400, "height": 2400}
    with watched(browser, allowed=allowed, viewport=size, color_scheme=scheme) as seen:
        page = seen.page
        page.set_default_timeout(PATIENCE)
        page.goto(f"{jupyterlab}/lab/tree/notebooks/{notebook}?reset")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=PATIENCE)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_function(EVERYTHING_RAN, timeout=PATIENCE)
        assert page.evaluate(ERRORS) == []
        yield page
        page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    assert seen.faults == []


def drag(page: Page, cell: Locator, first: float, last: float) -> None:
    """Draw an interval over the bars of the chart of sessions, at once, while it may be replaced."""
    box = cell.evaluate(BOX_OF_THE_CHART)
    left, middle = box["x"] + 80, box["y"] + 80
    page.mouse.move(left + first, middle)
    page.mouse.down()
    page.mouse.move(left + last, middle, steps=12)
    page.mouse.up()


def cell_of(page: Page, text: str) -> Locator:
    """Return the cell that holds some code, scrolled to."""
    cell = page.locator(".jp-CodeCell").filter(has_text=text).last
    cell.scroll_into_view_if_needed()
    return cell


def choose_without_waiting(page: Page, cell: Locator, heat: Locator) -> None:
    """Drag and click at once, several times: the days are always those of the click."""
    domains, table = cell.locator("select").first, cell.locator("table").last
    since = cell.locator("input[type=date]").first
    for domain in ("example.com", "chain.example", "example.com", "chain.example"):
        drag(page, cell, 20, 120)
        cell.get_by_role("button", name="Last 30 days").click()
        domains.select_option(domain)
        heat.get_by_text(f"with {domain}").wait_for()
        expect(since).to_have_value("2026-10-02")
        assert page.evaluate(ANSWER, DAYS) == "'2026-10-02 to 2026-10-31'"
        drag(page, cell, 40, 140)
        cell.get_by_role("button", name="All", exact=True).click()
        heat.get_by_text(f"with {domain}").wait_for(state="detached")
        expect(since).to_have_value("2026-07-01")
        assert page.evaluate(ANSWER, DAYS) == "'2026-07-01 to 2026-10-31'"
        expect(table).to_contain_text("1,935")


@pytest.mark.parametrize("notebook", [name for name in NOTEBOOKS if name[:2] not in {"01", "04"}])
def test_notebook_runs_by_its_menu_without_other_servers(
    browser: Browser, jupyterlab: str, notebook: str
) -> None:
    """JupyterLab's own Vega draws the charts."""
    with run(browser, jupyterlab, notebook) as page:
        cell_of(page, "views.charts.").locator(".jp-RenderedVegaCommon5 svg.marks").wait_for()


def test_explorer_follows_selectors_presets_and_the_brush(
    browser: Browser, jupyterlab: str
) -> None:
    """Choosing a domain, its worst MX host and days changes what is shown, without flicker.

    The domain and the brush are changed without waiting for each other, and so are brush and days:
    what is chosen last counts, although kernels with subshells handle some clicks before the drag.
    """
    with run(browser, jupyterlab, "01-load-and-look.ipynb") as page:
        cell = cell_of(page, "views.Explorer(tables)")
        overview = cell.locator(".vega-embed svg.marks").first
        overview.wait_for()
        views = cell.locator(".jp-RenderedVegaCommon5")
        expect(views).to_have_count(2)
        heat = views.first.locator("svg.marks")
        heat.get_by_text("chain.example", exact=True).wait_for()
        cell.evaluate(WATCH_FOR_BLANKS)

        cell.locator("select").first.select_option("example.com")
        heat.get_by_text("chain.example", exact=True).wait_for(state="detached")
        heat.get_by_text("with example.com").wait_for()
        overview.get_by_text("31 % of the connections failed").wait_for()
        overview.evaluate("(drawn) => drawn.setAttribute('data-old', 'yes')")
        cell.get_by_role("button", name="Worst MX host").click()
        expect(cell.locator("select").nth(3)).to_have_value("mx2.example.com")
        table = cell.locator("table").last
        expect(table).not_to_contain_text("1,935")
        expect(table).to_contain_text("mx2.example.com")
        heat.get_by_text("failed at this MX host").first.wait_for()
        expect(cell.get_by_role("status")).to_contain_text("do not follow the MX host")
        expect(cell.locator("svg[data-old]")).to_have_count(1)
        overview.wait_for()

        before = table.inner_text()
        drag(page, cell, 20, 120)
        expect(table).not_to_have_text(before)
        until = cell.locator("input[type=date]").nth(1)
        expect(until).not_to_have_value("2026-10-31")

        cell.get_by_role("button", name="Last 30 days").click()
        expect(cell.locator("input[type=date]").first).to_have_value("2026-10-02")
        expect(cell.locator("table").first).to_contain_text("2026-10-02 to 2026-10-31")

        cell.get_by_role("button", name="All", exact=True).click()
        heat.get_by_text("chain.example", exact=True).wait_for()
        cell.locator("select").first.select_option("chain.example")
        drag(page, cell, 40, 180)  # until after 27 July, when its failures begin
        heat.get_by_text("with chain.example").wait_for()
        expect(until).not_to_have_value("2026-10-31")
        assert page.evaluate(ANSWER, "explorer.policy_domain.label") == "'chain.example'"
        # drawn by the reader on the new chart, or from the old one into it: it stays either way
        expect(cell.locator(".vega-embed g.chosen_days_brush path").first).to_be_visible()

        choose_without_waiting(page, cell, heat)
        assert page.evaluate("window.blanks") == 0


def test_impact_follows_ticks_and_shares(browser: Browser, jupyterlab: str) -> None:
    """A ticked fix and the share of honouring senders change figures and headline."""
    with run(browser, jupyterlab, "04-enforce-impact.ipynb") as page:
        cell = cell_of(page, "views.ImpactExplorer(impact)")
        figures = cell.locator("table").first
        expect(figures).to_contain_text("as reported")
        cell.locator("select").first.select_option("example.com")
        box = cell.get_by_role("checkbox", name="add mx mx2.example.com")
        box.check()
        expect(figures).to_contain_text("with 1 fix done")
        bar = cell.locator(".jp-RenderedVegaCommon5 svg.marks")
        bar.get_by_text("share of tested sessions refused at most").wait_for()

        cell.get_by_role("checkbox", name="count all inbound mail").check()
        expect(figures).to_contain_text("19.6\u00a0% of all inbound mail")
        slider = cell.get_by_role("slider", name="honouring MTA-STS (%), at most")
        expect(slider).to_be_enabled()
        slider.press("ArrowRight")
        expect(figures).to_contain_text("20.0\u00a0% of all inbound mail")
        bar.get_by_text("share of all inbound mail refused at most").wait_for()

        cell.locator("select").first.select_option("cname.example")
        expect(figures).to_contain_text("cname.example")
        cell.locator("select").first.select_option("example.com")
        expect(box).to_be_checked()
