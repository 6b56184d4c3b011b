"""The fast reader yields what the tolerant reader yields, or leaves the file to it."""

import gzip
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.wrappings import REPORT, WRAPPINGS, gzipped, report_document

from tlsrpt_analysis.intake.fast.files import LARGEST_FILE, exact_report, inflated, small_file
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.tables import SCHEMAS

JUDGED = replace(DEFAULT_LIMITS, depth=DEFAULT_LIMITS.depth + 1)
"""Only the tolerant reader takes limits other than the default ones."""

SAMPLES = Path(__file__).parents[3] / "sample_reports"


def assert_read_alike(path: Path) -> None:
    """By the fast reader and by the tolerant reader alone."""
    actual, expected = load_reports(path), load_reports(path, limits=JUDGED)
    for name in SCHEMAS:
        pd.testing.assert_frame_equal(getattr(actual, name), getattr(expected, name))
    assert actual.balance == expected.balance


def test_all_wrappings_are_read_alike(tmp_path: Path) -> None:
    """Each in a file of its own."""
    for name, content in WRAPPINGS.items():
        (tmp_path / name).write_bytes(content)
    assert_read_alike(tmp_path)


def test_the_samples_are_read_alike() -> None:
    """Cell by cell, with their problems."""
    assert_read_alike(SAMPLES)


def test_red_flags_and_leniencies_are_told_by_either_path(tmp_path: Path) -> None:
    """A day to come, a long range, a false name, and dates without a zone."""
    day, naive = "2026-07-01T00:00:00Z", "2026-07-01T00:00:00"
    documents = [
        report_document(date_range={"start-datetime": a, "end-datetime": b})
        for a, b in [(day, "2036-07-01T00:00:00Z"), (naive, naive), (day, naive), (naive, day)]
    ]
    documents += [
        report_document(
            date_range={
                "start-datetime": "2136-07-01T00:00:00Z",
                "end-datetime": "2136-07-01T01:00Z",
            }
        ),
        report_document(contact_info="abuse@evil.example"),
        report_document(contact_info=""),
        report_document(organization_name=None),
    ]
    for number, document in enumerate(documents):
        assert exact_report(gzipped(document)) is not None
        (tmp_path / f"{number}.json.gz").write_bytes(gzipped(document))
    assert_read_alike(tmp_path)
    stages = load_reports(tmp_path).problems["stage"].tolist()
    assert sorted(stages) == ["duplicate", "red flag", "red flag", "report", "report"]


GZIPPED = gzipped(REPORT)


@pytest.mark.parametrize(
    "content",
    [
        GZIPPED + GZIPPED,
        GZIPPED + bytes(10),
        GZIPPED + b"scanned",
        GZIPPED + GZIPPED[40:],
        GZIPPED + GZIPPED[-8:],
        GZIPPED[:-1],
        GZIPPED[:-5] + b"\0" + GZIPPED[-4:],
        GZIPPED[:-4] + b"\xff\xff\xff\x7f",
        GZIPPED[:20] + b"\0" + GZIPPED[21:],
        b"\x1f\x8b\x08",
        b"",
        gzipped(bytes(LARGEST_FILE)),
    ],
)
def test_unusual_gzip_is_left_to_the_tolerant_reader(content: bytes) -> None:
    """Further members, padding, other bytes behind, damage, and sizes that are not true."""
    assert inflated(content) is None


@given(st.binary(max_size=3_000), st.integers(0, 9))
def test_one_gzip_member_is_inflated(content: bytes, level: int) -> None:
    """As the standard library does it."""
    packed = gzip.compress(content, level)
    result = inflated(packed)
    assert result == content or (result is None and (not content or b"\x1f\x8b\x08" in packed[3:]))


def test_a_large_or_missing_file_is_left_to_the_tolerant_reader(tmp_path: Path) -> None:
    """It reports what is wrong."""
    (tmp_path / "large").write_bytes(bytes(LARGEST_FILE))
    assert small_file(str(tmp_path / "large"), 100) is None
    (tmp_path / "largest").write_bytes(bytes(LARGEST_FILE - 1))
    assert small_file(str(tmp_path / "largest"), 100) == bytes(LARGEST_FILE - 1)
    assert small_file(str(tmp_path / "none"), 1) is None
    assert small_file(str(tmp_path), 1) is None


@pytest.mark.parametrize("size", [0, 1, len(REPORT) - 1, len(REPORT), len(REPORT) + 1])
def test_a_file_is_read_to_its_end(size: int, tmp_path: Path) -> None:
    """Also when it has grown or shrunk since it was found."""
    (tmp_path / "it").write_bytes(REPORT)
    assert small_file(str(tmp_path / "it"), size) == REPORT
