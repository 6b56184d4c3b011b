"""One member of an archive of plain reports, read at once; what is odd is left to the judge."""

from collections.abc import Iterator

from tlsrpt_analysis.intake.fast.files import PlainRead, inflated
from tlsrpt_analysis.intake.fast.mails import plain_mail
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Rejected
from tlsrpt_analysis.intake.tolerant import json_documents
from tlsrpt_analysis.intake.tolerant.documents import MemberReading, is_document, read_content
from tlsrpt_analysis.intake.wrappings import archives, mail, packings
from tlsrpt_analysis.intake.wrappings.streams import Used
from tlsrpt_analysis.standards.canonical_report import decode_canonical

PlainOutcome = PlainRead | Outcome

GZIP = b"\x1f\x8b\x08"
"""How packed data starts that only deflate can have packed."""


class Odd(Exception):  # noqa: N818 - nothing is wrong; the judge has to look at it
    """Something that is left to the judge."""


class Cost:
    """What a source may still cost; who comes near the limits is left to the judge."""

    def __init__(self, limits: Limits, *, takes_mails: bool = False) -> None:
        self._bytes = limits.unpacked_bytes
        self._members = limits.archive_members
        self.limits = limits
        self.takes_mails = takes_mails

    @property
    def used(self) -> Used:
        """What it has cost so far."""
        limits = self.limits
        return Used(limits.unpacked_bytes - self._bytes, limits.archive_members - self._members)

    def unpack(self, count: int) -> None:
        """Count bytes that came out of a packing."""
        self._bytes -= count
        if self._bytes < 0:
            raise Odd

    def meet_members(self, count: int) -> None:
        """Count members of an archive."""
        self._members -= count
        if self._members < 0:
            raise Odd

    def plain(self, name: str, content: bytes) -> PlainRead | None:
        """Read a member that is a report, as JSON, as one gzip member of it, or in a mail."""
        document: bytes | bytearray | None = content
        if content.startswith(GZIP):
            document = inflated(content)
        elif not content.startswith(b"{"):
            read = plain_mail(name, content) if self.takes_mails else None
            if read is not None:
                self.unpack(read.unpacked_bytes)
            return read
        if document is None or (report := decode_canonical(document)) is None:
            return None
        if document is not content:
            self.unpack(len(document))
        return PlainRead(name, report)

    def judged(self, name: str, content: bytes) -> Iterator[Outcome]:
        """Have the judge read a member alone, unless it wraps others as an archive does."""
        document = inflated(content) if content.startswith(GZIP) else content
        if document is None:
            raise Odd
        head = bytes(document[: mail.HEAD_BYTES])
        if document is not content:
            if not json_documents.is_json(head):
                raise Odd
            self.unpack(len(document))
            yield from read_content(name, content, self.limits)
            return
        if not (_is_leaf(head) or (self.takes_mails and _is_lone_mail(head))):
            raise Odd
        judge = MemberReading(self.limits, self.used)
        outcomes = list(judge.member(name, content))
        if judge.budget.is_spent or any(map(_is_about_limits, outcomes)):
            raise Odd
        limits, used = self.limits, judge.budget.used
        self._bytes = limits.unpacked_bytes - used.unpacked_bytes
        self._members = limits.archive_members - used.members
        yield from outcomes


def _is_leaf(head: bytes) -> bool:
    """Tell what holds no mails and no archives, in the order of the judge."""
    return is_document(head) or not (
        packings.is_packed(head)
        or archives.is_zip(head)
        or mail.is_mbox(head)
        or mail.is_mail(head)
        or archives.is_tar(head)
    )


def _is_lone_mail(head: bytes) -> bool:
    return mail.is_mail(head) and not (
        packings.is_packed(head) or archives.is_zip(head) or mail.is_mbox(head)
    )


def _is_about_limits(outcome: Outcome) -> bool:
    """Tell what may depend on how deep the member is wrapped, which is not known here."""
    return isinstance(outcome, Rejected) and outcome.problem.stage == "archive"
