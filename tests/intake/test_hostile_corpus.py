"""Each file of `data/hostile` ends as expected, soon, and without losing a member."""

import time
import unicodedata
from pathlib import Path

import pytest
from hostile_corpus import HOSTILE, hostile_files
from support.same_tables import assert_same_cells

from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.tables import Balance, ReportTables

MOST_SECONDS = 2
MOST_BYTES = 500_000

BOMB = "it unpacks to more than 200 times its size, as a bomb does"
CHAIN = "its headers are a chain that leads to no file"
NO_COUNT = "total-successful-session-count cannot be a count of sessions"
NOT_WHOLE = "total-successful-session-count is no whole number"

REJECTED = {
    "bomb.json.gz": BOMB,
    "bomb.json.bz2": BOMB,
    "bomb.json.xz": BOMB,
    "bomb.json.zst": BOMB,
    "bomb-in-base64.txt": BOMB,
    "bomb-in-zip.zip": BOMB,
    "empty-streams.bz2": "more than 1,000 empty bzip2 members in a row",
    "empty-members.gz": "more than 1,000 empty gzip members in a row",
    "overlapping.zip": "they overlap, as a bomb's do",
    "nested.zip": "it is wrapped more than 8 times",
    "many-attributes.tar.bz2": "a tar header claims 1,200,128 bytes",
    "large-attribute.tar.bz2": "a tar header claims 2,000,384 bytes",
    "long-names.tar.bz2": CHAIN,
    "long-links.tar.bz2": CHAIN,
    "attribute-chain.tar.bz2": CHAIN,
    "sparse.tar.bz2": "the tar is damaged or cut off",
    "deep.json": "its JSON is more than 64 levels deep",
    "deep-objects.json": "its JSON is more than 64 levels deep",
    "largest-counts.json.bz2": f"policy 1 of 1025: {NO_COUNT}: 9007199254740992",
    "huge-count.json": NO_COUNT,
    "negative-counts.json": f"{NO_COUNT}: -40",
    "not-a-number.json": f"{NOT_WHOLE}: nan",
    "infinity.json": f"{NOT_WHOLE}: inf",
    "overflowing-float.json": f"{NOT_WHOLE}: inf",
    "future.json": "it is about 2126-07-01, and was read on",
    "year-9999.json": "it is about 9999-12-31, and was read on",
    "ends-before-it-starts.json": "before it starts",
    "bytes-that-are-no-utf-8.json": "not in UTF-8",
    "nested-parts.eml.bz2": "it has 10,000 multiparts, which no report needs",
    "nested-mails.eml.bz2": "its parts are nested hundreds of levels deep",
    "nested-report.eml": "its parts are nested more than 100 levels deep",
    "many-parts.eml.bz2": "it may have more than 10,000 parts",
    "long-content-type.eml.bz2": "it has a Content field of over 8,192 bytes",
    "base64-rubbish.eml": "no part of it is one",
    "base64-cut-off.eml": "the gzip data is cut off",
}

READ = {  # reports, skipped members and what is forgiven
    "climbing-names.zip": (4, 0, ""),
    "names-with-controls.zip": (3, 0, ""),
    "name-with-nul.tar": (1, 0, ""),
    "links-and-devices.tar": (1, 4, "a link, a device or something similar in a tar"),
    "year-1970.json": (1, 0, ""),
    "year-1.json": (1, 0, ""),
    "duplicate-keys.json": (1, 0, "'policies' stands twice in an object, and the last counts"),
    "unpaired-surrogates.json": (1, 0, "half a surrogate pair, which is no character"),
    "many-headers.eml.bz2": (1, 0, ""),
    "result-in-attached-mail.eml": (1, 0, ""),
    "result-in-base64-mail.eml": (1, 0, ""),
    "name-with-line-ends.eml": (1, 0, ""),
    "forged-separators.mbox": (1, 0, ""),
} | {
    name: (1, 0, "is not registered (RFC 8460 §4.4), kept as sent")
    for name in hostile_files()
    if name.startswith("text-")
}

EXPECTED = {name: (Balance(1, 0, 0, 1, 0), message) for name, message in REJECTED.items()} | {
    name: (Balance(reports + skipped, reports, 0, 0, skipped), message)
    for name, (reports, skipped, message) in READ.items()
}


def test_the_committed_files_are_those_that_the_script_builds() -> None:
    """And they are small; ``python tests/hostile_corpus.py`` writes them."""
    committed = {path.name: path.read_bytes() for path in HOSTILE.iterdir()}

    assert committed == hostile_files()
    assert sum(map(len, committed.values())) < MOST_BYTES
    assert committed.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_each_ends_as_expected_and_soon(name: str) -> None:
    """Its members add up, and every text of a problem or a path is one line without controls."""
    began = time.process_time()
    tables = load_reports(HOSTILE / name, progress=False)
    seconds = time.process_time() - began

    expected, message = EXPECTED[name]
    assert tables.balance == expected
    assert tables.balance.adds_up
    assert any(message in text for text in tables.problems["message"]) or not message
    assert seconds < MOST_SECONDS
    assert not [text for text in _shown_texts(tables) if _deceives(text)]


def test_all_together_add_up_in_one_process_and_in_two() -> None:
    """The same rows, whoever reads them."""
    one, two = (load_reports(HOSTILE, progress=False, workers=workers) for workers in (1, 2))

    balances = [balance for balance, _ in EXPECTED.values()]
    assert one.balance.members == sum(balance.members for balance in balances)
    assert one.balance.rejected == sum(balance.rejected for balance in balances)
    assert one.balance.adds_up
    assert_same_cells(one, two)


@pytest.mark.parametrize("name", ["result-in-attached-mail.eml", "result-in-base64-mail.eml"])
def test_a_result_in_an_attached_mail_verifies_nothing(name: str, tmp_path: Path) -> None:
    """The same mail without the one around it is verified."""
    trusting = Authentication(trusted_servers=("mx.example.com",))
    attached = hostile_files()["result-in-attached-mail.eml"]
    outermost = attached.split(b"message/rfc822\n\n")[1].split(b"\n--=-=forwarded")[0]
    (tmp_path / "it.eml").write_bytes(outermost)

    verdicts = [
        load_reports(path, progress=False, authentication=trusting).reports["authenticity"].item()
        for path in (HOSTILE / name, tmp_path / "it.eml")
    ]

    assert verdicts[0] != "verified"
    assert verdicts[1] == "verified"


def _shown_texts(tables: ReportTables) -> list[str]:
    problems = tables.problems
    return [*problems["source"], *problems["message"], *tables.reports["source"]]


def _deceives(text: str) -> bool:
    return any(unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} for letter in text)
