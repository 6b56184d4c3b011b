"""A report exactly as RFC 8460 §4.4 writes it, decoded at once into types; anything else is refused.

Nothing is forgiven here but a date without a time zone, as every report of Microsoft has it: what is refused is read by `tlsrpt_analysis.standards.report_reader`,
which stays the judge, and what is accepted is what that reader accepts without another remark.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec

from tlsrpt_analysis.standards.domain_names import LONGEST_ENCODED, normalize_domain
from tlsrpt_analysis.standards.report_reader import LARGEST_COUNT, MOST_POLICIES, NO_ZONE
from tlsrpt_analysis.standards.report_types import FailureDetails, PolicyResult, Report

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]

Text = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that says something; an empty one is the same as none."""

PolicyType = Literal["sts", "tlsa", "no-policy-found"]  # RFC 8460 §4.4

ResultType = Literal[
    "starttls-not-supported",
    "certificate-host-mismatch",
    "certificate-expired",
    "certificate-not-trusted",
    "validation-failure",
    "tlsa-invalid",
    "dnssec-invalid",
    "dane-required",
    "sts-policy-fetch-error",
    "sts-policy-invalid",
    "sts-webpki-invalid",
]  # RFC 8460 §4.3

_Type = TypeVar("_Type")

DIGEST_BYTES = 16
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Object(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, gc=False):
    """A JSON object of which every member is known."""


class CanonicalFailure(_Object, kw_only=True):
    """An entry of ``failure-details``; the members are those of `FailureDetails`."""

    result_type: ResultType | None
    sending_mta_ip: Text | None = None
    receiving_mx_hostname: Text | None = None
    receiving_mx_helo: Text | None = None
    receiving_ip: Text | None = None
    failed_session_count: Count
    additional_information: Text | None = None
    failure_reason_code: Text | None = None


class CanonicalPolicy(_Object, kw_only=True):
    """The ``policy`` of an entry of ``policies``; many reports share it, so it stays as it is."""

    policy_type: PolicyType | None
    policy_string: tuple[str, ...] = ()
    policy_domain: Text | None
    mx_host: tuple[str, ...] = ()


if TYPE_CHECKING:
    _Policy = CanonicalPolicy
else:
    _Policy = msgspec.Raw
"""What is decoded comes as bytes, and is settled at once: thousands of reports have it alike."""


class CanonicalSummary(_Object, kw_only=True):
    """The ``summary`` of an entry of ``policies``."""

    total_successful_session_count: Count
    total_failure_session_count: Count


class CanonicalResult(_Object, kw_only=True):
    """An entry of ``policies``."""

    policy: _Policy
    summary: CanonicalSummary
    failure_details: list[CanonicalFailure] = []


class CanonicalRange(_Object, kw_only=True):
    """The ``date-range``; after decoding both texts are in UTC and in one form."""

    start_datetime: str
    end_datetime: str


class CanonicalReport(_Object, kw_only=True):
    """The outermost object."""

    organization_name: Text | None = None
    date_range: CanonicalRange
    contact_info: Text | None = None
    report_id: Text | None = None
    policies: list[CanonicalResult]


_DECODER = msgspec.json.Decoder(CanonicalReport)
_ENCODER = msgspec.json.Encoder()
_UNDECODABLE = (msgspec.MsgspecError, ValueError, RecursionError)
_ODD_ESCAPE = re.compile(rb"\\[ur]")  # half surrogates and carriage returns
_EMPTY_TEXT = re.compile(rb'""')  # four times as fast as the operator in


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """A report, what was forgiven in it, its range in microseconds since 1970, and its bytes."""

    report: CanonicalReport
    leniencies: tuple[str, ...]
    start: int
    end: int
    size: int


