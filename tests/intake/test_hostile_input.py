"""Files that are built to do harm: what they may cost, and that nothing leaves memory."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from support.readings import ends_of, outcomes_of
from support.wrappings import REPORT, gzipped, mailed, report_document, tarred, zipped

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Rejected, ReportRead
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import read_source
from tlsrpt_analysis.loading.load import load_reports

LONG = b'{"report-id": "' + b"a" * 30_000_000


def _overlapping_zip(count: int) -> bytes:
    """Return a zip whose directory names one member many times, as Fifield's bomb does."""
    content = zlib.compress(LONG[:1_000_000], 9)[2:-4]
    crc, size = zlib.crc32(LONG[:1_000_000]), 1_000_000
    fields = (20, 0, 8, 0, 0, crc, len(content), size, 4, 0)
    local = b"PK\x03\x04" + struct.pack("<5H3L2H", *fields) + b"a.js" + content
    entry = b"PK\x01\x02" + struct.pack("<6H3L5H2L", 20, *fields[:9], 0, 0, 0, 0, 0, 0) + b"a.js"
    directory = entry * count
    end = struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(local), 0)
    return local + directory + b"PK\x05\x06" + end


BOMBS = {
    "gzip": gzip.compress(LONG, 9),
    "gzip in gzip": gzip.compress(gzip.compress(LONG, 9), 9),
    "zip": zipped(LONG),
    "zip in zip": zipped(zipped(LONG)),
    "tar.gz": tarred(LONG, mode="w:gz"),
    "mail": mailed(gzip.compress(LONG, 9)),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_at_the_ratio(tmp_path: Path, content: bytes) -> None:
    """A thousand times its size is no report; no more than the free bytes were unpacked."""
    outcomes = outcomes_of(tmp_path, content)

    problems = [outcome.problem for outcome in outcomes if isinstance(outcome, Rejected)]
    assert [problem.stage for problem in problems] == ["archive"]
    assert "times its size" in problems[0].message


def test_a_large_report_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    """Many alike details pack to a fiftieth."""
    details = [{"result-type": "certificate-expired", "failed-session-count": 1}] * 50_000
    policy = {"policy": {"policy-type": "sts"}, "summary": {}, "failure-details": details}
    content = report_document(policies=[policy])

    (outcome,) = outcomes_of(tmp_path, gzipped(content))

    assert len(content) > 3_000_000
    assert isinstance(outcome, ReportRead)


def test_members_that_overlap_are_refused(tmp_path: Path) -> None:
    """One member named a thousand times would be unpacked a thousand times."""
    (outcome,) = outcomes_of(tmp_path, _overlapping_zip(1_000))

    assert "bytes of its 51,061: they overlap, as a bomb's do" in str(outcome)


def _nested(content: bytes, levels: int) -> bytes:
    """Return a zip of thirty zips of thirty zips …, each packed to a few kilobytes."""
    for _ in range(levels):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for number in range(30):
                archive.writestr(f"{number}.zip", content)
        content = packed.getvalue()
    return content


def test_what_a_small_file_may_cost_is_bound_to_its_size(tmp_path: Path) -> None:
    """15 kB that lead to 27,000 archives, which took most of a minute."""
    content = _nested(zipped(b"no report"), 4)
    outcomes = outcomes_of(tmp_path, content)

    assert len(content) < 100_000
    assert len(outcomes) < 30_000
    assert any("it has more than 1" in str(outcome) for outcome in outcomes)


def test_a_small_file_unpacks_to_no_gigabytes(tmp_path: Path) -> None:
    """Each of its members may be five megabytes, as far as the ratio goes."""
    content = _nested(zipped(LONG[:4_900_000]), 2)
    outcomes = outcomes_of(tmp_path, content, limits=Limits(ratio_free_total_bytes=20_000_000))

    assert len(outcomes) < 20
    assert any("unpacks to more than 2" in str(outcome) for outcome in outcomes)


EMPTY = {"gzip": gzip.compress(b""), "bzip2": bz2.compress(b""), "xz": lzma.compress(b"")}


@pytest.mark.parametrize("content", EMPTY.values(), ids=EMPTY.keys())
def test_a_bomb_of_nothing_is_named(tmp_path: Path, content: bytes) -> None:
    """A million empty members, one after another."""
    (outcome,) = outcomes_of(tmp_path, content * 1_500)

    assert "empty" in str(outcome)
    assert "members in a row, as a bomb has" in str(outcome)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_bombs_one_after_another_are_one_bomb(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    """Each is below what is free."""
    content = pack(LONG[:3_000_000])
    outcomes = outcomes_of(tmp_path, content + pack(bytes(3_000_000).replace(b"\0", b" ")) * 10)

    assert "times its size, as a bomb does" in str(outcomes[0])


def _header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("name")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT)


def _chain(kind: bytes, content: bytes) -> bytes:
    return (_header(kind, len(content)) + content.ljust(512, b"\0")) * 1_500


def _records(content: bytes) -> bytes:
    return _header(b"x", len(content)) + content + bytes(-len(content) % 512) + _header(b"0", 0)


SPARSE = _header(b"S", 100)
TARS = {
    "long names": (_chain(b"L", b"name"), "a chain that leads to no file"),
    "long links": (_chain(b"K", b"name"), "a chain that leads to no file"),
    "attributes": (_chain(b"x", b"12 abcde=fg\n"), "a chain that leads to no file"),
    "many attributes": (_records(b"12 abcde=fg\n" * 10_000), "a tar header claims 12"),
    "a large attribute": (_records(b"x" * 100_000), "a tar header claims 100,"),
    "a sparse map of words": (_records(b"22 GNU.sparse.map=a,b\n"), "a header that is none"),
    "a sparse size": (
        _records(b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n") + b"many\n".ljust(512, b"\0"),
        "",
    ),
    "a sparse file": (SPARSE + bytes(1_024), ""),
    "a sparse file with no end": (SPARSE[:482] + b"\1" + SPARSE[483:] + b"\1" * 5_120, ""),
}


@pytest.mark.parametrize(("content", "message"), TARS.values(), ids=TARS.keys())
def test_an_odd_tar_ends_in_a_plain_reason(tmp_path: Path, content: bytes, message: str) -> None:
    """At its beginning, and after a file."""
    honest = tarred(REPORT).rstrip(b"\0")
    for before in (b"", honest + bytes(-len(honest) % 512)):
        outcomes = outcomes_of(tmp_path, before + content)
        texts = " ".join(map(str, outcomes))
        assert isinstance(outcomes[0], ReportRead) == bool(before)
        assert "unexpectedly" not in texts
        assert message in texts


@pytest.mark.parametrize(("policies", "details"), [(10_001, 0), (1, 100_001)])
def test_a_report_with_too_many_parts_is_rejected(
    tmp_path: Path, policies: int, details: int
) -> None:
    """Each kept row takes memory many times over."""
    failure = {"failed-session-count": 1}
    policy = {"policy": {}, "summary": {}, "failure-details": [failure] * details}

    (outcome,) = outcomes_of(tmp_path, report_document(policies=[policy] * policies))

    assert isinstance(outcome, Rejected)
    assert "more than" in outcome.problem.message


def test_a_mail_of_two_hundred_parts_is_read_or_refused_as_a_whole(tmp_path: Path) -> None:
    """Leaves are cheap; multiparts within each other are not."""
    leaf = b"\n--b\nContent-Type: application/octet-stream\n\n"
    flat = (
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
        + leaf * 200
        + REPORT
        + b"\n--b--\n"
    )
    deep = (
        b"From: a@b.example\nMIME-Version: 1.0\n"
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200)
        )
        + b"Content-Type: application/tlsrpt+gzip\n\n"
    )

    assert ends_of(outcomes_of(tmp_path, flat))[-1][1] == "report"
    assert ends_of(outcomes_of(tmp_path, deep)) == [("it", "rejected", "mail")]


