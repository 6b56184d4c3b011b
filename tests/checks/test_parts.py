"""A store that is checked some domains at a time."""

import datetime as dt

import numpy as np
import pytest
from support.daily_checks import clean, day, written
from support.made_reports import failure, policy, report

from tlsrpt_analysis import Store, StoreError, check
from tlsrpt_analysis.analyses.alerts.observed import observed
from tlsrpt_analysis.analyses.alerts.together import together
from tlsrpt_analysis.checks import parts
from tlsrpt_analysis.checks.parts import parts_of
from tlsrpt_analysis.cli import main

NAMES = tuple(f"{letter}.example" for letter in "dacbe")
LAST = 45


pytestmark = pytest.mark.usefixtures("state")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Keep six weeks of five domains; two fail on the last days, one of them under DANE."""
    folder = tmp_path_factory.mktemp("parts")
    reports = clean("Microsoft", range(LAST))
    for number in range(LAST):
        is_bad = number >= LAST - 3
        results = [policy(100, domain=name) for name in NAMES[2:]]
        failed = (30, failure(30, "tlsa-invalid", "mx1.a.example")) if is_bad else ()
        lost = (40, failure(40, "certificate-expired", "mx2.d.example")) if is_bad else ()
        results.append(policy(100 - 30 * is_bad, *failed, domain="a.example", policy_type="tlsa"))
        results.append(policy(100 - 40 * is_bad, *lost, domain="d.example"))
        reports.append(report(*results, day=number))
    Store(folder / "store").add(written(folder / "in", reports), progress=False, workers=1)
    return folder / "store"


def in_parts(store, own_domains=()):
    """Return the parts of the store."""
    return parts_of(store, day(0), day(LAST), own_domains)


def test_each_part_has_whole_domains_in_their_order(store, monkeypatch):
    """And only complete days of one's own domains, where these are named."""
    monkeypatch.setattr(parts, "ROWS_AT_ONCE", 2 * LAST)
    whole = in_parts(store)
    assert whole.groups == (
        ("a.example", "b.example"),
        ("c.example", "d.example"),
        ("e.example", "example.com"),
    )
    assert [set(tables.policies["policy_domain"]) for tables in whole] == [*map(set, whole.groups)]
    assert in_parts(store, ["a.example", "e.example"]).groups == (("a.example", "e.example"),)
    assert in_parts(store, "other.example").groups == ()


def test_counts_of_parts_put_together_are_those_of_the_whole(store, monkeypatch):
    """Domains, reporters, kinds and hosts have other numbers in each part."""
    (whole,) = map(observed, in_parts(store))
    monkeypatch.setattr(parts, "ROWS_AT_ONCE", LAST)
    joined = together([observed(tables) for tables in in_parts(store)])
    for name in ("domains", "reporters", "names", "modes"):
        assert getattr(joined, name) == getattr(whole, name)
    assert joined.domain_of.tolist() == whole.domain_of.tolist()
    assert _rows(joined) == _rows(whole)
    assert len(_rows(whole)[1]) == 6


def _rows(seen):
    """Return all counts, kinds and hosts by name."""
    days = np.stack([seen.days.pair, seen.days.day, *seen.days.counts]).T.tolist()
    rows = seen.failures
    kinds, hosts = ([names[at] for at in each] for names, each in
                    ((seen.kinds, rows.kind), (seen.hosts, rows.host)))  # fmt: skip
    columns = (rows.pair.tolist(), rows.day.tolist(), kinds, hosts, rows.count.tolist())
    return days, sorted(zip(*columns, strict=True))


def test_a_check_in_parts_says_the_same(store, state, monkeypatch, tmp_path):
    """Alerts, state and metrics."""
    found = []
    for size in (parts.ROWS_AT_ONCE, 1):
        monkeypatch.setattr(parts, "ROWS_AT_ONCE", size)
        state.unlink(missing_ok=True)
        check(store, today=day(LAST - 3))
        target = tmp_path / "metrics.prom"
        words = ["--today", str(day(LAST)), "--prometheus", str(target), "--store", str(store)]
        assert main(["check", *words]) == 1
        lines = target.read_text().splitlines()
        known = [line for line in lines if "_age_" not in line and "_timestamp_" not in line]
        found.append((state.read_bytes(), known))
    assert found[0][0] == found[1][0]
    assert found[0][1] == found[1][1]
    assert b"tlsa/tlsa-invalid" in found[0][0]


def test_a_part_whose_file_is_missing_is_an_error(store, monkeypatch):
    """Not a domain without reports."""

    def missing(*_asked):
        raise FileNotFoundError("old.parquet")

    monkeypatch.setattr(parts, "open_results", missing)
    with pytest.raises(StoreError, match=r"lacks a file \(old.parquet\): run `verify`"):
        list(in_parts(store))


def test_today_and_days_before_the_rhythm_are_no_part(store):
    """A part without a complete day is left out."""
    assert list(parts_of(store, day(LAST), day(LAST) + dt.timedelta(9), ())) == []
    assert list(parts_of(store, day(0), day(0), ())) == []
