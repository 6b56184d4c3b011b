"""A page for each domain that is not ready, and a list of them."""

import datetime as dt
from pathlib import Path

import pytest

from tlsrpt_analysis import Store, fleet
from tlsrpt_analysis.cli import main
from tlsrpt_analysis.fleets import domain_pages
from tlsrpt_analysis.fleets.domain_pages import write_domain_pages

SAMPLES = Path(__file__).parents[2] / "sample_reports"
MADE_ON = dt.date(2026, 11, 2)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Keep the reports of one sender in a store."""
    directory = tmp_path_factory.mktemp("pages") / "store"
    Store(directory).add(SAMPLES / "mail-ru", progress=False, workers=1)
    return directory


def test_domains_that_are_not_ready_have_a_page_and_a_row_in_the_list(store, tmp_path):
    """The others have neither."""
    found = fleet(store, workers=1)
    verdicts = found.by_domain.set_index("policy_domain")["verdict"]
    *pages, index = write_domain_pages(found, store, tmp_path / "pages", workers=1, made_on=MADE_ON)
    bad = sorted(verdicts[verdicts == "not ready"].index)
    assert bad
    assert sorted(page.stem for page in pages) == bad
    text = index.read_text()
    for domain, verdict in verdicts.items():
        assert (f'href="{domain}.html"' in text) == (verdict == "not ready")
        assert (domain in text) == (verdict == "not ready")
    own = (tmp_path / "pages" / f"{bad[0]}.html").read_text()
    assert bad[0] in own
    assert bad[-1] not in own


def test_several_processes_write_the_same_pages(store, tmp_path, monkeypatch):
    """Byte by byte."""
    monkeypatch.setattr(domain_pages, "DOMAINS_AT_ONCE", 1)
    found = fleet(store, workers=1)
    written = [
        {
            path.name: path.read_bytes()
            for path in write_domain_pages(
                found, store, tmp_path / str(workers), workers=workers, made_on=MADE_ON
            )
        }
        for workers in (1, 2)
    ]
    assert written[0] == written[1]


def test_the_page_of_all_leads_to_those_of_its_domains(store, tmp_path, capsys):
    """Where both are asked for."""
    page, folder = tmp_path / "all" / "fleet.html", tmp_path / "a folder"
    page.parent.mkdir()
    words = ["fleet", "--store", str(store), "--output", str(page), "--per-domain", str(folder)]
    assert main([*words, "--workers", "1"]) == 0
    assert 'href="../a%20folder/chain.example.html"' in page.read_text()
    assert (folder / "chain.example.html").exists()
    assert "pages and their list" in capsys.readouterr().out