def test_nothing_of_an_archive_reaches_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absolute paths, climbing paths, links and devices are names and no more."""
    (tmp_path / "inputs").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, kind in (
            ("/etc/evil.json", tarfile.REGTYPE),
            ("../../climbed.json", tarfile.REGTYPE),
            ("link", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("device", tarfile.CHRTYPE),
            ("pipe", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            content = report_document(report_id=name) if kind == tarfile.REGTYPE else b""
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    (tmp_path / "inputs/it.tar").write_bytes(target.getvalue())
    with zipfile.ZipFile(tmp_path / "inputs/it.zip", "w") as packed:
        packed.writestr("../../climbed.json", report_document(report_id="zip"))

    tables = load_reports(tmp_path / "inputs", progress=False)

    assert (tables.balance.reports, tables.balance.skipped) == (3, 4)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "it.tar",
        "it.zip",
    ]


def test_a_file_that_grows_is_read_as_it_is(tmp_path: Path) -> None:
    """A size that was seen before the reading is never trusted."""
    path = tmp_path / "growing.mbox"
    path.write_bytes(mailed(gzipped(REPORT)))
    source = Source("growing", str(path), 10)
    with path.open("ab") as file:
        file.write(b"\nmore\n")

    assert ends_of(list(read_source(source)))[0][1] == "report"


def test_an_interruption_is_passed_on_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C is no bad input."""
    path = tmp_path / "it.json"
    path.write_bytes(REPORT)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(read_source(Source("it", str(path), 1), on_read=interrupt))

    assert [path.name for path in tmp_path.iterdir()] == ["it.json"]
