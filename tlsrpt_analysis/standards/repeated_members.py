"""Members that stand twice in one JSON object, of which most software reads only the last.

Two programs may read such a report differently (RFC 8259 §4), so it is named.
"""

from collections import Counter

import msgspec

from tlsrpt_analysis.standards.report_types import Report

MOST_NAMES = 10
"""Names that stand twice which are kept of one object; a report has none."""

_ENCODER = msgspec.json.Encoder()
_OUTER = 5  # the members of the outermost object
_EMPTY_LIST = b'"failure-details":'


class RepeatedMembers(dict[str, object]):
    """A JSON object in which names stand twice; it has the last value of each."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        counts = Counter([name for name, _ in pairs])
        self.names = [name for name, count in counts.items() if count > 1][:MOST_NAMES]


def json_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the members of a JSON object, and remember whether one stands twice.

    Examples
    --------
    >>> json_object([("a", 1), ("a", 2)]).names
    ['a']
    """
    members = dict(pairs)
    return members if len(members) == len(pairs) else RepeatedMembers(pairs)


def are_repeated(content: bytes | bytearray, report: Report, colons: int) -> bool:
    """Whether a member stands twice in a report.

    Parameters
    ----------
    content : bytes
        The JSON of the report, without escaped colons.
    report : Report
        The report as it was decoded.
    colons : int
        The colons in its range and its policies, in each of which no member stands twice; an empty
        list of failures may be missing, and its colon is not among them.
    """
    name, contact, report_id = report.organization_name, report.contact_info, report.report_id
    if name is None or contact is None or report_id is None:
        return has_lost_members(content, msgspec.json.decode(content))
    more = content.count(b":") - colons - (name + contact + report_id).count(":") - _OUTER
    results = report.policies
    if not more:
        return False
    if more == len(results) == 1 and not results[0].failure_details and _EMPTY_LIST in content:
        return False
    return has_lost_members(content, msgspec.json.decode(content))


def has_lost_members(content: bytes | bytearray, decoded: object) -> bool:
    """Whether a decoded JSON value has fewer members than its text."""
    return content.count(b":") != _ENCODER.encode(decoded).count(b":")
