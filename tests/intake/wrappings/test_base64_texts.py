"""Base64 text is read as the data in it."""

import base64
import bz2
import lzma
from pathlib import Path

import pytest
from support.readings import outcomes_of
from support.wrappings import REPORT, forwarded, gzipped, mailed, zipped

from tlsrpt_analysis.intake.outcomes import Rejected, ReportRead
from tlsrpt_analysis.intake.wrappings.base64_texts import LENIENCY, is_base64
from tlsrpt_analysis.loading.load import load_reports

PACKED = base64.b64encode(gzipped(REPORT))


def test_c_base64_of_gzip_is_read_and_forgiven(data: Path) -> None:
    """A row says so."""
    tables = load_reports(data / "cases/C-base64-of-gzip.json.gz.b64", progress=False)

    assert len(tables.reports) == 1
    assert LENIENCY in tables.problems["message"].tolist()


@pytest.mark.parametrize(
    "content",
    [
        PACKED,
        base64.encodebytes(gzipped(REPORT)),
        base64.encodebytes(gzipped(REPORT)).replace(b"\n", b"\r\n"),
        PACKED.rstrip(b"="),
        base64.urlsafe_b64encode(gzipped(REPORT)),
        b'"' + PACKED + b'"\n',
        b"\xef\xbb\xbf" + PACKED,
        b"data:application/gzip;base64," + PACKED,
        base64.b64encode(REPORT),
        base64.b64encode(b"[" + REPORT + b"]"),
        base64.b64encode(b"{\n" + REPORT[1:]),
        base64.b64encode(bz2.compress(REPORT)),
        base64.b64encode(lzma.compress(REPORT)),
        base64.b64encode(zipped(REPORT)),
        gzipped(PACKED),
        zipped(PACKED),
    ],
)
def test_c_base64_of_whatever_holds_a_report(tmp_path: Path, content: bytes) -> None:
    """Packed or not, folded or not, and in the other alphabet."""
    (outcome, *skipped) = outcomes_of(tmp_path, content, name="a.b64")

    assert isinstance(outcome, ReportRead)
    assert not any(isinstance(other, Rejected) for other in skipped)
    assert LENIENCY in [problem.message for problem in outcome.problems]


@pytest.mark.parametrize("media_type", [b"application/tlsrpt+gzip", b"text/plain"])
def test_c_a_part_whose_encoding_is_not_declared(tmp_path: Path, media_type: bytes) -> None:
    """Some gateways drop the field, or write a wrong one."""
    declared = forwarded(b"").replace(b"message/rfc822\n\n", media_type + b"\n\n" + PACKED)
    (outcome,) = outcomes_of(tmp_path, declared, name="a.eml")

    assert isinstance(outcome, ReportRead)
    assert LENIENCY in [problem.message for problem in outcome.problems]


def test_a_text_beside_a_report_is_read_as_well(tmp_path: Path) -> None:
    """The fast reader leaves such a mail to the tolerant one."""
    mail = mailed(gzipped(REPORT)).replace(
        b"This is an aggregate TLS report from google.com", base64.b64encode(REPORT)
    )
    (tmp_path / "a.eml").write_bytes(mail)
    balance = load_reports(tmp_path, progress=False).balance

    assert (balance.reports, balance.duplicates) == (1, 1)


@pytest.mark.parametrize("content", [PACKED[:41], PACKED[:40]])
def test_damaged_text_is_rejected(tmp_path: Path, content: bytes) -> None:
    """It should be a report."""
    (outcome,) = outcomes_of(tmp_path, content, name="a.b64")

    assert isinstance(outcome, Rejected)


@pytest.mark.parametrize("head", [b"", b"H4", b"Hello", b"eyJhbGciOiJIUzI1NiJ9.eyJ", b"eyI: no"])
def test_other_texts_are_no_base64(head: bytes) -> None:
    """A token of three parts has dots."""
    assert not is_base64(head)