def decode_canonical(content: bytes | bytearray) -> Decoded | None:
    """Decode a report that needs no leniency but one, or give None.

    Examples
    --------
    >>> text = b'''{"organization-name": "Company-X", "report-id": "1", "policies": [],
    ...     "date-range": {"start-datetime": "2016-04-01T00:00:00Z",
    ...                    "end-datetime": "2016-04-01T23:59:59Z"}}'''
    >>> decode_canonical(text).report.organization_name
    'Company-X'
    >>> decode_canonical(b'{"organization-name": 1}') is None
    True
    """
    if b"\\" in content and _ODD_ESCAPE.search(content):
        return None
    report: CanonicalReport | None
    try:
        report = _DECODER.decode(content)
    except _UNDECODABLE:
        report = _without_empty_texts(_DECODER, content)
    if report is None or not _is_plain(report.policies):
        return None
    days = report.date_range
    moments = _moments(days.start_datetime, days.end_datetime)
    if moments is None:
        return None
    days.start_datetime, days.end_datetime, leniencies, start, end = moments
    return Decoded(report, leniencies, start, end, len(content))


def canonical_of(report: Report) -> CanonicalReport:
    """Give a report that was read with leniency the same types."""
    return CanonicalReport(
        organization_name=report.organization_name,
        date_range=CanonicalRange(
            start_datetime=report.start_datetime.isoformat(),
            end_datetime=report.end_datetime.isoformat(),
        ),
        contact_info=report.contact_info,
        report_id=report.report_id,
        policies=[_result_of(policy) for policy in report.policies],
    )


def report_of(canonical: CanonicalReport) -> Report:
    """Give the report in the types of `tlsrpt_analysis.standards.report`."""
    return Report(
        organization_name=canonical.organization_name,
        contact_info=canonical.contact_info,
        report_id=canonical.report_id,
        start_datetime=datetime.fromisoformat(canonical.date_range.start_datetime),
        end_datetime=datetime.fromisoformat(canonical.date_range.end_datetime),
        policies=tuple(_policy_of(result) for result in canonical.policies),
    )


def content_digests(
    these: Iterable[CanonicalReport], more: Iterable[tuple[str, ...]]
) -> list[bytes]:
    """Give the fingerprint of what each report says, whatever its bytes were, and of its more texts."""
    digests = []
    content = bytearray()  # one for all, as room for each costs as much as to write it
    encode_into, size = _ENCODER.encode_into, DIGEST_BYTES
    ends: dict[tuple[str, ...], bytes] = {}
    for report, texts in zip(these, more, strict=True):
        encode_into(report, content)
        if (end := ends.get(texts)) is None:
            end = ends[texts] = "\0".join(texts).encode()
        content += end
        digests.append(blake2b(content, digest_size=size).digest())
    return digests


@lru_cache(maxsize=65_536)
def microseconds(utc: str) -> int:
    """Give the microseconds since 1970 of a text that `moment` gave."""
    elapsed = datetime.fromisoformat(utc) - EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


@lru_cache(maxsize=65_536)
def _moment(text: str) -> tuple[str, tuple[str, ...]] | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC).isoformat(), (NO_ZONE,)
        return moment.astimezone(UTC).isoformat(), ()
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=65_536)
def _moments(start_text: str, end_text: str) -> tuple[str, str, tuple[str, ...], int, int] | None:
    start, end = _moment(start_text), _moment(end_text)
    if start is None or end is None:
        return None
    first, last = microseconds(start[0]), microseconds(end[0])
    return (start[0], end[0], start[1] or end[1], first, last) if first <= last else None


_MOST_NAMES = 65_536
_NORMAL_NAMES: set[str | None] = {None}  # names that were met, which need no second look


def _is_plain(results: list[CanonicalResult]) -> bool:
    if len(results) > MOST_POLICIES:
        return False
    names, known = _NORMAL_NAMES, _POLICIES
    for result in results:
        content = bytes(result.policy)  # type: ignore[call-overload]  # of `msgspec.Raw`
        policy = known.get(content) or _settled(content)
        if policy is None:
            return False
        result.policy = policy
        for details in result.failure_details:
            name = details.receiving_mx_hostname
            if name not in names and not _is_normal(name):
                return False
    return True


_POLICY_DECODER = msgspec.json.Decoder(CanonicalPolicy)
_LONGEST_KEPT = 2_048
_MOST_KEPT = 8_192
_POLICIES: dict[bytes, CanonicalPolicy] = {}  # those that were met, by their bytes


