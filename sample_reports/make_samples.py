"""Write the sample reports in every container, and `truth.json`: what is true of them.

Usage: ``python sample_reports/make_samples.py [DIR]``; the default is the folder of this script.
The same Python writes the same bytes again; another build of zlib, bzip2 or liblzma may compress
differently, so compare what the containers hold, never their bytes.
"""

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True  # a __pycache__ in this folder would be one more input

from simulated_mail import (  # noqa: E402 - after the switch above, which is for this import
    DAYS,
    DOMAINS,
    FIRST_DAY,
    LAST_DAY,
    OUTCOMES,
    SENDERS,
    Block,
    Detail,
    Domain,
    Sender,
    Session,
    blocks_of,
    seeded,
    simulate_day,
)

NOT_GIVEN = "(not given)"
PACKED = datetime(2026, 11, 1, 8, tzinfo=UTC)  # the date of every archive member
STANDING_FILES = ("README.md", "make_samples.py", "simulated_mail.py", "truth.json")
Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class ReporterHabit:
    """How one reporter writes."""

    organization: str
    contact: str
    mail_from: str
    report_id: Callable[[date, str], str]
    period: Callable[[date], tuple[str, str]]
    entry: Callable[[Block], Document]
    mail_id: str = "<{id}@{submitter}>"
    indent: int | None = None

    @property
    def submitter(self) -> str:
        """Give the TLS-Report-Submitter, which is the domain of the contact (RFC 8460 §5.3)."""
        return self.contact.partition("@")[2]


@dataclass(frozen=True, slots=True)
class DayReport:
    """What one reporter tells of one domain and day."""

    sender: Sender
    domain: Domain
    day: date
    blocks: list[Block]
    document: Document

    @property
    def key(self) -> tuple[str, str, date]:
        """Give reporter, domain and day, which no two reports share."""
        return self.sender.name, self.domain.name, self.day

    @property
    def habit(self) -> ReporterHabit:
        """Give the habit of the reporter."""
        return HABITS[self.sender.name]

    @property
    def subject_domain(self) -> str:
        """Give the domain that file name and mail headers tell."""
        return self.blocks[0].policy_domain or self.domain.name

    @property
    def sessions(self) -> list[Session]:
        """Give each session once, though it may be told under MTA-STS and under DANE."""
        told = [block for block in self.blocks if block.policy_type != "tlsa"] or self.blocks
        return [session for block in told for session in block.sessions]

    @property
    def file_name(self) -> str:
        """Give the file name of RFC 8460 §5.1, without compression."""
        begin = int(midnight(self.day).timestamp())
        return f"{self.habit.submitter}!{self.subject_domain}!{begin}!{begin + 86399}!001.json"

    @property
    def content(self) -> bytes:
        """Give the JSON text in the layout of the reporter."""
        indent = self.habit.indent
        separators = (",", ":") if indent is None else (",", ": ")
        return json.dumps(self.document, indent=indent, separators=separators).encode()

    @property
    def sent(self) -> datetime:
        """Give the moment of sending, in the small hours of the next day."""
        seconds = 600 + int(18_000 * seeded("sent", *self.key).random())
        return midnight(self.day) + timedelta(days=1, seconds=seconds)


