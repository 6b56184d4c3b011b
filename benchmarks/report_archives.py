"""Archives of made-up reports, the same bytes every time, in the containers that are compared."""

import base64
import datetime as dt
import gzip
import io
import json
import random
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONTAINERS = ("folder", "zip", "tar.gz", "mbox", "Maildir")
DOMAINS = 50
DAYS = 365
FIRST_DAY = dt.date(2025, 9, 1)
SEED = 8460


@dataclass(frozen=True, slots=True)
class Sender:
    """A reporter, and how its reports differ from others."""

    name: str
    domain: str
    weight: int
    is_without_zone: bool = False  # as Microsoft's dates
    is_without_mx_host: bool = False


SENDERS = (
    Sender("Google Inc.", "google.com", 4),
    Sender(
        "Microsoft Corporation", "microsoft.com", 3, is_without_zone=True, is_without_mx_host=True
    ),
    Sender("Yahoo Inc.", "yahooinc.com", 1),
    Sender("Comcast", "comcast.net", 1),
    Sender("GMX", "gmx.net", 1),
)
RESULT_TYPES = (
    "validation-failure",
    "certificate-host-mismatch",
    "starttls-not-supported",
    "certificate-not-trusted",
)


@dataclass(frozen=True, slots=True)
class MadeReport:
    """One report: its file name, its JSON, who sent it, about which domain and day."""

    file_name: str
    document: bytes
    sender: Sender
    domain: str
    report_id: str
    day: dt.date

    @property
    def sent(self) -> dt.datetime:
        """The next day, at four in the morning."""
        return dt.datetime.combine(self.day + dt.timedelta(1), dt.time(4), dt.UTC)

    @property
    def token(self) -> str:
        """Something that a host calls it by."""
        return f"{zlib.crc32(self.report_id.encode()):012X}"


