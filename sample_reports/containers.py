"""What the reports are kept in: mails, mailboxes and archives, each with its own packer."""

import base64
import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import partial

from reporter_habits import (
    DayReport,
    midnight,
)
from simulated_mail import (
    FIRST_DAY,
)

PACKED = datetime(2026, 11, 1, 8, tzinfo=UTC)  # the date of every archive member


@dataclass(frozen=True, slots=True)
class Member:
    """A file, or a member of an archive: the day it is about, and what intake should make of it."""

    name: str
    content: bytes
    day: date
    outcome: str = "reports"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where some reports of a reporter lie; without a packer they are single files."""

    path: str
    reporter: str
    first: str
    last: str
    form: Callable[[DayReport], Member]
    pack: Callable[[list[Member]], bytes] | None = None
    strays: tuple[Member, ...] = ()

    def members(self, reports: Iterable[DayReport]) -> list[Member]:
        """Return what lies here, by day; a report sent twice comes again a day later."""
        held = [
            report
            for report in reports
            if report.sender.name == self.reporter and self.first <= str(report.day) <= self.last
        ]
        members = [self.form(report) for report in held]
        for report in held:
            if report.key in SENT_TWICE:
                again = self.form(report)
                members.append(replace(again, name=f"again-{again.name}", day=next_day(again.day)))
        return sorted([*members, *self.strays], key=lambda member: (member.day, member.name))


def as_json(report: DayReport) -> Member:
    """Return a report as a JSON file."""
    return Member(report.file_name, report.content, report.day)


def as_gzip(report: DayReport) -> Member:
    """Return a report as a compressed JSON file."""
    return Member(f"{report.file_name}.gz", gzipped(report.content), report.day)


def gzipped(content: bytes) -> bytes:
    """Compress with gzip, without the date and the system, which versions of Python fill in."""
    packed = gzip.compress(content, mtime=0)
    return packed[:9] + b"\xff" + packed[10:]  # RFC 1952 §2.3.1: 255 is an unknown system


def as_mail(report: DayReport) -> Member:
    """Return a report as a mail with a compressed report, as most reporters send it."""
    file = as_gzip(report)
    body = base64.encodebytes(file.content).decode()
    return mail_of(report, "application/tlsrpt+gzip", "base64", file.name, body)


def as_plain_mail(report: DayReport) -> Member:
    """Return a report as a mail with readable JSON."""
    body = report.content.decode() + "\n"
    return mail_of(report, "application/tlsrpt+json", "7bit", report.file_name, body)


def as_wire_mail(report: DayReport) -> Member:
    """Return a report as a mail that was saved as it came, with CRLF at the ends of lines."""
    mail = as_mail(report)
    return replace(mail, content=mail.content.replace(b"\n", b"\r\n"))


def as_maildir_mail(report: DayReport) -> Member:
    """Return a report as a file of a Maildir, whose name has no flags and so no colon."""
    mail = as_mail(report)
    return replace(mail, name=f"{int(report.sent.timestamp())}.{mail.name[:8]}.mail")


def mail_of(report: DayReport, kind: str, encoding: str, name: str, body: str) -> Member:
    """Return a report as a mail (RFC 8460 §5.3); the form of its Report-ID is the reporter's own."""
    habit, domain, submitter = report.habit, report.subject_domain, report.habit.submitter
    facts = {"id": report.document["report-id"], "day": report.day, "domain": domain}
    mark = hashlib.sha256(repr(report.key).encode()).hexdigest()[:20]
    text = f"""From: {habit.organization} <{habit.mail_from}>
To: tlsrpt@{report.domain.name}
Date: {format_datetime(report.sent)}
Message-ID: <{mark}@{submitter}>
Subject: Report Domain: {domain} Submitter: {submitter}
 Report-ID: {habit.mail_id.format(submitter=submitter, **facts)}
TLS-Report-Domain: {domain}
TLS-Report-Submitter: {submitter}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=tlsrpt;
 boundary="{mark}"

--{mark}
Content-Type: text/plain; charset="us-ascii"

This is an aggregate TLS report from {submitter} for {domain}.

--{mark}
Content-Type: {kind}
Content-Transfer-Encoding: {encoding}
Content-Disposition: attachment;
 filename="{name}"

{body}
--{mark}--
"""
    return Member(f"{mark}.eml", text.encode(), report.day)