def midnight(day: date) -> datetime:
    """Give the start of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


# The reporters: what each does otherwise than RFC 8460 §4.4 has it.


def day_to_last_second(day: date) -> tuple[str, str]:
    """Give a day as Google and most others do."""
    return f"{day}T00:00:00Z", f"{day}T23:59:59Z"


def day_without_zone(day: date) -> tuple[str, str]:
    """Give a day as Microsoft does: its times have no zone."""
    return f"{day}T00:00:00", f"{day}T23:59:59"


def day_to_next_midnight(day: date) -> tuple[str, str]:
    """Give a day as Mail.ru does: it ends where the next begins."""
    return f"{day}T00:00:00Z", f"{day + timedelta(days=1)}T00:00:00Z"


def filetime_id(day: date, domain: str) -> str:
    """Give an id of Microsoft: the Windows file time of its writing, a plus, the domain."""
    hundred_nanoseconds = (midnight(day) - datetime(1601, 1, 1, tzinfo=UTC)).days * 864 * 10**9
    next_morning = (1 + 0.2 * seeded("file time", day, domain).random()) * 864 * 10**9
    return f"{hundred_nanoseconds + int(next_morning)}+{domain}"


def digest_id(day: date, domain: str) -> str:
    """Give an id without a meaning."""
    return hashlib.sha256(f"{day}/{domain}".encode()).hexdigest()[:24]


def google_entry(block: Block) -> Document:
    """Write an array mx-host, no reason codes, and sending-mta-ip "" for an MX mismatch."""
    mx_host = {"mx-host": list(block.patterns)} if block.patterns else {}
    details = [full_detail(detail) for detail in block.details]
    for detail in details:
        detail.setdefault("sending-mta-ip", "")
    failures = {"failure-details": details} if details else {}
    return {"policy": plain_policy(block) | mx_host, "summary": plain_summary(block), **failures}


def microsoft_entry(block: Block) -> Document:
    """Write no mx-host, no sending IP, and the TLSA records as ONE text that holds an array."""
    policy = plain_policy(block)
    if block.policy_type == "tlsa":
        policy["policy-string"] = [json.dumps(block.policy_lines)]
    details = [microsoft_detail(detail) for detail in block.details]
    failures = {"failure-details": details} if details else {}
    return {"policy": policy, "summary": plain_summary(block), **failures}


def microsoft_detail(detail: Detail) -> Document:
    """Write an empty host name where the MX set as a whole was judged."""
    document = full_detail(detail)
    if detail.host is None and detail.reason_code:
        document["receiving-mx-hostname"] = ""
    return document


def mail_ru_entry(block: Block) -> Document:
    """Write null where nothing failed."""
    details = [full_detail(detail) for detail in block.details]
    return {
        "policy": plain_policy(block),
        "summary": plain_summary(block),
        "failure-details": details or None,
    }


def fjord_entry(block: Block) -> Document:
    """Write [] where nothing failed, no mx-host, and no policy-domain without a policy (sys4)."""
    policy = {key: value for key, value in plain_policy(block).items() if value is not None}
    details = [full_detail(detail) for detail in block.details]
    return {"policy": policy, "summary": plain_summary(block), "failure-details": details}


def harbor_entry(block: Block) -> Document:
    """Write the name in the greeting of the MX, too (mox)."""
    details = [full_detail(detail) for detail in block.details]
    for detail in details:
        detail["receiving-mx-helo"] = detail["receiving-mx-hostname"]
    policy = plain_policy(block) | {"mx-host": list(block.patterns)}
    return {"policy": policy, "summary": plain_summary(block), "failure-details": details}


def lantern_entry(block: Block) -> Document:
    """Leave out totals of zero, as Google did in 2019."""
    policy = plain_policy(block) | {"mx-host": list(block.patterns)}
    summary = {key: count for key, count in plain_summary(block).items() if count}
    details = [full_detail(detail) for detail in block.details]
    return {"policy": policy, "summary": summary, "failure-details": details}


def plain_policy(block: Block) -> Document:
    """Write the part of a policy that all reporters write."""
    lines = {"policy-string": list(block.policy_lines)} if block.policy_lines else {}
    return {"policy-type": block.policy_type, **lines, "policy-domain": block.policy_domain}


def plain_summary(block: Block) -> dict[str, int]:
    """Write both totals."""
    return {
        "total-successful-session-count": len(block.sessions) - block.failures,
        "total-failure-session-count": block.failures,
    }


def full_detail(detail: Detail) -> Document:
    """Write all that is known of a failure."""
    document: Document = {"result-type": detail.result_type}
    if detail.sending_address:
        document["sending-mta-ip"] = detail.sending_address
    if detail.host:
        document["receiving-ip"] = detail.receiving_address
        document["receiving-mx-hostname"] = detail.host.name
    document["failed-session-count"] = detail.count
    if detail.reason_code:
        document["failure-reason-code"] = detail.reason_code
    return document


HABITS = {
    "Google": ReporterHabit(
        "Google Inc.",
        "smtp-tls-reporting@google.com",
        "noreply-smtp-tls-reporting@google.com",
        lambda day, domain: f"{day}T00:00:00Z_{domain}",
        day_to_last_second,
        google_entry,
        mail_id="<{day:%Y.%m.%d}T00.00.00Z+{domain}@{submitter}>",
    ),
    "Microsoft": ReporterHabit(
        "Microsoft Corporation",
        "tlsrpt-noreply@microsoft.com",
        "tlsrpt-noreply@microsoft.com",
        filetime_id,
        day_without_zone,
        microsoft_entry,
        mail_id="{id}",
    ),
    "Mail.ru": ReporterHabit(
        "Mail.ru",
        "tlsrpt@mail.ru",
        "tlsrpt@mail.ru",
        digest_id,
        day_to_next_midnight,
        mail_ru_entry,
    ),
    "Fjord Mail AS": ReporterHabit(
        "Fjord Mail AS",
        "tlsrpt@fjordmail.example",
        "tlsrpt@fjordmail.example",
        lambda day, domain: f"{day}_{domain}",
        day_to_next_midnight,
        fjord_entry,
        indent=2,
    ),
    "harbor.example": ReporterHabit(
        "harbor.example",
        "postmaster@harbor.example",
        "postmaster@harbor.example",
        lambda day, domain: f"{day:%Y%m%d}.{domain}@harbor.example",
        day_to_last_second,
        harbor_entry,
        mail_id="<{id}>",
        indent=1,
    ),
    "Lantern Telecom": ReporterHabit(
        "Lantern Telecom",
        "tls-reports@lantern.example",
        "tls-reports@lantern.example",
        digest_id,
        day_to_last_second,
        lantern_entry,
    ),
}
"""Each reporter's habit by its canonical name."""


