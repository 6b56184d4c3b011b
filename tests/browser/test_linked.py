"""The linked views of the page: a choice in one changes all others, fast, also without a mouse."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.linked_facts import facts_of
from support.watched_pages import FROM_DISK, ROOT, opened, watched

import tlsrpt_analysis as tlsrpt
from tlsrpt_analysis.views import write_html_report
from tlsrpt_analysis.views.page.embedding import embedded_json
from tlsrpt_analysis.views.page.linked import linked

pytestmark = pytest.mark.browser

REDRAWN = """(row) => {
  const begun = performance.now();
  row.click();
  document.querySelector("#linked").getBoundingClientRect();
  return performance.now() - begun;
}"""
MOST_MILLISECONDS = 200


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the samples."""
    reports = tlsrpt.load_reports(ROOT / "sample_reports", progress=False)
    return write_html_report(reports, tmp_path_factory.mktemp("linked") / "page.html")


@pytest.fixture
def page(browser: Browser, written: Path) -> Iterator[Page]:
    """Open the page, and check that it requests nothing and raises nothing."""
    with watched(browser, allowed=FROM_DISK) as seen:
        yield opened(seen, written)
    assert seen.faults == []


def row(page: Page, name: str) -> Locator:
    """Return the row of a domain, a sender or a cause."""
    return page.locator("#linked .choice").filter(has=page.get_by_text(name, exact=True))


def number(page: Page, name: str) -> str:
    """Return the share that a row shows."""
    return row(page, name).locator(".number").inner_text()


def said(page: Page) -> str:
    """Return the sentence above the views."""
    return page.locator("#linked output").inner_text()


def test_everything_is_shown_at_first(page: Page) -> None:
    """The sums of the samples, and nothing to reset."""
    assert said(page) == (
        "All domains, all senders, all causes, 1 Jul 2026 to 31 Oct 2026: enforce mode would have"
        " refused 11 % of 188,313 tested connections."
    )
    assert page.get_by_role("button", name="Show all").is_disabled()


def test_a_domain_filters_senders_causes_and_days(page: Page) -> None:
    """The others follow; the domains stay to be compared, and a second click leaves."""
    before = number(page, "Google"), number(page, "example.com")
    row(page, "chain.example").click()
    assert number(page, "Google") == "0 %"
    assert number(page, "Microsoft") == "64 %"
    assert number(page, "example.com") == before[1]
    assert row(page, "certificate").is_visible()
    assert not row(page, "policy text").is_visible()
    assert said(page).startswith("chain.example, all senders, all causes, 1 Jul 2026 to")
    assert row(page, "chain.example").get_attribute("aria-pressed") == "true"
    row(page, "chain.example").click()
    assert (number(page, "Google"), number(page, "example.com")) == before


def test_a_cause_and_a_sender_filter_the_domains(page: Page) -> None:
    """Only what failed for this cause is left of the refused ones; the tested ones stay."""
    row(page, "certificate").click()
    assert number(page, "example.com") == "0 %"
    assert number(page, "chain.example") == "22 %"
    row(page, "Google").click()
    assert number(page, "chain.example") == "0 %"
    assert "Google, certificate" in said(page)


def test_a_span_of_days_filters_everything(page: Page) -> None:
    """By the dates, and by dragging over the columns."""
    page.locator("#linked input").first.fill("2026-09-24")
    assert "24 Sep 2026 to 31 Oct 2026" in said(page)
    assert number(page, "migration.example") == "0 %"
    page.get_by_role("button", name="Show all").click()
    box = page.locator("#linked .periods").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 50, steps=4)
    page.mouse.up()
    found = re.search(r"1 Jul 2026 to (\d+ Jul 2026|\d Aug 2026):", said(page))
    assert found is not None
    assert page.locator("#linked .periods .outside").count() > 80


def test_dates_that_go_backwards_are_said(page: Page) -> None:
    """There is no day, and the page says why."""
    page.locator("#linked input").first.fill("2026-10-31")
    page.locator("#linked input").last.fill("2026-07-02")
    assert said(page) == "No day is chosen: the first is after the last."


def test_a_choice_without_connections_says_that_nothing_is_known(page: Page) -> None:
    """Harbor never reported about chain.example."""
    row(page, "chain.example").click()
    assert number(page, "harbor.example") == "nothing tested"
    row(page, "harbor.example").click()
    assert "no connection was tested, so nothing is known" in said(page)


def test_a_chosen_domain_leads_to_its_details(page: Page) -> None:
    """They are on the same page."""
    row(page, "chain.example").click()
    page.get_by_role("link", name="Details of chain.example").click()
    assert "#domain-" in page.url


def test_the_keyboard_chooses_and_screen_readers_hear_it(page: Page) -> None:
    """Rows are buttons with a sentence, and the sum is announced."""
    row(page, "example.com").focus()
    page.keyboard.press("Enter")
    assert said(page).startswith("example.com, ")
    assert page.locator("#linked output").get_attribute("aria-live") == "polite"
    label = row(page, "example.com").get_attribute("aria-label")
    assert label is not None
    assert re.fullmatch(r"example\.com: 31 % of [\d,]+ tested connections refused", label)


@pytest.mark.parametrize("width", [400, 800, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_at_any_width(
    browser: Browser, written: Path, width: int, scheme: str
) -> None:
    """Long names end in an ellipsis; the whole name is in the tooltip."""
    view = {"width": width, "height": 900}
    with watched(browser, allowed=FROM_DISK, viewport=view, color_scheme=scheme) as seen:
        page = opened(seen, written)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        beyond = page.locator("#linked *").evaluate_all(
            "(all, width) => all.filter((one) => one.getBoundingClientRect().right > width + 1).length",
            width,
        )
        assert beyond == 0
        row(page, "chain.example").click()
        wide = page.locator("#linked .number").evaluate_all(
            "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
        )
        assert wide == 0


def test_a_year_of_fifty_domains_is_drawn_again_at_once(
    browser: Browser, written: Path, tmp_path: Path
) -> None:
    """By day, with four senders: 146,000 counts; the fastest of six, as other work may disturb one."""
    names = [f"d{place:05}.example" for place in range(50)]
    content = embedded_json(linked(facts_of(50, 4, 365), names, {}).content)
    html = written.read_text(encoding="utf-8")
    begun = html.index('<script type="application/json">', html.index('id="linked"')) + 32
    large = tmp_path / "year.html"
    large.write_text(html[:begun] + content + html[html.index("</script>", begun) :])
    with watched(browser, allowed=FROM_DISK) as seen:
        page = opened(seen, large)
        expect(page.locator("#linked .choice").first).to_be_visible()
        rows = page.locator("#linked .choice").all()[:6]
        assert min(one.evaluate(REDRAWN) for one in rows) < MOST_MILLISECONDS
        assert "and 5 more" in said(page)
    assert seen.faults == []
