"""What the structure of a mail says about the reports that it cannot hold."""

import base64

import pytest
from support.wrappings import REPORT, gzipped

from tlsrpt_analysis.intake.sources.imap_structure import may_start_report, text_sections


def _leaf(media_type: str, encoding: bytes | None = b"7BIT") -> tuple[object, ...]:
    maintype, subtype = media_type.encode().split(b"/")
    return (maintype, subtype, None, None, None, encoding, 120)


PICTURE, TEXT, HTML = _leaf("IMAGE/PNG"), _leaf("TEXT/PLAIN", b"BASE64"), _leaf("text/html")


@pytest.mark.parametrize(
    ("structure", "sections"),
    [
        (TEXT, {"1": "base64"}),
        (_leaf("text/plain", None), {"1": ""}),
        (HTML, {}),
        (([([TEXT, HTML], b"alternative"), PICTURE], b"mixed"), {"1.1": "base64"}),
        (_leaf("application/pdf"), {}),
        (_leaf("application/vnd.ms-excel"), {}),
        (_leaf("application/octet-stream"), None),
        (_leaf("application/tlsrpt+gzip"), None),
        (_leaf("text/json"), None),
        (([TEXT, _leaf("message/rfc822")], b"mixed"), None),
        (None, None),
        ((), None),
        ((b"text",), None),
        ((3, 4, 5), None),
    ],
)
def test_only_a_mail_of_known_kinds_is_passed_over(structure: object, sections: object) -> None:
    """None means that it is fetched."""
    assert text_sections(structure) == sections


@pytest.mark.parametrize(
    ("head", "encoding", "may"),
    [
        (REPORT, "7bit", True),
        (b"\r\n  " + REPORT, "8bit", True),
        (base64.encodebytes(REPORT)[:101], "base64", True),
        (base64.encodebytes(gzipped(REPORT))[:99], "base64", True),
        (b"=7B=22organization-name", "quoted-printable", True),
        (b"\xef\xbb\xbf{", "", True),
        (b"A", "base64", False),
        (None, "7bit", True),  # the server did not send it
        (b"Dear all, {", "7bit", False),
        (base64.encodebytes(b"Dear all"), "base64", False),
        (b"", "7bit", False),
    ],
)
def test_the_start_of_a_text_tells(head: bytes | None, encoding: str, may: object) -> None:
    """As it was sent, and cut anywhere."""
    assert may_start_report(head, encoding) is may
