"""The page about a fleet: worst first, cut by name, and the reports stay text on it."""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from support import hostile_reports
from support.made_reports import failure, month, policy, tables
from support.page_elements import Elements

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.fleets import sums
from tlsrpt_analysis.fleets.answers import answers
from tlsrpt_analysis.fleets.fleet import Fleet
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.tables import ReportTables, empty_tables
from tlsrpt_analysis.views import write_fleet_report, write_html_report

MADE_ON = dt.date(2026, 8, 1)
MEGABYTE = 1_000_000


def fleet_of(reports: ReportTables) -> Fleet:
    """Return the fleet of some reports."""
    return Fleet(answers(reports), 0)


def written(found: object, folder: Path, **options: object) -> str:
    """Return the page of a fleet."""
    page = write_fleet_report(found, folder / "fleet.html", made_on=MADE_ON, **options)
    return page.read_text(encoding="utf-8")


def of_host(domain: str, share: int) -> object:
    """Return a policy result of a domain on the provider's host, which may serve a bad certificate."""
    details = [failure(share, "certificate-expired", "mx1.host.example")] if share else []
    return policy(100 - share, share, *details, domain=domain, mx=["mx1.host.example"])


@pytest.fixture(scope="module")
def provider() -> Fleet:
    """Return two domains that a host holds back, and twelve that are ready."""
    results = [of_host("much.example", 60), of_host("little.example", 5)]
    results += [of_host(f"ready{number}.example", 0) for number in range(12)]
    senders = ("Google", "Microsoft")
    return fleet_of(tables(*(one for name in senders for one in month(*results, reporter=name))))


def test_the_answer_the_worst_domains_and_the_host_behind_them(provider, tmp_path):
    """In this order; domains that need nothing are folded."""
    page = written(provider, tmp_path, author="A. Person")
    assert "<h1>12 of 14 domains can switch to enforce today; 2 need a fix first.</h1>" in page
    places = [
        page.index(text)
        for text in (
            "A. Person",
            ">much.example<",
            ">little.example<",
            'class="folded"',
            ">ready0.example<",
            "Which mail servers hold back most domains?",
            ">mx1.host.example<",
        )
    ]
    assert places == sorted(places)
    assert "Renew the certificate of mx1.host.example" in page
    row = re.search(r">mx1\.host\.example<.*?</tr>", page, re.DOTALL)[0]
    assert re.findall(r'class="number"[^>]*>(\d+)<', row) == ["2", "2", "2"]
    assert not (tmp_path / "fleet.csv").exists()


def test_a_ready_domain_whose_mail_dane_refuses_says_so(tmp_path):
    """No mode of the policy changes what DANE refuses."""
    detail = failure(15, "tlsa-invalid", "mx1.host.example")
    refused = policy(35, 15, detail, domain="dane.example", policy_type="tlsa", mode=None)
    results = [of_host("dane.example", 0), refused, of_host("clean.example", 0)]
    senders = ("Google", "Microsoft")
    found = fleet_of(tables(*(one for name in senders for one in month(*results, reporter=name))))
    assert found.by_domain["verdict"].tolist() == ["ready", "ready"]
    page = written(found, tmp_path)
    title = "The TLSA record does not match the certificate"
    rows = {name: re.search(rf">{name}<.*?</tr>", page, re.DOTALL)[0] for name in
            ("dane.example", "clean.example")}  # fmt: skip
    assert title in rows["dane.example"]
    assert title not in rows["clean.example"]


@dataclass(frozen=True)
class Enlarged:
    """A fleet with its domains many times over."""

    one: Fleet
    times: int

    @property
    def by_domain(self) -> pd.DataFrame:
        """Return the rows of all copies, each domain with a name of its own."""
        rows = self.one.by_domain.head(2)
        rows = rows.loc[rows.index.repeat(self.times)].reset_index(drop=True)
        return rows.assign(policy_domain=[f"{number:06}.example" for number in rows.index])

    @property
    def domains(self) -> pd.DataFrame:
        """Return all of them."""
        return self.by_domain

    @property
    def other_names(self) -> pd.DataFrame:
        """Return none."""
        return self.by_domain[:0]

    @property
    def by_host(self) -> pd.DataFrame:
        """Return as many hosts."""
        return pd.concat([self.one.by_host] * 500, ignore_index=True)

    @property
    def by_cause(self) -> pd.DataFrame:
        """Return the causes."""
        return self.one.by_cause

    @property
    def by_reporter(self) -> pd.DataFrame:
        """Return as many senders."""
        return pd.concat([self.one.by_reporter] * 500, ignore_index=True)


