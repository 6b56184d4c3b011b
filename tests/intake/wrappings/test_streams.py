"""Streams and budgets: what everything in the intake is read through."""

import pytest

from tlsrpt_analysis.intake.wrappings.streams import Stream, Unreadable, member_name, readable_name


def test_looking_at_the_head_takes_nothing() -> None:
    """What was peeked is read again."""
    stream = Stream.of(b"content")

    assert stream.peek(3) == b"con"
    assert stream.peek(100) == b"content"
    assert stream.read(4) == b"cont"
    assert stream.read(100) == b"ent"
    assert stream.read(1) == b""


def test_skipping_tells_how_much_there_was() -> None:
    """An end that comes too early is seen."""
    stream = Stream.of(bytes(200_000))

    assert stream.skip(150_000) == 150_000
    assert stream.skip(150_000) == 50_000


def test_all_is_taken_unless_it_is_too_much() -> None:
    """The limit itself is allowed."""
    assert Stream.of(b"1234").read_all(4, stage="json") == b"1234"
    with pytest.raises(Unreadable, match="more than 3 bytes") as refusal:
        Stream.of(b"1234").read_all(3, stage="json")
    assert refusal.value.stage == "json"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("google.com!e.example!1!2.json.gz", "google.com!e.example!1!2.json.gz"),
        ("Bücher ☃", "Bücher ☃"),
        ("a\x1b[31m\nb\x00\u202e", "a�[31m�b��"),  # it may be printed to a terminal
        ("\udcff", "?"),  # a file name that is not UTF-8
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
        ("é" * 200, "é" * 200),
        ("é" * 201, "é" * 199 + "…"),
    ],
)
def test_an_untrusted_name_is_one_bounded_line(name: str, shown: str) -> None:
    """A name is data and not a command to the terminal."""
    assert readable_name(name) == shown
    assert member_name("a.zip", name) == f"a.zip!{shown}"
