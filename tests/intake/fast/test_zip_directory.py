"""A directory of a zip read in one go says what `zipfile` says."""

import io
import random
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutated_inputs import mutated
from support.readings import as_tolerant
from support.wrappings import REPORT, gzipped, report_document

from tlsrpt_analysis.intake.fast import zip_directory
from tlsrpt_analysis.intake.fast.archives import read_archive
from tlsrpt_analysis.intake.fast.files import FastRead, NotExact
from tlsrpt_analysis.intake.fast.zip_directory import TOLERANT_ONLY, ZipEntry
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import read_source

FILES = [REPORT, gzipped(REPORT), gzipped(report_document(report_id="other")), b"", b"x" * 40]
STAMP = b"UT\x05\0\x03abcd"
OWNER = b"ux\x0b\0\x01\x04abcd\x04abcd"
TIMES = b"\x0a\0\x20\0" + bytes(4) + b"\1\0\x18\0" + b"\1" * 24
NAMES = ["a.json", "b/c.json.gz", "folder/", "d" * 200, "e" * 201, "\u00e4", "a\\b", "a\nb", "a\0b"]


def opened(content: bytes) -> "io.BufferedReader[io.RawIOBase]":
    """Return bytes as a file."""
    return io.BufferedReader(io.BytesIO(content))  # type: ignore[type-var]


def plain_entries(content: bytes) -> list[ZipEntry] | None:
    """Read a directory in one go."""
    return zip_directory._exact_entries(opened(content), DEFAULT_LIMITS)


def entries_of_zipfile(content: bytes) -> list[ZipEntry]:
    """Read a directory as `zipfile` does."""
    return zip_directory._any_entries(opened(content), DEFAULT_LIMITS)


def zip_of(
    files: list[tuple[str, bytes]],
    *,
    method: int = zipfile.ZIP_STORED,
    extra: bytes = b"",
    comment: bytes = b"",
) -> bytes:
    """Write a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for number, (name, content) in enumerate(files):
            info = zipfile.ZipInfo(f"{number}-{name}")
            info.extra, info.compress_type = extra, method
            archive.writestr(info, content)
        archive.comment = comment
    return target.getvalue()


ORDINARY = [(f"report-{number}.json.gz", content) for number, content in enumerate(FILES)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("extra", [b"", STAMP, STAMP + OWNER, TIMES])
def test_an_ordinary_directory_is_read_in_one_go(method: int, extra: bytes) -> None:
    """As Python, Info-ZIP and 7-Zip write it."""
    content = zip_of(ORDINARY, method=method, extra=extra)
    actual = plain_entries(content)
    assert actual == entries_of_zipfile(content)
    assert actual is not None
    assert [entry.method for entry in actual] == [method, method, method, TOLERANT_ONLY, method]


def test_a_directory_of_many_members_is_read_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 65,536 members on, their number has a record of its own."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    content = zip_of(ORDINARY)
    assert b"PK\x06\x06" in content
    actual = plain_entries(content)
    assert actual == entries_of_zipfile(content)
    assert actual is not None


def test_folders_have_no_size() -> None:
    """Whatever they claim."""
    content = zip_of([("folder/", b"x"), ("folder/", b"")])
    assert plain_entries(content) == entries_of_zipfile(content)
    assert [entry.size for entry in entries_of_zipfile(content)] == [0, 0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        zip_of([]),
        zip_of(ORDINARY, comment=b"by hand"),
        zip_of(ORDINARY, extra=b"\x01\x00\x08\x00abcdefgh"),
        zip_of(ORDINARY, extra=STAMP + b"\0"),
        b"prefix" + zip_of(ORDINARY),
        zip_of(ORDINARY) + b"\0",
        *(zip_of([(name, REPORT)]) for name in NAMES[4:8]),
        zip_of([("PK\1\2", REPORT)]),
    ],
)
def test_what_is_not_plain_is_left_to_zipfile(content: bytes) -> None:
    """Comments, other extra fields, data before and after, and names that are not shown as such."""
    assert plain_entries(content) is None


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(FILES)), min_size=1, max_size=4),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.sampled_from([b"", STAMP, OWNER, STAMP + OWNER, TIMES, b"xx\0\0"]),
    st.integers(1, 5),
)
def test_any_directory_is_that_of_zipfile(
    files: list[tuple[str, bytes]], method: int, extra: bytes, fewest: int
) -> None:
    """If it is read in one go at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", fewest)
        content = zip_of(files, method=method, extra=extra)
    actual = plain_entries(content)
    assert actual in (None, entries_of_zipfile(content))


def test_damaged_directories_are_those_of_zipfile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `zipfile` fails, none is read in one go."""
    generator = random.Random(8460)  # noqa: S311 - the same inputs every time
    sound = [zip_of(ORDINARY), zip_of(ORDINARY, extra=STAMP + OWNER)]
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    sound.append(zip_of(ORDINARY, method=zipfile.ZIP_DEFLATED))
    read = 0
    for _ in range(6_000):
        whole = generator.choice(sound)
        start = whole.index(b"PK\x01\x02")
        content = whole[:start] + mutated(whole[start:], sound, generator)
        try:
            expected = entries_of_zipfile(content)
        except NotExact:
            assert plain_entries(content) is None
            continue
        actual = plain_entries(content)
        assert actual in (None, expected)
        read += actual is not None
    assert read > 300


def test_a_directory_beyond_the_limit_is_left_to_the_tolerant_reader() -> None:
    """Before it is held."""
    content = zip_of(ORDINARY)
    size = content.index(b"PK\5\6") - content.index(b"PK\1\2")
    enough = zip_directory.zip_entries(opened(content), Limits(header_bytes=size))
    assert enough == plain_entries(content)
    with pytest.raises(NotExact):
        zip_directory.zip_entries(opened(content), Limits(header_bytes=size - 1))


@pytest.mark.parametrize("extra", [b"", b"xx\0\0"])
@pytest.mark.parametrize("start", [2**31, 2**32 - 2])
def test_a_member_behind_the_directory_is_left_to_the_tolerant_reader(
    extra: bytes, start: int
) -> None:
    """Whether the directory is read in one go or by `zipfile`."""
    content = zip_of(ORDINARY[:1], extra=extra)
    place = content.index(b"PK\1\2") + 42
    moved = content[:place] + struct.pack("<L", start) + content[place + 4 :]
    with pytest.raises(NotExact):
        zip_directory.zip_entries(opened(moved), DEFAULT_LIMITS)


def test_members_in_any_order_and_with_gaps_are_read_alike(tmp_path: Path) -> None:
    """Their places are what the directory says; those that overlap are left to the tolerant reader."""
    content = zip_of(ORDINARY[:3])
    start = content.index(b"PK\x01\x02")
    entries = [b"PK\x01\x02" + part for part in content[start:-22].split(b"PK\x01\x02")[1:]]
    path = tmp_path / "archive.zip"
    for order in ([2, 0, 1], [1, 2, 0], [1, 1, 2], [0, 2], [1]):
        directory = b"".join(entries[place] for place in order)
        numbers = (0, 0, len(order), len(order), len(directory), start, 0)
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", *numbers)
        path.write_bytes(content[:start] + directory + end)
        source = Source("it", str(path), path.stat().st_size)
        expected = list(read_source(source))
        actual = list(read_archive(source, DEFAULT_LIMITS, lambda: read_source(source)))  # noqa: B023 - it is called at once
        assert [as_tolerant(outcome) for outcome in actual] == expected
        if len(set(order)) == len(order):
            assert all(isinstance(outcome, FastRead) for outcome in actual)
