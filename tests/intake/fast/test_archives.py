"""The fast reader of archives yields what the tolerant reader yields."""

import gzip
import io
import random
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutated_inputs import inputs, mutated
from support.readings import as_tolerant
from support.wrappings import (
    FILE_NAME,
    REPORT,
    WRAPPINGS,
    forwarded,
    gzipped,
    mailed,
    ordinary_mail,
    report_document,
    tarred,
    zipped,
)

from tlsrpt_analysis.intake.fast.archives import read_archive
from tlsrpt_analysis.intake.fast.files import FastRead
from tlsrpt_analysis.intake.fast.members import FastOutcome
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import read_source

LENIENT = Path(__file__).parents[2] / "data/leniencies"
SAMPLES = Path(__file__).parents[3] / "sample_reports"
NAIVE = report_document(
    date_range={"start-datetime": "2026-07-01T00:00:00", "end-datetime": "2026-07-01T23:59:59"}
)
ODD = report_document(report_id=7)
OTHER = report_document(report_id="other")
MEMBERS = [
    REPORT,
    OTHER,
    NAIVE,
    ODD,
    gzipped(REPORT),
    gzipped(OTHER),
    gzipped(NAIVE),
    gzipped(ODD),
    b"",
    b'{"some": "thing"}',
    b"{no JSON",
    REPORT + b"\n" + OTHER,
    *(content for name, content in WRAPPINGS.items() if "xz" not in name),
    *(path.read_bytes() for path in sorted(LENIENT.iterdir())),
]


def assert_read_alike(path: Path, limits: Limits = DEFAULT_LIMITS) -> list[FastOutcome]:
    """Compare both readers, and return what the fast one yields."""
    source = Source(path.name, str(path), path.stat().st_size)
    expected = list(read_source(source, limits))
    actual = list(read_archive(source, limits, lambda: read_source(source, limits)))
    assert [as_tolerant(outcome) for outcome in actual] == expected
    return actual


def plain_count(path: Path) -> int:
    """Count the members that are read at once."""
    return sum(isinstance(outcome, FastRead) for outcome in assert_read_alike(path))


def ustar(*files: bytes, mode: str = "w", kind: int = tarfile.USTAR_FORMAT) -> bytes:
    """Write a tar in a dialect."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode, format=kind) as archive:  # type: ignore[call-overload]
        for number, file in enumerate(files):
            info = tarfile.TarInfo(f"{number}-{FILE_NAME}")
            info.size = len(file)
            archive.addfile(info, io.BytesIO(file))
    return target.getvalue()


def stored(*files: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    """Write a zip with another method."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for number, file in enumerate(files):
            archive.writestr(f"{number}-{FILE_NAME}", file)
    return target.getvalue()


def containers(files: list[bytes]) -> Iterator[bytes]:
    """Yield the files in every container that has a fast path."""
    yield zipped(*files)
    yield stored(*files)
    yield tarred(*files)
    yield tarred(*files, mode="w:gz")
    yield tarred(*files, changed=1_782_864_000.25)
    yield ustar(*files)
    yield ustar(*files, mode="w:gz", kind=tarfile.GNU_FORMAT)


def test_plain_members_are_read_at_once(tmp_path: Path) -> None:
    """All but the unusual one, which the tolerant reader reads alone."""
    for number, content in enumerate(containers([REPORT, gzipped(OTHER), gzipped(ODD), NAIVE])):
        path = tmp_path / f"{number}"
        path.write_bytes(content)
        assert plain_count(path) == 3


ALONE = [ordinary_mail(), forwarded(mailed(gzipped(REPORT))), b"# Read me", b"\0\1\2", ODD]


@pytest.mark.parametrize("member", ALONE)
def test_an_unusual_member_is_read_alone(member: bytes, tmp_path: Path) -> None:
    """An archive of a mailbox holds ordinary mails; the others are still read at once."""
    path = tmp_path / "archive"
    for content in containers([REPORT, member, gzipped(OTHER)]):
        path.write_bytes(content)
        assert plain_count(path) == 2


