"""The strict reader: a report exactly as RFC 8460 §4.4 writes it, decoded straight into its types.

Only a date without a time zone is forgiven, as every report of Microsoft has it.
Whatever is refused goes to `tlsrpt_analysis.standards.tolerant_reader`, which decides;
whatever is accepted is what that reader accepts without another remark.
"""

import re
from datetime import UTC
from functools import lru_cache
from typing import TypeVar

import msgspec
from msgspec.structs import force_setattr

from tlsrpt_analysis.standards.addresses import bare_address, bare_host
from tlsrpt_analysis.standards.domain_names import LONGEST_ENCODED, normalize_domain
from tlsrpt_analysis.standards.instants import microseconds_of_text, read_instant
from tlsrpt_analysis.standards.policy_lines import is_spelled_well, split_lines
from tlsrpt_analysis.standards.repeated_members import are_repeated, has_lost_members
from tlsrpt_analysis.standards.report_sizes import SMALLEST_EXCESS, excess
from tlsrpt_analysis.standards.report_types import (
    LARGEST_COUNT,
    DateRange,
    FailureDetails,
    PolicyResult,
    Report,
    ReportedPolicy,
)
from tlsrpt_analysis.standards.tolerant_reader import MOST_POLICIES, NO_ZONE, session_count

_Type = TypeVar("_Type")

_DECODER = msgspec.json.Decoder(Report)
_ENCODER = msgspec.json.Encoder()
_UNDECODABLE = (msgspec.MsgspecError, ValueError, RecursionError)
_ODD_ESCAPE = re.compile(rb"\\[ur]")  # half surrogates and carriage returns
_EMPTY_TEXT = re.compile(rb'""')  # four times as fast as the operator in


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """A report, what was forgiven in it, its range in microseconds since 1970, and its bytes."""

    report: Report
    leniencies: tuple[str, ...]
    start: int
    end: int
    size: int


def decode_report(content: bytes | bytearray) -> Decoded | None:
    """Decode a report that needs at most one leniency; return None for any other.

    Examples
    --------
    >>> text = b'''{"organization-name": "Company-X", "report-id": "1", "policies": [],
    ...     "date-range": {"start-datetime": "2016-04-01T00:00:00Z",
    ...                    "end-datetime": "2016-04-01T23:59:59Z"}}'''
    >>> decode_report(text).report.organization_name
    'Company-X'
    >>> decode_report(b'{"organization-name": 1}') is None
    True
    """
    if b"\\" in content and _ODD_ESCAPE.search(content):
        return None
    report: Report | None
    is_exact = True
    try:
        report = _DECODER.decode(content)
    except _UNDECODABLE:
        report, is_exact = _without_empty_texts(_DECODER, content), False
    colons = -1 if report is None else _settle(report.policies)
    if report is None or colons < 0:
        return None
    if len(content) > SMALLEST_EXCESS and excess(report.policies):
        return None
    date_range = report.date_range
    settled = _settled_range(date_range.start_datetime, date_range.end_datetime)
    if settled is None:
        return None
    date_range, leniencies, start, end, of_range = settled
    if is_exact and are_repeated(content, report, colons + of_range):
        return None
    force_setattr(report, "date_range", date_range)  # nobody else has the report yet
    return Decoded(report, leniencies, start, end, len(content))


@lru_cache(maxsize=65_536)
def _in_utc(text: str) -> tuple[str, tuple[str, ...]] | None:
    try:
        moment = read_instant(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC).isoformat(), (NO_ZONE,)
        return moment.astimezone(UTC).isoformat(), ()
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=65_536)
def _settled_range(start: str, end: str) -> tuple[DateRange, tuple[str, ...], int, int, int] | None:
    """Return the range in UTC, what was forgiven, both ends in microseconds, and the colons."""
    start_in_utc, end_in_utc = _in_utc(start), _in_utc(end)
    if start_in_utc is None or end_in_utc is None:
        return None
    date_range = DateRange(start_in_utc[0], end_in_utc[0])
    first = microseconds_of_text(date_range.start_datetime)
    last = microseconds_of_text(date_range.end_datetime)
    leniencies = start_in_utc[1] or end_in_utc[1]
    colons = 2 + start.count(":") + end.count(":")
    return (date_range, leniencies, first, last, colons) if first <= last else None


_MOST_NAMES = 65_536
_Colons = dict[str | None, int]
_NORMAL_NAMES: _Colons = {
    None: 0
}  # names that need no second look, and the colons of their members
_BARE_ADDRESSES: _Colons = {None: 0}


def _settle(results: tuple[PolicyResult, ...]) -> int:
    """Replace the bytes of each policy by the policy; return all colons, or -1 for leniency."""
    if len(results) > MOST_POLICIES:
        return -1
    colons, known = 0, _POLICIES
    for result in results:
        content = bytes(result.policy)  # type: ignore[call-overload]  # of `msgspec.Raw`
        settled = known.get(content) or _settled_policy(content)
        if settled is None:
            return -1
        force_setattr(result, "policy", settled[0])
        colons += settled[1] + 4
        if result.failure_details:
            of_details = _settled_details(result.failure_details)
            if not of_details:
                return -1
            colons += of_details
    return colons if session_count(results) <= LARGEST_COUNT else -1


