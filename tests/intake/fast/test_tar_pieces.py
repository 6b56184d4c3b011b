"""A tar in pieces yields what it yields as a whole, up to the first unusual one."""

import gzip
import io
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutated_inputs import mutated
from support.readings import as_tolerant
from support.wrappings import REPORT, gzipped, mailed, report_document, tarred, zipped

from tlsrpt_analysis.intake.fast import tar_pieces
from tlsrpt_analysis.intake.fast import tars as plain_tars
from tlsrpt_analysis.intake.fast.files import NotExact
from tlsrpt_analysis.intake.fast.members import FastReader
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import read_source

MEMBERS = [
    REPORT,
    gzipped(REPORT),
    mailed(gzipped(REPORT)),
    gzipped(report_document(report_id=7)),
    gzipped(report_document(report_id="other")),
    b'{"some": "thing"}',
    b"",
    zipped(REPORT),
]
MODES = ["w", "w:gz"]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut after two or three members, of bytes that come in small chunks."""
    monkeypatch.setattr(tar_pieces, "PIECE_BYTES", 3_000)
    monkeypatch.setattr(plain_tars, "_READ_BYTES", 1_000)


def source_of(folder: Path, content: bytes) -> Source:
    """Write a file."""
    path = folder / "it"
    path.write_bytes(content)
    return Source("it", str(path), len(content))


def read(source: Source) -> tuple[list[Outcome], bool]:
    """Return what the pieces before the first unusual one yield, and whether all were exact."""
    outcomes: list[Outcome] = []
    for piece in tar_pieces.tar_pieces(source, DEFAULT_LIMITS) or iter(()):
        try:
            reader = FastReader(DEFAULT_LIMITS, takes_mails=True)
            outcomes += [as_tolerant(one) for one in tar_pieces.read_tar_piece(piece, reader)]
        except NotExact:
            return outcomes, False
    return outcomes, True


def assert_begun_alike(source: Source) -> bool:
    """Compare with what the tolerant reader yields; return whether it was read to its end."""
    actual, is_whole = read(source)
    expected = list(read_source(source))
    assert actual == expected[: len(actual)]
    is_read = is_whole and len(actual) > 0
    assert len(actual) == len(expected) or not is_read
    return is_read


def large_tar(mode: str, changed: float = 0) -> bytes:
    """Write a tar that comes in several chunks even when it is packed."""
    generator = random.Random(8460)  # noqa: S311 - the same bytes every time
    ids = [generator.randbytes(400).hex() for _ in range(150)]
    reports = [gzipped(report_document(report_id=one)) for one in ids]
    return tarred(*reports, mode=mode, changed=changed)


@pytest.mark.parametrize("changed", [0, 1_782_864_000.25])
@pytest.mark.parametrize("mode", MODES)
def test_pieces_of_a_plain_tar_give_all_of_it(mode: str, changed: float, tmp_path: Path) -> None:
    """They follow each other; a header of times is never cut from its member."""
    content = large_tar(mode, changed)
    source = source_of(tmp_path, content)
    pieces = list(tar_pieces.tar_pieces(source, DEFAULT_LIMITS) or ())

    assert assert_begun_alike(source)
    assert [piece.is_first for piece in pieces] == [True] + [False] * (len(pieces) - 1)
    assert [piece.is_last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert len(pieces) > 3
    assert sum(piece.size for piece in pieces) <= len(content)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(MEMBERS), max_size=12), st.sampled_from(MODES))
def test_pieces_of_any_tar_give_what_the_tolerant_reader_gives(
    tmp_path: Path, members: list[bytes], mode: str
) -> None:
    """Up to a member that only the tolerant reader can read."""
    is_read = assert_begun_alike(source_of(tmp_path, tarred(*members, mode=mode)))
    assert is_read == (bool(members) and not {b"", MEMBERS[-1]} & set(members))


def damaged(content: bytes, step: int) -> Iterator[bytes]:
    """Cut it off and change it, at many places."""
    for place in range(0, len(content), step):
        yield content[:place]
        yield content[:place] + b"\xff\0" + content[place + 2 :]


@pytest.mark.parametrize("mode", MODES)
def test_pieces_of_a_damaged_tar_give_what_the_tolerant_reader_gives(
    mode: str, tmp_path: Path
) -> None:
    """Whether the tar is damaged or its packing."""
    for content in damaged(tarred(*MEMBERS[:6] * 3, mode=mode), 301):
        assert_begun_alike(source_of(tmp_path, content))
    for content in damaged(large_tar(mode), 3_001):
        assert_begun_alike(source_of(tmp_path, content))


def test_damage_at_the_very_end_of_a_gzip_is_reported(tmp_path: Path) -> None:
    """The last members do not count before the checksum is right."""
    content = tarred(*MEMBERS[:6] * 3, mode="w:gz")
    assert assert_begun_alike(source_of(tmp_path, content))
    for place in range(1, 9):
        changed = (
            content[:-place] + bytes([content[-place] ^ 1]) + content[len(content) - place + 1 :]
        )
        assert not assert_begun_alike(source_of(tmp_path, changed))


def test_mutated_tars_give_what_the_tolerant_reader_gives(tmp_path: Path) -> None:
    """Packed again after they were changed, or not packed."""
    generator = random.Random(8460)  # noqa: S311 - the same inputs every time
    sound = [tarred(*MEMBERS[:6]), tarred(*MEMBERS[3:7] * 2), tarred(*MEMBERS[:6], changed=0.5)]
    for _ in range(1_500):
        content = mutated(generator.choice(sound), sound, generator)
        assert_begun_alike(source_of(tmp_path, generator.choice([content, gzip.compress(content)])))


@pytest.mark.parametrize("size", [b"-0000000001", b"77777777777", b"0000001_000", b" 0000001000"])
def test_a_header_with_an_invalid_size_is_left_to_the_tolerant_reader(
    size: bytes, tmp_path: Path
) -> None:
    """Python takes more for an octal number than tar does."""
    content = bytearray(tarred(*MEMBERS[:6]))
    place = content.index(b"folder/3-")
    content[place + 124 : place + 135] = size
    content[place + 148 : place + 156] = b" " * 8
    checksum = sum(content[place : place + 512])
    content[place + 148 : place + 156] = f"{checksum:06o}\0 ".encode()
    assert not assert_begun_alike(source_of(tmp_path, bytes(content)))


def test_a_header_without_a_name_is_no_end(tmp_path: Path) -> None:
    """An end has nothing but zeros."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("a", "", "c"):
            info = tarfile.TarInfo(name)
            info.size = len(REPORT)
            archive.addfile(info, io.BytesIO(REPORT))
    assert not assert_begun_alike(source_of(tmp_path, target.getvalue()))


def test_what_is_no_tar_has_no_pieces(tmp_path: Path) -> None:
    """Nor has what is not there."""
    for content in (b"", REPORT, gzipped(REPORT), mailed(REPORT), zipped(REPORT)):
        assert tar_pieces.tar_pieces(source_of(tmp_path, content), DEFAULT_LIMITS) is None
    assert tar_pieces.tar_pieces(Source("it", str(tmp_path / "none"), 1), DEFAULT_LIMITS) is None


def test_a_tar_that_vanishes_while_it_is_cut_is_left_to_the_tolerant_reader(tmp_path: Path) -> None:
    """It reports what is wrong."""
    source = source_of(tmp_path, tarred(REPORT))
    pieces = tar_pieces.tar_pieces(source, DEFAULT_LIMITS) or iter(())
    (tmp_path / "it").unlink()
    assert [piece.blocks for piece in pieces] == [None]
