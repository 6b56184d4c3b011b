"""One member of an archive of plain reports, read at once; what is odd is left to the judge."""

from collections.abc import Iterator

from tlsrpt_analysis.intake import json_documents, mail
from tlsrpt_analysis.intake.documents import read_content
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.plain_files import PlainRead, inflated
from tlsrpt_analysis.intake.plain_mails import plain_mail
from tlsrpt_analysis.intake.streams import Used
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
        """Have the judge read a member that is JSON, or one gzip member of it."""
        document = content if content.startswith(b"{") else inflated(content)
        if document is None or not json_documents.is_json(bytes(document[: mail.HEAD_BYTES])):
            raise Odd
        if document is not content:
            self.unpack(len(document))
        yield from read_content(name, content, self.limits)
