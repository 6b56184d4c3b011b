"""The exported page, opened from disk with every request blocked."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.watched_pages import FROM_DISK, opened, watched

CHARTS = 5

pytestmark = pytest.mark.browser


def test_page_from_disk_draws_every_chart_without_requests(
    browser: Browser, exported: Path
) -> None:
    """Interactive without Python and without a network."""
    with watched(browser, allowed=FROM_DISK) as seen:
        page = opened(seen, exported)
        assert page.locator("figure.chart .vega-embed svg.marks").count() == CHARTS
        assert page.locator("figure.chart > img").count() == 0
    assert seen.faults == []
    assert exported.stat().st_size < 4_000_000


def test_tooltip_shows_the_headline(browser: Browser, exported: Path) -> None:
    """Pointing at a domain shows the headline; pointing at a part of its bar, what is wrong."""
    with watched(browser, allowed=FROM_DISK) as seen:
        page = opened(seen, exported)
        chart = page.locator("figure.chart").first
        tooltip = page.locator("#vg-tooltip-element")
        chart.get_by_text("chain.example", exact=True).hover(force=True)
        tooltip.wait_for(state="visible")
        assert "Enforce mode" in tooltip.inner_text()
        assert "policy_domain" not in tooltip.inner_text()
        chart.locator(".role-mark.mark-rect path").first.hover(force=True)
        expect(tooltip).to_contain_text("policy text")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "UTC", "Asia/Tokyo"])
def test_days_are_the_same_in_every_time_zone(browser: Browser, exported: Path, zone: str) -> None:
    """A UTC day is a date, so it does not move."""
    with watched(browser, allowed=FROM_DISK, timezone_id=zone) as seen:
        page = opened(seen, exported)
        labels = page.locator("figure.chart").nth(4).locator(".role-axis-label text")
        assert labels.first.text_content() == "1 Jul 2026"


@pytest.mark.parametrize("width", [400, 800, 1400])
def test_charts_are_as_wide_as_there_is_room(browser: Browser, exported: Path, width: int) -> None:
    """The page never scrolls sideways, no chart is cut off, and none leaves half of the page blank."""
    with watched(browser, allowed=FROM_DISK, viewport={"width": width, "height": 900}) as seen:
        page = opened(seen, exported)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        widths = page.locator("figure.chart").evaluate_all(
            "(all) => all.map((one) => one.querySelector('svg.marks').getBoundingClientRect().width"
            " / one.clientWidth)"
        )
        assert len(widths) == CHARTS
        assert all(0.92 <= part <= 1 for part in widths), widths
        longest = page.locator("figure.chart svg.marks text").evaluate_all(
            "(all) => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
        )
        assert longest <= width


def test_page_without_script_still_shows_the_charts(browser: Browser, exported: Path) -> None:
    """The pictures are there for readers whose mail program runs nothing."""
    with watched(browser, allowed=FROM_DISK, java_script_enabled=False) as seen:
        seen.page.goto(exported.as_uri())
        assert seen.page.locator("figure.chart > img").count() == CHARTS


@pytest.mark.parametrize(
    ("scheme", "ink"), [("light", "rgb(31, 41, 51)"), ("dark", "rgb(228, 231, 235)")]
)
def test_charts_follow_the_theme_and_its_background(
    browser: Browser, exported: Path, scheme: str, ink: str
) -> None:
    """Text is light on dark and dark on light; no chart has its own background."""
    with watched(browser, allowed=FROM_DISK, color_scheme=scheme) as seen:
        page = opened(seen, exported)
        title = page.locator("figure.chart svg .role-title-text text").first
        assert title.evaluate("(text) => getComputedStyle(text).fill") == ink
        assert page.locator("body").evaluate("(body) => getComputedStyle(body).color") == ink
        backgrounds = page.locator(
            "figure.chart svg > rect, figure.chart .vega-embed"
        ).evaluate_all(
            "(all) => all.map((one) => getComputedStyle(one).fill + getComputedStyle(one).backgroundColor)"
        )
        assert not [one for one in backgrounds if "255, 255, 255" in one]


def test_a_picture_is_no_higher_than_paper(browser: Browser, exported: Path) -> None:
    """Its text is dark on white there, whatever the theme."""
    with watched(browser, allowed=FROM_DISK, color_scheme="dark") as seen:
        page = opened(seen, exported)
        page.emulate_media(media="print", color_scheme="dark")
        heights = page.locator("figure.chart svg").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect().height)"
        )
        assert max(heights) < 20 / 2.54 * 96 + 1
        title = page.locator("figure.chart svg .role-title-text text").first
        assert title.evaluate("(text) => getComputedStyle(text).fill") == "rgb(0, 0, 0)"


def test_lines_to_change_are_folded(browser: Browser, exported: Path) -> None:
    """The first reader sees sentences; whoever fixes the faults opens the rest."""
    with watched(browser, allowed=FROM_DISK) as seen:
        page = opened(seen, exported)
        folded = page.locator("details.folded")
        lines = folded.get_by_text("smtpd_tls_chain_files").first
        assert not lines.is_visible()
        folded.locator("summary").click()
        assert lines.is_visible()
