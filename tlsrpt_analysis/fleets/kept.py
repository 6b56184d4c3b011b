"""Answers kept beside the store, so that only domains with new reports are analysed again.

One file, replaced in one step: a killed run leaves the answers of the one before.
"""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tlsrpt_analysis.fleets.answers import Answers
from tlsrpt_analysis.whole_files import write_whole_file

NAME = "fleet-answers.zip"
FINGERPRINT = "fingerprint"
_UNREADABLE = (OSError, ValueError, KeyError, zipfile.BadZipFile)


def kept_answers(directory: Path) -> tuple[Answers, pd.Series] | None:
    """Return the answers of an earlier run, and the fingerprint of each domain; None without any.

    A file that cannot be read is the same as none: everything is then analysed anew.
    """
    try:
        with zipfile.ZipFile(directory / NAME) as archive:
            frames = {
                Path(name).stem: pd.read_feather(io.BytesIO(archive.read(name)))
                for name in archive.namelist()
            }
        prints = frames.pop(FINGERPRINT).set_index("policy_domain")[FINGERPRINT]
        return Answers.of(frames), prints
    except _UNREADABLE:
        return None


def keep_answers(directory: Path, found: Answers, prints: pd.Series) -> None:
    """Write the answers of all domains, with the fingerprint of each."""
    content = io.BytesIO()
    frames = [*found.frames(), (FINGERPRINT, prints.rename(FINGERPRINT).reset_index())]
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, frame in frames:
            archive.writestr(f"{name}.feather", _feather(frame))
    write_whole_file(directory / NAME, content.getvalue())


def _feather(frame: pd.DataFrame) -> bytes:
    """Return a frame as Arrow's file, which keeps each type, as Parquet does not."""
    content = io.BytesIO()
    frame.reset_index(drop=True).to_feather(content, compression="zstd")
    return content.getvalue()


def together(parts: Iterable[Answers]) -> Answers | None:
    """Return answers about different domains as one, ordered by domain; None without any."""
    found = list(parts)
    if not found:
        return None
    frames = {}
    for name, first in found[0].frames():
        filled = [frame for part in found if len(frame := getattr(part, name))]
        joined = pd.concat(filled, ignore_index=True) if filled else first
        frames[name] = joined.sort_values("policy_domain", kind="stable", ignore_index=True)
    return Answers.of(frames)


def of_domains(found: Answers, domains: pd.Index) -> Answers:
    """Return the answers about some of the domains."""
    return Answers.of(
        {name: frame[frame["policy_domain"].isin(domains)] for name, frame in found.frames()}
    )
