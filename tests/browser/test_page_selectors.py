"""The selectors of the exported page: what they filter, and what they say about the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.watched_pages import FROM_DISK, opened, watched

pytestmark = pytest.mark.browser

WHOLE = "Shows the whole period, not only the choice above."


@pytest.fixture
def page(browser: Browser, exported: Path) -> Iterator[Page]:
    """Open the report on the samples, and check that it requests nothing."""
    with watched(browser, allowed=FROM_DISK) as seen:
        yield opened(seen, exported)
    assert seen.faults == []


def choose(page: Page, *, domain: str = "all domains", since: str = "", until: str = "") -> None:
    """Choose like a user, and wait until every chart is drawn again."""
    page.select_option("#selectors select", label=domain)
    for place, day in enumerate((since, until)):
        if day:
            page.locator("#selectors input").nth(place).fill(day)
            page.locator("#selectors input").nth(place).press("Tab")
    page.wait_for_selector("html.drawn")


def labels(figure: Locator) -> list[str]:
    """Return the sentence above a part of the page, if any."""
    return figure.locator(".scope").filter(visible=True).all_inner_texts()


def test_everything_is_shown_at_first(page: Page) -> None:
    """Nothing is said about a choice."""
    text = page.locator("#selectors output").inner_text()
    assert text == (
        "all domains, 2026-07-01 to 2026-10-31: 190,550 sessions reported, 21,719 of them failed"
        " (11.4 %)."
    )
    assert labels(page.locator("main")) == []
    assert page.get_by_role("button", name="Show all").is_disabled()


def test_domain_narrows_tables_and_charts(page: Page) -> None:
    """Every row and every plot of another domain goes, and comes back."""
    answer = page.locator(".table").first
    before = answer.locator("tbody tr").filter(visible=True).count()
    choose(page, domain="cname.example")
    assert answer.locator("tbody tr").filter(visible=True).count() == 1
    assert "cname.example" in answer.inner_text()
    for figure in page.locator("figure.chart").all():
        texts = figure.locator("svg text").all_text_contents()
        domains = {text for text in texts if text.endswith((".example", "example.com"))}
        assert {text.split(".", 1)[-1] if text.count(".") > 1 else text for text in domains} == {
            "cname.example"
        }
    assert labels(page.locator("figure.chart").first) == []
    page.get_by_role("button", name="Show all").click()
    page.wait_for_selector("html.drawn")
    assert answer.locator("tbody tr").filter(visible=True).count() == before


def test_rows_beyond_the_first_are_shown_of_a_chosen_domain(page: Page) -> None:
    """A domain whose rows are below the first ten is not empty."""
    gaps = page.locator(".table").filter(has_text="Days without a report")
    assert "The first 10 of" in gaps.inner_text()
    choose(page, domain="healthy.example")
    shown = gaps.locator("tbody tr").filter(visible=True)
    assert shown.count() > 1
    assert "The first 10 of" not in gaps.inner_text()


def test_days_narrow_what_is_by_day_and_mark_the_rest(page: Page) -> None:
    """A figure of the whole period never looks as if it were of the chosen days."""
    heat = page.locator("figure.chart").nth(3)
    before = heat.locator(".mark-rect path").count()
    choose(page, since="2026-09-07", until="2026-09-20")
    assert 0 < heat.locator(".mark-rect path").count() < before / 5
    assert labels(heat) == []
    for place in (0, 1, 2, 4):
        assert labels(page.locator("figure.chart").nth(place)) == [WHOLE]
    assert labels(page.locator(".table").first) == [WHOLE]
    assert "2026-09-07 to 2026-09-20: " in page.locator("#selectors output").inner_text()


def test_drawing_over_days_in_a_chart_chooses_them(page: Page) -> None:
    """The page follows, and can be reset."""
    heat = page.locator("figure.chart").nth(3)
    cells = heat.locator(".mark-rect path")
    before = cells.count()
    cells.nth(5).scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 200)")
    box = cells.nth(5).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 5, steps=4)
    page.mouse.up()
    expect(page.get_by_role("button", name="Show all")).to_be_enabled()
    page.wait_for_selector("html.drawn")
    since, until = (page.locator("#selectors input").nth(place).input_value() for place in (0, 1))
    assert "2026-07-01" < since < until < "2026-10-31"
    assert 0 < cells.count() < before / 2
    assert labels(page.locator("figure.chart").first) == [WHOLE]


def test_sums_are_of_the_choice(page: Page) -> None:
    """The bar counts what is chosen."""
    choose(page, domain="cname.example", until="2026-07-01")
    text = page.locator("#selectors output").inner_text()
    assert text.startswith("cname.example, 2026-07-01 to 2026-07-01: ")
    assert text.endswith(" sessions reported, 0 of them failed (0.0 %).")


def test_parts_without_a_domain_say_so(page: Page) -> None:
    """The balance is of the whole archive; versions are of none."""
    choose(page, domain="cname.example", since="2026-08-01")
    balance = page.locator(".table").filter(has_text="Balance")
    assert labels(balance) == ["Shows all domains and the whole period, not only the choice above."]
    assert labels(page.locator(".table").filter(has_text="Made with")) == []
    choose(page, domain="healthy.example")
    steps = page.locator(".table").filter(has_text="Refused at most, before")
    assert labels(steps) == ["Nothing here about healthy.example, 2026-08-01 to 2026-10-31."]


def test_an_empty_choice_of_days_is_reported(page: Page) -> None:
    """When From is after To, there is no day, and no chart by day."""
    choose(page, since="2026-09-02", until="2026-09-01")
    assert (
        page.locator("#selectors output").inner_text()
        == "No day is chosen: the first is after the last."
    )
    assert page.locator("figure.chart").nth(3).locator("svg").filter(visible=True).count() == 0


def test_choice_is_printed(page: Page) -> None:
    """Paper shows what was chosen, not the lists."""
    choose(page, domain="cname.example")
    page.emulate_media(media="print")
    assert page.locator("#selectors output").is_visible()
    assert not page.locator("#selectors select").is_visible()
