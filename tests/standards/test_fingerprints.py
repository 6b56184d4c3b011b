"""Copies of a report have one fingerprint, which is the same in every version of a store."""

from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.strategies import reports

from tlsrpt_analysis.standards.fingerprints import content_digests
from tlsrpt_analysis.standards.report import Report, parse_report, render_report
from tlsrpt_analysis.standards.strict_reader import decode_report


@given(reports())
def test_equal_reports_have_equal_digests(report: Report) -> None:
    """A copy is found whichever reader read it."""
    decoded = decode_report(render_report(report))
    if decoded is not None:
        first, second = content_digests([decoded.report, report], [(), ()])
        assert first == second


def test_the_fingerprints_in_stores_stay_valid(data: Path) -> None:
    """A store of any version knows the reports that it holds: its fingerprints never change."""
    report = parse_report((data / "rfc8460-appendix-b.json").read_bytes()).report

    digests = content_digests([report, report], [("Company-X", ""), ("Company-X", "left out")])

    assert [digest.hex() for digest in digests] == [
        "b5dc2e7fb62856f5e3605f2d43679ed3",
        "a3efb259b39daf356ccb08b707eeaa1a",
    ]


@given(reports(), st.randoms())
def test_the_order_of_policies_does_not_count(report: Report, generator: Random) -> None:
    """A report that is written again has the fingerprint that it had."""
    policies = list(report.policies)
    generator.shuffle(policies)
    turned = replace(report, policies=tuple(policies))

    first, second = content_digests([report, turned], [(), ()])
    assert first == second
