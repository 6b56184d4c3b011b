"""The page that `report` writes, opened from disk with every request blocked."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from support.hostile_reports import (
    DISGUISED,
    DOMAIN,
    ORGANIZATION,
    write_hostile_reports,
)
from support.made_reports import failure, month, policy, tables
from support.watched_pages import FROM_DISK, opened, watched

from tlsrpt_analysis import load_reports
from tlsrpt_analysis.views import print_page, write_html_report
from tlsrpt_analysis.views.palette import PALETTE

pytestmark = pytest.mark.browser

WIDE = {"width": 1400, "height": 900}
NARROW = {"width": 400, "height": 800}

IN_VIEW = """
(part) => { const box = part.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; }
"""
CUT_OFF = """
[...document.querySelectorAll("main *")].filter((part) =>
  part.checkVisibility() && part.getBoundingClientRect().right > innerWidth + 1
  && !part.closest("thead")).map((part) => part.outerHTML.slice(0, 80))
"""


REFUSED = PALETTE["refused"]


def rgb(colour: str) -> str:
    """Return a colour as a browser computes it."""
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


@pytest.fixture(scope="module")
def report(samples: Path) -> Path:
    """Return the page about the samples."""
    read = load_reports(samples / "sample_reports", progress=False)
    return write_html_report(read, samples / "report.html")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page about 120 domains, of which a third fails."""
    policies = [
        policy(
            100 - share,
            share,
            *([failure(share, "certificate-expired", f"mx1.d{number}.example")] if share else []),
            domain=f"d{number}.example",
            mx=[f"mx1.d{number}.example"],
        )
        for number in range(120)
        for share in [number // 3 * 2 + 1 if number % 3 == 0 else 0]
    ]
    read = tables(*month(*policies, days=20), *month(*policies, reporter="Microsoft", days=20))
    return write_html_report(read, tmp_path_factory.mktemp("many") / "many.html")


@pytest.fixture
def show(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page; nothing may be requested, and nothing may fail."""
    views = []

    def show_page(path: Path, **options: object) -> Page:
        view = watched(browser, allowed=FROM_DISK, **options)
        views.append((view, view.__enter__()))
        return opened(views[-1][1], path)

    yield show_page
    for view, seen in views:
        view.__exit__(None, None, None)
        assert seen.faults == []


def test_the_first_screen_is_the_answer(show: Callable[..., Page], report: Path) -> None:
    """Title, tiles, every domain and what it rests on, without scrolling."""
    page = show(report, viewport=WIDE)
    title = page.locator("h1").inner_text()
    assert title == "5 of 9 domains can switch to enforce today; 4 need a fix first."
    assert page.locator(".tile").all_inner_texts() == [
        "4\nneed a fix first",
        "0\ntoo little data",
        "5\ncan switch today",
    ]
    rows = page.locator(".domains-table tbody tr")
    assert rows.count() == 9
    assert rows.first.inner_text().startswith("example.com")
    assert rows.last.evaluate(IN_VIEW)
    assert page.locator(".basis").first.evaluate(IN_VIEW)
    assert "§" not in page.locator("#overview").inner_text()


def test_the_first_screen_of_one_domain_has_a_chart_and_the_fix(
    show: Callable[..., Page], samples: Path
) -> None:
    """Verdict, one number, one chart and what to do first, without scrolling."""
    read = load_reports(samples / "sample_reports", progress=False)
    one = write_html_report(read.select(policy_domains="chain.example"), samples / "one.html")
    page = show(one, viewport=WIDE)
    for part in (".headline .chip", ".headline .measure", ".plot", ".step-title"):
        assert page.locator(part).first.evaluate(IN_VIEW), part
    assert page.locator(".plot").count() == 1


def test_a_click_on_a_heading_sorts(show: Callable[..., Page], report: Path) -> None:
    """Numbers from the largest, names from the first; once more turns it round."""
    page = show(report, viewport=WIDE)
    names = page.locator(".domains-table tbody th")
    heading = page.get_by_role("button", name="Domain")
    heading.click()
    assert names.all_inner_texts() == sorted(names.all_inner_texts())
    heading.click()
    assert names.first.inner_text() == "migration.example"
    page.get_by_role("button", name="Refused today").click()
    assert names.first.inner_text() == "example.com"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Refused today")
    page.get_by_role("button", name="Refused today").click()
    assert names.last.inner_text() == "example.com"
    page.get_by_role("button", name="Verdict").click()
    assert names.first.inner_text() == "example.com"


def test_120_domains_are_one_table_with_a_search(show: Callable[..., Page], many: Path) -> None:
    """Those that need nothing are folded, and found all the same."""
    page = show(many, viewport=WIDE)
    rows = page.locator(".domains-table tbody:not(.unfold) tr")
    assert rows.count() == 120
    shown = rows.filter(visible=True)
    assert shown.count() == 40
    assert shown.first.inner_text().startswith("d117.example")
    page.get_by_role("searchbox").fill("d7.EXAMPLE")
    assert [text.split()[0] for text in shown.all_inner_texts()] == ["d7.example"]
    assert page.locator(".search output").inner_text() == "1 / 120"
    page.get_by_role("searchbox").fill("nobody")
    assert shown.count() == 0
    assert page.get_by_text("No domain has this in its row.").is_visible()
    page.get_by_role("searchbox").fill("")
    page.get_by_text("Show the domains that need nothing").click()
    assert shown.count() == 120
    assert many.stat().st_size < 4_000_000


def test_a_link_leads_into_what_is_folded(show: Callable[..., Page], many: Path) -> None:
    """The details of a domain that needs nothing open."""
    page = show(many, viewport=WIDE)
    page.get_by_text("Show the domains that need nothing").click()
    page.get_by_role("link", name="d7.example", exact=True).click()
    details = page.locator("article").filter(has_text="d7.example").first
    details.get_by_text("Whose mail is it?").wait_for()
    assert details.get_by_text("Google", exact=True).first.is_visible()


def test_lines_are_copied(show: Callable[..., Page], report: Path) -> None:
    """As they stand, without what stands beside them."""
    page = show(report, viewport=WIDE, permissions=["clipboard-read", "clipboard-write"])
    backup = page.locator("article").filter(has_text="backup.example").first
    backup.get_by_text("Lines to copy").first.click()
    box = backup.locator(".code").filter(has_text="smtpd_tls_security_level").first
    box.get_by_role("button").click()
    box.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == box.locator("pre").inner_text()
    assert copied.startswith("smtpd_tls_security_level = may")


def test_rows_are_cards_on_a_telephone_and_nothing_is_cut(
    show: Callable[..., Page], report: Path
) -> None:
    """Also what is folded, once it is open."""
    page = show(report, viewport=NARROW)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    assert page.evaluate(CUT_OFF) == []
    card = page.locator(".domains-table tbody tr").first
    assert card.evaluate("(row) => getComputedStyle(row).display") == "block"
    assert page.locator("td:empty").filter(visible=True).count() == 0
    assert "Whose mail" in card.locator("td").nth(2).evaluate(
        "(cell) => getComputedStyle(cell, '::before').content"
    )


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_the_page_follows_the_theme_and_the_button(
    show: Callable[..., Page], report: Path, scheme: str, other: str
) -> None:
    """Paper, ink and the colours of meanings."""
    page = show(report, viewport=WIDE, color_scheme=scheme)

    def look() -> list[str]:
        return page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,"
            " getComputedStyle(document.querySelector('.fill')).backgroundColor]"
        )

    looks = {
        "light": ["rgb(255, 255, 255)", "rgb(27, 37, 48)", rgb(REFUSED.light)],
        "dark": ["rgb(23, 32, 42)", "rgb(230, 234, 238)", rgb(REFUSED.dark)],
    }
    assert look() == looks[scheme]
    page.get_by_role("button", name="Dark or light").click()
    assert look() == looks[other]
    page.emulate_media(media="print", color_scheme="dark")
    assert look() == ["rgb(255, 255, 255)", "rgb(0, 0, 0)", rgb(REFUSED.light)]


def test_a_page_without_scripts_says_everything(browser: Browser, report: Path) -> None:
    """The table, the charts over time and the commands; there is no button that does nothing."""
    with watched(browser, allowed=FROM_DISK, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(report.as_uri())
        assert page.locator(".domains-table tbody tr").count() == 9
        assert page.locator("figure.time path.refused").first.is_visible()
        assert page.locator("button").count() == 0
        assert not page.locator(".search").is_visible()
    assert seen.faults == []


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_days_are_the_same_in_every_time_zone(
    show: Callable[..., Page], report: Path, zone: str
) -> None:
    """A UTC day is a date, so it does not move."""
    page = show(report, viewport=WIDE, timezone_id=zone)
    assert page.locator(".x-axis span").first.inner_text() == "Jul 2026"
    assert "1 Jul to 31 Oct 2026" in page.locator(".meta").inner_text()


def test_paper_has_name_date_page_numbers_and_open_commands(report: Path, tmp_path: Path) -> None:
    """And no script."""
    printed = print_page(report, tmp_path / "report.pdf").read_bytes()
    assert printed.count(b"/Type /Page\n") >= 8
    for action in (b"/JavaScript", b"/OpenAction", b"/Launch", b"/URI"):
        assert action not in printed


def test_commands_are_open_on_paper(show: Callable[..., Page], report: Path) -> None:
    """Paper cannot be unfolded: what stays folded there leaves no heading either."""
    page = show(report, viewport=WIDE)
    line = page.get_by_text("smtpd_tls_security_level = may").first
    assert not line.is_visible()
    page.emulate_media(media="print")
    assert line.is_visible()
    assert not page.get_by_text("The exact words of the analysis").first.is_visible()
    assert "counter(page)" in page.locator("style").inner_text()


def test_hostile_reports_do_nothing(show: Callable[..., Page], tmp_path: Path) -> None:
    """Names, reasons and domains are shown as text; sorting and searching changes nothing of that."""
    read = load_reports(write_hostile_reports(tmp_path / "hostile"), progress=False)
    path = write_html_report(read, tmp_path / "hostile.html", title=DOMAIN, author=ORGANIZATION)
    page = show(path, viewport=WIDE)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    text = page.locator("body").inner_text()
    assert ORGANIZATION in text
    assert DOMAIN in text
    for heading in page.locator("th button").all():
        heading.click()
    assert not {letter for letter in DISGUISED if not letter.isprintable()} & set(
        page.evaluate("document.documentElement.outerHTML")
    )
    assert page.locator("iframe, object, embed, img, a[href^=javascript]").count() == 0
    assert page.url == path.as_uri()
    printed = print_page(path, tmp_path / "hostile.pdf").read_bytes()
    for action in (b"/JavaScript", b"/URI", b"/OpenAction", b"/Launch"):
        assert action not in printed
