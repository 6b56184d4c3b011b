"""Hypothesis strategies for reports as the types of the standard allow them."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from tlsrpt_analysis.standards.report import (
    DateRange,
    FailureDetails,
    PolicyResult,
    Report,
    ReportedPolicy,
    Summary,
)
from tlsrpt_analysis.standards.result_types import ResultType

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
domains = (  # a name is no IP address
    st.lists(labels, min_size=1, max_size=4)
    .map(".".join)
    .filter(lambda name: not name.replace(".", "").isdigit())
)
addresses = (  # a mapped address is read as IPv4
    st.ip_addresses().filter(lambda address: not getattr(address, "ipv4_mapped", None)).map(str)
)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
counts = st.integers(min_value=0, max_value=2**30)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001

past_moments = st.datetimes(datetime(1, 1, 2), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)

policy_lines = st.sampled_from(
    ["version: STSv1", "mode: testing", "mode: enforce", "mx: *.example.com", "max_age: 86400"]
)

failure_details = st.builds(
    FailureDetails,
    result_type=st.none() | st.sampled_from(list(map(str, ResultType))) | texts,
    sending_mta_ip=st.none() | addresses,
    receiving_mx_hostname=st.none() | domains,
    receiving_mx_helo=st.none() | texts,
    receiving_ip=st.none() | addresses,
    failed_session_count=st.none() | counts,
    additional_information=st.none() | texts,
    failure_reason_code=st.none() | texts,
)

policies = st.builds(
    ReportedPolicy,
    policy_type=st.sampled_from([None, "sts", "tlsa", "no-policy-found"]),
    policy_domain=st.none() | domains,
    policy_string=st.lists(policy_lines, max_size=5).map(tuple),
    mx_host=st.lists(domains | domains.map("*.{}".format), max_size=3).map(tuple),
)

policy_results = st.builds(
    PolicyResult,
    policy=policies,
    summary=st.builds(Summary, counts, counts),
    failure_details=st.lists(failure_details, max_size=4).map(tuple),
)


@st.composite
def damaged(draw: st.DrawFn, document: object) -> object:
    """Replace one value of a document with any JSON value."""
    if not isinstance(document, (dict, list)) or not document or draw(st.integers(0, 5)) == 0:
        return draw(json_values)
    copy = document.copy()
    keys = list(copy) if isinstance(copy, dict) else range(len(copy))
    key = draw(st.sampled_from(keys))
    copy[key] = draw(damaged(copy[key]))
    return copy


@st.composite
def reports(draw: st.DrawFn, when: st.SearchStrategy[datetime] = moments) -> Report:
    """Return a report whose dates are in order."""
    start, end = sorted([draw(when), draw(when)])
    return Report(
        organization_name=draw(st.none() | texts),
        contact_info=draw(st.none() | st.emails() | texts),
        report_id=draw(st.none() | texts),
        date_range=DateRange.between(start, end),
        policies=tuple(draw(st.lists(policy_results, max_size=3))),
    )
