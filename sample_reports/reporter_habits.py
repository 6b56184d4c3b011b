"""How each reporter writes what it counted: its fields, its dates, its codes."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from simulated_mail import (
    DAYS,
    DOMAINS,
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
        """Return the TLS-Report-Submitter, which is the domain of the contact (RFC 8460 §5.3)."""
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
        """Return reporter, domain and day, which no two reports share."""
        return self.sender.name, self.domain.name, self.day

    @property
    def habit(self) -> ReporterHabit:
        """Return the habit of the reporter."""
        return HABITS[self.sender.name]

    @property
    def subject_domain(self) -> str:
        """Return the domain in the file name and the mail headers."""
        return self.blocks[0].policy_domain or self.domain.name

    @property
    def sessions(self) -> list[Session]:
        """Return each session once, though it may be reported under MTA-STS and under DANE."""
        blocks = [block for block in self.blocks if block.policy_type != "tlsa"] or self.blocks
        return [session for block in blocks for session in block.sessions]

    @property
    def file_name(self) -> str:
        """Return the file name of RFC 8460 §5.1, without compression."""
        begin = int(midnight(self.day).timestamp())
        return f"{self.habit.submitter}!{self.subject_domain}!{begin}!{begin + 86399}!001.json"

    @property
    def content(self) -> bytes:
        """Return the JSON text in the layout of the reporter."""
        indent = self.habit.indent
        separators = (",", ":") if indent is None else (",", ": ")
        return json.dumps(self.document, indent=indent, separators=separators).encode()

    @property
    def sent(self) -> datetime:
        """Return the moment of sending, in the small hours of the next day."""
        seconds = 600 + int(18_000 * seeded("sent", *self.key).random())
        return midnight(self.day) + timedelta(days=1, seconds=seconds)


def midnight(day: date) -> datetime:
    """Return the start of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


# The reporters: what each does otherwise than RFC 8460 §4.4 has it.


def day_to_last_second(day: date) -> tuple[str, str]:
    """Return a day as Google and most others do."""
    return f"{day}T00:00:00Z", f"{day}T23:59:59Z"


def day_without_zone(day: date) -> tuple[str, str]:
    """Return a day as Microsoft does: its times have no zone."""
    return f"{day}T00:00:00", f"{day}T23:59:59"


def day_to_next_midnight(day: date) -> tuple[str, str]:
    """Return a day as Mail.ru does: it ends where the next begins."""
    return f"{day}T00:00:00Z", f"{day + timedelta(days=1)}T00:00:00Z"


def filetime_id(day: date, domain: str) -> str:
    """Return an id of Microsoft: the Windows file time of its writing, a plus, the domain."""
    hundred_nanoseconds = (midnight(day) - datetime(1601, 1, 1, tzinfo=UTC)).days * 864 * 10**9
    next_morning = (1 + 0.2 * seeded("file time", day, domain).random()) * 864 * 10**9
    return f"{hundred_nanoseconds + int(next_morning)}+{domain}"


def digest_id(day: date, domain: str) -> str:
    """Return a random id."""
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
    """Yield the report of every reporter, domain and day that has one."""
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
    """Return a document with some values of its first policy written in another way."""
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
