"""Evidence written by hand, judged: what was not measured stays not measured."""

import dataclasses
import datetime as dt

import pytest

from tlsrpt_analysis.errors import ProbeError
from tlsrpt_analysis.probes import CHECKS, judge, load_findings
from tlsrpt_analysis.probes.evidence import (
    DnsAnswer,
    Evidence,
    HostAddress,
    MxHost,
    Port25,
    SmtpDialogue,
    Vantage,
)


def evidence_of(*outcomes, port25=None, mx_status="ok"):
    """Return the evidence of a domain whose MX hosts had these outcomes, one address each."""
    hosts = tuple(
        MxHost(
            name=f"mx{number}.example.com",
            preference=10,
            lookups=(
                DnsAnswer(name="mx", record_type="A", status="ok", records=(f"192.0.2.{number}",)),
            ),
            addresses=(
                HostAddress(
                    ip_address=f"192.0.2.{number}",
                    dialogues=(SmtpDialogue(server_name="mx", outcome=outcome),),
                ),
            ),
        )
        for number, outcome in enumerate(outcomes, start=1)
    )
    absent = DnsAnswer(name="_x.example.com", record_type="TXT", status="nxdomain")
    mx = DnsAnswer(name="example.com", record_type="MX", status=mx_status, records=("10 mx1",))
    vantage = Vantage(
        version="1", helo="lab", resolver=("127.0.0.1",), is_resolver_trusted=True, root_store=""
    )
    return Evidence(
        domain="example.com",
        collected_datetime=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
        vantage=dataclasses.replace(vantage, port25=port25 or Port25()),
        mx=mx,
        policy_record=absent,
        report_record=absent,
        hosts=hosts,
    )


UNREACHED = [
    "tcp-refused",
    "tcp-timeout",
    "tcp-unreachable",
    "smtp-tempfail",
    "smtp-rejected",
    "smtp-closed",
    "smtp-garbage",
    "not-smtp",
    "banner-timeout",
    "command-timeout",
    "total-timeout",
    "skipped-not-public",
]


@pytest.mark.parametrize("outcome", UNREACHED)
def test_what_was_not_reached_is_neither_without_starttls_nor_badly_certified(outcome):
    """The most common fault of such tools."""
    checks = judge(evidence_of(outcome)).checks().set_index("check")
    asked = ["connect", "starttls", "tls-handshake", "certificate-name", "certificate-chain"]
    assert set(checks.loc[asked, "outcome"]) == {"not measured"}
    assert set(checks.loc[asked, "code"]) == {outcome}


BLOCKED = [
    Port25(tried=3, timed_out=3, networks=2),
    Port25(tried=4, timed_out=1, refused=3, networks=4),
]


@pytest.mark.parametrize("port25", BLOCKED)
@pytest.mark.parametrize("outcome", ["tcp-timeout", "tcp-refused"])
def test_silence_everywhere_means_that_port_25_is_blocked_here(port25, outcome):
    """Three silent addresses in two networks, and no answer at all."""
    checks = judge(evidence_of(*[outcome] * 3, port25=port25)).checks()
    connects = checks[checks["check"] == "connect"]
    assert set(connects["code"]) == {"vantage-port25-blocked"}
    assert set(connects["outcome"]) == {"not measured"}


OPEN = [
    Port25(tried=2, timed_out=2, networks=2),
    Port25(tried=3, timed_out=3, networks=1),
    Port25(tried=4, connected=1, timed_out=3, networks=4),
]


@pytest.mark.parametrize("port25", OPEN)
def test_less_does_not_show_that_port_25_is_blocked_here(port25):
    """It may be blocked; where nothing answered at all, the message says so."""
    checks = judge(evidence_of("tcp-timeout", port25=port25)).checks().set_index("check")
    assert checks.loc["connect", "code"] == "tcp-timeout"
    is_hinted = "blocked here" in checks.loc["connect", "message"]
    assert is_hinted == (port25.connected == 0)


def test_silence_beside_an_answer_is_the_host():
    """One connection shows that port 25 is open."""
    mixed = Port25(tried=4, connected=1, timed_out=3, networks=4)
    checks = judge(evidence_of("tcp-timeout", port25=mixed)).checks()
    assert set(checks[checks["check"] == "connect"]["code"]) == {"tcp-timeout"}


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        ("servfail", "not measured", "dns-servfail"),
        ("timeout", "not measured", "dns-timeout"),
        ("lame", "not measured", "dns-lame"),
        ("bogus", "failed", "dns-bogus"),
        ("nxdomain", "failed", "dns-nxdomain"),
        ("nodata", "failed", "no-mx"),
    ],
)
def test_each_dns_failure_is_a_finding_of_its_own(status, outcome, code):
    """SERVFAIL is not NXDOMAIN."""
    checks = judge(evidence_of(mx_status=status)).checks().set_index("check")
    assert tuple(checks.loc["mx-record", ["outcome", "code"]]) == (outcome, code)


def test_the_frame_has_the_promised_columns_and_words():
    """`diagnose` and the views read them."""
    checks = judge(evidence_of("starttls-not-offered")).checks()
    assert list(checks) == [
        "policy_domain",
        "mx_hostname",
        "ip_address",
        "check",
        "outcome",
        "code",
        "message",
    ]
    assert set(checks["check"]) <= set(CHECKS)
    assert set(checks["outcome"]) <= {"passed", "failed", "advice", "not measured"}
    assert checks.loc[checks["check"] == "mx-record", "mx_hostname"].isna().all()
    assert (checks.loc[checks["outcome"] == "passed", "code"] == "ok").all()


def test_findings_come_back_as_they_were_saved(tmp_path):
    """With the evidence; judged again they are the same."""
    findings = judge(evidence_of("starttls-not-offered", "tcp-refused"))
    read = load_findings(findings.save(tmp_path / "findings.json"))
    assert read == findings
    assert judge(read.evidence) == findings


@pytest.mark.parametrize("content", ["", "{}", '{"evidence": 3}', "[]"])
def test_another_file_is_refused_in_one_line(tmp_path, content):
    """It says what is wrong and what to do."""
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(ProbeError, match="not saved findings"):
        load_findings(path)
