"""Checks of a store: the state between them, and what they cannot do."""

import os
import stat

import pytest
from support.daily_checks import clean, day, written
from support.made_reports import failure, policy, report

from tlsrpt_analysis import Check, Store, StoreError, check
from tlsrpt_analysis.checks import state_file
from tlsrpt_analysis.checks.check import check_without_keeping

pytestmark = pytest.mark.usefixtures("state")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Keep six clean weeks and three days of a fault."""
    folder = tmp_path_factory.mktemp("check")
    reports = clean("Google", range(42)) + clean("Microsoft", range(45))
    reports += [
        report(policy(70, 30, failure(30, host="mx1.example.com")), day=number)
        for number in range(42, 45)
    ]
    Store(folder / "store").add(written(folder / "in", reports), progress=False, workers=1)
    return folder / "store"


def test_the_state_is_kept_beside_the_commits_and_belongs_to_its_owner(store, state):
    """The first check sets it; the next one says what is new, and the one after nothing."""
    found = [check(store, today=day(number)) for number in (42, 45, 45)]
    assert [each.is_first for each in found] == [True, False, False]
    assert [[str(alert.kind) for alert in each.alerts] for each in found] == [
        [],
        ["fault-began", "verdict-changed"],
        [],
    ]
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert found[1].to_frame()["mx_hostnames"].tolist() == ["mx1.example.com", ""]
    assert Store(store).verify() == []


def test_a_check_shows_itself_escaped(store):
    """Names are of strangers."""
    check(store, today=day(42))
    found = check(store, today=day(45))
    assert "[warning] example.com: certificate-expired" in found._repr_html_()
    hostile = Check(
        (), is_first=False, day=day(1), last_day=day(1), open_fault_counts={}, domain_count=1
    )
    assert hostile._repr_html_() == "<p>2026-07-02: nothing is new</p>"


def test_a_check_that_is_killed_before_it_is_kept_says_the_same_again(store, state, monkeypatch):
    """The last state stays as it was, however far the next one was written."""
    check(store, today=day(42))
    before = state.read_bytes()

    def killed(*_names):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        check(store, today=day(45))
    assert state.read_bytes() == before
    monkeypatch.undo()
    assert len(check(store, today=day(45)).alerts) == 2


def test_a_state_that_cannot_be_written_is_an_error_and_leaves_the_last(store, state, monkeypatch):
    """As on a full disk."""

    def full(*_names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state_file, "write_whole", full)
    with pytest.raises(StoreError, match="No space left on device"):
        check(store, today=day(42))
    assert not state.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is damaged"),
        (b"\xff", "is damaged"),
        (b'{"version":1,"known":{},"more":1}', "a newer version"),
        (b'{"version":2,"known":{}}', "has version 2"),
    ],
)
def test_a_state_that_cannot_be_read_is_named_with_the_way_out(store, state, content, reason):
    """It is never taken for a first check."""
    state.write_bytes(content)
    with pytest.raises(StoreError, match=f"checks.json .*{reason}.*: remove it"):
        check(store, today=day(45))


def test_a_link_in_the_place_of_the_state_is_not_read(store, state, tmp_path):
    """It may lead anywhere."""
    state.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is not a file"):
        check(store, today=day(45))
    state.unlink()


def test_a_check_of_an_earlier_day_or_of_nothing_is_refused(store):
    """A clock that went back would take old days for new ones."""
    check(store, today=day(45))
    with pytest.raises(StoreError, match="was checked as on 2026-08-15"):
        check(store, today=day(42))
    with pytest.raises(StoreError, match="has no report about your own domains since"):
        check(store, today=day(45), own_domains=["other.example"])


def test_a_folder_that_is_no_store_is_not_made_one(tmp_path):
    """A misspelt name stays missing."""
    with pytest.raises(StoreError, match="is not a store"):
        check(tmp_path / "stroe")
    assert list(tmp_path.iterdir()) == []


def test_two_checks_at_once_say_nothing_twice(store, monkeypatch):
    """The second one waits, and gives up."""
    monkeypatch.setattr(state_file, "LOCK_SECONDS", 0.01)
    with (
        state_file.one_check(store),
        pytest.raises(StoreError, match="another check of"),
    ):
        check(store, today=day(45))


def test_without_keeping_the_next_check_finds_the_same(store):
    """The command keeps the state when all was said."""
    check(store, today=day(42))
    found = [check_without_keeping(store, today=day(45)).check.alerts for _ in range(2)]
    assert found[0] == found[1]
    assert found[0]
