"""What a report may name: as many things as any real one, and not one more."""

from collections.abc import Callable
from typing import Any

import pytest
from support.wrappings import report_document

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.standards import domain_names
from tlsrpt_analysis.standards.report import parse_report
from tlsrpt_analysis.standards.report_sizes import (
    MOST_DOMAINS,
    MOST_FAULTS,
    MOST_LINES,
    MOST_POLICIES,
    SMALLEST_EXCESS,
)
from tlsrpt_analysis.standards.strict_reader import decode_report
from tlsrpt_analysis.standards.tolerant_members import MOST_ENCODED


def _policy(
    *details: dict[str, object], domain: str = "a.example", lines: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "policy": {"policy-type": "sts", "policy-domain": domain, "policy-string": lines},
        "summary": {"total-successful-session-count": 1, "total-failure-session-count": 0},
        "failure-details": list(details),
    }


def _detail(place: int) -> dict[str, object]:
    hosts = {"receiving-mx-hostname": f"mx{place // 2}.a.example", "failed-session-count": 1}
    return {"result-type": ("certificate-expired", "validation-failure")[place % 2], **hosts}


NAMED: dict[str, tuple[int, Callable[[int], list[dict[str, Any]]]]] = {
    "policy domains": (
        MOST_DOMAINS,
        lambda count: [_policy(domain=f"d{place}.example") for place in range(count)],
    ),
    "failures of different hosts and types": (
        MOST_FAULTS,
        lambda count: [_policy(*map(_detail, range(count)))],
    ),
    "policies": (
        MOST_POLICIES,
        lambda count: [_policy(lines=(f"max_age: {place}",)) for place in range(count)],
    ),
    "lines of policies": (
        MOST_LINES,
        lambda count: [_policy(lines=("mx: a.example",) * count)],
    ),
    "lines of policies, in one item": (
        MOST_LINES,
        lambda count: [_policy(lines=("\n".join(["mx: a.example"] * count),))],
    ),
}


@pytest.mark.parametrize("what", NAMED)
def test_the_most_are_read_and_one_more_is_refused(what: str) -> None:
    """By both readers."""
    most, make = NAMED[what]
    enough, too_many = (report_document(policies=make(count)) for count in (most, most + 1))

    assert decode_report(enough) is not None
    assert not parse_report(enough).refused_policies
    assert len(too_many) > SMALLEST_EXCESS
    assert decode_report(too_many) is None
    named = what.partition(",")[0]
    with pytest.raises(ReportError, match=rf"{most + 1:,} {named} \(at most {most:,}\)"):
        parse_report(too_many)


@pytest.mark.parametrize("name", ["domain", "host"])
def test_a_name_that_no_domain_can_have_is_refused(name: str) -> None:
    """Names of a megabyte made every comparison of them slow."""
    makes = {
        "domain": lambda text: _policy(domain=text),
        "host": lambda text: _policy(_detail(0) | {"receiving-mx-hostname": text}),
    }
    longest, longer = (
        report_document(policies=[makes[name]("a" * size), _policy()]) for size in (1_000, 1_001)
    )

    assert not parse_report(longest).refused_policies
    assert "has 1,001 characters" in parse_report(longer).refused_policies[0]
    assert decode_report(longest) is not None
    assert decode_report(longer) is None


@pytest.mark.parametrize("where", ["domains", "hosts", "hosts with ports", "patterns"])
def test_names_outside_ascii_are_counted_before_they_are_encoded(where: str) -> None:
    """Encoding a name takes a millisecond: 20 MB of them took half a minute."""
    names = [f"mx{place}.b\xfccher.example" for place in range(MOST_ENCODED + 1)]
    makes: dict[str, Callable[[list[str]], list[dict[str, Any]]]] = {
        "domains": lambda few: [_policy(domain=name) for name in few],
        "hosts": lambda few: [_policy(*({"receiving-mx-hostname": name} for name in few))],
        "hosts with ports": lambda few: [
            _policy(*({"receiving-mx-hostname": f"{name}:25"} for name in few))
        ],
        "patterns": lambda few: [
            {**_policy(), "policy": {**_policy()["policy"], "mx-host": few}},
        ],
    }
    document = report_document(policies=[_policy(), *makes[where](names)])
    before = domain_names._normalized.cache_info().misses
    try:
        said = " ".join(parse_report(document).refused_policies)
    except ReportError as error:
        said = str(error)

    assert decode_report(document) is None
    assert "more than 1,000 names outside ASCII" in said or where == "domains"
    assert domain_names._normalized.cache_info().misses - before <= MOST_ENCODED + 10


def test_what_stands_often_is_named_once() -> None:
    """A large sender lists each of its addresses."""
    details = [_detail(place % 4) for place in range(2 * MOST_FAULTS)]

    assert len(parse_report(report_document(policies=[_policy(*details)])).report.policies) == 1
