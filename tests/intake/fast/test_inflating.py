"""Both ways to inflate in one step: libdeflate, and zlib where it is not installed."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.wrappings import WRAPPINGS

from tlsrpt_analysis.intake.fast import inflating
from tlsrpt_analysis.loading.load import load_reports


@pytest.fixture(params=["libdeflate", "zlib"])
def way(request, monkeypatch):
    """Inflate by one or by the other."""
    if request.param == "zlib":
        monkeypatch.setattr(inflating, "deflate", None)


@pytest.mark.usefixtures("way")
def test_content_is_inflated_and_summed():
    """Whole."""
    content = b"a report" * 100
    raw = zlib.compress(content, wbits=-15)
    assert inflating.inflated_gzip(gzip.compress(content), 800) == content
    assert inflating.inflated_raw(raw, 800) == content
    assert inflating.crc32(content) == zlib.crc32(content)
    assert inflating.adler32(content) == zlib.adler32(content)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "packed",
    [b"", b"a report", gzip.compress(b"a report" * 100)[:-20]],
    ids=["empty", "never packed", "cut off"],
)
def test_what_is_damaged_is_not_inflated(packed):
    """Cut off, or never packed."""
    with pytest.raises(inflating.NotInflated):
        inflating.inflated_gzip(packed, 800)
    with pytest.raises(inflating.NotInflated):
        inflating.inflated_raw(packed[10:], 800)


def test_zlib_stops_at_the_promised_size(monkeypatch):
    """A bomb costs no more than what it says it is."""
    monkeypatch.setattr(inflating, "deflate", None)
    with pytest.raises(inflating.NotInflated):
        inflating.inflated_gzip(gzip.compress(bytes(1_000)), 999)


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=3))
def test_both_ways_agree_on_damaged_data(content, place, other):
    """Whatever is read by both is the same."""
    packed = bytearray(gzip.compress(content))
    packed[place : place + len(other)] = other
    found = set()
    for library in (inflating.deflate, None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(inflating, "deflate", library)
            try:
                found.add(bytes(inflating.inflated_gzip(bytes(packed), len(content))))
            except inflating.NotInflated:
                continue
    assert len(found) < 2


def test_every_wrapping_is_read_the_same_without_libdeflate(tmp_path, monkeypatch):
    """With the same problems."""
    for number, content in enumerate(WRAPPINGS.values()):
        (tmp_path / f"{number:03}").write_bytes(content)
    fast = load_reports(tmp_path, workers=1)
    monkeypatch.setattr(inflating, "deflate", None)
    slow = load_reports(tmp_path, workers=1)
    for name in ("reports", "policies", "failures", "problems"):
        assert getattr(fast, name).equals(getattr(slow, name))
