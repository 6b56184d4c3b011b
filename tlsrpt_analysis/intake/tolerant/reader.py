"""From a source to its outcomes: unwraps what reports are wrapped in and reads each member.

This reader decides: what the fast reader accepts is what is accepted here without another remark.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import (
    Outcome,
    Problem,
    Rejected,
    ReportRead,
    Skipped,
    skipped_member,
    unopened,
    with_leniencies,
)
from tlsrpt_analysis.intake.sources.files import FetchedMail, MailEnd, MailFolder
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.bounced_reports import is_bounce, without_own_reports
from tlsrpt_analysis.intake.tolerant.documents import document_reader
from tlsrpt_analysis.intake.tolerant.mail_parts import (
    large_mail,
    lost_report,
    mail_leniencies,
    may_be_report,
    without_report,
)
from tlsrpt_analysis.intake.tolerant.policy_domains import with_policy_domain
from tlsrpt_analysis.intake.tolerant.wrapped_reports import Wrapper, outcomes_within
from tlsrpt_analysis.intake.wrappings import (
    archives,
    base64_texts,
    emlx,
    mail,
    mbox,
    outlook,
    packings,
)
from tlsrpt_analysis.intake.wrappings.foreign_formats import unknown_member
from tlsrpt_analysis.intake.wrappings.kinds import ARCHIVES, Kind, kind_of
from tlsrpt_analysis.intake.wrappings.mail_header import received_datetime
from tlsrpt_analysis.intake.wrappings.streams import Budget, Stream, Unreadable, Used, member_name


def read_source(
    source: Source,
    limits: Limits = DEFAULT_LIMITS,
    *,
    on_read: Callable[[int], object] | None = None,
    authentication: Authentication | None = None,
) -> Iterator[Outcome]:
    """Read everything in a file, however it is wrapped, with one outcome for each member.

    Parameters
    ----------
    source : Source
        The file, as `tlsrpt_analysis.intake.sources.walk.find_sources` returns it.
    limits : Limits
        How much of it is read.
    on_read : callable, optional
        Called with the number of bytes of each read.
    authentication : Authentication, optional
        How reports that came by mail are authenticated; not at all by default.

    Yields
    ------
    ReportRead, Rejected or Skipped
        At least one; nothing in the file can make this raise.
    """
    reader = _SourceReader(limits, authentication)
    if isinstance(source, MailFolder):
        outcomes = reader.folder(source, on_read)
        yield from (outcome for outcome in outcomes if not isinstance(outcome, MailEnd))
        return
    try:
        file = source.open(on_read=on_read)
    except OSError as error:
        yield unopened(source.name, error)
        return
    with file:
        seekable = file if file.seekable() else None  # a remote file may come only forward
        if seekable is not None:
            reader.bound_by(file.seek(0, io.SEEK_END))
            file.seek(0)
        yield from reader.guarded(source.name, Stream(file.read, file=seekable), 0)


def read_folder(
    folder: MailFolder,
    limits: Limits,
    *,
    on_read: Callable[[int], object] | None = None,
    authentication: Authentication | None = None,
) -> Iterator[Outcome | MailEnd]:
    """Read a folder of mails as `read_source` does, and yield where each mail ends."""
    return _SourceReader(limits, authentication).folder(folder, on_read)


class MemberReader:
    """Reads members of one source; their cost is counted together.

    Parameters
    ----------
    limits : Limits
        How much is read.
    used : Used
        What the members before them cost.
    """

    def __init__(
        self,
        limits: Limits,
        used: Used = Used(),  # noqa: B008 - it is frozen
        *,
        source_bytes: int | None = None,
    ) -> None:
        self._reader = _SourceReader(limits)
        self._reader.budget = self.budget = Budget(limits, used, source_bytes=source_bytes)

    def mail(self, name: str, raw: bytes) -> Iterator[Outcome]:
        """Read one of the mails of an mbox."""
        return self._reader.guarded_mail(name, raw, 1)

    def member(self, name: str, content: bytes) -> Iterator[Outcome]:
        """Read a member of an archive, which may be packed itself."""
        return self._reader.guarded(name, Stream.of(content), 2)


class _SourceReader:
    """Reads one source; the cost is counted over everything wrapped in it."""

    def __init__(self, limits: Limits, authentication: Authentication | None = None) -> None:
        self._limits = limits
        self._authentication = authentication
        self.budget = Budget(limits)
        self.tls_report_domain: str | None = None  # of the mail whose parts are being read

    def bound_by(self, source_bytes: int) -> None:
        """Bound what reading may cost by the size of the source."""
        self.budget = Budget(self._limits, source_bytes=source_bytes)

    def _of_attachments(self) -> "_SourceReader":
        """Return the reader of what is attached to a mail, whose sender wrote all of its header."""
        if self._authentication is None or not self._authentication.trusted_servers:
            return self
        inner = _SourceReader(self._limits, self._authentication.for_attached_mails())
        inner.budget = self.budget
        return inner

    def guarded(self, name: str, stream: Stream, depth: int) -> Iterator[Outcome]:
        """Read a member; whatever goes wrong in it becomes an outcome and ends nothing else."""
        try:
            yield from self._outcomes(name, stream, depth)
        except Unreadable as error:
            yield Rejected(Problem(name, error.stage, "rejected", str(error)))
        except OSError as error:
            yield unopened(name, error)
        except Exception as error:  # noqa: BLE001 - one bad member never ends a batch
            message = f"reading it failed unexpectedly ({type(error).__name__}: {str(error)[:200]})"
            yield Rejected(Problem(name, "source", "rejected", message))

    def folder(
        self, folder: MailFolder, on_read: Callable[[int], object] | None
    ) -> Iterator[Outcome | MailEnd]:
        """Read the mails of a folder on a server, each within its own limits."""
        for mail_read in folder.mails(self._limits):
            if isinstance(mail_read, FetchedMail):
                if on_read is not None:
                    on_read(len(mail_read.raw))
                reader = _SourceReader(self._limits, self._authentication)
                reader.bound_by(len(mail_read.raw))
                yield from reader.guarded(mail_read.name, Stream.of(mail_read.raw), 0)
            else:
                yield mail_read

    def _outcomes(self, name: str, stream: Stream, depth: int) -> Iterator[Outcome]:
        head = stream.peek(mail.HEAD_BYTES)
        if (read := document_reader(head)) is not None:
            for outcome in read(name, stream, self._limits):
                if isinstance(outcome, Wrapper):
                    yield from outcomes_within(outcome, partial(self.guarded, depth=depth + 1))
                    continue
                named = with_policy_domain(outcome, self.tls_report_domain)
                yield with_leniencies(named, "archive", stream.leniencies)
        elif not head:
            yield skipped_member(name, "source", "it is empty (0 bytes)")
        elif depth > self._limits.depth:
            raise Unreadable("archive", f"it is wrapped more than {self._limits.depth} times")
        else:
            yield from self._unwrapped(kind_of(head), name, stream, depth)

    def _unwrapped(
        self, kind: Kind | None, name: str, stream: Stream, depth: int
    ) -> Iterator[Outcome]:
        match kind:
            case "packed":
                yield from self._outcomes(name, self._unpacked(stream), depth + 1)
            case "zip" | "7z" | "tar":
                yield from self._members(name, ARCHIVES[kind](name, stream, self.budget), depth)
            case "mbox":
                yield from self._mbox(name, stream, depth)
            case "mail":
                raw = stream.read(self._limits.mail_bytes + 1)
                yield from self._from_mail(raw, self._mail(name, raw, depth))
            case "emlx":
                yield from self._outcomes(name, emlx.mail_within(stream, self._limits), depth + 1)
            case "ole":
                yield from self._outlook(name, stream, depth)
            case "base64":
                inner = base64_texts.decoded(stream, self._limits)
                for outcome in self._outcomes(name, inner, depth + 1):
                    yield with_leniencies(outcome, "archive", [base64_texts.LENIENCY])
            case None:
                yield unknown_member(name, stream.peek(mail.HEAD_BYTES))

    def _unpacked(self, stream: Stream) -> Stream:
        inner = packings.unpacked(stream, self.budget)
        if packings.is_packed(inner.peek(mail.HEAD_BYTES)):
            inner.leniencies.append("packed more than once")
        return inner

    def _members(
        self, name: str, members: Iterator[archives.Member | Rejected | Skipped], depth: int
    ) -> Iterator[Outcome]:
        is_empty = True
        for member in members:
            is_empty = False
            if isinstance(member, archives.Member):
                yield from self.guarded(member.name, member.stream, depth + 1)
            else:
                yield member
        if is_empty:
            yield skipped_member(name, "archive", "an archive without files")

    def _outlook(self, name: str, stream: Stream, depth: int) -> Iterator[Outcome]:
        raw = outlook.mail_within(stream, self._limits)
        if raw is None:
            yield unknown_member(name, outlook.MAGIC)
            return
        for outcome in self._mail(name, raw, depth):
            read = with_leniencies(outcome, "mail", [outlook.LENIENCY])
            if isinstance(read, ReportRead):
                read = replace(read, received_datetime=received_datetime(raw))
            yield read

    def _mbox(self, name: str, stream: Stream, depth: int) -> Iterator[Outcome]:
        for number, raw in enumerate(mbox.split_mbox(stream, self._limits), start=1):
            if self.budget.is_spent:
                return
            yield from self.guarded_mail(member_name(name, f"mail {number}"), raw, depth + 1)

    def guarded_mail(self, name: str, raw: bytes, depth: int) -> Iterator[Outcome]:
        """Read a mail of an mbox."""
        if mail.may_hold_report(raw):
            yield from self.guarded(name, Stream.of(raw), depth)
        else:
            yield without_report(name)

    def _from_mail(self, raw: bytes, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            if not isinstance(outcome, ReportRead):
                yield outcome
                continue
            received = outcome.received_datetime or received_datetime(raw)
            read = replace(outcome, received_datetime=received)
            if self._authentication is None or read.authenticity != "unknown":
                yield read
            else:
                yield self._authenticated(raw, read, self._authentication)

    def _authenticated(
        self, raw: bytes, read: ReportRead, authentication: Authentication
    ) -> ReportRead:
        from tlsrpt_analysis.intake.authenticity.verdict import (  # noqa: PLC0415 - dkimpy is slow to load
            attached_mails,
            authenticate,
        )

        found = authenticate(raw, read.report, authentication)
        if found.verdict != "verified":  # it may have been forwarded as an attachment
            inner = (mail for mail in attached_mails(raw) if self._holds(mail, read))
            by_keys = authentication.for_attached_mails()
            verdicts = (authenticate(mail, read.report, by_keys) for mail in inner)
            found = next((inside for inside in verdicts if inside.verdict == "verified"), found)
        if found.verdict == "verified":
            return replace(read, authenticity=found.verdict, signer=found.domain)
        is_out = authentication.leaves_out(found.verdict)
        message = f"{found.reason}: {'left out of the analyses' if is_out else 'kept anyway'}"
        problem = Problem(
            read.source, "authenticity", "rejected" if is_out else "forgiven", message
        )
        return replace(read, authenticity=found.verdict, problems=(*read.problems, problem))

    def _holds(self, raw: bytes, read: ReportRead) -> bool:
        outcomes = _SourceReader(self._limits).guarded(read.source, Stream.of(raw), 1)
        return any(
            isinstance(outcome, ReportRead) and outcome.report == read.report
            for outcome in outcomes
        )

    def _mail(self, name: str, raw: bytes, depth: int) -> Iterator[Outcome]:
        if len(raw) > self._limits.mail_bytes:
            yield large_mail(name, raw, self._limits)
            return
        if not mail.may_hold_report(raw):
            yield without_report(name)
            return
        outcomes = self._mail_parts(name, raw, depth)
        yield from without_own_reports(name, raw, outcomes) if is_bounce(raw) else outcomes

    def _mail_parts(self, name: str, raw: bytes, depth: int) -> Iterator[Outcome]:
        skipped: list[Outcome] | None = []
        parsed = mail.parse_mail(raw, self._limits)
        for part in parsed.parts:
            for outcome in self._part(name, part, depth, parsed.tls_report_domain):
                if skipped is not None and isinstance(outcome, Skipped):
                    skipped.append(outcome)
                    continue
                yield from skipped or ()
                skipped = None
                yield with_leniencies(outcome, "mail", mail_leniencies(outcome, parsed, part))
        if skipped is not None:  # no part of it was a report, so the mail is one member
            yield without_report(name) if not mail.declares_report(raw) else lost_report(name)

    def _part(
        self, name: str, part: mail.Part, depth: int, tls_report_domain: str | None
    ) -> Iterator[Outcome]:
        if may_be_report(part):
            inner = member_name(name, part.name)
            reader = self._of_attachments()
            outer = reader.tls_report_domain
            reader.tls_report_domain = tls_report_domain
            yield from reader.guarded(inner, Stream.of(part.content), depth + 1)
            reader.tls_report_domain = outer


def read_content(name: str, content: bytes, limits: Limits) -> Iterator[Outcome]:
    """Read everything in some bytes, as `read_source` does with a file.

    Examples
    --------
    >>> [outcome.problem.message for outcome in read_content("a.json", b"", DEFAULT_LIMITS)]
    ['it is empty (0 bytes)']
    """
    yield from _SourceReader(limits).guarded(name, Stream.of(content), 0)