# From sessions to reports.


def day_reports() -> Iterator[DayReport]:
    """Give the report of every reporter, domain and day that has one."""
    for sender in SENDERS:
        for day in DAYS:
            for domain in DOMAINS:
                sessions = simulate_day(domain, sender, day)
                if sessions:
                    yield day_report(sender, domain, day, sessions)


def day_report(sender: Sender, domain: Domain, day: date, sessions: list[Session]) -> DayReport:
    """Write what a reporter tells of the sessions of one domain and day."""
    habit = HABITS[sender.name]
    blocks = blocks_of(sender, domain, sessions)
    start, end = habit.period(day)
    document: Document = {
        "organization-name": habit.organization,
        "date-range": {"start-datetime": start, "end-datetime": end},
        "contact-info": habit.contact,
        "report-id": habit.report_id(day, blocks[0].policy_domain or domain.name),
        "policies": [habit.entry(block) for block in blocks],
    }
    report = DayReport(sender, domain, day, blocks, document)
    return replace(report, document=ODD_DOCUMENTS.get(report.key, dict)(document))


def changed_policy(document: Document, **changes: Callable[[Any], object]) -> Document:
    """Give a document with some values of its first policy written in another way."""
    changed: Document = json.loads(json.dumps(document))
    policy = changed["policies"][0]["policy"]  # type: ignore[index]
    for name, change in changes.items():
        key = name.replace("_", "-")
        policy[key] = change(policy[key])
    return changed


ODD_DOCUMENTS: Mapping[tuple[str, str, date], Callable[[Document], Document]] = {
    ("Google", "backup.example", date(2026, 7, 9)): partial(  # Google in 2020
        changed_policy, policy_string=lambda lines: [f"{line}\r" for line in lines]
    ),
    ("Lantern Telecom", "healthy.example", date(2026, 8, 5)): partial(
        changed_policy, policy_domain=str.upper
    ),
    ("Fjord Mail AS", "backup.example", date(2026, 9, 9)): partial(
        changed_policy, policy_domain=lambda name: f"{name}."
    ),
    ("Lantern Telecom", "healthy.example", date(2026, 8, 25)): partial(  # erratum 6241
        changed_policy, mx_host=lambda patterns: patterns[0]
    ),
}
"""Reports that are odd in one place only."""


