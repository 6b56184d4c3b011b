"""What the tolerant reader makes of a mail: which parts it reads, and what it remarks on them."""

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Problem, Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.tolerant import json_documents
from tlsrpt_analysis.intake.wrappings import base64_texts, mail, outlook, packings
from tlsrpt_analysis.intake.wrappings.kinds import kind_of
from tlsrpt_analysis.intake.wrappings.mail_header import media_type_remark, submitter_remark
from tlsrpt_analysis.standards.report import REPORT_KEYS


def mail_leniencies(outcome: Outcome, parsed: mail.Mail, part: mail.Part) -> tuple[str, ...]:
    """Return what was forgiven in a mail for the report in one of its parts."""
    if not isinstance(outcome, ReportRead) or part.media_type.startswith("message/"):
        return ()  # an attached mail has its own
    leniencies = (*parsed.leniencies, *part.leniencies)
    if not _is_as_declared(part):
        leniencies = (*leniencies, media_type_remark(part.media_type))
    submitter = parsed.tls_report_submitter or ""
    if remark := submitter_remark(outcome.report.contact_info, submitter):
        leniencies = (*leniencies, remark)
    return tuple(dict.fromkeys(leniencies))


def _is_as_declared(part: mail.Part) -> bool:
    head = part.content[: mail.HEAD_BYTES]
    if part.media_type == "application/tlsrpt+gzip":
        return packings.is_packed(head)
    return part.media_type == "application/tlsrpt+json" and json_documents.is_json(head)


def may_be_report(part: mail.Part) -> bool:
    """Whether a part may hold a report."""
    head = part.content[: mail.HEAD_BYTES]
    if part.media_type.startswith("text/"):  # a body that starts with a brace is no report yet
        is_named = any(f'"{key}"'.encode() in part.content for key in REPORT_KEYS)
        is_packed = packings.is_packed(head) or base64_texts.is_base64(head)
        return (json_documents.is_json(head) and is_named) or is_packed
    kind = kind_of(head)
    if kind == "ole":
        return outlook.may_be_message(part.content)
    return json_documents.is_json(head) or kind not in {None, "mbox"}


def without_report(name: str) -> Skipped:
    """Return the outcome of a mail that has nothing to do with reports."""
    return Skipped(Problem(name, "mail", "skipped", "a mail without a TLS report"))


def lost_report(name: str) -> Rejected:
    """Return the outcome of a mail whose report is missing."""
    message = (
        "it says that it carries a TLS report (RFC 8460 §5.3), but no part of it is one:"
        " fetch the mail again, with its attachment"
    )
    return Rejected(Problem(name, "mail", "rejected", message))


def large_mail(name: str, raw: bytes, limits: Limits) -> Rejected | Skipped:
    """Return the outcome of a mail that is larger than the limits allow."""
    message = f"a mail of more than {limits.mail_bytes:,} bytes"
    if mail.declares_report(raw):
        message += ": load it with larger limits if you trust it"
        return Rejected(Problem(name, "mail", "rejected", message))
    return Skipped(Problem(name, "mail", "skipped", message))
