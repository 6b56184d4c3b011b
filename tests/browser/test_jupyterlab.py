"""A notebook in a real JupyterLab, with every request but to it stopped."""

import pytest
from playwright.sync_api import Browser
from watched_pages import KERNEL_IS_IDLE, OUTPUTS, watched

pytestmark = pytest.mark.browser


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
    assert seen.faults == []
