"""Zip and tar archives: every file in them, none of their traps."""

import io
import tarfile
import time
import warnings
import zipfile
from pathlib import Path

import pytest
from support.readings import ends_of, message_of, outcomes_of
from support.wrappings import REPORT, gzipped, mailed, mbox, report_document, tarred, zipped

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.archives import is_tar, is_zip

OTHER = report_document(report_id="other")
BOMB = bytes(50_000_000)


def test_every_file_of_a_zip_is_a_member_and_no_folder_is(tmp_path: Path) -> None:
    """A folder holds nothing that could be a report."""
    outcomes = outcomes_of(tmp_path, zipped(REPORT, b"text", OTHER, name="x"))

    assert ends_of(outcomes) == [
        ("it!folder/0-x", "report", ""),
        ("it!folder/1-x", "skipped", "source"),
        ("it!folder/2-x", "report", ""),
    ]


def test_two_members_of_one_name_are_both_read(tmp_path: Path) -> None:
    """A zip may be written to twice."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("r.json", REPORT)
        archive.writestr("r.json", OTHER)

    assert ends_of(outcomes_of(tmp_path, target.getvalue())) == [("it!r.json", "report", "")] * 2


@pytest.mark.parametrize(
    "content",
    [
        zipped(),
        tarred(),
        b"PK\x05\x06" + bytes(18),
        bytes(10_240),
    ],
)
def test_an_archive_without_files_is_one_member(tmp_path: Path, content: bytes) -> None:
    """No input ends without a row."""
    outcomes = outcomes_of(tmp_path, content)

    assert ends_of(outcomes) == [("it", "skipped", "archive")]
    assert message_of(outcomes) == "an archive without files"


def test_a_member_without_a_name_is_read(tmp_path: Path) -> None:
    """A name is not needed to be a report."""
    content = zipped(REPORT).replace(b"folder/", bytes(7))

    assert ends_of(outcomes_of(tmp_path, content)) == [
        ("it!", "skipped", "source"),
        ("it!", "report", ""),
    ]


def test_an_encrypted_member_is_rejected_and_the_others_are_read(tmp_path: Path) -> None:
    """We have no password, and say what to do."""
    content = bytearray(zipped(REPORT, OTHER, name="x"))
    directory = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
    content[directory + 8] |= 1  # the flag of the first file in the directory

    outcomes = outcomes_of(tmp_path, bytes(content))

    assert ends_of(outcomes) == [
        ("it!folder/0-x", "rejected", "archive"),
        ("it!folder/1-x", "report", ""),
    ]
    assert "encrypted" in message_of(outcomes[:1])


def test_a_member_with_a_wrong_checksum_is_rejected(tmp_path: Path) -> None:
    """What was damaged on the way is not counted."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", REPORT)
        archive.writestr("b", REPORT)
    content = target.getvalue().replace(b"example.com", b"exbmple.com", 1)

    outcomes = outcomes_of(tmp_path, content)

    assert ends_of(outcomes) == [("it!a", "rejected", "archive"), ("it!b", "report", "")]
    assert "Bad CRC-32" in message_of(outcomes[:1])


def test_a_packing_that_we_do_not_know_is_rejected(tmp_path: Path) -> None:
    """Method 99 is AES, which the standard library does not have."""
    content = bytearray(zipped(REPORT, name="x"))
    directory = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
    content[directory + 10] = 99

    outcomes = outcomes_of(tmp_path, bytes(content))

    assert ends_of(outcomes) == [("it!folder/0-x", "rejected", "archive")]
    assert "compression method is not supported" in message_of(outcomes)


@pytest.mark.parametrize("cut", [4, 30, -1, -30])
def test_a_cut_zip_is_rejected(tmp_path: Path, cut: int) -> None:
    """Its directory stands at its end."""
    outcomes = outcomes_of(tmp_path, zipped(REPORT)[:cut])

    assert ends_of(outcomes) == [("it", "rejected", "archive")]
    assert "damaged or cut off" in message_of(outcomes)


