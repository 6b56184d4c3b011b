"""Files that are built to do harm: what they may cost, and that nothing leaves memory."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
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


def test_members_that_overlap_count_each_time(tmp_path: Path) -> None:
    """One megabyte named a thousand times is a thousand megabytes."""
    limits = Limits(unpacked_bytes=20_000_000)
    outcomes = outcomes_of(tmp_path, _overlapping_zip(1_000), limits=limits)

    assert len(outcomes) < 30
    assert any("unpacks to more than 20,000,000" in str(outcome) for outcome in outcomes)


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
