"""Zstandard data is inflated within the limits, and damage is named."""

from pathlib import Path

import pyarrow as pa
import pytest
from support.readings import message_of, outcomes_of
from support.wrappings import REPORT, mailed, tarred, zipped

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Rejected, ReportRead
from tlsrpt_analysis.intake.tolerant.reader import read_content
from tlsrpt_analysis.loading.load import load_reports


def _packed(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)


def test_b09_zstandard_is_read(data: Path) -> None:
    """As gzip is."""
    tables = load_reports(data / "cases/B09-zstandard.json.zst", progress=False)

    assert tables.reports["reporter"].tolist() == ["Google"]
    assert tables.problems.empty


@pytest.mark.parametrize(
    "content",
    [
        _packed(REPORT),
        _packed(REPORT[:100]) + _packed(REPORT[100:]),
        b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + _packed(REPORT),  # a frame to skip first
        _packed(tarred(REPORT)),
        zipped(_packed(REPORT)),
        mailed(_packed(REPORT), subtype="zstd"),
    ],
)
def test_b09_frames_in_other_wrappings(tmp_path: Path, content: bytes) -> None:
    """Several frames, and frames that hold no data."""
    outcomes = outcomes_of(tmp_path, content, name="a.zst")

    assert [outcome.report for outcome in outcomes if isinstance(outcome, ReportRead)]
    assert not [outcome for outcome in outcomes if isinstance(outcome, Rejected)]


@pytest.mark.parametrize("content", [_packed(REPORT)[:-10], _packed(REPORT)[:5]])
def test_data_that_is_cut_off_is_rejected(tmp_path: Path, content: bytes) -> None:
    """Ask for it again."""
    assert "the zstd data is damaged or cut off" in message_of(outcomes_of(tmp_path, content))


def test_a_bomb_is_refused() -> None:
    """Zeros unpack to thousands of times their size."""
    limits = Limits(ratio_free_bytes=100_000)
    (outcome,) = read_content("a", _packed(b'{"a": "' + b" " * 10_000_000), limits)

    assert isinstance(outcome, Rejected)
    assert "times its size" in outcome.problem.message
