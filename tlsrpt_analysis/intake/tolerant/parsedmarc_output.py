"""Reports written by parsedmarc, in its JSON or its CSV.

Both omit some members of a report; what cannot be recovered is a remark on each report.
Its CSV has a row for each policy and one for each failure of it, and both write their count into
`failed_session_count`: a row with a policy type is a policy, one without is a failure of the
policy above it.
"""

import codecs
import csv
import json
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Problem, Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.wrappings.streams import CHUNK_BYTES, Stream, Unreadable, member_name
from tlsrpt_analysis.standards.report import FailureDetails, read_report

JSON_LOSS = (
    "read from parsedmarc's JSON, which has no mx-host: read the original report to recover it"
)
CSV_LOSS = (
    "read from parsedmarc's CSV, which has no contact-info and no mx-host, and may give a policy"
    " the policy-string of the one before it: read the original report to recover them"
)

_HEAD_BYTES = 200
_KEYS = ("organization_name", "begin_date", "end_date", "report_id")
_CSV = re.compile(
    rb"(?:\xef\xbb\xbf)?" + rb",".join(rb'"?' + key.encode() + rb'"?' for key in _KEYS)
)
_JSON = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*"(?:organization_name"\s*:\s*(?s:.{0,1000})"begin_date"'
    rb'|smtp_tls_reports"|aggregate_reports")'
)
_POLICY_FIELDS = {
    "policy_domain": "policy-domain",
    "policy_type": "policy-type",
    "policy_strings": "policy-string",
    "mx_host_patterns": "mx-host",
}
_SUMMARY_FIELDS = {
    "successful_session_count": "total-successful-session-count",
    "failed_session_count": "total-failure-session-count",
}
_FAILURE_FIELDS = dict(
    zip(FailureDetails.__struct_fields__, FailureDetails.__struct_encode_fields__, strict=True)
) | {"additional_info_uri": "additional-information"}
_QUOTED_FORMULA = re.compile(r"'(?=[=+\-@\t\r])")
_COUNTS = frozenset(_SUMMARY_FIELDS)
_LISTS = frozenset({"policy_strings", "mx_host_patterns"})

Row = Mapping[Any, Any]


def is_output(head: bytes) -> bool:
    """Whether bytes start as parsedmarc's CSV or JSON of TLS reports.

    The JSON holds one report, several, or all that parsedmarc found.
    """
    return _CSV.match(head) is not None or _JSON.match(head) is not None


def read_output(name: str, stream: Stream, limits: Limits) -> Iterator[Outcome]:
    """Read what parsedmarc wrote, one outcome for each report in it."""
    if _CSV.match(stream.peek(_HEAD_BYTES)):
        yield from read_csv(name, stream, longest=limits.document_bytes)
    else:
        yield from read_json(name, stream.read_all(limits.document_bytes, stage="json"))


# --- JSON ----------------------------------------------------------------------------------------


