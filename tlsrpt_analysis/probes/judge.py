"""From evidence to findings: pure, as of the time of the evidence."""

from tlsrpt_analysis.probes.certificate_rules import read_certificates
from tlsrpt_analysis.probes.dns_rules import dns_findings
from tlsrpt_analysis.probes.evidence import Evidence
from tlsrpt_analysis.probes.findings import FAILED, THREE_CHECKS, Findings
from tlsrpt_analysis.probes.host_rules import host_findings, unjudged
from tlsrpt_analysis.probes.policy_rules import corrected_policy, policy_findings


def judge(evidence: Evidence) -> Findings:
    """Return the findings of a probe; the same evidence always gives the same findings.

    Parameters
    ----------
    evidence : Evidence
        What ``collect`` saw, now or earlier, for example `Findings.evidence` of saved findings.

    Returns
    -------
    Findings
        Every check, including those that could not be measured.

    Examples
    --------
    >>> import datetime as dt
    >>> from tlsrpt_analysis.probes.evidence import DnsAnswer, Vantage
    >>> gone = DnsAnswer(name="example.com", record_type="MX", status="nxdomain")
    >>> vantage = Vantage(
    ...     version="1", helo="", resolver=(), is_resolver_trusted=False, root_store=""
    ... )
    >>> evidence = Evidence(
    ...     domain="example.com",
    ...     collected_datetime=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
    ...     vantage=vantage,
    ...     mx=gone,
    ...     policy_record=gone,
    ...     report_record=gone,
    ... )
    >>> print(judge(evidence).findings[0])
    the domain example.com does not exist [failed: dns-nxdomain]
    """
    certificates = read_certificates(evidence)
    vantage = evidence.vantage
    findings = [*dns_findings(evidence), *policy_findings(evidence, certificates)]
    for host in evidence.hosts:
        try:
            findings += list(
                host_findings(
                    host, certificates, vantage.port25, is_trusted=vantage.is_resolver_trusted
                )
            )
        except Exception as error:  # noqa: BLE001 - one odd host never costs the findings of others
            findings += unjudged(host, error)
    deciding = {check for checks in THREE_CHECKS.values() for check in checks} - {"mx-in-policy"}
    is_any_mx_failed = any(f.outcome == FAILED and f.check in deciding for f in findings)
    served = corrected_policy(evidence, is_any_mx_failed=is_any_mx_failed)
    return Findings(evidence=evidence, findings=tuple(findings), policy_to_serve=served)
