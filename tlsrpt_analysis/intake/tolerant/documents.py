"""JSON documents in a stream: a report, one that cannot be counted, or neither."""

from collections.abc import Callable, Iterator

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Problem, Rejected, ReportRead, skipped_member
from tlsrpt_analysis.intake.tolerant import json_documents, parsedmarc_output
from tlsrpt_analysis.intake.tolerant.wrapped_reports import NO_REPORT, Wrapper, wrapper_of
from tlsrpt_analysis.intake.wrappings.streams import Stream, member_name
from tlsrpt_analysis.standards.report import is_report_like, read_report

DocumentReader = Callable[[str, Stream, Limits], Iterator[Outcome | Wrapper]]


def is_document(head: bytes) -> bool:
    """Whether bytes start as JSON, or as what parsedmarc wrote."""
    return document_reader(head) is not None


def document_reader(head: bytes) -> DocumentReader | None:
    """Return the reader of a document that starts like this; None if no document does."""
    if parsedmarc_output.is_output(head):
        return parsedmarc_output.read_output
    return read_documents if json_documents.is_json(head) else None


def read_document(name: str, content: bytes) -> Outcome:
    """Read the bytes of one JSON document: a report, one that cannot be counted, or neither.

    Examples
    --------
    >>> read_document("a.json", b'{"some": "thing"}').problem.message
    'JSON, but not a TLS report (RFC 8460 §4.4)'
    """
    outcome = next(read_documents(name, Stream.of(content), DEFAULT_LIMITS))
    return skipped_member(name, "json", NO_REPORT) if isinstance(outcome, Wrapper) else outcome


def read_documents(name: str, stream: Stream, limits: Limits) -> Iterator[Outcome | Wrapper]:
    """Read the JSON in a stream: an outcome for each document, or what is wrapped in it.

    Examples
    --------
    >>> other = Stream.of(b'{"some": "thing"}')
    >>> [outcome.problem.message for outcome in read_documents("a.json", other, DEFAULT_LIMITS)]
    ['JSON, but not a TLS report (RFC 8460 §4.4)']
    """
    for found in json_documents.documents(stream, limits):
        inner = member_name(name, found.place) if found.place else name
        if isinstance(found, json_documents.Broken):
            yield Rejected(Problem(inner, "json", "rejected", found.message))
        else:
            yield _outcome(inner, found)


def _outcome(name: str, document: json_documents.Document) -> Outcome | Wrapper:
    if not is_report_like(document.value):
        wrapper = wrapper_of(name, document.value, document.leniencies)
        return wrapper or skipped_member(name, "json", NO_REPORT)
    try:
        parsed = read_report(document.value)
    except ReportError as error:
        return Rejected(Problem(name, "report", "rejected", str(error)))
    leniencies = (*document.leniencies, *parsed.leniencies)
    problems = (
        *(Problem(name, "report", "forgiven", text) for text in leniencies),
        *(Problem(name, "policy", "rejected", text) for text in parsed.refused_policies),
    )
    return ReportRead(name, parsed.report, problems=problems)
