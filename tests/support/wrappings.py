"""One tiny report, in everything that reports come wrapped in."""

import base64
import bz2
import functools
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from email.message import EmailMessage

from support.outlook_messages import message, ole_file
from support.seven_zips import seven_zipped

FILE_NAME = "google.com!example.com!1782864000!1782950399.json"


def report_document(**changed: object) -> bytes:
    """Write the tiny report, with some members changed."""
    document = {
        "organization-name": "Google Inc.",
        "date-range": {
            "start-datetime": "2026-07-01T00:00:00Z",
            "end-datetime": "2026-07-01T23:59:59Z",
        },
        "contact-info": "smtp-tls-reporting@google.com",
        "report-id": "2026-07-01T00:00:00Z_example.com",
        "policies": [
            {
                "policy": {
                    "policy-type": "sts",
                    "policy-string": ["version: STSv1", "mode: testing", "mx: *.example.com"],
                    "policy-domain": "example.com",
                    "mx-host": ["*.example.com"],
                },
                "summary": {
                    "total-successful-session-count": 40,
                    "total-failure-session-count": 2,
                },
                "failure-details": [
                    {
                        "result-type": "certificate-expired",
                        "receiving-mx-hostname": "mx2.example.com",
                        "failed-session-count": 2,
                    }
                ],
            }
        ],
    }
    return json.dumps(document | {k.replace("_", "-"): v for k, v in changed.items()}).encode()


REPORT = report_document()


def zipped(*files: bytes, name: str = FILE_NAME) -> bytes:
    """Put files into a zip, with a folder beside them."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        for number, file in enumerate(files):
            archive.writestr(f"folder/{number}-{name}", file)
    return target.getvalue()


def tarred(*files: bytes, mode: str = "w", name: str = FILE_NAME, changed: float = 0) -> bytes:
    """Put files into a tar, with a folder beside them; fractions of a second need a header."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for number, file in enumerate(files):
            info = tarfile.TarInfo(f"folder/{number}-{name}")
            info.size, info.mtime = len(file), changed
            archive.addfile(info, io.BytesIO(file))
    return target.getvalue()


def mailed(content: bytes, *, subtype: str = "tlsrpt+gzip", name: str = FILE_NAME) -> bytes:
    """Attach content to a report mail as in RFC 8460 §5.3."""
    message = EmailMessage()
    message["From"] = "noreply-smtp-tls-reporting@google.com"
    message["To"] = "tlsrpt@example.com"
    message["Subject"] = (
        "Report Domain: example.com Submitter: google.com Report-ID: <1@google.com>"
    )
    message["TLS-Report-Domain"] = "example.com"
    message["TLS-Report-Submitter"] = "google.com"
    message.set_content("This is an aggregate TLS report from google.com\n")
    message.add_attachment(content, maintype="application", subtype=subtype, filename=name)
    message.set_type("multipart/report")
    message.set_param("report-type", "tlsrpt")
    return message.as_bytes()


def forwarded(raw: bytes, *, subject: str = "Fwd: a report") -> bytes:
    """Attach a mail to another."""
    boundary = b"=-=forwarded=-="
    return (
        b"From: postmaster@example.com\nSubject: " + subject.encode() + b"\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\n\n'
        b"--" + boundary + b"\nContent-Type: text/plain\n\nsee below\n"
        b"--" + boundary + b"\nContent-Type: message/rfc822\n\n" + raw + b"\n"
        b"--" + boundary + b"--\n"
    )  # fmt: skip


def ordinary_mail(text: str = "Shall we meet for lunch?") -> bytes:
    """Write a mail that has no report."""
    message = EmailMessage()
    message["From"] = "someone@example.net"
    message["Subject"] = "lunch"
    message.set_content(f"{text}\n")
    return message.as_bytes()


