"""What real reporters and mail systems do differently: a file for each, and its remark."""

import re
from pathlib import Path

import pytest
from support.readings import outcomes_of

from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.loading.load import load_reports

ROOT = Path(__file__).parents[3]
FILES = ROOT / "tests/data/leniencies"

NOT_SAID = "it is not what its media type says, {} (RFC 8460 §5.3)"
NO_A_LABEL = "policy-domain is not in lower case A-labels without a trailing dot"
LENIENCIES = {
    "address-in-brackets.json": "receiving-ip is not a bare IP address (RFC 8460 §4.4)",
    "appended-reports.json": "several JSON documents one after another",
    "application-gzip.eml": NOT_SAID.format("application/gzip"),
    "base64-of-gzip.json.gz.b64": "base64 text instead of the data in it",
    "collector-array.json": "an array of reports instead of one report (RFC 8460 §4.4)",
    "collector-lines.ndjson": "one of several reports, one per line",
    "counts-as-texts.json": "total-successful-session-count is a text instead of a number",
    "details-as-an-object.json": "failure-details is an object instead of an array (RFC 8460 §4.4)",
    "draft-additional-info-uri.json": (
        "additional-info-uri instead of additional-information (RFC 8460 §4.4)"
    ),
    "draft-additional-info.json": (
        "additional-info instead of additional-information (RFC 8460 §4.4)"
    ),
    "draft-failure-error-code.json": (
        "failure-error-code instead of failure-reason-code (RFC 8460 §4.4)"
    ),
    "draft-mx-host-pattern.json": "mx-host-pattern instead of mx-host (RFC 8460 §4.4)",
    "draft-tls-report.json": "the report is inside tls-report",
    "failures-beside-policies.json": "failures under 'failure-details' beside policies, not in them",
    "failures-under-another-key.json": "failures under 'failures' instead of failure-details",
    "google-2019-no-zero-counts.json": "total-failure-session-count is missing, read as 0",
    "google-2020-carriage-returns.json": (
        "policy-string has carriage returns at the ends of lines"
    ),
    "gzip-in-gzip.json.gz": "packed more than once",
    "guide-mx-mismatch.json": (
        "result-type is 'mx-mismatch' instead of validation-failure (RFC 8460 §4.4)"
    ),
    "inside-a-report-key.json": "the report is inside report",
    "ipv4-mapped-address.json": "receiving-ip is not a bare IP address (RFC 8460 §4.4)",
    "json-in-a-text-part.eml": NOT_SAID.format("text/plain"),
    "mail-ru-no-last-boundary.eml": "the last MIME boundary is missing",
    "mail.sender.example!example.com!1782864000!1782950399!001.json": "policy-domain is missing, read from the file name (RFC 8460 §5.1)",
    "microsoft-array-in-a-text.json": "policy-string holds a JSON array inside a text",
    "microsoft-no-time-zone.json": "a date without a time zone, read as UTC",
    "misspelt-content-type-of-the-mail.eml": "ContentType instead of Content-Type",
    "misspelt-content-type.eml": "ContentType instead of Content-Type",
    "mx-host-with-port.json": "mx-host is not a bare name: it has a port, brackets or an address",
    "mx-in-an-address.json": "receiving-mx-hostname is not a bare name: it has a port, brackets or an address",
    "mx-not-given.json": "receiving-mx-hostname is 'n/a', read as not given",
    "mx-with-address.json": "receiving-mx-hostname is not a bare name: it has a port, brackets or an address",
    "mx-with-port.json": "receiving-mx-hostname is not a bare name: it has a port, brackets or an address",
    "never-encoded.eml": "a part that is declared base64, and is not",
    "no-address.json": "receiving-ip is no IP address (RFC 8460 §4.4), kept as sent",
    "no-end-datetime.json": "end-datetime is missing, read as a day after start-datetime",
    "no-failed-session-count.json": "failed-session-count is missing, kept as unknown",
    "no-policy-type.json": "policy-type is missing (RFC 8460 §4.4), kept as unknown",
    "no-report-type.eml": "no part is multipart/report with report-type=tlsrpt (RFC 8460 §5.3)",
    "no-summary.json": "no summary, read as no sessions",
    "not-multipart.eml": "the mail is not multipart (RFC 8460 §5.3)",
    "notepad-byte-order-mark.json": "a byte order mark before the JSON (RFC 8259 §8.1)",
    "odd-white-space-in-base64.eml": "base64 with invalid characters",
    "other-submitter.eml": "TLS-Report-Submitter is relay.example, its contact is at google.com",
    "outlook-octet-stream.eml": NOT_SAID.format("application/octet-stream"),
    "policy-in-one-item.json": "policy-string has several lines in one item (RFC 8460 §4.4)",
    "policy-type-mta-sts.json": "policy-type is 'MTA-STS' instead of sts (RFC 8460 §4.4)",
    "policy-string-as-a-text.json": "policy-string is a text instead of an array (RFC 8460 §4.4)",
    "powershell-utf-16.json": "UTF-16 instead of UTF-8 (RFC 8259 §8.1)",
    "preallocated-zeros.json": "zeros after the JSON",
    "repeated-members.json": "'contact-info' stands twice in an object, and the last counts",
    "rfc-appendix-b-mx-host.json": "mx-host is a text instead of an array (erratum 6241)",
    "socketlabs-host-name.json": (
        "receiving-mx-host-name instead of receiving-mx-hostname (RFC 8460 §4.4)"
    ),
    "sys4-domain-in-the-header.eml": "policy-domain is missing, read from TLS-Report-Domain (RFC 8460 §5.3)",
    "sys4-no-policy-domain.json": "policy-domain is missing, read from report-id (RFC 8460 §4.4)",
    "tlsrpt-x-gzip.eml": NOT_SAID.format("application/tlsrpt+x-gzip"),
    "tlsrpt-zip.eml": NOT_SAID.format("application/tlsrpt+zip"),
    "u-label-domain.json": NO_A_LABEL,
    "underscored-keys.json": "'policy_type' instead of policy-type (RFC 8460 §4.4)",
    "unknown-types.json": (
        "policy-type 'dane+sts' is not registered (RFC 8460 §4.4), kept as sent"
    ),
    "upper-case-domain.json": NO_A_LABEL,
    "upper-case-mode.json": "policy-string has keys or a mode in another spelling (RFC 8461 §3.2)",
    "upper-case-types.json": "policy-type is 'STS' instead of sts (RFC 8460 §4.4)",
    "virus-scanner-after-gzip.json.gz": "something follows the gzip data",
    "webhook-with-an-attachment.json": "the report is inside data.attachments.content",
    "zip-called-gzip.eml": NOT_SAID.format("application/tlsrpt+gzip"),
}
"""The first remark on each file."""

