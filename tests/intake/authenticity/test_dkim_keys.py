"""Keys from DNS on loopback, and the file that caches them."""

import json
import pickle
from pathlib import Path

import pytest
from support.name_servers import txt_server
from support.signed_mails import SIGNED, key_record, keys
from support.wrappings import REPORT

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.authenticity import dkim_keys
from tlsrpt_analysis.intake.authenticity.dkim_keys import DkimKeys
from tlsrpt_analysis.intake.authenticity.verdict import authenticate
from tlsrpt_analysis.intake.authenticity.wanted import Authentication, KeyUnavailable
from tlsrpt_analysis.standards.report import parse_report

NAME = "tests._domainkey.google.com"


def test_a_key_is_looked_up_once_and_cached(tmp_path: Path) -> None:
    """Its record has more than one string, as an RSA key does not fit into one."""
    cache = tmp_path / "keys.json"
    with txt_server(keys()) as (port, asked):
        found = DkimKeys(cache, nameservers=["127.0.0.1"], port=port)
        report = parse_report(REPORT).report
        verdicts = [
            authenticate(SIGNED, report, Authentication(keys=found)).verdict for _ in range(2)
        ]
        absent = [found("none._domainkey.google.com") for _ in range(2)]

    assert verdicts == ["verified", "verified"]
    assert absent == [None, None]
    assert asked == [NAME, "none._domainkey.google.com"]
    assert json.loads(cache.read_text()) == dict(keys())
    assert list(tmp_path.iterdir()) == [cache]


def test_kept_keys_need_no_dns(tmp_path: Path) -> None:
    """Also in another process: it can be pickled."""
    cache = tmp_path / "keys.json"
    cache.write_text(json.dumps(dict(keys())))

    found = pickle.loads(pickle.dumps(DkimKeys(cache, nameservers=["127.0.0.1"], port=9)))  # noqa: S301 - our own

    assert found(NAME) == key_record()


def test_two_loads_share_a_file_of_keys(tmp_path: Path) -> None:
    """Neither removes what the other found."""
    cache = tmp_path / "keys.json"
    records = {f"{name}._domainkey.a.example": key_record() for name in "xy"}
    with txt_server(records) as (port, _):
        both = [DkimKeys(cache, nameservers=["127.0.0.1"], port=port) for _ in records]
        for found, name in zip(both, records, strict=True):
            found(name)

    assert json.loads(cache.read_text()) == records


def test_a_server_that_fails_is_asked_once_for_a_domain() -> None:
    """Whether there is a key stays unknown."""
    with txt_server({NAME: None}) as (port, asked):
        found = DkimKeys(nameservers=["127.0.0.1"], port=port)
        for _ in range(3):
            with pytest.raises(KeyUnavailable, match="DNS does not answer"):
                found(NAME)
    assert set(asked) == {NAME}
    assert len(asked) <= 3  # within the first question


def test_a_name_that_is_none_has_no_key() -> None:
    """Nothing is asked."""
    assert DkimKeys(nameservers=["127.0.0.1"], port=9)("example.com") is None


@pytest.mark.parametrize(
    "selector", ["a" * 64, "a..b", ".a", r"a\999", "a\ufffd", "x." * 120 + "x", "xn--\u0378"]
)
def test_a_selector_that_no_name_can_have_has_no_key(selector: str) -> None:
    """Whoever forges a signature chooses it: the domain is looked up all the same."""
    with txt_server(keys()) as (port, asked):
        found = DkimKeys(nameservers=["127.0.0.1"], port=port)

        assert found(f"{selector}._domainkey.google.com") is None
        assert found(NAME) == key_record()
    assert asked == [NAME]


def test_which_of_several_keys_counts_does_not_change_from_load_to_load() -> None:
    """Servers rotate their answers; RFC 6376 §3.6.2.2 leaves the result open."""
    records = ["v=spf1 exp=a -all", "v=DKIM1; p=b", "v=DKIM1; p=a"]
    found = []
    for turn in range(3):
        with txt_server({NAME: [*records[turn:], *records[:turn]]}) as (port, _):
            found.append(DkimKeys(nameservers=["127.0.0.1"], port=port)(NAME))

    assert found == ["v=DKIM1; p=a"] * 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "not a file of DKIM keys"),
        ('{"a": 1}', "not a file of DKIM keys"),
    ],
)
def test_a_wrong_file_of_keys_is_reported(tmp_path: Path, content: str, message: str) -> None:
    """Before anything is read."""
    cache = tmp_path / "keys.json"
    cache.write_text(content)

    with pytest.raises(SourceError, match=message):
        DkimKeys(cache)


def test_a_file_of_keys_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """Before anything is read, too."""
    with pytest.raises(SourceError, match="make its folder first"):
        DkimKeys(tmp_path / "none" / "keys.json")


def test_a_folder_that_becomes_read_only_stops_nothing(tmp_path: Path) -> None:
    """The key is known all the same."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with txt_server(keys()) as (port, _):
        found = DkimKeys(folder / "keys.json", nameservers=["127.0.0.1"], port=port)
        folder.rmdir()

        assert found(NAME) == key_record()


def test_a_load_looks_up_only_so_many_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails can name any number of them; the last one within the limit is still found."""
    monkeypatch.setattr(dkim_keys, "MOST_KEYS", 2)
    records = {f"{name}._domainkey.a.example": key_record() for name in "xyz"}
    with txt_server(records) as (port, _):
        found = DkimKeys(nameservers=["127.0.0.1"], port=port)
        *within, beyond = records

        assert [found(name) for name in within] == [key_record()] * 2
        with pytest.raises(KeyUnavailable, match="more than 2 keys were looked up"):
            found(beyond)
        assert found(within[0]) == key_record()