def test_the_page_of_a_hundred_thousand_domains_is_small_and_names_its_cut(
    provider, tmp_path, monkeypatch
):
    """Under 4 MB, with all domains in a CSV file beside it."""
    monkeypatch.setattr(
        "tlsrpt_analysis.views.page.fleet_page.write_csv",
        lambda frame, path: path.write_text(f"{len(frame)}"),
    )
    page = written(Enlarged(provider, 50_000), tmp_path)
    assert len(page.encode()) < 4 * MEGABYTE
    cut = "The table shows the 2,000 most urgent of 100,000 domains; all domains are in fleet.csv."
    assert cut in page
    assert page.count("<tr data-place=") == 2_000
    assert (tmp_path / "fleet.csv").read_text() == "100000"
    assert "480 more are each behind fewer domains" in page


def test_hostile_texts_stay_text(tmp_path):
    """No text of a report becomes an element, a script or an address."""
    folder = hostile_reports.write_hostile_reports(tmp_path / "reports")
    reports = load_reports(folder, progress=False)
    page = written(
        fleet_of(reports), tmp_path, title=hostile_reports.REASON, author=hostile_reports.MARKUP
    )
    elements = Elements(page)
    for tag, attributes in elements.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert tag not in {"img", "iframe", "object", "link", "base"}
        assert not (attributes.get("href") or "#").startswith(("http", "javascript"))
    assert len(elements.scripts) == 2
    assert hostile_reports.DISGUISED not in page
    assert "default-src &#39;none&#39;" in page


def test_whose_mail_it_is_stands_in_the_words_of_the_report(tmp_path):
    """By their number, or by the names of one or two; the frame names up to five."""
    shares = {"A": (9, 9, 9, 9), "B": (9, 9, 9, 0), "C": (9, 9, 0, 0), "Old, Inc": (9, 0, 0, 0)}
    names = [f"d{number}.example" for number in range(4)]
    reports = tables(
        *(
            one
            for sender, parts in shares.items()
            for one in month(
                *(of_host(*each) for each in zip(names, parts, strict=True)), reporter=sender
            )
        )
    )
    assert whose(written(fleet_of(reports), tmp_path)) == {
        "d0.example": "All 4 senders",
        "d1.example": "3 of 4 senders",
        "d2.example": "A and B",
        "d3.example": "Only A",
    }
    write_html_report(reports, tmp_path / "report.html", made_on=MADE_ON)
    assert whose((tmp_path / "report.html").read_text()) == whose(
        (tmp_path / "fleet.html").read_text()
    )


def whose(page: str) -> dict[str, str]:
    """Return the cell that says whose mail it is, by domain."""
    rows = re.findall(r"<tr data-place=.*?</tr>", page, re.DOTALL)
    return {
        re.search(r"d\d\.example", row)[0]: re.search(r'data-label="Whose mail">(.*?)<', row)[1]
        for row in rows
    }


def test_hosts_with_results_of_dane_are_no_domains_of_ours(tmp_path):
    """They stand below, as in the report, and count neither in the title nor in the tiles."""
    failed = failure(9, "tlsa-invalid", "mx1.host.example")
    dane = policy(40, 9, failed, policy_type="tlsa", domain="mx1.host.example")
    reports = tables(
        *month(of_host("d1.example", 9), of_host("d2.example", 0), dane, reporter="Google"),
        *month(of_host("d1.example", 9), of_host("d2.example", 0), reporter="Microsoft"),
    )
    page = written(fleet_of(reports), tmp_path)
    assert "<h1>1 of 2 domains can switch to enforce today; 1 needs a fix first.</h1>" in page
    assert page.count("<tr data-place=") == 2
    assert "Other names in the reports" in page
    assert "<dt>mx1.host.example</dt><dd>Only DANE results (tlsa) were reported" in page


def test_an_empty_fleet_has_a_page(tmp_path):
    """That says so."""
    page = written(fleet_of(empty_tables()), tmp_path)
    assert "The reports name no domain." in page
    assert "No mail server holds back a domain." in page


def test_a_missing_folder_is_one_plain_error(provider, tmp_path):
    """Before any work."""
    with pytest.raises(ExportError, match="there is no folder"):
        write_fleet_report(provider, tmp_path / "nowhere" / "fleet.html")


def test_repaired_causes_hold_back_no_domain(provider):
    """The sums that the page shows leave them out."""
    assert not sums.by_host(provider.where({"ready"}).answers)["not_ready_domain_count"].any()
