"""Texts of strangers as they are shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsrpt_analysis.shown_texts import UNSEEN, listed, on_one_line, shown, without_controls

REPLACED = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mx1.example.com", "mx1.example.com"),
        ("Bücher 例え → …", "Bücher 例え → …"),
        ("a\x1b[31mb", f"a{REPLACED}[31mb"),  # a terminal would turn red
        ("a\x07", f"a{REPLACED}"),  # or ring a bell
        ("moc\N{RIGHT-TO-LEFT OVERRIDE}", f"moc{REPLACED}"),  # a name read backwards
        ("a\ud800", f"a{REPLACED}"),  # half a character
        ("a\ue000", f"a{REPLACED}"),  # private use: every font draws another one
        ("a\U000e0080", f"a{REPLACED}"),  # not assigned
        ("a\N{NO-BREAK SPACE}b\N{IDEOGRAPHIC SPACE}c", "a b c"),  # as wide as other spaces
        ("two\nlines", "two\nlines"),
        ("two\r\nlines", f"two{REPLACED}\nlines"),
    ],
)
def test_each_character_is_seen(text, shown):
    """What is not seen is replaced; what is seen stays."""
    assert without_controls(text) == shown


def test_one_line_has_no_line_break():
    """A line of a server cannot look like two."""
    assert on_one_line("250 ok\n250 fake") == f"250 ok{REPLACED}250 fake"


def test_nothing_that_python_calls_unprintable_is_left():
    """Over all of Unicode's categories: only line breaks are kept, and only where lines are."""
    everything = "".join(map(chr, range(0x3000)))
    assert on_one_line(everything).isprintable()
    assert all(unicodedata.category(letter) not in UNSEEN for letter in on_one_line(everything))


def test_a_list_of_as_many_names_as_fit_is_whole():
    """Five by default."""
    assert listed(list("abcde")) == "a, b, c, d, e"
    assert listed([]) == ""


def test_a_list_of_more_names_says_how_many_are_left_out():
    """So nobody takes it for the whole."""
    assert listed(list("abcdef")) == "a, b, c, d, e and 1 more"
    assert listed(list("abcd"), most=2) == "a, b and 2 more"


@pytest.mark.parametrize(
    "unseen",
    [
        *map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]),  # C0, C1, line ends
        *"\u200b\u200c\u200d\u2060\ufeff\u034f\u115f\u3164\u2800\ufe0f",  # of no width
        *"\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",  # bidi
    ],
    ids=lambda letter: f"U+{ord(letter):04X}",
)
def test_no_stranger_forges_a_line_or_hides_a_letter(unseen):
    """Line ends, C0 and C1, bidirectional marks, and everything of no width."""
    assert shown(f"mx1{unseen}mx2") == f"mx1{REPLACED}mx2"


@given(st.text(max_size=50), st.integers(1, 20))
def test_what_is_shown_is_bounded_and_stays_as_it_is(text, most):
    """Showing it again changes nothing."""
    once = shown(text, most)

    assert len(once) <= most
    assert once.isprintable()
    assert shown(once, most) == once


def test_a_text_of_any_length_is_cut_before_it_is_read():
    """Its end costs nothing."""
    assert shown("x" * 10_000_000, 5) == "xxxx…"