def read_json(name: str, content: bytes) -> Iterator[Outcome]:
    """Read parsedmarc's JSON, one outcome for each TLS report in it.

    Examples
    --------
    >>> [outcome.problem.message for outcome in read_json("a.json", b"[]")]
    ["parsedmarc's output, but no TLS report in it"]
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"broken or cut off JSON of parsedmarc ({error}): let it write the file again"
        yield Rejected(Problem(name, "json", "rejected", message))
        return
    if isinstance(document, Mapping) and "organization_name" in document:
        yield _outcome(name, _document(document), JSON_LOSS)
        return
    entries = document.get("smtp_tls_reports") if isinstance(document, Mapping) else document
    if not isinstance(entries, list) or not entries:
        yield _nothing(name)
        return
    for number, entry in enumerate(entries, start=1):
        inner = member_name(name, f"report {number}")
        if isinstance(entry, Mapping) and "organization_name" in entry:
            yield _outcome(inner, _document(entry), JSON_LOSS)
        else:
            yield _nothing(inner)


def _document(report: Mapping[str, object]) -> dict[str, object]:
    contact = report.get("contact_info")
    policies = report.get("policies")
    return {
        "organization-name": report.get("organization_name"),
        "contact-info": contact[0] if isinstance(contact, list) and contact else contact,
        "report-id": report.get("report_id"),
        "date-range": {
            "start-datetime": report.get("begin_date"),
            "end-datetime": report.get("end_date"),
        },
        "policies": (
            [_policy(policy) for policy in policies] if isinstance(policies, list) else policies
        ),
    }


def _policy(policy: object) -> object:
    if not isinstance(policy, Mapping):
        return policy
    details = policy.get("failure_details")
    return {
        "policy": _renamed(policy, _POLICY_FIELDS),
        "summary": _renamed(policy, _SUMMARY_FIELDS),
        "failure-details": [
            _renamed(entry, _FAILURE_FIELDS) if isinstance(entry, Mapping) else entry
            for entry in details
        ]
        if isinstance(details, list)
        else details,
    }


def _renamed(document: Mapping[str, object], fields: Mapping[str, str]) -> dict[str, object]:
    return {fields[key]: value for key, value in document.items() if key in fields}


# --- CSV -----------------------------------------------------------------------------------------


def read_csv(name: str, stream: Stream, *, longest: int) -> Iterator[Outcome]:
    """Read parsedmarc's CSV as it comes, one outcome for each report in it.

    Parameters
    ----------
    name : str
        The way to it.
    stream : Stream
        Its bytes.
    longest : int
        The most bytes that one line, and the rows of one report, may have.
    """
    faults: list[str] = []
    count = 0
    for key, group in groupby(_rows(stream, longest, faults), key=_identity):
        for report in _copies(_bounded(group, longest)):
            count += 1
            yield _csv_outcome(member_name(name, f"report {count}"), key, report)
    for fault in faults:
        yield Rejected(Problem(name, "report", "rejected", fault))
    if not count and not faults:
        yield _nothing(name)


def _rows(stream: Stream, longest: int, faults: list[str]) -> Iterator[Row]:
    reader = csv.DictReader(_lines(stream, longest), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        where = f"after line {reader.line_num}"
        faults.append(f"broken or cut off CSV of parsedmarc ({error}): what comes {where} is lost")


def _identity(row: Row) -> tuple[str, ...]:
    return tuple(row.get(key) or "" for key in _KEYS)


def _bounded(rows: Iterator[Row], longest: int) -> list[Row]:
    kept, size = [], 0
    for row in rows:
        size += sum(len(value) for value in row.values() if isinstance(value, str))
        if size > longest:
            raise Unreadable("report", f"a report in it has more than {longest:,} bytes")
        kept.append(row)
    return kept


def _copies(rows: list[Row]) -> Iterator[list[Row]]:
    """Part the rows of a report that stands there twice or more, one after the other."""
    for size in range(1, len(rows) // 2 + 1):
        if len(rows) % size == 0 and rows[size:] == rows[:-size]:
            yield from (rows[start : start + size] for start in range(0, len(rows), size))
            return
    yield rows


def _csv_outcome(name: str, key: tuple[str, ...], rows: list[Row]) -> Outcome:
    try:
        document = _csv_document(key, rows)
    except ReportError as error:
        return Rejected(Problem(name, "report", "rejected", str(error)))
    return _outcome(name, document, CSV_LOSS)


def _csv_document(key: tuple[str, ...], rows: list[Row]) -> dict[str, object]:
    policies: list[dict[str, object]] = []
    details: list[dict[str, object]] = []
    for row in rows:
        values = _values(row)
        if "policy_type" in values:
            details = []
            policies.append(values | {"failure_details": details})
            if values["policy_type"] == "no-policy-found":  # then it is that of the one before
                policies[-1].pop("policy_strings", None)
        elif policies:
            details.append(values)
        else:
            raise ReportError("its CSV starts within a report, so its policy is not known")
    named = dict(
        zip(_KEYS, (_QUOTED_FORMULA.sub("", value, count=1) for value in key), strict=True)
    )
    return _document(named | {"policies": policies})


def _values(row: Row) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, text in row.items():
        if not text or not isinstance(key, str):
            continue
        if key in _COUNTS:
            values[key] = int(text) if re.fullmatch(r"-?[0-9]{1,20}", text) else text
        else:
            value = _QUOTED_FORMULA.sub("", text, count=1) if text[0] == "'" else text
            values[key] = value.split("|") if key in _LISTS else value
    return values


def _lines(stream: Stream, longest: int) -> Iterator[str]:
    decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
    pending = ""
    while chunk := stream.read(CHUNK_BYTES):
        *lines, pending = (pending + decode(chunk)).split("\n")
        if len(pending) > longest:
            raise Unreadable("report", f"it has a line of more than {longest:,} bytes")
        yield from (f"{line}\n" for line in lines)
    yield pending + decode(b"", final=True)


# --- both ----------------------------------------------------------------------------------------


def _outcome(name: str, document: Mapping[str, object], loss: str) -> Outcome:
    try:
        parsed = read_report(document)
    except ReportError as error:
        return Rejected(Problem(name, "report", "rejected", str(error)))
    problems = (
        *(Problem(name, "report", "forgiven", text) for text in (loss, *parsed.leniencies)),
        *(Problem(name, "policy", "rejected", text) for text in parsed.refused_policies),
    )
    return ReportRead(name, parsed.report, problems=problems)


def _nothing(name: str) -> Skipped:
    message = "parsedmarc's output, but no TLS report in it"
    return Skipped(Problem(name, "report", "skipped", message))