@pytest.mark.parametrize("depth", range(4, 10))
def test_how_deep_a_mail_is_wrapped_is_read_alike(depth: int, tmp_path: Path) -> None:
    """Which depends on what its archive is packed in."""
    deep = mailed(zipped(zipped(zipped(gzipped(REPORT)))))
    path = tmp_path / "archive"
    for content in containers([REPORT, deep, forwarded(deep), OTHER]):
        path.write_bytes(content)
        assert_read_alike(path, replace(DEFAULT_LIMITS, depth=depth))


@pytest.mark.parametrize("limit", [0, 900, 1_200, 1_500, 2_500, 5_000, 12_000])
def test_limits_are_met_at_the_same_mail(limit: int, tmp_path: Path) -> None:
    """The cost of an unusual mail counts for what follows."""
    letter = forwarded(mailed(gzipped(REPORT)))
    path = tmp_path / "archive"
    for content in containers([REPORT, letter, letter, gzipped(OTHER), letter]):
        path.write_bytes(content)
        for changed in ("unpacked_bytes", "archive_members"):
            assert_read_alike(path, replace(DEFAULT_LIMITS, **{changed: limit}))


@pytest.mark.parametrize("member", MEMBERS)
def test_any_member_is_read_alike(member: bytes, tmp_path: Path) -> None:
    """Between plain ones."""
    path = tmp_path / "archive"
    for content in containers([gzipped(REPORT), member, OTHER]):
        path.write_bytes(content)
        assert plain_count(path) >= 1


def test_every_other_input_is_read_alike(tmp_path: Path) -> None:
    """The wrappings, the leniencies and the samples are no archives of plain reports, or they are."""
    for name, content in WRAPPINGS.items():
        (tmp_path / name).write_bytes(content)
        assert_read_alike(tmp_path / name)
    for path in [*LENIENT.iterdir(), *SAMPLES.rglob("*")]:
        if path.is_file():
            assert_read_alike(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(MEMBERS), max_size=5))
def test_any_members_are_read_alike(tmp_path: Path, members: list[bytes]) -> None:
    """In any order and number."""
    path = tmp_path / "archive"
    for content in containers(members):
        path.write_bytes(content)
        assert_read_alike(path)


def test_damaged_archives_are_read_alike(tmp_path: Path) -> None:
    """Bytes changed, cut out, doubled or spliced."""
    path = tmp_path / "archive"
    generator = random.Random(8460)  # noqa: S311 - the same inputs every time
    sound = list(containers([gzipped(REPORT), OTHER, gzipped(NAIVE), gzipped(ODD)]))
    for _ in range(3_000):
        path.write_bytes(mutated(generator.choice(sound), sound, generator))
        assert_read_alike(path)


def test_damaged_inputs_are_read_alike(tmp_path: Path) -> None:
    """Of every kind."""
    path = tmp_path / "input"
    for content in inputs(2_000, seed=3):
        path.write_bytes(content)
        assert_read_alike(path)


def test_a_tar_that_is_damaged_within_its_gzip_is_read_alike(tmp_path: Path) -> None:
    """The members before the damage are yielded by either, wherever it is."""
    path = tmp_path / "archive.tar.gz"
    content = tarred(*(report_document(report_id=f"{n}") for n in range(40)), mode="w:gz")
    generator = random.Random(8460)  # noqa: S311 - the same bytes every time
    long = (gzipped(report_document(report_id=generator.randbytes(400).hex())) for _ in range(50))
    large = gzip.compress(ustar(*long))  # of several pieces, as they are taken
    assert len(large) > 2 * 16_384
    for whole in (content, large):
        for place in range(0, len(whole), 397):
            path.write_bytes(whole[:place])
            assert_read_alike(path)
            path.write_bytes(whole[:place] + b"\xff\0" + whole[place + 2 :])
            assert_read_alike(path)
    for tail in (bytes(20), b"scanned", content):
        path.write_bytes(content + tail)
        assert_read_alike(path)


