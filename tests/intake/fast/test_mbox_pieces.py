"""An mbox in pieces yields what it yields as a whole."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.wrappings import (
    REPORT,
    forwarded,
    gzipped,
    mailed,
    mbox,
    ordinary_mail,
    report_document,
)

from tlsrpt_analysis.intake.fast import mbox_pieces
from tlsrpt_analysis.intake.fast.mails import read_mbox
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import MemberReader, read_source
from tlsrpt_analysis.intake.wrappings.mbox import separators
from tlsrpt_analysis.intake.wrappings.streams import Stream

LETTERS = [
    ordinary_mail(),
    ordinary_mail("From here\nto: there"),
    ordinary_mail("\n\n\n"),
    mailed(gzipped(REPORT)),
    mailed(gzipped(REPORT)).replace(b"\n", b"\r\n"),
    forwarded(mailed(gzipped(report_document(report_id="2")))),
    b"From : odd\nSubject: 1:23\n",
    b"",
]
SEPARATOR = rb"\n(\r?\n)?From [^\n]{0,998}\n(?=[!-9;-~]{1,200}[ \t]*:|>From )"
JOINED = [b"\nFrom x Fri Jul  8 12:08:34 2011\n", b"From y\n", b"\r\n\r\nFrom z\r\n", b"\n\n"]


def source_of(path: Path, content: bytes) -> Source:
    """Write a file."""
    path.write_bytes(content)
    return Source("it", str(path), len(content))


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.one_of(st.sampled_from(LETTERS), st.sampled_from(JOINED)), max_size=8),
    st.sampled_from([1, 300, 2_000]),
    st.sampled_from([2_500, 1_048_576]),
)
def test_pieces_give_what_the_whole_gives(
    tmp_path: Path, parts: list[bytes], size: int, read_bytes: int
) -> None:
    """Mail by mail, with the same numbers, wherever it is cut and however it is read."""
    content = mbox(LETTERS[:1]) + b"".join(parts) + mbox(LETTERS[3:5])
    source = source_of(tmp_path / "it", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mbox_pieces, "PIECE_BYTES", size)
        patch.setattr(mbox_pieces, "_READ_BYTES", read_bytes)
        pieces = list(mbox_pieces.mbox_pieces(source) or ())
    actual = [
        outcome
        for piece in pieces
        for outcome in mbox_pieces.read_piece(piece, DEFAULT_LIMITS, MemberReader(DEFAULT_LIMITS))
    ]

    assert actual == list(read_mbox("it", Stream.of(content), DEFAULT_LIMITS))
    assert [piece.stop is None for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert size > 1 or len(pieces) > 2


@given(
    st.lists(st.sampled_from([b"\n", b"\r\n", b"From ", b"x:", b"From x 1:23\n", b">From "])).map(
        b"".join
    )
)
def test_separators_are_those_of_the_expression(content: bytes) -> None:
    """Which is slower."""
    expected = [
        found.span()
        for found in re.finditer(SEPARATOR, content)
        if found[1] is not None or re.search(rb"\d:\d\d", found[0])
    ]
    assert list(separators(content)) == expected


def test_what_is_no_mbox_has_no_pieces(tmp_path: Path) -> None:
    """Nor has what is not there."""
    assert mbox_pieces.mbox_pieces(source_of(tmp_path / "it", REPORT)) is None
    assert mbox_pieces.mbox_pieces(Source("it", str(tmp_path / "none"), 1)) is None


def test_a_piece_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    """As a file that cannot be opened is."""
    source = source_of(tmp_path / "it", mbox(LETTERS))
    (piece,) = mbox_pieces.mbox_pieces(source) or ()
    (tmp_path / "it").unlink()
    reader = MemberReader(DEFAULT_LIMITS)

    assert list(mbox_pieces.read_piece(piece, DEFAULT_LIMITS, reader)) == list(read_source(source))


def test_an_mbox_that_vanishes_while_it_is_cut_has_one_piece(tmp_path: Path) -> None:
    """Reading it will report that."""
    source = source_of(tmp_path / "it", mbox(LETTERS))
    pieces = mbox_pieces.mbox_pieces(source)
    (tmp_path / "it").unlink()

    assert [piece.stop for piece in pieces or ()] == [None]
