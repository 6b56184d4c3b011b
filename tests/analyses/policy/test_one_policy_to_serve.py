"""Reports, a diagnosis and a probe come to one policy to serve for one domain."""

import dataclasses

from support.made_findings import answer, evidence_of
from support.made_reports import failure, month, policy, tables

from tlsrpt_analysis import diagnose, suggest_policy
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.probes import judge
from tlsrpt_analysis.probes.evidence import MxHost
from tlsrpt_analysis.probes.findings import Findings
from tlsrpt_analysis.standards.policy_to_serve import UNCHANGED

HOSTS = ("mx1.example.com", "example-com.mail.protection.outlook.com", "aspmx.l.google.com")
LIVE = "version: STSv1\nmode: testing\nmx: {}\nmx: {}\nmax_age: 604800\n".format(*HOSTS)
SERVED = """version: STSv1
mode: testing
mx: *.aspmx.l.google.com
mx: *.mail.protection.outlook.com
mx: aspmx.l.google.com
mx: mx1.example.com
max_age: 604800
"""


def reported() -> list[ReportRead]:
    """Return reports under the live policy, which does not list the third host."""
    failing = policy(20, 10, failure(10, "validation-failure", HOSTS[2]), mx=HOSTS[:2])
    return [*month(failing), *month(failing, reporter="Microsoft")]


def probed(live: str = LIVE) -> Findings:
    """Return findings about a policy that is served, and the three hosts."""
    evidence = evidence_of("example.com")
    (response,) = evidence.policy_responses
    return judge(
        dataclasses.replace(
            evidence,
            mx=answer("example.com", "MX", *(f"10 {host}" for host in HOSTS)),
            hosts=tuple(MxHost(name=host, preference=10) for host in HOSTS),
            policy_responses=(dataclasses.replace(response, body=live.encode()),),
        )
    )


def test_all_three_serve_the_same_text_under_the_same_id() -> None:
    """Whoever follows one after the other must not serve two policies in turn."""
    findings = probed()
    of_reports = suggest_policy(tables(*reported()), mx_preferences=findings)
    of_probe = suggest_policy(findings)
    (cure,) = diagnose(tables(*reported()), findings)["cure"]

    assert findings.corrected_policy == str(of_reports) == str(of_probe)
    assert findings.corrected_policy.replace("\r", "") == SERVED
    assert findings.corrected_record == of_reports.record == of_probe.record
    assert cure.endswith(f"\n{SERVED}{of_reports.record}")


def test_the_same_reports_a_day_later_have_the_same_id() -> None:
    """An id that changes without the text makes every sender fetch the policy again."""
    later = [*reported(), *month(policy(40, mx=HOSTS[:2]), reporter="Yahoo", days=29)]

    assert (
        diagnose(tables(*later))["cure"].tolist() == diagnose(tables(*reported()))["cure"].tolist()
    )


def test_a_line_ahead_of_a_move_is_kept_with_the_reason() -> None:
    """Whoever follows a probe in the middle of a move must not undo its first step."""
    findings = probed(LIVE.replace("max_age", "mx: next.example.net\nmax_age"))
    of_probe = suggest_policy(findings)
    reason = "next.example.net: no MX today. If it is listed ahead of a move, leave it until"

    assert "mx: next.example.net\r\n" in findings.corrected_policy == str(of_probe)
    assert [words.startswith(reason) for words in of_probe.warnings].count(True) == 1
    (advice,) = [found for found in findings.findings if found.code == "unused-pattern"]
    assert advice.message.startswith(reason)
    assert not any("no MX today" in words for words in suggest_policy(probed()).warnings)


def test_all_say_unchanged_where_the_policy_is_served_already() -> None:
    """A new id for the same text would make every sender fetch it again."""
    lines = [line.removeprefix("mx: ") for line in SERVED.splitlines() if line.startswith("mx: ")]
    findings = probed(SERVED)
    of_probe = suggest_policy(findings)
    of_reports = suggest_policy(tables(*month(policy(20, mx=lines[::-1]))))

    assert findings.policy_to_serve is not None
    assert str(findings.policy_to_serve) == UNCHANGED
    assert findings.corrected_policy == str(of_probe) == str(of_reports)
    for found in (of_probe, of_reports):
        assert found.is_unchanged
        assert (found.policy_id, found.record, findings.corrected_record) == ("", "", "")
        assert found.advice[0] == UNCHANGED
        assert not any("new id" in words for words in found.advice)
        assert "Unchanged: the policy in testing mode" in found._repr_html_()
        assert "<pre>" not in found._repr_html_()
    raised = suggest_policy(findings, max_age=86_400)
    assert not raised.is_unchanged
    assert raised.record