def mbox(mails: Iterable[bytes], *, newline: bytes = b"\n") -> bytes:
    """Write mails as an mbox with mboxrd quoting."""
    lines = []
    for mail in mails:
        lines.append(b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011")
        for line in mail.splitlines():
            is_quoted = line.lstrip(b">").startswith(b"From ")
            lines.append(b">" + line if is_quoted else line)
        lines.append(b"")
    return newline.join(lines) + newline


def base64_mail(raw: bytes) -> bytes:
    """Attach a mail in base64, which RFC 2046 §5.2.1 does not allow, but some forwarders do."""
    encoded = base64.encodebytes(raw)
    return forwarded(raw).replace(
        b"message/rfc822\n\n" + raw,
        b"message/rfc822\nContent-Transfer-Encoding: base64\n\n" + encoded,
    )


gzipped: Callable[[bytes], bytes] = functools.partial(gzip.compress, mtime=0)
"""The same bytes at any time: each process of pytest-xdist must make the same test of them."""

WRAPPINGS: dict[str, bytes] = {
    "json": REPORT,
    "json with white space": json.dumps(json.loads(REPORT), indent=4).encode(),
    "gzip": gzipped(REPORT),
    "gzip in two members": gzipped(REPORT[:100]) + gzipped(REPORT[100:]),
    "gzip with zeros after it": gzipped(REPORT) + bytes(1_000),
    "gzip with something after it": gzipped(REPORT) + b"\n-- \nscanned by a virus scanner",
    "bzip2": bz2.compress(REPORT),
    "bzip2 in two streams": bz2.compress(REPORT[:100]) + bz2.compress(REPORT[100:]),
    "xz": lzma.compress(REPORT),
    "gzip in gzip": gzipped(gzipped(REPORT)),
    "zip": zipped(REPORT),
    "zip of gzip": zipped(gzipped(REPORT)),
    "7z": seven_zipped(REPORT),
    "7z of gzip": seven_zipped(gzipped(REPORT)),
    "7z in a mail": mailed(seven_zipped(REPORT), subtype="x-7z-compressed"),
    "tar": tarred(REPORT),
    "tar.gz": tarred(REPORT, mode="w:gz"),
    "tar.bz2": tarred(REPORT, mode="w:bz2"),
    "tar.xz": tarred(REPORT, mode="w:xz"),
    "zip in zip": zipped(zipped(REPORT)),
    "zip in tar.gz": tarred(zipped(REPORT), mode="w:gz"),
    "tar.gz in zip": zipped(tarred(gzipped(REPORT), mode="w:gz")),
    "mail": mailed(gzipped(REPORT)),
    "mail with json": mailed(REPORT, subtype="tlsrpt+json"),
    "mail with zip": mailed(zipped(REPORT), subtype="zip"),
    "mail with CRLF": mailed(gzipped(REPORT)).replace(b"\n", b"\r\n"),
    "mail with the wrong type": mailed(gzipped(REPORT), subtype="octet-stream"),
    "mail after an empty line": b"\n" + mailed(gzipped(REPORT)),
    "mail with the report as its body": (
        b"From: a@google.com\nTLS-Report-Domain: example.com\nContent-Type: text/plain\n\n" + REPORT
    ),
    "forwarded mail": forwarded(mailed(gzipped(REPORT))),
    "forwarded mail in base64": base64_mail(mailed(gzipped(REPORT))),
    "mail attached as a file": mailed(mailed(gzipped(REPORT)), subtype="octet-stream"),
    "mail in zip": zipped(mailed(gzipped(REPORT))),
    "gzip of a mail": gzipped(mailed(gzipped(REPORT))),
    "Outlook message": ole_file(message([(f"{FILE_NAME}.gz", gzipped(REPORT))])),
    "mbox": mbox([mailed(gzipped(REPORT))]),
    "mbox with CRLF": mbox([mailed(gzipped(REPORT))], newline=b"\r\n"),
    "gzip of an mbox": gzipped(mbox([mailed(gzipped(REPORT))])),
    "mbox in tar.gz": tarred(mbox([mailed(gzipped(REPORT))]), mode="w:gz"),
    "json with a byte order mark": b"\xef\xbb\xbf" + REPORT,
    "json in UTF-16": REPORT.decode().encode("utf-16"),
}


def numbered_mails(*numbers: int) -> list[bytes]:
    """Write a mail with a gzipped report for each number, which is its report-id."""
    return [mailed(gzipped(report_document(report_id=f"r{number}"))) for number in numbers]
