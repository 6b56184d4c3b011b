"""Texts of strangers as they are shown: every letter is seen, and none changes the others."""

from unicodedata import category

UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of letters that are not seen themselves."""


def without_controls(text: str) -> str:
    r"""Give a text in which no letter changes how others are shown, or rings a bell.

    Control characters, the marks that turn the direction of writing around, and halves of letters
    become a replacement character; lines stay lines.

    Examples
    --------
    >>> without_controls("moc.elpmaxe\N{RIGHT-TO-LEFT OVERRIDE}")
    'moc.elpmaxe\ufffd'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if category(letter) in UNSEEN and letter != "\n" else letter
        for letter in text
    )