def made_reports(count: int, domains: int = DOMAINS) -> Iterator[MadeReport]:
    """Yield so many reports of a year about 50 domains by five senders, 1.6 KB each on average."""
    generator = random.Random(SEED)  # noqa: S311 - the same archive every time
    weights = [sender.weight for sender in SENDERS]
    for number in range(count):
        sender = generator.choices(SENDERS, weights)[0]
        domain = f"customer-{number % domains:02}.example"
        day = FIRST_DAY + dt.timedelta(days=number // domains % DAYS)
        yield _report(number, sender, domain, day, generator)


def _report(
    number: int, sender: Sender, domain: str, day: dt.date, generator: random.Random
) -> MadeReport:
    zone = "" if sender.is_without_zone else "Z"
    report_id = f"{day}.{number}+{domain}"
    document = {
        "organization-name": sender.name,
        "date-range": {
            "start-datetime": f"{day}T00:00:00{zone}",
            "end-datetime": f"{day}T23:59:59{zone}",
        },
        "contact-info": f"tls-reports@{sender.domain}",
        "report-id": report_id,
        "policies": [
            _policy(sender, domain, generator) for _ in range(generator.choice((1, 1, 2, 3)))
        ],
    }
    begin = int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
    name = f"{sender.domain}!{domain}!{begin}!{begin + 86399}!{number}.json.gz"
    return MadeReport(name, json.dumps(document).encode(), sender, domain, report_id, day)


def _policy(sender: Sender, domain: str, generator: random.Random) -> dict[str, object]:
    details = [
        _details(domain, generator) for _ in range(max(0, int(generator.triangular(-4, 10, -2))))
    ]
    failed = sum(int(str(detail["failed-session-count"])) for detail in details)
    hosts = [f"mx{host}.{domain}" for host in (1, 2)]
    policy: dict[str, object] = {
        "policy-type": "sts",
        "policy-string": [
            "version: STSv1",
            "mode: testing",
            *(f"mx: {host}" for host in hosts),
            "max_age: 604800",
        ],
        "policy-domain": domain,
    }
    if not sender.is_without_mx_host:
        policy["mx-host"] = hosts
    summary = {
        "total-successful-session-count": generator.randrange(500),
        "total-failure-session-count": failed,
    }
    return {"policy": policy, "summary": summary, "failure-details": details}


def _details(domain: str, generator: random.Random) -> dict[str, object]:
    return {
        "result-type": generator.choice(RESULT_TYPES),
        "sending-mta-ip": f"192.0.2.{generator.randrange(1, 255)}",
        "receiving-mx-hostname": f"mx{generator.randrange(1, 4)}.{domain}",
        "receiving-ip": f"198.51.100.{generator.randrange(1, 255)}",
        "failed-session-count": generator.randrange(1, 40),
    }


def write_archive(container: str, count: int, folder: Path) -> Path:
    """Write so many reports into one container, unless it exists, and return its path."""
    path = folder / f"{count}-reports.{container}"
    if path.exists():
        return path
    unfinished = path.with_name(f"unfinished-{path.name}")
    WRITERS[container](unfinished, made_reports(count))
    unfinished.rename(path)
    return path


def _packed(report: MadeReport) -> bytes:
    return gzip.compress(report.document, mtime=0)


def _write_folder(path: Path, reports: Iterator[MadeReport]) -> None:
    for number, report in enumerate(reports):
        below = path / f"{number // 10_000:03}"
        if number % 10_000 == 0:
            below.mkdir(parents=True)
        (below / report.file_name).write_bytes(_packed(report))


def _write_zip(path: Path, reports: Iterator[MadeReport]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for report in reports:
            archive.writestr(zipfile.ZipInfo(report.file_name), _packed(report))


def _write_tar(path: Path, reports: Iterator[MadeReport]) -> None:
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, 0) as packed,
        tarfile.open(mode="w|", fileobj=packed) as archive,
    ):
        for report in reports:
            content = _packed(report)
            member = tarfile.TarInfo(report.file_name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def _mail(report: MadeReport) -> bytes:
    """Return a report as it lies in a mailbox, signed (RFC 8460 §3) and with its route through three hosts."""
    attachment = base64.encodebytes(_packed(report)).decode()
    boundary = f"----=_part_{report.report_id}"
    return "\n".join(
        [
            *_way(report),
            *_signature(report),
            f"From: <noreply-tls-reports@{report.sender.domain}>",
            f"To: <tls-reports@{report.domain}>",
            f"Date: {report.sent:%a, %d %b %Y %H:%M:%S} +0000",
            f"Subject: Report Domain: {report.domain} Submitter: {report.sender.domain}",
            f" Report-ID: <{report.report_id}>",
            f"Message-ID: <{report.report_id}@{report.sender.domain}>",
            f"TLS-Report-Domain: {report.domain}",
            f"TLS-Report-Submitter: {report.sender.domain}",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type="tlsrpt";',
            f' boundary="{boundary}"',
            "",
            f"--{boundary}",
            'Content-Type: text/plain; charset="us-ascii"',
            "",
            "This is an aggregate TLS report.",
            "",
            f"--{boundary}",
            f'Content-Type: application/tlsrpt+gzip; name="{report.file_name}"',
            f'Content-Disposition: attachment; filename="{report.file_name}"',
            "Content-Transfer-Encoding: base64",
            "",
            attachment + f"--{boundary}--",
            "",
        ]
    ).encode()


def _way(report: MadeReport) -> Iterator[str]:
    sender, domain, day = report.sender.domain, report.domain, f"{report.sent:%a, %d %b %Y}"
    yield f"Return-Path: <noreply-tls-reports@{sender}>"
    yield f"Delivered-To: tls-reports@{domain}"
    yield f"Received: from mx1.{domain} ([198.51.100.7])"
    yield f"\tby store.{domain} with LMTP id {report.token}"
    yield f"\tfor <tls-reports@{domain}>; {day} 04:00:03 +0000"
    yield f"Received: from out-7.{sender} (out-7.{sender} [192.0.2.25])"
    yield "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"
    yield "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)"
    yield "\t(No client certificate requested)"
    yield f"\tby mx1.{domain} (Postfix) with ESMTPS id {report.token}"
    yield f"\tfor <tls-reports@{domain}>; {day} 04:00:02 +0000 (UTC)"
    yield f"Authentication-Results: mx1.{domain};"
    yield f"\tdkim=pass (2048-bit key; unprotected) header.d={sender} header.i=@{sender};"
    yield f"\tspf=pass smtp.mailfrom=noreply-tls-reports@{sender}"
    yield f"Received: by worker-12.{sender} with SMTP id {report.token}"
    yield f"\tfor <tls-reports@{domain}>; {day} 04:00:00 +0000"


def _signature(report: MadeReport) -> Iterator[str]:
    numbers = random.Random(report.report_id)  # noqa: S311 - the same archive every time
    signature = base64.b64encode(numbers.randbytes(256)).decode()
    digest = base64.b64encode(numbers.randbytes(32)).decode()
    yield f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={report.sender.domain};"
    yield f"\ts=tlsrpt2026; t={int(report.sent.timestamp())}; h=from:to:date:subject:message-id:"
    yield "\t tls-report-domain:tls-report-submitter:mime-version;"
    yield f"\tbh={digest};"
    yield f"\tb={signature[:64]}"
    yield from (f"\t {signature[start : start + 70]}" for start in range(64, len(signature), 70))


def _write_mbox(path: Path, reports: Iterator[MadeReport]) -> None:
    with path.open("wb") as file:
        for report in reports:
            file.write(b"From reports@example Tue Sep  1 04:00:00 2026\n" + _mail(report) + b"\n")


def _write_maildir(path: Path, reports: Iterator[MadeReport]) -> None:
    for folder in ("cur", "new", "tmp"):
        (path / folder).mkdir(parents=True)
    for number, report in enumerate(reports):
        (path / "cur" / f"{number:07}.example:2,S").write_bytes(_mail(report))


WRITERS = {
    "folder": _write_folder,
    "zip": _write_zip,
    "tar.gz": _write_tar,
    "mbox": _write_mbox,
    "Maildir": _write_maildir,
}