def pack_zip(members: Iterable[Member]) -> bytes:
    """Pack a zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for member in members:
            entry = zipfile.ZipInfo(member.name, PACKED.timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # alike on every system
            is_packed = member.name.endswith((".gz", ".zip"))
            entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            archive.writestr(entry, member.content)
    return packed.getvalue()


def pack_zip_of_weeks(members: list[Member]) -> bytes:
    """Pack a zip archive of zip archives, one for each week."""
    weeks: dict[int, list[Member]] = {}
    for member in members:
        weeks.setdefault(member.day.isocalendar().week, []).append(member)
    zips = [Member(f"week-{week}.zip", pack_zip(weeks[week]), FIRST_DAY) for week in sorted(weeks)]
    return pack_zip(zips)


def pack_tar(members: Iterable[Member], *, compress: Callable[[bytes], bytes] = bytes) -> bytes:
    """Pack a tar archive and compress it as a whole."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for member in members:
            entry = tarfile.TarInfo(member.name)
            entry.size, entry.mtime = len(member.content), int(PACKED.timestamp())
            archive.addfile(entry, io.BytesIO(member.content))
    return compress(packed.getvalue())


def pack_mbox(members: Iterable[Member]) -> bytes:
    """Put mails into one mbox file."""
    return b"".join(
        f"From MAILER-DAEMON {midnight(next_day(member.day)).ctime()}\n".encode()
        + member.content
        + b"\n"
        for member in members
    )


pack_tar_gz = partial(pack_tar, compress=gzipped)
pack_tar_bz2 = partial(pack_tar, compress=bz2.compress)
pack_tar_xz = partial(pack_tar, compress=lzma.compress)