def _settled_details(failures: tuple[FailureDetails, ...]) -> int:
    """Return the colons of failure details, or 0 where one needs leniency."""
    colons, names, addresses = 1, _NORMAL_NAMES, _BARE_ADDRESSES
    for details in failures:
        name, receiving, sending = (
            details.receiving_mx_hostname,
            details.receiving_ip,
            details.sending_mta_ip,
        )
        if (
            details.failed_session_count is None
            or (name not in names and not _is_normal(name))
            or (receiving not in addresses and not _is_bare(receiving))
            or (sending not in addresses and not _is_bare(sending))
        ):
            return 0
        colons += 2 + _member(names, name) + _member(addresses, receiving)
        colons += _member(addresses, sending)
        for text in (
            details.receiving_mx_helo,
            details.additional_information,
            details.failure_reason_code,
        ):
            if text is not None:
                colons += 1 + text.count(":")
    return colons


def _member(known: _Colons, text: str | None) -> int:
    """Return the colons of a member: the one after its name, and those in its text."""
    found = known.get(text)
    return 1 + str(text).count(":") if found is None else found


_POLICY_DECODER = msgspec.json.Decoder(ReportedPolicy)
_LONGEST_KEPT = 2_048
_MOST_KEPT = 8_192
_POLICIES: dict[bytes, tuple[ReportedPolicy, int]] = {}  # those that were met, by their bytes
_WELL_SPELLED: set[tuple[str, ...]] = set()  # policy texts that were met; many domains share one


def _settled_policy(content: bytes) -> tuple[ReportedPolicy, int] | None:
    """Decode a policy and normalise its names; return it with its colons, None for leniency."""
    policy: ReportedPolicy | None
    try:
        policy = _POLICY_DECODER.decode(content)
    except _UNDECODABLE:
        policy = _without_empty_texts(_POLICY_DECODER, content)
    if policy is None or not _is_normal(policy.policy_domain):
        return None
    lines, colons = policy.policy_string, content.count(b":")
    each_once = 2 + bool(lines) + bool(policy.mx_host)
    each_once += "".join((*lines, *policy.mx_host)).count(":")
    if colons != each_once and has_lost_members(content, msgspec.json.decode(content)):
        return None
    if len(lines) == 1 and lines[0].lstrip().startswith("["):  # Microsoft, for tlsa
        return None
    if lines not in _WELL_SPELLED and not _is_well_spelled(lines):
        return None
    if any(not host.isascii() or bare_host(host) != (host, None) for host in policy.mx_host):
        return None
    if policy.mx_host:
        hosts = tuple(normalize_domain(host) for host in policy.mx_host)
        policy = msgspec.structs.replace(policy, mx_host=hosts)
    if len(_POLICIES) >= _MOST_KEPT:
        _POLICIES.clear()
    settled = policy, colons
    if len(content) <= _LONGEST_KEPT:
        _POLICIES[content] = settled
    return settled


def _is_well_spelled(lines: tuple[str, ...]) -> bool:
    """Whether a policy text is as RFC 8461 §3.2 has it, one line an item; remember that it is."""
    if split_lines(lines) != lines or not is_spelled_well(lines):
        return False
    if len(_WELL_SPELLED) >= _MOST_KEPT:
        _WELL_SPELLED.clear()
    if sum(map(len, lines)) <= _LONGEST_KEPT:
        _WELL_SPELLED.add(lines)
    return True


def _is_normal(name: str | None) -> bool:
    if name is None:
        return True
    if len(name) > LONGEST_ENCODED or not name.isascii():
        return False
    if normalize_domain(name) != name or bare_host(name) != (name, None):
        return False
    return _is_remembered(name, _NORMAL_NAMES)


def _is_bare(address: str | None) -> bool:
    if address is None or bare_address(address) != address:
        return False
    return _is_remembered(address, _BARE_ADDRESSES)


def _is_remembered(text: str, known: _Colons) -> bool:
    """Remember a text that needs no second look."""
    if len(known) > _MOST_NAMES:
        known.clear()
        known[None] = 0
    if len(text) <= LONGEST_ENCODED:
        known[text] = 1 + text.count(":")
    return True


def _without_empty_texts(
    decoder: msgspec.json.Decoder[_Type], content: bytes | bytearray
) -> _Type | None:
    """Decode what has empty texts as if they were not there."""
    if _EMPTY_TEXT.search(content) is None:
        return None
    try:
        encoded = _ENCODER.encode(_nulled(msgspec.json.decode(content)))
        return decoder.decode(encoded) if encoded.count(b":") == content.count(b":") else None
    except _UNDECODABLE:
        return None


def _nulled(value: object) -> object:
    """Return the value with null in place of each empty text."""
    if isinstance(value, dict):
        return {name: None if item == "" else _nulled(item) for name, item in value.items()}
    return [_nulled(item) for item in value] if isinstance(value, list) else value