@pytest.mark.parametrize("limit", [0, 500, 900, 2_500, 5_000, 12_000, 30_000])
def test_limits_are_met_at_the_same_member(limit: int, tmp_path: Path) -> None:
    """Of bytes and of members."""
    path = tmp_path / "archive"
    for content in containers([gzipped(REPORT), OTHER, gzipped(ODD), NAIVE]):
        path.write_bytes(content)
        assert_read_alike(path, replace(DEFAULT_LIMITS, unpacked_bytes=limit))
        assert_read_alike(path, replace(DEFAULT_LIMITS, archive_members=limit % 7))
        assert_read_alike(path, replace(DEFAULT_LIMITS, ratio_free_bytes=limit))


@pytest.mark.parametrize(
    ("place", "value"),
    [(6, 1), (6, 0x20), (8, 99), (14, 7), (26, 3), (28, 9)],
)
def test_a_local_header_that_says_otherwise_is_read_alike(
    place: int, value: int, tmp_path: Path
) -> None:
    """Flags, method, checksum and lengths; the directory is what counts."""
    path = tmp_path / "archive.zip"
    content = bytearray(stored(REPORT, gzipped(OTHER), method=zipfile.ZIP_DEFLATED))
    struct.pack_into("<H", content, place, value)
    path.write_bytes(content)
    assert_read_alike(path)


def test_names_and_dialects_of_tar_are_read_alike(tmp_path: Path) -> None:
    """Long names, names that are not ASCII, links and pax headers."""
    path = tmp_path / "archive.tar"
    for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        for name in ("a" * 99, "a" * 100, "b/" * 60 + "c", "\u00e4", "a/", "a\nb", "./a"):
            target = io.BytesIO()
            with tarfile.open(fileobj=target, mode="w", format=kind) as archive:
                for each in ("first", name, "last"):
                    info = tarfile.TarInfo(each)
                    info.size = len(REPORT)
                    archive.addfile(info, io.BytesIO(REPORT))
                link = tarfile.TarInfo("link")
                link.type, link.linkname = tarfile.SYMTYPE, "first"
                archive.addfile(link)
            path.write_bytes(target.getvalue())
            assert plain_count(path) >= 1


def pax_record(key: str, value: str) -> bytes:
    """Write a record of an extended header."""
    rest = f" {key}={value}\n"
    size = len(rest) + 2
    return f"{size}{rest}".encode()


TIME = pax_record("mtime", "1782864000.25")


@pytest.mark.parametrize(
    ("records", "count"),
    [
        (TIME, 2),
        (TIME + pax_record("atime", "1") + pax_record("ctime", "2.5"), 2),
        (b"", 1),
        (TIME[:-1], 1),
        (TIME + b"x", 1),
        (b"9" + TIME[1:], 1),
        (pax_record("mtime", "-1.5"), 1),
        (pax_record("mtime", "soon"), 1),
        (pax_record("path", "elsewhere"), 1),
        (pax_record("size", "7"), 1),
        (TIME * 30, 1),
    ],
)
def test_extended_headers_of_tar_are_read_alike(records: bytes, count: int, tmp_path: Path) -> None:
    """Those that have nothing but times change nothing."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("first", "x", "last"):
            info = tarfile.TarInfo(name)
            content = REPORT
            if name == "x":
                info.type, content = tarfile.XHDTYPE, records
            info.size = len(content)
            archive.addfile(info)
            target.write(content + bytes(-len(content) % 512))
            archive.offset = target.tell()
    path = tmp_path / "archive.tar"
    path.write_bytes(target.getvalue())
    assert plain_count(path) == count


@pytest.mark.parametrize("kinds", ["0x", "xx0", "x5", "x5x0"])
def test_an_extended_header_belongs_to_what_follows(kinds: str, tmp_path: Path) -> None:
    """A file or a folder, once; an end or another one is left to the tolerant reader."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for kind in kinds:
            info = tarfile.TarInfo("it")
            info.type = kind.encode()
            content = {"0": REPORT, "x": TIME, "5": b""}[kind]
            info.size = len(content)
            archive.addfile(info)
            target.write(content + bytes(-len(content) % 512))
            archive.offset = target.tell()
    path = tmp_path / "archive.tar"
    path.write_bytes(target.getvalue())
    assert_read_alike(path)
