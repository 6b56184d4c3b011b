"""Mails built to cost much, or to be believed for what only an attached mail says."""

import base64
import bz2

from support.wrappings import FILE_NAME, REPORT, base64_mail, forwarded, gzipped, mbox

HEADER = b"From: a@evil.example\nMIME-Version: 1.0\n"
SERVER_RESULT = b"Authentication-Results: mx.example.com; dkim=pass header.d=google.com\n"


def hostile_mails() -> dict[str, bytes]:
    """Return each mail by its file name."""
    verified = SERVER_RESULT + _mail_of(gzipped(REPORT)).replace(b"a@evil.example", b"a@google.com")
    return {
        "nested-parts.eml.bz2": bz2.compress(_nested_parts(10_000)),
        "nested-mails.eml.bz2": bz2.compress(_nested_mails(10_000, REPORT)),
        "nested-report.eml": _nested_mails(400, _mail_of(gzipped(REPORT))),
        "many-parts.eml.bz2": bz2.compress(_many_parts(10_001)),
        "many-headers.eml.bz2": bz2.compress(
            b"Subject: evil\n"
            + b"".join(b"X-Header-%d: evil\n" % number for number in range(10_000))
            + _mail_of(gzipped(REPORT))
        ),
        "long-content-type.eml.bz2": bz2.compress(
            HEADER + b"Content-Type: application/json" + b";a=b" * 10_000 + b"\n\n" + REPORT
        ),
        "base64-rubbish.eml": _base64_of(b"!!!=?=A=\x00\xff%%==\nAAA\n=AA\n" * 100),
        "base64-cut-off.eml": _mail_of(gzipped(REPORT))[:420],
        "result-in-attached-mail.eml": forwarded(verified),
        "result-in-base64-mail.eml": base64_mail(verified),
        "name-with-line-ends.eml": _mail_of(
            gzipped(REPORT), name="a.json%0D%0AFrom%3A%20evil%00.exe"
        ),
        "forged-separators.mbox": mbox([_mail_of(gzipped(REPORT))]) + b"From \nFrom \n\nFrom x\n",
    }


def _mail_of(content: bytes, *, name: str = FILE_NAME) -> bytes:
    """Return a mail with one attachment; unlike `mailed`, with the same boundary each time."""
    return _base64_of(base64.encodebytes(content), name=name)


def _base64_of(encoded: bytes, *, name: str = FILE_NAME) -> bytes:
    return (
        HEADER
        + b"Subject: Report Domain: example.com Submitter: google.com\n"
        + b"Content-Type: multipart/report; report-type=tlsrpt; boundary=b\n\n--b\n"
        + b"Content-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n"
        + b"Content-Disposition: attachment; filename*=utf-8''"
        + name.encode().replace(b"!", b"%21")
        + b"\n\n"
        + encoded
        + b"\n--b--\n"
    )


def _nested_parts(count: int) -> bytes:
    return (
        HEADER
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
            for number in range(count)
        )
        + b"Content-Type: application/tlsrpt+gzip\n\n"
    )


def _nested_mails(count: int, innermost: bytes) -> bytes:
    """Return mails in mails, with a signature that is looked for in each."""
    signature = b"DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=s; h=from; bh=AA==; b=AA==\n"
    return HEADER + signature + b"Content-Type: message/rfc822\n\n" * count + innermost


def _many_parts(count: int) -> bytes:
    part = b"\n--b\nContent-Type: application/octet-stream\n\nx"
    return HEADER + b"Content-Type: multipart/mixed; boundary=b\n" + part * count + b"\n--b--\n"
