"""What is known besides the reports, as arguments of the command line."""

from pathlib import Path

import pytest
from support.wrappings import report_document

from tlsrpt_analysis.cli import main

FINDINGS = Path(__file__).parents[1] / "notebooks/findings-example.com.json"
MX2 = "mx2.example.com"


@pytest.fixture
def reports(tmp_path):
    """Write a report about a host that the policy does not list."""
    policy = {
        "policy-type": "sts",
        "policy-domain": "example.com",
        "policy-string": [
            "version: STSv1",
            "mode: testing",
            "mx: mx1.example.com",
            "max_age: 86400",
        ],
    }
    failure = {
        "result-type": "validation-failure",
        "receiving-mx-hostname": MX2,
        "failed-session-count": 3,
    }
    result = {
        "policy": policy,
        "summary": {"total-successful-session-count": 7, "total-failure-session-count": 3},
        "failure-details": [failure],
    }
    path = tmp_path / "report.json"
    path.write_bytes(report_document(policies=[result]))
    return str(path)


def page(reports, tmp_path, *options):
    """Return the page of the reports."""
    output = tmp_path / "page.html"
    assert main(["report", reports, "-o", str(output), *options]) == 0
    return output.read_text()


def test_findings_confirm_causes_on_the_page(reports, tmp_path):
    """A host that only a report names is a stranger until the probe finds it."""
    assert f"if {MX2} is not yours, this is an attack" in page(reports, tmp_path)
    known = page(reports, tmp_path, "--findings", str(FINDINGS))
    assert "is not yours" not in known
    assert f"mx: {MX2}" in known


def test_mx_records_say_where_refused_mail_goes(reports, tmp_path, capsys):
    """As a zone file has them."""
    zone = tmp_path / "zone"
    zone.write_text(f"example.com. 3600 IN MX 10 mx1.example.com.\nexample.com. IN MX 20 {MX2}.\n")
    assert main(["plan", reports, "--mx-records", str(zone)]) == 0
    assert f"mx: {MX2}" in capsys.readouterr().out


def test_mail_counts_weigh_the_reporters(reports, tmp_path, capsys):
    """The headline says what its shares are of."""
    counts = tmp_path / "senders.csv"
    counts.write_text("reporter,message_count\nGoogle,600\nother senders,400\n")
    assert main(["summary", reports, "--inbound-share", str(counts)]) == 0
    assert "of all inbound mail" in capsys.readouterr().out


def test_traffic_is_a_csv_or_the_log_of_each_host(reports, tmp_path, capsys):
    """But not both."""
    table = tmp_path / "traffic.csv"
    table.write_text(
        f"policy_domain,mx_hostname,session_count\nexample.com,mx1.example.com,90\n"
        f"example.com,{MX2},10\n"
    )
    log = tmp_path / "mail.log"
    log.write_text(
        "Oct 1 00:00:01 mx postfix/smtpd[7]: 4F1: client=mail-f41.google.com[192.0.2.1]\n"
        "Oct 1 00:00:02 mx postfix/lmtp[8]: 4F1: to=<anna@example.com>, relay=local\n"
    )
    assert main(["summary", reports, "--mx-traffic", str(table)]) == 0
    assert main(["summary", reports, "--mx-traffic", f"mx1.example.com={log}"]) == 0
    both = ["--mx-traffic", f"mx1.example.com={log}", "--mx-traffic", str(table)]
    assert main(["summary", reports, *both]) == 2
    assert "give either HOST=LOG for each MX host, or CSV files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("policy_domain\nexample.com\n", "lacks mx_hostname, session_count"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_traffic_file_is_one_plain_line(reports, tmp_path, capsys, content, message):
    """With what is missing."""
    path = tmp_path / "traffic.csv"
    if content:
        path.write_text(content)
    assert main(["summary", reports, "--mx-traffic", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_findings_that_are_none_are_one_plain_line(reports, tmp_path, capsys):
    """The file is named."""
    path = tmp_path / "findings.json"
    path.write_text("{}")
    assert main(["summary", reports, "--findings", str(path)]) == 1
    assert str(path) in capsys.readouterr().err