NOTE = Member(
    "how-these-were-saved.txt",
    b"Saved from the reports mailbox of the postmaster, one file a day and domain.\n",
    date(2026, 7, 31),
    "skipped",
)
ORDINARY_MAIL = Member(
    "",
    b"""From: Postmaster <postmaster@example.com>
To: tlsrpt@example.com
Date: Mon, 10 Aug 2026 09:12:00 +0000
Message-ID: <lunch@example.com>
Subject: Who reads this mailbox?
Content-Type: text/plain; charset="us-ascii"

There are many reports of TLS in here.
Does anybody look at them?
""",
    date(2026, 8, 9),
    "skipped",
)
SENT_TWICE = {  # a retry, or one report in two containers
    ("Google", "example.com", date(2026, 10, 4)),
    ("Microsoft", "chain.example", date(2026, 8, 11)),
    ("Microsoft", "healthy.example", date(2026, 8, 20)),
    ("Fjord Mail AS", "dane.example", date(2026, 10, 27)),
}
SAVED_AGAIN = ("Google", "example.com", date(2026, 7, 15))
TRUNCATED = ("Google", "backup.example", date(2026, 7, 22))
CUT = ("Lantern Telecom", "chain.example", date(2026, 7, 3))
SHELVES = (
    Shelf("google/2026-07.zip", "Google", "2026-07-01", "2026-07-31", as_gzip, pack_zip, (NOTE,)),
    Shelf("google/2026-08.tar.gz", "Google", "2026-08-01", "2026-08-31", as_gzip, pack_tar_gz),
    Shelf("google/2026-09.tar.xz", "Google", "2026-09-01", "2026-09-30", as_json, pack_tar_xz),
    Shelf("google/2026-10.zip", "Google", "2026-10-01", "2026-10-31", as_gzip, pack_zip_of_weeks),
    Shelf("microsoft/2026-07.tar.bz2", "Microsoft", "2026-07-01", "2026-07-31", as_json, pack_tar_bz2),
    Shelf("microsoft/2026-08.mbox", "Microsoft", "2026-08-01", "2026-08-31", as_mail, pack_mbox, (ORDINARY_MAIL,)),
    Shelf("microsoft/2026-09.zip", "Microsoft", "2026-09-01", "2026-09-30", as_wire_mail, pack_zip),
    Shelf("microsoft/2026-10.tar.gz", "Microsoft", "2026-10-01", "2026-10-31", as_json, pack_tar_gz),
    Shelf("mail-ru/2026-07.zip", "Mail.ru", "2026-07-01", "2026-07-31", as_json, pack_zip),
    Shelf("mail-ru/2026-08.tar.xz", "Mail.ru", "2026-08-01", "2026-08-31", as_json, pack_tar_xz),
    Shelf("mail-ru/2026-09-and-10.tar.bz2", "Mail.ru", "2026-09-01", "2026-10-31", as_json, pack_tar_bz2),
    Shelf("fjord-mail/2026-07.tar.gz", "Fjord Mail AS", "2026-07-01", "2026-07-31", as_plain_mail, pack_tar_gz),
    Shelf("fjord-mail/2026-08-and-09.tar.xz", "Fjord Mail AS", "2026-08-01", "2026-09-30", as_plain_mail, pack_tar_xz),
    Shelf("fjord-mail/2026-10.tar.gz", "Fjord Mail AS", "2026-10-01", "2026-10-21", as_json, pack_tar_gz),
    Shelf("fjord-mail/Maildir/cur", "Fjord Mail AS", "2026-10-22", "2026-10-25", as_maildir_mail),
    Shelf("fjord-mail/Maildir/new", "Fjord Mail AS", "2026-10-26", "2026-10-31", as_maildir_mail),
    Shelf("harbor/2026-07", "harbor.example", "2026-07-01", "2026-07-31", as_wire_mail),
    Shelf("harbor/2026-08.tar", "harbor.example", "2026-08-01", "2026-08-31", as_gzip, pack_tar),
    Shelf("harbor/2026-09-and-10.tar.bz2", "harbor.example", "2026-09-01", "2026-10-31", as_json, pack_tar_bz2),
    Shelf("lantern-telecom/2026-07-posted", "Lantern Telecom", "2026-07-01", "2026-07-05", as_json),
    Shelf("lantern-telecom/2026-07", "Lantern Telecom", "2026-07-06", "2026-07-12", as_gzip),
    Shelf("lantern-telecom/since-2026-07-13.tar.xz", "Lantern Telecom", "2026-07-13", "2026-10-31", as_json, pack_tar_xz),
)  # fmt: skip
"""Every container and what lies in it."""


def next_day(day: date) -> date:
    """Return the day after a day."""
    return day + timedelta(days=1)


def single_files(reports: Mapping[tuple[str, str, date], DayReport]) -> dict[str, Member]:
    """Return by folder what lies beside the containers: a copy, broken reports, a placeholder."""
    truncated, cut = as_gzip(reports[TRUNCATED]), as_json(reports[CUT])
    half = len(truncated.content) // 2, len(cut.content) // 2
    return {
        "google": as_wire_mail(reports[SAVED_AGAIN]),
        "google/2026-07": replace(
            truncated, content=truncated.content[: half[0]], outcome="rejected"
        ),
        "lantern-telecom/2026-07-posted": replace(
            cut, content=cut.content[: half[1]], outcome="rejected"
        ),
        "fjord-mail/Maildir/tmp": Member(".gitkeep", b"", FIRST_DAY, "skipped"),
    }


def containers(reports: Mapping[tuple[str, str, date], DayReport]) -> dict[str, list[Member]]:
    """Return the members of every file by its path; a file that packs nothing is its one member."""
    readable = [report for key, report in reports.items() if key not in (TRUNCATED, CUT)]
    files = {f"{at}/{member.name}": [member] for at, member in single_files(reports).items()}
    for shelf in SHELVES:
        members = shelf.members(readable)
        if shelf.pack:
            files[shelf.path] = members
        else:
            files |= {f"{shelf.path}/{member.name}": [member] for member in members}
    return files