# From reports to containers.


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
        """Give what lies here, by day; a report sent twice comes again a day later."""
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
    """Give a report as a JSON file."""
    return Member(report.file_name, report.content, report.day)


def as_gzip(report: DayReport) -> Member:
    """Give a report as a compressed JSON file."""
    return Member(f"{report.file_name}.gz", gzipped(report.content), report.day)


def gzipped(content: bytes) -> bytes:
    """Compress with gzip, without the date and the system, which versions of Python fill in."""
    packed = gzip.compress(content, mtime=0)
    return packed[:9] + b"\xff" + packed[10:]  # RFC 1952 §2.3.1: 255 is an unknown system


def as_mail(report: DayReport) -> Member:
    """Give a report as a mail with a compressed report, as most reporters send it."""
    file = as_gzip(report)
    body = base64.encodebytes(file.content).decode()
    return mail_of(report, "application/tlsrpt+gzip", "base64", file.name, body)


def as_plain_mail(report: DayReport) -> Member:
    """Give a report as a mail with readable JSON."""
    body = report.content.decode() + "\n"
    return mail_of(report, "application/tlsrpt+json", "7bit", report.file_name, body)


def as_wire_mail(report: DayReport) -> Member:
    """Give a report as a mail that was saved as it came, with CRLF at the ends of lines."""
    mail = as_mail(report)
    return replace(mail, content=mail.content.replace(b"\n", b"\r\n"))


def as_maildir_mail(report: DayReport) -> Member:
    """Give a report as a file of a Maildir, whose name has no flags and so no colon."""
    mail = as_mail(report)
    return replace(mail, name=f"{int(report.sent.timestamp())}.{mail.name[:8]}.mail")


def mail_of(report: DayReport, kind: str, encoding: str, name: str, body: str) -> Member:
    """Give a report as a mail (RFC 8460 §5.3); the form of its Report-ID is the reporter's own."""
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
    """Give the day after a day."""
    return day + timedelta(days=1)


def single_files(reports: Mapping[tuple[str, str, date], DayReport]) -> dict[str, Member]:
    """Give by folder what lies beside the containers: a copy, broken reports, a place holder."""
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
    """Give the members of every file by its path; a file that packs nothing is its one member."""
    readable = [report for key, report in reports.items() if key not in (TRUNCATED, CUT)]
    files = {f"{at}/{member.name}": [member] for at, member in single_files(reports).items()}
    for shelf in SHELVES:
        members = shelf.members(readable)
        if shelf.pack:
            files[shelf.path] = members
        else:
            files |= {f"{shelf.path}/{member.name}": [member] for member in members}
    return files


# What is true of it all.


def truth(reports: list[DayReport], members: list[Member]) -> Document:
    """Give what an analysis of the samples should find; README.md explains the names."""
    by_name: dict[str | None, list[DayReport]] = {}
    for report in reports:
        by_name.setdefault(report.blocks[0].policy_domain, []).append(report)
    unnamed = by_name.pop(None, [])
    return {
        "period": {"first_day": str(FIRST_DAY), "last_day": str(LAST_DAY)},
        "members": member_counts(len(reports), members),
        "sessions_without_domain": sessions_by_reporter(unnamed),
        "domains": {name: domain_truth(told) for name, told in by_name.items() if name},
    }


def member_counts(report_count: int, members: list[Member]) -> dict[str, int]:
    """Give what becomes of every input, the files that describe the samples included."""
    outcomes = Counter(member.outcome for member in members)
    counts = {
        "reports": report_count,
        "duplicates": outcomes["reports"] - report_count,
        "rejected": outcomes["rejected"],
        "skipped": outcomes["skipped"] + len(STANDING_FILES),
    }
    return {"members": sum(counts.values()), **counts}


