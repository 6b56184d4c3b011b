"""Packed bytes: gzip, bzip2 and xz, inflated as they are read."""

import bz2
import lzma
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.wrappings import gzipped

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.packings import is_packed, unpacked
from tlsrpt_analysis.intake.wrappings.streams import Budget, Stream, Unreadable

PACKERS = pytest.mark.parametrize("pack", [gzipped, bz2.compress, lzma.compress])
NOISE = random.Random(1).randbytes(200_000)  # noqa: S311 - the same noise in each run


def _unpacked(packed: bytes, limits: Limits | None = None) -> bytes:
    budget = Budget(limits or Limits())
    return unpacked(Stream.of(packed), budget).read_all(10**9, stage="test")


@PACKERS
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(0, 40))
def test_all_members_come_out_in_order(
    pack: Callable[[bytes], bytes], members: list[bytes], zeros: int
) -> None:
    """`cat a.gz b.gz` is the packing of `cat a b`; zeros after it are padding."""
    packed = b"".join(pack(member) + bytes(zeros) for member in members)

    assert is_packed(packed)
    assert _unpacked(packed) == b"".join(members)


@PACKERS
@pytest.mark.parametrize("content", [NOISE, bytes(3_000_000), NOISE + bytes(300_000) + NOISE])
def test_what_is_larger_than_one_reading_comes_out_whole(
    pack: Callable[[bytes], bytes], content: bytes
) -> None:
    """Input and output do not end at the same time."""
    assert _unpacked(pack(content)) == content


@PACKERS
def test_what_is_no_member_after_the_last_is_passed_over(pack: Callable[[bytes], bytes]) -> None:
    """Virus scanners and mailing lists add text."""
    stream = unpacked(Stream.of(pack(b"content") + b"\0\0-- \na footer"), Budget(Limits()))

    assert stream.read_all(100, stage="test") == b"content"
    (leniency,) = stream.leniencies
    assert leniency.startswith("something follows the")


@pytest.mark.parametrize("ahead", [-1, 0, 1, 2, 3])
def test_a_member_that_starts_at_the_end_of_a_reading_is_seen(ahead: int) -> None:
    """The first bytes of it may come alone."""
    lengths = (len(gzipped(NOISE[:size])) for size in range(16_000, 16_400))
    size = 16_000 + list(lengths).index(16_384 - ahead)

    assert _unpacked(gzipped(NOISE[:size]) + gzipped(b"second")) == NOISE[:size] + b"second"


@PACKERS
@pytest.mark.parametrize("missing", [1, 5, 20])
def test_cut_data_are_reported(pack: Callable[[bytes], bytes], missing: int) -> None:
    """Half a report is no report."""
    with pytest.raises(Unreadable, match="cut off"):
        _unpacked(pack(NOISE)[:-missing])


@PACKERS
def test_damaged_data_are_reported(pack: Callable[[bytes], bytes]) -> None:
    """Each packing has a checksum."""
    packed = bytearray(pack(NOISE))
    packed[len(packed) // 2] ^= 0xFF

    with pytest.raises(Unreadable, match="is damaged"):
        _unpacked(bytes(packed))


@PACKERS
def test_unpacking_stops_at_the_limit(pack: Callable[[bytes], bytes]) -> None:
    """A size in a header is a claim; the bytes are counted."""
    budget = Budget(Limits(unpacked_bytes=100_000))

    with pytest.raises(Unreadable, match="unpacks to more than 100,000 bytes"):
        unpacked(Stream.of(pack(bytes(10_000_000))), budget).read(10**9)

    assert budget.is_spent


def test_xz_may_not_hold_more_memory_than_the_limit() -> None:
    """The size of its dictionary is a claim as well."""
    packed = lzma.compress(b"content", preset=9)

    with pytest.raises(Unreadable, match="the xz data is damaged"):
        _unpacked(packed, Limits(xz_memory_bytes=1_000_000))


@pytest.mark.parametrize("head", [b"", b"\x1f\x8b", b"BZh9 is text", b"{}", b"PK\x03\x04"])
def test_other_bytes_are_not_packed(head: bytes) -> None:
    """And unpacking them is a mistake of the caller."""
    assert not is_packed(head)
    with pytest.raises(ValueError, match="is_packed"):
        unpacked(Stream.of(head), Budget(Limits()))