def test_a_directory_that_claims_too_much_is_not_read(tmp_path: Path) -> None:
    """The size in a header is a claim."""
    outcomes = outcomes_of(tmp_path, zipped(REPORT), limits=Limits(header_bytes=100))

    assert ends_of(outcomes) == [("it", "rejected", "archive")]
    assert "its directory claims" in message_of(outcomes)


def test_a_nested_zip_beyond_the_limit_is_rejected(tmp_path: Path) -> None:
    """It must be held in memory as a whole."""
    content = tarred(zipped(REPORT), name="x")

    outcomes = outcomes_of(tmp_path, content, limits=Limits(nested_zip_bytes=100))

    assert ends_of(outcomes) == [("it!folder/0-x", "rejected", "archive")]


BOMBS = {
    "zip": zipped(REPORT, b'{"' + BOMB, REPORT, name="x"),
    "zip of zip": zipped(REPORT, zipped(b'{"' + BOMB, b'{"' + BOMB), name="x"),
    "tar.gz": tarred(REPORT, b'{"' + BOMB, REPORT, name="x", mode="w:gz"),
    "tar.bz2": tarred(REPORT, b'{"' + BOMB, REPORT, name="x", mode="w:bz2"),
    "tar.xz": tarred(REPORT, b'{"' + BOMB, REPORT, name="x", mode="w:xz"),
    "gzip": gzipped(b'{"' + BOMB),
    "gzip of gzip": gzipped(gzipped(b'{"' + BOMB)),
    "mail": mailed(gzipped(b'{"' + BOMB)),
    "gzip of an mbox": gzipped(mbox([mailed(gzipped(b'{"' + BOMB))] * 2)),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_no_more_than_the_limit(tmp_path: Path, content: bytes) -> None:
    """All that a source unpacks to counts, whatever it is wrapped in."""
    started = time.perf_counter()
    outcomes = outcomes_of(tmp_path, content, limits=Limits(unpacked_bytes=1_000_000))

    assert time.perf_counter() - started < 5  # some hundredths in truth
    assert [end for _, end, _ in ends_of(outcomes)].count("rejected") == 1
    assert ends_of(outcomes)[-1][1:] == ("rejected", "archive")


def test_what_came_before_the_limit_is_kept(tmp_path: Path) -> None:
    """Only the rest is lost, and one row says so."""
    outcomes = outcomes_of(tmp_path, BOMBS["tar.gz"], limits=Limits(unpacked_bytes=1_000_000))

    assert ends_of(outcomes) == [
        ("it!folder/0-x", "report", ""),
        ("it!folder/1-x", "rejected", "archive"),
    ]
    assert "it unpacks to more than 1,000,000 bytes" in message_of(outcomes[1:])


@pytest.mark.parametrize("content", [zipped(*[REPORT] * 5), tarred(*[REPORT] * 5)])
def test_more_members_than_the_limit_are_not_read(tmp_path: Path, content: bytes) -> None:
    """A million empty files or folders cost time as well."""
    outcomes = outcomes_of(tmp_path, content, limits=Limits(archive_members=4))

    assert [end for _, end, _ in ends_of(outcomes)] == ["report"] * 3 + ["rejected"]
    assert "it has more than 4 members" in message_of(outcomes[3:])


def _tar_with(*infos: tarfile.TarInfo) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(REPORT))
    return target.getvalue()


