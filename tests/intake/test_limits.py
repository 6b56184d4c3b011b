"""Each limit on untrusted input, at its edge: what just fits is read, and one more is refused."""

import lzma
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.readings import message_of, outcomes_of
from support.wrappings import REPORT, gzipped, mailed, tarred, zipped

from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.intake.wrappings.mail import check_costs
from tlsrpt_analysis.intake.wrappings.streams import Budget, Unreadable

MAIL = mailed(gzipped(REPORT))
ZIP = zipped(REPORT, REPORT)
LARGE_ZIP = zipped(*[REPORT] * 60)  # its directory is larger than zipfile's reads of a member
DIRECTORY_BYTES = LARGE_ZIP.index(b"PK\5\6") - LARGE_ZIP.index(b"PK\1\2")
CONTAINERS = REPORT.count(b"{") + REPORT.count(b"[")


def depth_of(text: str) -> int:
    """Return how deeply the brackets of a JSON text are nested."""
    deepest = depth = 0
    for letter in text:
        depth += (letter in "{[") - (letter in "}]")
        deepest = max(deepest, depth)
    return deepest


DEPTH = depth_of(REPORT.decode())

EDGES: list[tuple[str, int, bytes, str]] = [
    ("document_bytes", len(REPORT), REPORT, "it has more than"),
    ("mail_bytes", len(MAIL), MAIL, "a mail of more than"),
    ("json_containers", CONTAINERS, REPORT, f"it has {CONTAINERS} objects and arrays"),
    ("json_depth", DEPTH, REPORT, f"its JSON is more than {DEPTH - 1} levels deep"),
    ("nested_zip_bytes", len(ZIP), gzipped(ZIP), "it has more than"),
    ("unpacked_bytes", len(REPORT), gzipped(REPORT), "it unpacks to more than"),
    ("archive_members", 3, ZIP, "it has more than 2 members"),
    ("header_bytes", DIRECTORY_BYTES, LARGE_ZIP, "its directory claims"),
    ("depth", 2, gzipped(gzipped(gzipped(REPORT))), "it is wrapped more than 1 times"),
    ("mail_multiparts", 1, MAIL, "it has 1 multiparts"),
    ("mail_depth", 1, MAIL, "its parts are nested more than 0 levels deep"),
    ("mail_line_checks", 2 * MAIL.count(b"\n"), MAIL, "it has too many lines"),
    ("mail_parts", MAIL.count(b"\n--"), MAIL, "it may have more than"),
]


@pytest.mark.parametrize(("name", "needed", "content", "message"), EDGES, ids=[e[0] for e in EDGES])
def test_a_limit_allows_what_it_names_and_refuses_one_more(
    tmp_path: Path, name: str, needed: int, content: bytes, message: str
) -> None:
    """The same input with a limit of exactly its cost, and with one less."""
    enough, short = (replace(DEFAULT_LIMITS, **{name: limit}) for limit in (needed, needed - 1))

    read = outcomes_of(tmp_path, content, limits=enough)
    refused = outcomes_of(tmp_path, content, limits=short)

    assert all(isinstance(outcome, ReportRead) for outcome in read)
    assert not all(isinstance(outcome, ReportRead) for outcome in refused)
    assert message_of(refused[-1:]).startswith(message)


def test_a_tar_header_may_be_as_long_as_the_limit(tmp_path: Path) -> None:
    """A long name stands in a header of its own, which is held in memory."""
    content = tarred(REPORT, name="n" * 3_000)
    held = 3_000 + len("folder/0-") + 1

    (read,) = outcomes_of(tmp_path, content, limits=Limits(tar_header_bytes=4_096))
    assert held <= 4_096
    assert isinstance(read, ReportRead)
    assert "header" in message_of(
        outcomes_of(tmp_path, content, limits=Limits(tar_header_bytes=2_048))
    )


@pytest.mark.parametrize(
    ("packed_bytes", "unpacked_bytes", "is_refused"),
    [(1, 1_000, False), (1, 1_001, True), (200, 2_000, False), (200, 2_001, True)],
)
def test_the_ratio_counts_only_beyond_the_free_bytes(
    packed_bytes: int, unpacked_bytes: int, *, is_refused: bool
) -> None:
    """Up to there, or up to the ratio, whichever is more."""
    budget = Budget(Limits(ratio_free_bytes=1_000, inflation_ratio=10))

    assert _is_refused(lambda: budget.check_ratio(packed_bytes, unpacked_bytes)) == is_refused
    assert not budget.is_spent


@pytest.mark.parametrize(("length", "is_refused"), [(8_191, False), (8_192, True)])
def test_a_content_field_has_a_longest_length(length: int, *, is_refused: bool) -> None:
    """With its name it has more than 8,192 bytes then."""
    raw = b"Subject: x\nContent-Type:" + b"a" * length + b"\n\n"

    assert _is_refused(lambda: check_costs(raw, DEFAULT_LIMITS)) == is_refused


@pytest.mark.parametrize(("memory", "is_read"), [(64 * 1_048_576, False), (100_000_000, True)])
def test_xz_with_its_largest_dictionary_is_read_within_the_limit(
    tmp_path: Path, memory: int, *, is_read: bool
) -> None:
    """``xz -9`` has a dictionary of 64 MB, and needs a little more."""
    packed = lzma.compress(REPORT, preset=9)

    (outcome,) = outcomes_of(tmp_path, packed, limits=Limits(xz_memory_bytes=memory))

    assert isinstance(outcome, ReportRead) == is_read


def _is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except Unreadable:
        return True
    return False