def _settled(content: bytes) -> CanonicalPolicy | None:
    """Decode a policy and put its names into one form, or give None where it needs leniency."""
    policy: CanonicalPolicy | None
    try:
        policy = _POLICY_DECODER.decode(content)
    except _UNDECODABLE:
        policy = _without_empty_texts(_POLICY_DECODER, content)
    if policy is None or not _is_normal(policy.policy_domain):
        return None
    lines = policy.policy_string
    if len(lines) == 1 and lines[0].lstrip().startswith("["):  # Microsoft, for tlsa
        return None
    if policy.mx_host:
        hosts = tuple(normalize_domain(host) for host in policy.mx_host)
        policy = msgspec.structs.replace(policy, mx_host=hosts)
    if len(_POLICIES) >= _MOST_KEPT:
        _POLICIES.clear()
    if len(content) <= _LONGEST_KEPT:
        _POLICIES[content] = policy
    return policy


def _is_normal(name: str | None) -> bool:
    if name is not None and normalize_domain(name) != name:
        return False
    if len(_NORMAL_NAMES) > _MOST_NAMES:
        _NORMAL_NAMES.clear()
        _NORMAL_NAMES.add(None)
    if name is None or len(name) <= LONGEST_ENCODED:
        _NORMAL_NAMES.add(name)
    return True


def _without_empty_texts(
    decoder: msgspec.json.Decoder[_Type], content: bytes | bytearray
) -> _Type | None:
    """Decode what has empty texts as if they were not there."""
    if _EMPTY_TEXT.search(content) is None:
        return None
    try:
        return decoder.decode(_ENCODER.encode(_full(msgspec.json.decode(content))))
    except _UNDECODABLE:
        return None


def _full(value: object) -> object:
    if isinstance(value, dict):
        return {name: None if item == "" else _full(item) for name, item in value.items()}
    return [_full(item) for item in value] if isinstance(value, list) else value


def _result_of(policy: PolicyResult) -> CanonicalResult:
    return CanonicalResult(
        policy=CanonicalPolicy(
            policy_type=policy.policy_type,  # type: ignore[arg-type]  # one out of the vocabulary
            policy_string=policy.policy_string,
            policy_domain=policy.policy_domain,
            mx_host=policy.mx_host,
        ),
        summary=CanonicalSummary(
            total_successful_session_count=policy.total_successful_session_count,
            total_failure_session_count=policy.total_failure_session_count,
        ),
        failure_details=[_failure_of(details) for details in policy.failure_details],
    )


def _failure_of(details: FailureDetails) -> CanonicalFailure:
    return CanonicalFailure(
        result_type=details.result_type,  # type: ignore[arg-type]  # one out of the vocabulary
        sending_mta_ip=details.sending_mta_ip,
        receiving_mx_hostname=details.receiving_mx_hostname,
        receiving_mx_helo=details.receiving_mx_helo,
        receiving_ip=details.receiving_ip,
        failed_session_count=details.failed_session_count,  # type: ignore[arg-type]  # or missing
        additional_information=details.additional_information,
        failure_reason_code=details.failure_reason_code,
    )


def _policy_of(result: CanonicalResult) -> PolicyResult:
    return PolicyResult(
        policy_type=result.policy.policy_type,
        policy_domain=result.policy.policy_domain,
        total_successful_session_count=result.summary.total_successful_session_count,
        total_failure_session_count=result.summary.total_failure_session_count,
        policy_string=result.policy.policy_string,
        mx_host=result.policy.mx_host,
        failure_details=tuple(_details_of(details) for details in result.failure_details),
    )


def _details_of(details: CanonicalFailure) -> FailureDetails:
    return FailureDetails(
        result_type=details.result_type,
        sending_mta_ip=details.sending_mta_ip,
        receiving_mx_hostname=details.receiving_mx_hostname,
        receiving_mx_helo=details.receiving_mx_helo,
        receiving_ip=details.receiving_ip,
        failed_session_count=details.failed_session_count,
        additional_information=details.additional_information,
        failure_reason_code=details.failure_reason_code,
    )
