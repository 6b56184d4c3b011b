"""The kind of a wrapping is seen in its first bytes, in one order."""

import bz2
import lzma
import tarfile

import pytest
from support.wrappings import REPORT, gzipped, mailed, mbox, tarred, zipped

from tlsrpt_analysis.intake.wrappings.kinds import Kind, kind_of
from tlsrpt_analysis.intake.wrappings.mail import HEAD_BYTES


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (gzipped(REPORT), "packed"),
        (bz2.compress(REPORT), "packed"),
        (lzma.compress(REPORT), "packed"),
        (zipped(REPORT), "zip"),
        (mbox([mailed(REPORT)]), "mbox"),
        (mailed(REPORT), "mail"),
        (tarred(REPORT), "tar"),
        (tarfile.TarInfo("PK\x03\x04").tobuf(), "zip"),
        (tarred(REPORT, mode="w:gz"), "packed"),
        (REPORT, None),
        (b"Dear all,\n\nFrom: here\n", None),
        (b"", None),
    ],
)
def test_each_wrapping_has_its_kind(content: bytes, kind: Kind | None) -> None:
    """A tar whose first member is named as a zip starts is a zip, as for every other reader."""
    assert kind_of(content[:HEAD_BYTES]) == kind
