"""From a source to its outcomes: takes apart what wraps reports and judges each leaf within."""

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from dataclasses import replace

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.intake import archives, mail, packings, parsedmarc_output
from tlsrpt_analysis.intake.authenticity import Authentication, attached_mails, judge_mail
from tlsrpt_analysis.intake.imap_folders import FetchedMail, ImapFolder
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.mail_header import received_datetime
from tlsrpt_analysis.intake.outcomes import Outcome, Problem, Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.sources import Source
from tlsrpt_analysis.intake.streams import ASK_AGAIN, Budget, Stream, Unreadable, member_name
from tlsrpt_analysis.standards.report import REPORT_KEYS, is_report_like, read_report

_OTHER_BOMS = (BOM_UTF16_LE, BOM_UTF16_BE)
_JSON_OBJECT = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*(?:["}]|$)')


def read_source(
    source: Source,
    limits: Limits = DEFAULT_LIMITS,
    *,
    on_read: Callable[[int], object] | None = None,
    authentication: Authentication | None = None,
) -> Iterator[Outcome]:
    """Read all that a file holds, however it is wrapped, one outcome for each member.

    Parameters
    ----------
    source : Source
        The file, as `tlsrpt_analysis.intake.sources.find_sources` gives it.
    limits : Limits
        How much of it is taken in.
    on_read : callable, optional
        Told how many bytes each reading takes from the disk.
    authentication : Authentication, optional
        How reports that came by mail are authenticated; not at all by default.

    Yields
    ------
    ReportRead, Rejected or Skipped
        At least one; nothing in the file can make this raise.
    """
    reading = _Reading(limits, authentication)
    if isinstance(source, ImapFolder):
        yield from reading.folder(source, on_read)
        return
    try:
        file = source.open(on_read=on_read)
    except OSError as error:
        yield _unopened(source.name, error)
        return
    with file:
        seekable = file if file.seekable() else None  # a remote file may come only forward
        yield from reading.guarded(source.name, Stream(file.read, file=seekable), 0)


class _Reading:
    """Reads one source; what it may cost is counted over all that is wrapped in it."""

    def __init__(self, limits: Limits, authentication: Authentication | None = None) -> None:
        self._limits = limits
        self._authentication = authentication
        self._budget = Budget(limits)

    def guarded(self, name: str, stream: Stream, depth: int) -> Iterator[Outcome]:
        """Read a thing; whatever goes wrong within it is an outcome and ends nothing else."""
        try:
            yield from self._outcomes(name, stream, depth)
        except Unreadable as error:
            yield Rejected(Problem(name, error.stage, "rejected", str(error)))
        except OSError as error:
            yield _unopened(name, error)
        except Exception as error:  # noqa: BLE001 - one bad member never ends a batch
            message = f"reading it failed unexpectedly ({type(error).__name__}: {str(error)[:200]})"
            yield Rejected(Problem(name, "source", "rejected", message))

    def folder(
        self, folder: ImapFolder, on_read: Callable[[int], object] | None
    ) -> Iterator[Outcome]:
        """Read the mails of a folder on a server, each within limits of its own."""
        for mail_read in folder.mails(self._limits):
            if isinstance(mail_read, FetchedMail):
                if on_read is not None:
                    on_read(len(mail_read.raw))
                reading = _Reading(self._limits, self._authentication)
                yield from reading.guarded(mail_read.name, Stream.of(mail_read.raw), 0)
            else:
                yield mail_read

    def _outcomes(self, name: str, stream: Stream, depth: int) -> Iterator[Outcome]:
        head = stream.peek(mail.HEAD_BYTES)
        if parsedmarc_output.is_output(head):
            yield from parsedmarc_output.read_output(name, stream, self._limits)
        elif _is_json_object(head):
            content = stream.read_all(self._limits.document_bytes, stage="json")
            yield _forgiven(read_document(name, content), stream.leniencies)
        elif not head:
            yield _skipped(name, "source", "it is empty (0 bytes)")
        elif depth > self._limits.depth:
            raise Unreadable("archive", f"it is wrapped more than {self._limits.depth} times")
        elif packings.is_packed(head):
            yield from self._outcomes(name, packings.unpacked(stream, self._budget), depth + 1)
        elif archives.is_zip(head):
            yield from self._members(name, archives.unzipped(name, stream, self._budget), depth)
        elif mail.is_mbox(head):
            yield from self._mbox(name, stream, depth)
        elif mail.is_mail(head):
            raw = stream.read(self._limits.mail_bytes + 1)
            yield from self._from_mail(raw, self._mail(name, raw, depth))
        elif archives.is_tar(head):
            yield from self._members(name, archives.untarred(name, stream, self._budget), depth)
        else:
            yield _skipped(name, "source", "no JSON object, mail or archive, so no TLS report")

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
            yield _skipped(name, "archive", "an archive without files")

    def _mbox(self, name: str, stream: Stream, depth: int) -> Iterator[Outcome]:
        for number, raw in enumerate(mail.split_mbox(stream, self._limits), start=1):
            if self._budget.is_spent:
                return
            yield from self._guarded_mail(member_name(name, f"mail {number}"), raw, depth + 1)

    def _guarded_mail(self, name: str, raw: bytes, depth: int) -> Iterator[Outcome]:
        if mail.may_hold_report(raw):
            yield from self.guarded(name, Stream.of(raw), depth)
        else:
            yield _no_report(name)

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
                yield self._judged(raw, read, self._authentication)

    def _judged(self, raw: bytes, read: ReportRead, how: Authentication) -> ReportRead:
        found = judge_mail(raw, read.report, how)
        if found.verdict != "verified":  # it may have been forwarded as an attachment
            inner = (mail for mail in attached_mails(raw) if self._holds(mail, read))
            judged = (judge_mail(mail, read.report, how) for mail in inner)
            found = next((one for one in judged if one.verdict == "verified"), found)
        if found.verdict == "verified":
            return replace(read, authenticity=found.verdict, signer=found.domain)
        is_out = how.leaves_out(found.verdict)
        message = f"{found.reason}: {'left out of the analyses' if is_out else 'kept all the same'}"
        problem = Problem(
            read.source, "authenticity", "rejected" if is_out else "forgiven", message
        )
        return replace(read, authenticity=found.verdict, problems=(*read.problems, problem))

    def _holds(self, raw: bytes, read: ReportRead) -> bool:
        outcomes = _Reading(self._limits).guarded(read.source, Stream.of(raw), 1)
        return any(isinstance(one, ReportRead) and one.report == read.report for one in outcomes)

    def _mail(self, name: str, raw: bytes, depth: int) -> Iterator[Outcome]:
        if len(raw) > self._limits.mail_bytes:
            yield self._large_mail(name, raw)
            return
        if not mail.may_hold_report(raw):
            yield _no_report(name)
            return
        passed_over: list[Outcome] | None = []
        for part in mail.parse_mail(raw, self._limits).parts:
            for outcome in self._part(name, part, depth):
                if passed_over is not None and isinstance(outcome, Skipped):
                    passed_over.append(outcome)
                    continue
                yield from passed_over or ()
                passed_over = None
                yield outcome
        if passed_over is not None:  # no part of it was a report, so the mail is one member
            yield _no_report(name) if not mail.declares_report(raw) else _lost_report(name)

    def _part(self, name: str, part: mail.Part, depth: int) -> Iterator[Outcome]:
        if _may_be_report(part):
            inner = member_name(name, part.name)
            yield from self.guarded(inner, Stream.of(part.content), depth + 1)

    def _large_mail(self, name: str, raw: bytes) -> Rejected | Skipped:
        message = f"a mail of more than {self._limits.mail_bytes:,} bytes"
        if mail.declares_report(raw):
            message += ": load it with larger limits if you trust it"
            return Rejected(Problem(name, "mail", "rejected", message))
        return _skipped(name, "mail", message)


def read_document(name: str, content: bytes) -> Outcome:
    """Judge the bytes of one JSON object: a report, one that cannot be counted, or none.

    Examples
    --------
    >>> read_document("a.json", b'{"some": "thing"}').problem.message
    'JSON, but not a TLS report (RFC 8460 §4.4)'
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"broken or cut off JSON ({error}): {ASK_AGAIN}"
        return Rejected(Problem(name, "json", "rejected", message))
    if not is_report_like(document):
        return _skipped(name, "json", "JSON, but not a TLS report (RFC 8460 §4.4)")
    try:
        parsed = read_report(document)
    except ReportError as error:
        return Rejected(Problem(name, "report", "rejected", str(error)))
    lenient = (*_encoding_leniencies(content), *parsed.leniencies)
    problems = (
        *(Problem(name, "report", "forgiven", text) for text in lenient),
        *(Problem(name, "policy", "rejected", text) for text in parsed.refused_policies),
    )
    return ReportRead(name, parsed.report, problems=problems)


def _forgiven(outcome: Outcome, leniencies: list[str]) -> Outcome:
    if not leniencies or not isinstance(outcome, ReportRead):
        return outcome
    problems = (Problem(outcome.source, "archive", "forgiven", text) for text in leniencies)
    return replace(outcome, problems=(*problems, *outcome.problems))


def _is_json_object(head: bytes) -> bool:
    if head.startswith(_OTHER_BOMS):  # as PowerShell writes what it redirects
        head = head[2:].replace(b"\0", b"")
    return _JSON_OBJECT.match(head.removeprefix(BOM_UTF8)) is not None


def _encoding_leniencies(content: bytes) -> tuple[str, ...]:
    if content.startswith(BOM_UTF8):
        return ("a byte order mark before the JSON (RFC 8259 §8.1)",)
    if content.startswith(_OTHER_BOMS):
        return ("UTF-16 instead of UTF-8 (RFC 8259 §8.1)",)
    return ()


def _may_be_report(part: mail.Part) -> bool:
    head = part.content[: mail.HEAD_BYTES]
    if part.media_type.startswith("text/"):  # a body that starts with a brace is no report yet
        is_named = any(f'"{key}"'.encode() in part.content for key in REPORT_KEYS)
        return (_is_json_object(head) and is_named) or packings.is_packed(head)
    return (
        _is_json_object(head)
        or packings.is_packed(head)
        or archives.is_zip(head)
        or mail.is_mail(head)
        or archives.is_tar(head)
    )


def _skipped(name: str, stage: str, message: str) -> Skipped:
    return Skipped(Problem(name, stage, "skipped", message))


def _no_report(name: str) -> Skipped:
    return _skipped(name, "mail", "a mail without a TLS report")


def _lost_report(name: str) -> Rejected:
    message = (
        "it says that it carries a TLS report (RFC 8460 §5.3), but no part of it is one:"
        " fetch the mail again, with its attachment"
    )
    return Rejected(Problem(name, "mail", "rejected", message))


def _unopened(name: str, error: OSError) -> Rejected:
    message = f"it cannot be read ({error.strerror}): check the disk and the permissions"
    return Rejected(Problem(name, "source", "rejected", message))
