"""Texts of strangers as they are shown."""

import unicodedata

import pytest

from tlsrpt_analysis.shown_texts import UNSEEN, listed, on_one_line, without_controls

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