def _info(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, "/etc/passwd"
    return info


def test_links_and_devices_in_a_tar_are_never_followed(tmp_path: Path) -> None:
    """A member cannot make us read a file of our own."""
    kinds = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
    infos = [_info(f"{number}", kind) for number, kind in enumerate(kinds)]

    outcomes = outcomes_of(tmp_path, _tar_with(*infos, _info("r", size=len(REPORT))))

    assert ends_of(outcomes) == [
        *((f"it!{number}", "skipped", "archive") for number in range(4)),
        ("it!r", "report", ""),
    ]


def test_a_path_in_a_name_is_only_a_name(tmp_path: Path) -> None:
    """Nothing is ever written to disk, and a name cannot break a line."""
    content = _tar_with(_info("../../etc/\x1b[31mcron\n", size=len(REPORT)))

    assert ends_of(outcomes_of(tmp_path, content)) == [("it!../../etc/�[31mcron�", "report", "")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it"]


def _tar_of_three() -> bytes:
    return tarred(REPORT, OTHER, report_document(report_id="third"), name="x")


@pytest.mark.parametrize(
    ("end", "ends"),
    [
        (512 * 3, ["rejected"]),  # within the first file
        (512 * 2 + len(REPORT), ["report", "rejected"]),  # before the padding of the first file
        (512 * 5, ["report", "rejected"]),  # within the second file
        (512 * 4, ["report", "rejected"]),  # before the second header
        (512 * 4 + 100, ["report", "rejected"]),  # within the second header
        (512 * 10, ["report", "report", "report", "rejected"]),  # the end mark is missing
    ],
)
def test_of_a_cut_tar_what_can_be_read_is_kept(tmp_path: Path, end: int, ends: list[str]) -> None:
    """And exactly one row says that it is cut off."""
    outcomes = outcomes_of(tmp_path, _tar_of_three()[:end])

    assert [end for _, end, _ in ends_of(outcomes)] == ends
    assert "cut off" in message_of(outcomes[-1:])


def test_of_a_cut_packed_tar_what_can_be_read_is_kept(tmp_path: Path) -> None:
    """The packing is cut, not the tar, and it is also reported once."""
    large = report_document(organization_name=bytes(range(32, 127)).decode() * 3_000)
    content = gzipped(tarred(REPORT, large, OTHER, name="x"))

    outcomes = outcomes_of(tmp_path, content[:-100])

    assert [end for _, end, _ in ends_of(outcomes)] == ["report", "rejected"]
    assert "the gzip data is cut off" in message_of(outcomes[-1:])


def test_a_damaged_header_ends_a_tar(tmp_path: Path) -> None:
    """Where the next file starts cannot be known."""
    content = bytearray(_tar_of_three())
    content[512 * 4 + 150] ^= 0xFF  # the checksum of the second file

    outcomes = outcomes_of(tmp_path, bytes(content))

    assert [end for _, end, _ in ends_of(outcomes)] == ["report", "rejected"]
    assert "the tar is damaged or cut off (invalid header)" in message_of(outcomes[-1:])


def test_a_tar_whose_first_header_leads_nowhere_is_rejected(tmp_path: Path) -> None:
    """A long name is announced, and then there is nothing."""
    name = _info("n", tarfile.GNUTYPE_LONGNAME, size=10)

    outcomes = outcomes_of(tmp_path, name.tobuf() + b"long name\0".ljust(512, b"\0"))

    assert ends_of(outcomes) == [("it", "rejected", "archive")]


@pytest.mark.parametrize("size", [10**9, -512])
def test_a_tar_header_that_claims_too_much_is_not_read(tmp_path: Path, size: int) -> None:
    """Extended headers are held in memory, so their size is bounded."""
    header = _info("n", tarfile.XHDTYPE)
    header.size = size

    outcomes = outcomes_of(tmp_path, header.tobuf(tarfile.GNU_FORMAT) + bytes(1_024))

    assert ends_of(outcomes) == [("it", "rejected", "archive")]
    assert "it is damaged or a trap" in message_of(outcomes)


def test_a_tar_header_that_points_backwards_is_not_followed(tmp_path: Path) -> None:
    """It would be read for ever (CVE-2025-8194)."""
    first = _info("a")
    first.size = -1_024

    outcomes = outcomes_of(tmp_path, first.tobuf(tarfile.GNU_FORMAT) + bytes(1_024))

    assert ends_of(outcomes)[-1] == ("it", "rejected", "archive")
    assert "points backwards" in message_of(outcomes[-1:])


def test_bytes_tell_an_archive() -> None:
    """A name is never asked."""
    assert is_zip(zipped(REPORT))
    assert is_tar(tarred(REPORT))
    assert not is_zip(REPORT)
    assert not is_tar(REPORT)
    assert not is_tar(REPORT.ljust(2_000))
    assert not is_tar(bytes(600))  # one block of zeros may be anything
