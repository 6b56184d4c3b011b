"""Reports without a domain get it from what else names it."""

import json
from pathlib import Path

import pytest
from support.readings import outcomes_of
from support.wrappings import REPORT, mailed

from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.intake.tolerant.policy_domains import (
    FROM_FILE_NAME,
    FROM_HEADER,
    FROM_REPORT_ID,
    NOWHERE,
)


def _without_domain(report_id: str | None = None, missing: object = "") -> bytes:
    document = json.loads(REPORT)
    document["report-id"] = report_id
    document["policies"][0]["policy"]["policy-domain"] = missing
    return json.dumps(document).encode()


def _read(tmp_path: Path, content: bytes, name: str = "a.json") -> tuple[str | None, str]:
    (outcome,) = outcomes_of(tmp_path, content, name=name)
    assert isinstance(outcome, ReportRead)
    return outcome.report.policies[0].policy.policy_domain, outcome.problems[-1].message


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("google.com!example.com!1782864000!1782950399!001.json", "example.com"),
        ("google.com!example.com!1782864000!1782950399.json", "example.com"),
        ("x!mx.google.com!Sub.Example.COM!1782864000!1782950399!a.json", "sub.example.com"),
        ("google.com_example.com_1782864000_1782950399_001.json", "example.com"),
    ],
)
@pytest.mark.parametrize("missing", ["", None])
def test_the_file_name_comes_first(tmp_path: Path, name: str, domain: str, missing: object) -> None:
    """RFC 8460 §5.1 has the domain in it."""
    content = _without_domain("2026-07-01_example.net", missing)

    assert _read(tmp_path, content, name) == (domain, FROM_FILE_NAME)


def test_then_the_header_of_the_mail(tmp_path: Path) -> None:
    """TLS-Report-Domain is the domain that the report is about."""
    mail = mailed(_without_domain("2026-07-01_example.net"), subtype="tlsrpt+json")
    mail = mail.replace(b"google.com!example.com", b"report")

    assert b"TLS-Report-Domain: example.com" in mail
    assert _read(tmp_path, mail, "a.eml") == ("example.com", FROM_HEADER)


@pytest.mark.parametrize(
    ("report_id", "domain"),
    [
        ("2026-07-01T00:00:00Z_example.com", "example.com"),
        ("2026-07-01T00:00:00Z_example.com_google.com", "example.com"),  # its own does not count
        ("133275+example.com", "example.com"),
        ("1@example.com", None),  # as a message-id has it: the sender's
        ("example.com_example.net", None),
        ("report_001.json", None),
        (None, None),
    ],
)
def test_then_the_only_domain_in_the_report_id(
    tmp_path: Path, report_id: str | None, domain: str | None
) -> None:
    """Where several may be meant, none is taken."""
    message = FROM_REPORT_ID if domain else NOWHERE

    assert _read(tmp_path, _without_domain(report_id)) == (domain, message)


def test_a_domain_that_is_there_stays(tmp_path: Path) -> None:
    """Whatever the file is called."""
    name = "google.com!example.net!1782864000!1782950399!001.json"
    (outcome,) = outcomes_of(tmp_path, REPORT, name=name)

    assert isinstance(outcome, ReportRead)
    assert outcome.report.policies[0].policy.policy_domain == "example.com"
    assert outcome.problems == ()
