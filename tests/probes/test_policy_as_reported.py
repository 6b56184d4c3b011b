"""The live policy compared with those that senders or an earlier probe saw."""

import dataclasses
import datetime as dt

import pandas as pd
import pytest
from lab.domains import codes
from support.made_findings import evidence_of

from tlsrpt_analysis.probes import judge
from tlsrpt_analysis.probes.domain import reported_policies
from tlsrpt_analysis.probes.evidence import ReportedPolicy

LIVE = "version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 604800\n"
OLD = LIVE.replace("mx1", "mx0")
DAY = dt.date(2026, 11, 1)  # the evidence is of 2 November


def reported(text, day=DAY, policy_id=""):
    """Return a policy as senders reported it."""
    return ReportedPolicy(text=text, last_day=day, policy_id=policy_id)


CASES = {
    "as served": ([reported(LIVE)], ("passed", "ok")),
    "as served, with other line ends": ([reported(LIVE.replace("\n", "\r\n"))], ("passed", "ok")),
    "an older one earlier": (
        [reported(OLD, dt.date(2026, 10, 1)), reported(LIVE)],
        ("passed", "ok"),
    ),
    "cached": ([reported(OLD)], ("advice", "cache-still-old")),
    "cached by some": ([reported(LIVE), reported(OLD)], ("advice", "cache-still-old")),
    "cached to its last day": (
        [reported(OLD, dt.date(2026, 10, 26))],
        ("advice", "cache-still-old"),
    ),
    "no longer cached": ([reported(OLD, dt.date(2026, 10, 25))], ("advice", "policy-changed")),
    "day unknown": ([reported(OLD, None)], ("advice", "policy-changed")),
    "unreadable": ([reported("mode: testing")], ("advice", "policy-changed")),
    "same id": ([reported(OLD, DAY, "20260701")], ("failed", "id-not-bumped")),
    "new id": ([reported(OLD, DAY, "20260601")], ("advice", "cache-still-old")),
    "same id, same text": ([reported(LIVE, DAY, "20260701")], ("passed", "ok")),
}


@pytest.mark.parametrize(("seen", "expected"), CASES.values(), ids=CASES)
def test_the_live_policy_is_compared_with_the_latest_ones_seen(seen, expected):
    """A text changed under the same id is never fetched; under a new id, at the next refresh."""
    evidence = dataclasses.replace(evidence_of("example.com"), reported_policies=tuple(seen))
    assert codes(judge(evidence))["policy-as-reported"] == expected


def test_without_a_live_policy_there_is_nothing_to_compare():
    """Another check reports that no policy is served."""
    evidence = dataclasses.replace(
        evidence_of("example.com"), policy_responses=(), reported_policies=(reported(LIVE),)
    )
    assert codes(judge(evidence))["policy-as-reported"] == ("not measured", "no-policy")


def test_nothing_is_said_where_nothing_was_reported():
    """The check was not asked for."""
    evidence = dataclasses.replace(evidence_of("example.com"), reported_policies=())
    assert "policy-as-reported" not in codes(judge(evidence))


def test_earlier_findings_bring_their_policy_and_its_id():
    """A text that changed under the same id is found."""
    earlier = judge(evidence_of("example.com"))
    (seen,) = reported_policies(earlier, "example.com")
    assert (seen.text.replace("\r", ""), seen.policy_id) == (LIVE, "20260701")
    assert seen.last_day == dt.date(2026, 11, 2)


def test_reports_bring_each_text_with_its_last_day():
    """Only MTA-STS policies of this domain count."""
    rows = [
        ("example.com", "sts", LIVE, dt.date(2026, 10, 1)),
        ("example.com", "sts", LIVE, dt.date(2026, 10, 3)),
        ("example.com", "sts", None, dt.date(2026, 10, 5)),
        ("example.com", "tlsa", "3 1 1 ab", dt.date(2026, 10, 5)),
        ("example.org", "sts", OLD, dt.date(2026, 10, 5)),
    ]

    class Tables:
        policies = pd.DataFrame(
            rows, columns=["policy_domain", "policy_type", "policy_string", "day"]
        ).astype({"day": "datetime64[s]"})

    seen = reported_policies(Tables(), "example.com")
    assert seen == (ReportedPolicy(text=LIVE, last_day=dt.date(2026, 10, 3)),)
