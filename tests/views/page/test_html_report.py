"""The page to share: its answer, its order, what it may do, and that reports stay text on it."""

import base64
import datetime as dt
import hashlib
import html
import re
from pathlib import Path

import pytest
from support import hostile_reports
from support.made_reports import failure, month, policy, report, tables
from support.page_elements import Elements

from tlsrpt_analysis import load_reports
from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.tables import ReportTables, empty_tables
from tlsrpt_analysis.views import write_domain_reports, write_html_report
from tlsrpt_analysis.views.page import html_report, page_of

MADE_ON = dt.date(2026, 11, 2)
SAMPLES = Path(__file__).parents[3] / "sample_reports"


def written(reports: ReportTables, folder: Path, **options: object) -> str:
    """Return the page of some reports."""
    page = write_html_report(reports, folder / "impact.html", made_on=MADE_ON, **options)
    return page.read_text(encoding="utf-8")


def text_of(page: str) -> str:
    """Return what a reader sees, on one line."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def failing(domain: str, share: int) -> object:
    """Return a policy result of which a share of 100 sessions fails at a host that is not listed."""
    details = [failure(share, "validation-failure", f"mx2.{domain}")] if share else []
    return policy(100 - share, share, *details, domain=domain, mx=[f"mx1.{domain}"])


def under_dane(share: int) -> object:
    """Return a policy result under DANE of which a share of 50 sessions fails."""
    details = [failure(share, "tlsa-invalid", "mx1.dane.example")] if share else []
    return policy(50 - share, share, *details, domain="dane.example", policy_type="tlsa", mode=None)


def month_of(*policies: object) -> ReportTables:
    """Return a month of reports by two senders."""
    return tables(*month(*policies, reporter="Google"), *month(*policies, reporter="Microsoft"))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the page of two failing domains, a clean one, and sessions without a domain."""
    reports = month_of(
        failing("little.example", 5),
        failing("clean.example", 0),
        failing("much.example", 40),
        policy(3, domain=None),
    )
    return written(
        reports, tmp_path_factory.mktemp("page"), author="A. Person", title="Client & Co"
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the page of reports in which every text is an attack."""
    folder = hostile_reports.write_hostile_reports(tmp_path_factory.mktemp("hostile"))
    reports = load_reports(folder, progress=False)
    return written(reports, folder, author=hostile_reports.MARKUP, title=hostile_reports.REASON)


@pytest.fixture(scope="module")
def samples_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the page of a domain of the samples of which senders differ."""
    reports = load_reports(SAMPLES, progress=False).select(policy_domains="chain.example")
    return written(reports, tmp_path_factory.mktemp("samples"))


def test_the_title_is_the_answer(mixed: str) -> None:
    """In the window, and on top; with owner and dates."""
    answer = "1 of 3 domains can switch to enforce today; 2 need a fix first."
    assert f"<title>{answer}</title>" in mixed
    assert f"<h1>{answer}</h1>" in mixed
    assert "1 Jul to 28 Jul 2026 · A. Person · made on 2 Nov 2026" in text_of(mixed)
    assert "Client & Co" in text_of(mixed)


def test_the_worst_domain_comes_first(mixed: str) -> None:
    """In the table, and in the details."""
    rows = re.findall(r'<th scope="row" data-label="Domain"><a href="#(.*?)">(.*?)</a>', mixed)
    assert [name for _, name in rows] == ["much.example", "little.example", "clean.example"]
    assert [re.search(f'id="{anchor}"', mixed) is not None for anchor, _ in rows] == [True] * 3
    text = text_of(mixed)
    assert "much.example not ready 40 %" in text
    assert "Google and Microsoft If mx2.much.example is yours, list it in the policy" in text


def test_each_tile_has_a_count_an_icon_and_a_word(mixed: str) -> None:
    """Colour is never all that says it."""
    tiles = re.findall(r'<li class="tile.*?</li>', mixed)
    assert [text_of(tile) for tile in tiles] == [
        "2 need a fix first",
        "0 too little data",
        "1 can switch today",
    ]
    assert all('<use href="#icon-' in tile for tile in tiles)


def test_sessions_without_a_domain_stand_below(mixed: str) -> None:
    """They are no row among the domains."""
    text = text_of(mixed)
    assert text.index("Other names in the reports (not given)") > text.index("clean.example ready")


def test_a_domain_without_rows_has_no_rows_of_others(mixed: str) -> None:
    """The details of a clean domain name no host of a failing one."""
    (details,) = [
        part
        for part in re.findall(r"<article.*?</article>", mixed, re.DOTALL)
        if "clean.example" in part
    ]
    assert "much.example" not in details
    assert "little.example" not in details
    assert "Nothing to do: no tested connection of today would be refused." in details


def test_a_step_says_who_and_what_it_gains(mixed: str) -> None:
    """And what a row is made of can be copied."""
    text = text_of(mixed)
    assert "list it in the policy, under a new id 40 % → 0 % refused" in text
    assert "Or instead: Remove mx2.much.example from the MX records" in text
    assert "dig +short MX much.example" in text


def test_a_sender_that_waits_for_enforce_mode_gets_no_letter(tmp_path: Path) -> None:
    """There is nothing that it should do, and the first step says so."""
    skips = month(policy(40, policy_type="no-policy-found", domain="one.example"), reporter="ISP")
    tested = month(failing("one.example", 0), reporter="Google")
    text = text_of(written(tables(*tested, *skips), tmp_path))
    assert "Nothing to change: this sender waits for enforce mode" in text
    assert "Subject: " not in text


def test_a_page_about_one_domain_says_its_number(tmp_path: Path) -> None:
    """There is no table of one row."""
    page = written(month_of(failing("one.example", 27)), tmp_path)
    title = "one.example is not ready: about 27 % of its tested mail connections would be refused today."
    unbroken = title.replace(" %", "\N{NO-BREAK SPACE}%")
    assert f"<h1>{unbroken}</h1>" in page
    assert "domains-table" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_a_page_about_nothing_says_so(tmp_path: Path) -> None:
    """An archive may hold no report."""
    assert "<h1>The reports name no domain.</h1>" in written(empty_tables(), tmp_path)


def test_policy_allows_exactly_the_scripts_of_the_page(mixed: str) -> None:
    """The hashes are those of the scripts that run, and of nothing else."""
    elements = Elements(mixed)
    running = [text for attributes, text in elements.scripts if "type" not in attributes]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in running]
    scripts = " ".join(f"'sha256-{value}'" for value in hashes)
    policies = [
        attributes["content"]
        for tag, attributes in elements.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert running
    (allowed,) = policies
    assert allowed == (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:;"
        " font-src data:; base-uri 'none'; form-action 'none'"
    )


def test_page_loads_nothing_and_data_handles_no_event(hostile: str) -> None:
    """No element has an address outside the page, and none has a handler."""
    for tag, attributes in Elements(hostile).tags:
        for name in ("src", "href", "data", "action", "srcset", "poster"):
            address = attributes.get(name)
            assert address is None or address.startswith("#"), (tag, address)
        assert not [name for name in attributes if name.startswith("on")], tag
    assert "@import" not in hostile
    assert "url(" not in hostile


def test_hostile_texts_are_shown_as_text(hostile: str) -> None:
    """Names of senders, domains and hosts, reasons, and what the author says."""
    elements = Elements(hostile)
    assert not {tag for tag, _ in elements.tags} & {"img", "iframe", "object", "embed", "base"}
    assert len([1 for tag, _ in elements.tags if tag == "style"]) == 1
    text = text_of(hostile)
    for shown in (
        hostile_reports.ORGANIZATION,
        hostile_reports.DOMAIN,
        hostile_reports.EXPRESSION,
        hostile_reports.MARKUP,
    ):
        assert shown in html.unescape(hostile)
        assert shown.split("<")[0] in text
    assert not {letter for letter in hostile_reports.DISGUISED if not letter.isprintable()} & set(
        hostile
    )


def test_rejected_inputs_are_named_without_the_folders_of_the_author(tmp_path: Path) -> None:
    """The first five, then how many more."""
    for number in range(7):
        (tmp_path / f"{number}.json").write_text('{"organization-name": "x", "policies": 1}')
    (tmp_path / "good.json").write_bytes(
        (SAMPLES.parent / "tests/data/rfc8460-appendix-b.json").read_bytes()
    )
    page = written(load_reports(tmp_path, progress=False), tmp_path)
    text = text_of(page)
    assert str(tmp_path) not in page
    assert [name for name in "0123456" if f" {name}.json: " in text] == list("01234")
    assert "and 2 more" in text


def test_a_page_of_very_many_domains_names_its_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The most urgent domains are on it; a file beside it has all."""
    monkeypatch.setattr(page_of, "MOST_ROWS", 3)
    monkeypatch.setattr(page_of, "MOST_DETAILS", 3)
    monkeypatch.setattr(page_of, "DETAILS_OF_MANY", 1)
    monkeypatch.setattr(html_report, "MOST_PLANS", 1)
    shares = {"a.example": 0, "b.example": 30, "c.example": 10, "d.example": 20}
    page = written(month_of(*(failing(name, share) for name, share in shares.items())), tmp_path)
    text = text_of(page)
    assert (
        "The table shows the 3 most urgent of 4 domains; 2 of them have no details here;"
        " all domains are in impact.csv." in text
    )
    assert ">a.example<" not in page
    assert page.count("<article") == 1
    beside = (tmp_path / "impact.csv").read_text()
    assert all(name in beside for name in shares)


def test_a_page_that_would_be_too_long_has_fewer_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays within its bytes, says what it leaves out, and keeps the most urgent domains."""
    reports = month_of(*(failing(f"d{share}.example", share) for share in range(20, 28)))
    whole = len(written(reports, tmp_path).encode())
    assert not (tmp_path / "impact.csv").exists()
    monkeypatch.setattr(html_report, "MOST_BYTES", whole - 20_000)
    page = written(reports, tmp_path)
    assert len(page.encode()) <= whole - 20_000
    left_out = 8 - page.count("<article")
    assert 0 < left_out < 8
    assert (
        f"{left_out} of the 8 domains have no details here; all domains are in impact.csv." in page
    )
    assert 'id="domain-1"' in page
    assert (tmp_path / "impact.csv").exists()


def test_steps_with_the_same_lines_refer_to_the_first_of_them(tmp_path: Path) -> None:
    """Two hosts with an expired certificate are repaired alike."""
    hosts = ("mx1.example.com", "mx2.example.com")
    details = [failure(20, "certificate-expired", host) for host in hosts]
    page = written(month_of(policy(60, 40, *details, mx=list(hosts))), tmp_path)
    (steps,) = re.findall(r'<ol class="steps">.*?</ol>', page, re.DOTALL)
    assert steps.count('<li class="step">') == 2
    assert steps.count("<summary>Lines to copy") == 1
    assert "as in step 1." in steps or "Lines to copy: those of step 1." in steps


def test_a_check_that_confirms_several_comparisons_stands_once(samples_page: str) -> None:
    """Below the last of them: three senders do not see the same chain."""
    (details,) = re.findall(
        r'<article id="[^"]*" class="domain not-ready">.*?</article>', samples_page, re.DOTALL
    )
    comparisons = details.split('<div class="comparison">')[1:]
    assert len(comparisons) == 3
    assert ["openssl s_client" in each for each in comparisons] == [False, False, True]


def test_a_page_for_one_customer_names_no_other(tmp_path: Path) -> None:
    """Neither domains nor files; it counts the reports about its domain."""
    mine, other = failing("mine.example", 10), failing("other.example", 20)
    reports = tables(
        *month(mine, reporter="Google", days=9), *month(other, reporter="Microsoft", days=20)
    )
    files = list(write_domain_reports(reports, tmp_path, made_on=MADE_ON))
    assert [path.name for path in files] == [
        "other.example.html",
        "mine.example.html",
        "index.html",
    ]
    page = (tmp_path / "mine.example.html").read_text()
    assert "Based on 9 reports of 9 days from 1 sender" in text_of(page)
    for name in ("other.example", "Microsoft-", "Google-"):
        assert name not in page
    index = (tmp_path / "index.html").read_text()
    assert 'href="mine.example.html"' in index
    assert 'href="other.example.html"' in index


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """As one plain error."""
    with pytest.raises(ExportError, match="cannot be written"):
        write_html_report(empty_tables(), tmp_path)


def test_the_page_says_how_many_fixes_were_not_tried(tmp_path: Path) -> None:
    """One report can name more hosts than the ladder has steps."""
    details = [failure(1, "certificate-expired", f"mx{number}.example.com") for number in range(45)]
    reports = tables(*month(policy(55, 45, *details, mx=["*.example.com"]), days=1))

    assert "what 5 more fixes would win back" in text_of(written(reports, tmp_path))


def test_a_ready_domain_whose_mail_dane_refuses_now_has_something_to_do(tmp_path: Path) -> None:
    """DANE has no testing mode: its refusals are real, whatever the mode of the MTA-STS policy."""
    reports = month_of(failing("dane.example", 0), under_dane(15), failing("clean.example", 0))
    text = text_of(written(reports, tmp_path))
    assert "DANE refuses mail now, whatever the mode of the policy: repair that first." in text
    first_screen = text.partition("Based on")[0]
    assert "Publish the TLSA record of the key that mx1.dane.example serves" in first_screen
    assert "Nothing to do" not in text.partition("clean.example ready Nothing")[0]


def test_what_dane_refused_once_is_history(tmp_path: Path) -> None:
    """No step repairs what is over."""
    bad, good = ([failing("dane.example", 0), under_dane(share)] for share in (15, 0))
    days = [(bad if day < 5 else good, day) for day in range(28)]
    reports = tables(
        *(
            report(*results, day=day, reporter=name)
            for results, day in days
            for name in ("Google", "Microsoft")
        )
    )
    text = text_of(written(reports, tmp_path))
    assert "DANE refuses mail now" not in text
    assert "Nothing to do: no tested connection of today would be refused." in text
    assert "Publish the TLSA record" not in text
    assert "1 Jul to 5 Jul 2026" in text
