"""Files of results: a new measurement replaces its own section and leaves the others."""

from pathlib import Path

NOTES = "Notes"
"""The section that is written by hand, and stands at the end."""


def write_sections(path: Path, preface: str, measured: dict[str, str]) -> None:
    """Put sections into a file, by their titles.

    Parameters
    ----------
    path : Path
        A Markdown file, which need not be there yet.
    preface : str
        The title and what holds for all sections.
    measured : dict of str to str
        The text of each section, without its heading, in order.
    """
    sections = _sections(path.read_text()) if path.exists() else {}
    notes = sections.pop(NOTES, None)
    sections |= {title: text.strip() for title, text in measured.items()}
    if notes is not None:
        sections[NOTES] = notes
    parts = [preface.strip(), *(f"## {title}\n\n{text}" for title, text in sections.items())]
    path.write_text("\n\n".join(parts) + "\n")


def _sections(text: str) -> dict[str, str]:
    _, *parts = f"\n{text}".split("\n## ")
    heads = (part.partition("\n") for part in parts)
    return {title.strip(): body.strip() for title, _, body in heads}
