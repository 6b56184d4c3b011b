"""The policy to serve covers every host in use, keeps what is live, and is the same for the same hosts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import domains

from tlsrpt_analysis.standards.mail_providers import PROVIDERS
from tlsrpt_analysis.standards.mta_sts import (
    LARGEST_MAX_AGE,
    MtaStsPolicy,
    parse_policy,
    read_policy_id,
)
from tlsrpt_analysis.standards.policy_to_serve import (
    UNCHANGED,
    WEEK,
    is_listable,
    lines_without_mx,
    policy_to_serve,
)

LIVE = MtaStsPolicy("enforce", 86_400, ("mx2.example.com", "*.example.net"))
TENANT, TENANTS = "example-com.mail.protection.outlook.com", "*.mail.protection.outlook.com"
GOOGLE = ("*.aspmx.l.google.com", "aspmx.l.google.com")

LINES = [
    ([], LIVE, ("*.example.net", "mx2.example.com")),
    (["a.example.net"], LIVE, ("*.example.net", "mx2.example.com")),
    (["a.b.example.net"], LIVE, ("*.example.net", "a.b.example.net", "mx2.example.com")),
    (["MX1.Example.com."], None, ("mx1.example.com",)),
    ([TENANT], None, (TENANTS,)),
    ([], MtaStsPolicy("testing", 1, (TENANT,)), (TENANTS,)),
    (["example-com.b-v1.mx.microsoft"], None, ("*.b-v1.mx.microsoft",)),
    (["aspmx.l.google.com"], None, GOOGLE),
    (["alt1.aspmx.l.google.com"], None, GOOGLE),
    (["smtp.google.com"], None, ("smtp.google.com",)),
    (["mxa-1.gslb.pphosted.com"], None, ("mxa-1.gslb.pphosted.com",)),
    (["mx_1.example.com", "192.0.2.1", "[2001:db8::1]", "*.example.org", ""], None, ()),
    ([], MtaStsPolicy("testing", 1, ("mx_1.example.com", "*.*.example.com", "MX2.example.")),
     ("mx2.example",)),
]  # fmt: skip


@pytest.mark.parametrize(("hosts", "live", "lines"), LINES)
def test_each_host_has_its_line(
    hosts: list[str], live: MtaStsPolicy | None, lines: tuple[str, ...]
) -> None:
    """The wildcard that is live, or that of its provider, or its own name."""
    assert policy_to_serve("example.com", hosts, live).policy.mx == lines


MODES = [
    (None, None, "testing", WEEK),
    (LIVE, None, "enforce", 86_400),
    (LIVE, "testing", "testing", 86_400),
    (MtaStsPolicy("none", 0, ()), None, "none", 0),
    (MtaStsPolicy("Enforce!", LARGEST_MAX_AGE + 1, ()), None, "testing", LARGEST_MAX_AGE),
]


@pytest.mark.parametrize(("live", "asked", "mode", "max_age"), MODES)
def test_mode_and_max_age_are_those_of_the_live_policy(
    live: MtaStsPolicy | None, asked: str | None, mode: str, max_age: int
) -> None:
    """Unless another mode is asked for, or no policy could have them."""
    policy = policy_to_serve("example.com", ["mx1.example.com"], live, mode=asked).policy

    assert (policy.mode, policy.max_age) == (mode, max_age)


hosts_in_use = st.lists(
    domains.map("{}.example".format)
    | st.sampled_from([provider.pattern.replace("*", "tenant-1") for provider in PROVIDERS]),
    min_size=1,
)


@given(hosts_in_use, hosts_in_use)
def test_every_host_is_covered_and_the_order_does_not_matter(
    hosts: list[str], live: list[str]
) -> None:
    """What is served can be read, and says the same whoever asks."""
    policy = MtaStsPolicy("testing", WEEK, tuple(live))
    served = policy_to_serve("example.com", hosts, policy)
    again = policy_to_serve(
        "example.com", hosts[::-1], MtaStsPolicy("testing", WEEK, served.policy.mx)
    )

    assert all(served.policy.covers(host) for host in [*hosts, *live] if is_listable(host))
    assert parse_policy(served.text) == served.policy
    assert again == served


def test_the_record_has_the_id_of_the_text() -> None:
    """The same text has the same id on every day; another text has another (RFC 8461 §3.1)."""
    served = policy_to_serve("example.com", ["mx1.example.com"], LIVE)
    same = policy_to_serve("example.com", ["mx1.example.com."], LIVE)
    other = policy_to_serve("example.com", ["mx1.example.com"], LIVE, mode="testing")
    zone, _, text = served.record.partition(" IN TXT ")

    assert zone == "_mta-sts.example.com."
    assert read_policy_id([text.strip('"')]) == served.policy_id == same.policy_id
    assert served.policy_id != other.policy_id
    assert str(served).splitlines() == [*served.text.splitlines(), served.record]


WITHOUT_MX = [
    (LIVE.mx, ["a.example.net"], ["mx2.example.com"]),
    (LIVE.mx, ["a.example.net", "MX2.example.com."], []),
    (GOOGLE, ["alt1.aspmx.l.google.com"], []),
    (GOOGLE, ["mx1.example.com"], list(GOOGLE)),
]


@pytest.mark.parametrize(("lines", "hosts", "kept"), WITHOUT_MX)
def test_lines_without_an_mx_are_kept_and_named(
    lines: tuple[str, ...], hosts: list[str], kept: list[str]
) -> None:
    """They may be listed ahead of a move; both of Google's lines stand if either is needed."""
    served = policy_to_serve("example.com", hosts, MtaStsPolicy("testing", WEEK, lines))

    assert lines_without_mx(lines, hosts) == kept
    assert set(kept) <= set(served.policy.mx)


WHETHER_UNCHANGED = [
    (["a.example.net"], {}, True, "all hosts are covered"),
    ([], {"mode": "enforce", "max_age": 86_400}, True, "what is asked for is served"),
    ([], {"mode": "testing"}, False, "another mode"),
    ([], {"max_age": 604_800}, False, "another max_age"),
    (["mx1.example.com"], {}, False, "a new line"),
]


@pytest.mark.parametrize(("hosts", "asked", "is_unchanged", "why"), WHETHER_UNCHANGED)
def test_what_is_served_already_is_unchanged(
    hosts: list[str],
    asked: dict[str, object],
    is_unchanged: bool,  # noqa: FBT001 - a column of the table
    why: str,
) -> None:
    """In whatever order and case: a new id would make every sender fetch the same again."""
    live = MtaStsPolicy("enforce", 86_400, ("MX2.example.com", "*.example.net"))
    served = policy_to_serve("example.com", hosts, live, **asked)  # type: ignore[arg-type]

    assert served.is_unchanged == is_unchanged, why
    assert (str(served) == UNCHANGED) == is_unchanged
    assert bool(served.record) == bool(served.policy_id) != is_unchanged
    assert parse_policy(served.text) == served.policy


def test_a_first_policy_is_not_unchanged() -> None:
    """Nothing is served."""
    assert not policy_to_serve("example.com", ["mx1.example.com"]).is_unchanged