def domain_truth(reports: list[DayReport]) -> Document:
    """Give what is true of the reports of one policy domain."""
    domain = reports[0].domain
    blocks = [block for report in reports for block in report.blocks]
    sessions = [session for report in reports for session in report.sessions]
    outcomes = Counter(session.outcome for session in sessions)
    refused = failures_by_mx(blocks, is_refusal)
    return {
        "case": domain.case,
        "policy_mode": "testing" if any(block.policy_type == "sts" for block in blocks) else None,
        "session_count": len(sessions),
        "sessions_by_reporter": sessions_by_reporter(reports),
        "no_policy_found_count": sum(len(b.sessions) for b in blocks if b.policy_type[0] == "n"),
        "policy_unavailable_count": sum(failures_by_mx(blocks, is_unavailable).values()),
        "dane_refused_count": sum(failures_by_mx(blocks, is_dane).values()),
        "would_block_count": sum(refused.values()),
        "would_block_by_mx": refused,
        "failures_by_mx": failures_by_mx(blocks, lambda _block, _detail: True),
        "enforce_outcome": {outcome: outcomes[outcome] for outcome in OUTCOMES},
        "selective": selective(domain, sessions_by_reporter(reports)),
        "expected_verdict_hint": domain.hint,
    }


def sessions_by_reporter(reports: Iterable[DayReport]) -> dict[str, int]:
    """Count sessions by reporter."""
    counts: Counter[str] = Counter()
    for report in reports:
        counts[report.sender.name] += len(report.sessions)
    return dict(counts)


def failures_by_mx(
    blocks: Iterable[Block], is_wanted: Callable[[Block, Detail], bool]
) -> dict[str, int]:
    """Sum up failed-session-count by the host that the reporter names."""
    counts: Counter[str] = Counter()
    for block in blocks:
        for detail in block.details:
            if is_wanted(block, detail):
                counts[detail.host.name if detail.host else NOT_GIVEN] += detail.count
    return dict(counts)


def is_unavailable(_block: Block, detail: Detail) -> bool:
    """Tell whether failures are about the policy, which by itself blocks nothing."""
    return detail.result_type.startswith("sts-")


def is_refusal(block: Block, detail: Detail) -> bool:
    """Tell whether MTA-STS in enforce mode would refuse the host of these failures."""
    return block.policy_type == "sts" and not is_unavailable(block, detail)


def is_dane(block: Block, _detail: Detail) -> bool:
    """Tell whether DANE refused the host of these failures, in any mode of MTA-STS."""
    return block.policy_type == "tlsa"


def selective(domain: Domain, reporters: Iterable[str]) -> list[Document]:
    """Give who alone minds a fault; who tells of failures only cannot be compared."""
    comparable = {s.name for s in SENDERS if s.reports_clean_days} & set(reporters)
    faults = [
        (fault.cause, set(fault.seen_by), fault.first_day, fault.last_day)
        for fault in domain.faults
        if fault.seen_by and fault.policy_type == "sts"
    ] + [
        ("policy-fetch", {failure.sender}, failure.days[0], failure.days[-1])
        for failure in domain.fetch_failures
        if not failure.is_cached
    ]
    return [
        {
            "failing_reporter": failing,
            "clean_reporters": sorted(comparable - minding),
            "since": str(since),
            "until": None if until == LAST_DAY else str(until),
            "cause": cause,
        }
        for cause, minding, since, until in faults
        for failing in sorted(minding & comparable)
    ]


def make_samples(folder: Path) -> None:
    """Write all containers and truth.json into a folder; what else lies there stays."""
    reports = {report.key: report for report in day_reports()}
    files = containers(reports)
    packers = {shelf.path: shelf.pack for shelf in SHELVES}
    for path, members in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        pack = packers.get(path)
        target.write_bytes(pack(members) if pack else members[0].content)
    readable = [report for key, report in reports.items() if key not in (TRUNCATED, CUT)]
    told = truth(readable, [member for members in files.values() for member in members])
    (folder / "truth.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    make_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
