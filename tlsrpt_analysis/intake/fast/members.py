"""One member of an archive of reports: read exactly, or alone by the tolerant reader."""

from collections.abc import Iterator

from tlsrpt_analysis.intake.fast.files import FastRead, NotExact, inflated
from tlsrpt_analysis.intake.fast.mails import exact_mail
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Rejected
from tlsrpt_analysis.intake.tolerant import json_documents
from tlsrpt_analysis.intake.tolerant.documents import is_document
from tlsrpt_analysis.intake.tolerant.reader import MemberReader, read_content
from tlsrpt_analysis.intake.wrappings import mail
from tlsrpt_analysis.intake.wrappings.kinds import kind_of
from tlsrpt_analysis.intake.wrappings.streams import Budget
from tlsrpt_analysis.standards.strict_reader import decode_report

FastOutcome = FastRead | Outcome

GZIP = b"\x1f\x8b\x08"
"""How packed data starts that only deflate can have packed."""


class FastBudget(Budget):
    """A budget at whose limits the tolerant reader takes over, which says what was too much."""

    def refusal(self, _message: str) -> Exception:
        """Return what is raised where something costs too much."""
        return NotExact()


class FastReader:
    """Reads members of one source; what they may cost is counted over all of them.

    Parameters
    ----------
    limits : Limits
        How much is taken in.
    takes_mails : bool
        Whether mails are read here too; only the tolerant reader checks their signatures.
    """

    def __init__(self, limits: Limits, *, takes_mails: bool = False) -> None:
        self.budget = FastBudget(limits)
        self.limits = limits
        self.takes_mails = takes_mails

    def read(self, name: str, content: bytes) -> Iterator[FastOutcome]:
        """Read a member exactly where that is possible, else have the tolerant reader read it.

        Raises
        ------
        NotExact
            When it cannot be read alone: it may wrap others, or it comes near the limits.
        """
        exact = self._exact(name, content)
        if exact is not None:
            yield exact
        else:
            yield from self._tolerant(name, content)

    def _exact(self, name: str, content: bytes) -> FastRead | None:
        document: bytes | bytearray | None = content
        if content.startswith(GZIP):
            document = inflated(content)
        elif not content.startswith(b"{"):
            read = exact_mail(name, content) if self.takes_mails else None
            if read is not None:
                self.budget.unpack(read.unpacked_bytes)
            return read
        if document is None or (report := decode_report(document)) is None:
            return None
        if document is not content:
            self.budget.unpack(len(document))
        return FastRead(name, report)

    def _tolerant(self, name: str, content: bytes) -> Iterator[Outcome]:
        document = inflated(content) if content.startswith(GZIP) else content
        if document is None:
            raise NotExact
        head = bytes(document[: mail.HEAD_BYTES])
        if document is not content:
            if not json_documents.is_json(head):
                raise NotExact
            self.budget.unpack(len(document))
            yield from read_content(name, content, self.limits)
            return
        if not self._stands_alone(head):
            raise NotExact
        reader = MemberReader(self.limits, self.budget.used)
        outcomes = list(reader.member(name, content))
        if reader.budget.is_spent or any(map(_is_about_limits, outcomes)):
            raise NotExact
        self.budget.used = reader.budget.used
        yield from outcomes

    def _stands_alone(self, head: bytes) -> bool:
        """Whether a member holds no archive, and no mails that are not read here."""
        kind = kind_of(head)
        return is_document(head) or kind is None or (kind == "mail" and self.takes_mails)


def _is_about_limits(outcome: Outcome) -> bool:
    """Whether it may depend on how deep the member is wrapped, which is not known here."""
    return isinstance(outcome, Rejected) and outcome.problem.stage == "archive"
