"""Fingerprints of what reports say, by which their copies are found; stores keep them."""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from tlsrpt_analysis.standards.report_types import Report

DIGEST_BYTES = 16

_ENCODER = msgspec.json.Encoder()


def content_digests(reports: Iterable[Report], more: Iterable[tuple[str, ...]]) -> list[bytes]:
    """Return the fingerprint of each report, whatever its bytes were, and of its further texts.

    The order of ``policies`` does not count, as some senders write a report again in another.
    """
    digests = []
    content = bytearray()  # reused, as allocating a buffer costs as much as filling it
    encode_into, size = _ENCODER.encode_into, DIGEST_BYTES
    ends: dict[tuple[str, ...], bytes] = {}
    for report, texts in zip(reports, more, strict=True):
        encode_into(report if len(report.policies) < 2 else _ordered(report), content)
        if (end := ends.get(texts)) is None:
            end = ends[texts] = "\0".join(texts).encode()
        content += end
        digests.append(blake2b(content, digest_size=size).digest())
    return digests


def _ordered(report: Report) -> Report:
    return msgspec.structs.replace(
        report, policies=tuple(sorted(report.policies, key=_ENCODER.encode))
    )