AS_USUAL = {  # unusual, but read as written
    "dmarc-report-viewer-71-null-contact.json",
    "forwarded-as-attachment.eml",
    "gzip-in-two-members.json.gz",
    "leap-second.json",
    "local-day-in-utc.json",
    "lower-case-dates.json",
    "mail-ru-overlapping-details.json",
    "microsoft-no-mx-name.json",
    "mox-details-beside-totals.json",
    "proper.eml",
    "rfc-2231-name.eml",
    "several-reports.eml",
}
TWO = {
    "appended-reports.json",
    "collector-array.json",
    "collector-lines.ndjson",
    "several-reports.eml",
}


@pytest.mark.parametrize("name", sorted(LENIENCIES | dict.fromkeys(AS_USUAL, "")))
def test_each_oddity_is_read_and_told(tmp_path: Path, name: str) -> None:
    """No report is lost, and `problems` says what was forgiven."""
    outcomes = outcomes_of(tmp_path, (FILES / name).read_bytes(), name=name)
    found = [
        [problem.message for problem in outcome.problems if problem.severity == "forgiven"]
        for outcome in outcomes
        if isinstance(outcome, ReportRead)
    ]

    assert len(found) == len(outcomes) == (2 if name in TWO else 1)
    assert [messages[0] if messages else None for messages in found] == (
        [LENIENCIES.get(name)] * len(found)
    )


def test_every_file_is_tested() -> None:
    """A file that nobody reads proves nothing."""
    assert {path.name for path in FILES.iterdir()} == set(LENIENCIES) | AS_USUAL


def test_the_balance_of_all_of_them_adds_up() -> None:
    """Read together, as one folder."""
    tables = load_reports(FILES, progress=False)

    assert tables.balance.adds_up
    assert tables.balance.members == len(LENIENCIES) + len(AS_USUAL) + len(TWO)
    assert tables.balance.rejected == tables.balance.skipped == 0


def test_the_documents_list_every_leniency() -> None:
    """With the sender that needs it."""
    listed = re.findall(
        r"\| `tests/data/leniencies/([^`]+)` \|$",
        (ROOT / "docs/standards.md").read_text(),
        re.MULTILINE,
    )
    assert sorted(listed) == sorted(path.name for path in FILES.iterdir())


def test_what_is_unknown_stays_as_it_was_sent() -> None:
    """A type that no registry has is kept verbatim; a name that is missing is missing."""
    tables = load_reports(FILES / "unknown-types.json", FILES / "microsoft-no-mx-name.json")

    assert tables.policies["policy_type"].tolist() == ["dane+sts", "sts"]
    assert tables.failures["result_type"].tolist() == ["sts-invalid", "validation-failure"]
    assert tables.failures["receiving_mx_hostname"].isna().tolist() == [False, True]


def test_names_of_guides_are_read_as_the_registered_types() -> None:
    """What the registered type says less, the reason code keeps."""
    tables = load_reports(FILES / "guide-mx-mismatch.json", FILES / "policy-type-mta-sts.json")

    failures = tables.failures
    assert failures["result_type"].tolist() == ["validation-failure", "certificate-expired"]
    assert failures["failure_reason_code"].dropna().tolist() == ["mx-mismatch"]
    assert tables.policies["policy_type"].tolist() == ["sts", "sts"]


def test_a_name_in_an_address_is_the_name_and_a_placeholder_is_none() -> None:
    """So failures at one host are of one host."""
    tables = load_reports(FILES / "mx-in-an-address.json", FILES / "mx-not-given.json")

    hosts = tables.failures["receiving_mx_hostname"]
    assert hosts.dropna().tolist() == ["mx2.example.com"]
    assert hosts.isna().sum() == 1


def test_drafts_fill_the_columns_of_the_rfc() -> None:
    """A value is as good under its old name."""
    names = ["socketlabs-host-name", "draft-failure-error-code", "draft-additional-info-uri"]
    tables = load_reports(*(FILES / f"{name}.json" for name in names))

    assert tables.failures["receiving_mx_hostname"].tolist() == ["mx2.example.com"] * 3
    assert tables.failures["failure_reason_code"].iloc[1] == "X509_V_ERR_CERT_HAS_EXPIRED"
    assert tables.failures["additional_information"].iloc[2] == "https://reports.example/1"
    pattern = load_reports(FILES / "draft-mx-host-pattern.json")
    assert pattern.policies["mx_host"].tolist() == ["*.example.com"]
