"""What the policy host's answers show: fetch, certificate, text, and the MX hosts it covers."""

import datetime as dt
from collections.abc import Iterator, Sequence

from tlsrpt_analysis.errors import PolicyError, RecordError
from tlsrpt_analysis.probes.certificate_rules import Certificates, session_verdicts
from tlsrpt_analysis.probes.dns_rules import ABSENT, NULL_MX, unanswered
from tlsrpt_analysis.probes.evidence import Evidence, PolicyResponse, ReportedPolicy
from tlsrpt_analysis.probes.findings import (
    ADVICE,
    FAILED,
    NOT_MEASURED,
    NOT_REACHED,
    PASSED,
    Finding,
)
from tlsrpt_analysis.standards.mta_sts import (
    Coverage,
    MtaStsPolicy,
    parse_policy,
    read_policy_id,
)
from tlsrpt_analysis.standards.policy_to_serve import (
    PolicyToServe,
    lines_without_mx,
    policy_to_serve,
    why_kept,
)

MEASURED_FAULTS = (
    "http-redirect",
    "http-status",
    "policy-compressed",
    "policy-too-large",
    "not-http",
    "tls-handshake",
)
"""Faults of the policy host itself; other codes mean that it was not reached."""


def policy_findings(evidence: Evidence, certificates: Certificates) -> Iterator[Finding]:
    """Yield the findings on the fetch from each address, and on the policy."""
    host = f"mta-sts.{evidence.domain}"
    if not evidence.policy_responses:
        yield from _no_host(evidence, host)
    for response in evidence.policy_responses:
        yield _fetch(response)
        yield from _certificate(response, host, certificates)
    if len({found.body for found in evidence.policy_responses if found.outcome == "ok"}) > 1:
        message = f"the addresses of {host} serve different policies"
        yield Finding(check="policy-fetch", outcome=FAILED, code="policies-differ", message=message)
    policy = evidence.live_policy
    yield _syntax(evidence, policy)
    if evidence.reported_policies:
        yield _as_reported(evidence, policy)
    yield from _coverage(evidence, policy)


def corrected_policy(evidence: Evidence, *, is_any_mx_failed: bool) -> PolicyToServe | None:
    """Return the policy to serve, which covers every MX host and keeps the live lines.

    While an MX host fails its checks, the mode is testing instead of enforce.
    """
    if evidence.mx.status != "ok" or NULL_MX in evidence.mx.records:
        return None
    names = [host.name for host in evidence.hosts]
    live = evidence.live_policy
    is_step_back = live is not None and live.mode == "enforce" and is_any_mx_failed
    mode = "testing" if is_step_back else None
    served = policy_to_serve(evidence.domain, names, live, mode=mode)
    return served if served.policy.mx else None


def _no_host(evidence: Evidence, host: str) -> Iterator[Finding]:
    for check in ("policy-fetch", "policy-certificate"):
        bad = [found for found in evidence.policy_lookups if found.status not in ("ok", *ABSENT)]
        if bad:
            yield unanswered(check, bad[0])
            continue
        is_announced = any(
            record.startswith("v=STSv1") for record in evidence.policy_record.records
        )
        failed = is_announced and check == "policy-fetch"
        yield Finding(
            check=check,
            outcome=FAILED if failed else NOT_MEASURED,
            code="no-policy-host",
            message=f"{host} has no address",
        )


def _fetch(response: PolicyResponse) -> Finding:
    outcome, code, detail = PASSED, "ok", f"the policy was served, {len(response.body)} bytes"
    if response.outcome != "ok":
        outcome = FAILED if response.outcome in MEASURED_FAULTS else NOT_MEASURED
        code = response.outcome
        detail = response.detail or NOT_REACHED.get(code, code)
    elif response.content_type.partition(";")[0].strip().lower() != "text/plain":
        # RFC 8461 §3.3 lets senders refuse other types
        outcome, code = ADVICE, "content-type"
        detail = f"served as {response.content_type or 'no type'}, not as text/plain"
    return Finding(
        check="policy-fetch",
        outcome=outcome,
        code=code,
        message=detail,
        ip_address=response.ip_address,
    )


def _certificate(
    response: PolicyResponse, host: str, certificates: Certificates
) -> Iterator[Finding]:
    check = "policy-certificate"
    session = response.tls
    if session is None or session.outcome != "ok":
        code = session.outcome if session else response.outcome
        detail = session.detail if session else response.detail
        message = detail or NOT_REACHED.get(code, code)
        yield Finding(
            check=check,
            outcome=FAILED if code == "tls-handshake" else NOT_MEASURED,
            code=code,
            message=f"no TLS session with {host}: {message}",
            ip_address=response.ip_address,
        )
        return
    verdicts = list(session_verdicts(session, host, certificates))
    shown = [v for v in verdicts if v.outcome in (FAILED, NOT_MEASURED)]
    for verdict in shown or [v for v in verdicts if v.check == "certificate-chain"][:1]:
        yield Finding(
            check=check,
            outcome=verdict.outcome,
            code=verdict.fault.code,
            message=f"{host}: {verdict.fault.message}",
            ip_address=response.ip_address,
        )


def _syntax(evidence: Evidence, policy: MtaStsPolicy | None) -> Finding:
    check, body = "policy-syntax", evidence.live_body
    if body is None:
        message = "no policy text to read"
        return Finding(check=check, outcome=NOT_MEASURED, code="no-policy", message=message)
    if policy is not None:
        message = f"mode {policy.mode}, max_age {policy.max_age}, {len(policy.mx)} mx lines"
        return Finding(check=check, outcome=PASSED, code="ok", message=message)
    try:
        parse_policy(body.decode("utf-8"))
    except (PolicyError, UnicodeDecodeError) as error:
        return Finding(check=check, outcome=FAILED, code="policy-syntax", message=str(error))
    raise AssertionError("a text that was refused is refused again")


def _as_reported(evidence: Evidence, live: MtaStsPolicy | None) -> Finding:
    check = "policy-as-reported"
    if live is None:
        message = "no live policy to compare with what senders reported"
        return Finding(check=check, outcome=NOT_MEASURED, code="no-policy", message=message)
    last_day = max(map(_day, evidence.reported_policies))
    latest = [seen for seen in evidence.reported_policies if _day(seen) == last_day]
    others = [seen for seen in latest if _parsed(seen) != live]
    if not others:
        message = "senders reported the policy as it is served now"
        return Finding(check=check, outcome=PASSED, code="ok", message=message)
    live_id = _live_id(evidence)
    if live_id and any(seen.policy_id == live_id for seen in others):
        message = f"the policy changed under the same id {live_id}: give it a new one"
        return Finding(check=check, outcome=FAILED, code="id-not-bumped", message=message)
    who = "senders" if len(others) == len(latest) else "some senders"
    until = max((_cached_until(seen) or dt.date.min for seen in others), default=dt.date.min)
    if until >= evidence.collected_datetime.date():
        message = f"{who} may hold the older policy until {until}, if its record has a new id"
        return Finding(check=check, outcome=ADVICE, code="cache-still-old", message=message)
    message = f"on {others[0].last_day or 'some day'} {who} reported another policy than is served"
    return Finding(check=check, outcome=ADVICE, code="policy-changed", message=message)


def _day(seen: ReportedPolicy) -> dt.date:
    return seen.last_day or dt.date.min


def _parsed(seen: ReportedPolicy) -> MtaStsPolicy | None:
    try:
        return parse_policy(seen.text)
    except PolicyError:
        return None


def _live_id(evidence: Evidence) -> str | None:
    try:
        return read_policy_id(evidence.policy_record.records)
    except RecordError:
        return None


def _cached_until(seen: ReportedPolicy) -> dt.date | None:
    policy = _parsed(seen)
    if policy is None or seen.last_day is None:
        return None
    return seen.last_day + dt.timedelta(seconds=policy.max_age)


def _coverage(evidence: Evidence, policy: MtaStsPolicy | None) -> Iterator[Finding]:
    check = "mx-in-policy"
    names: Sequence[str] = [host.name for host in evidence.hosts]
    coverage = Coverage(policy.mx if policy is not None else ())
    for name in names:
        covered = policy is not None and (coverage.covers(name) or policy.mode == "none")
        outcome, code = (PASSED, "ok") if covered else (FAILED, "mx-not-in-policy")
        message = f"the policy {'covers' if covered else 'does not cover'} {name}"
        if policy is None:
            outcome, code, message = NOT_MEASURED, "no-policy", "no policy to compare with"
        yield Finding(check=check, outcome=outcome, code=code, message=message, mx_hostname=name)
    for pattern in lines_without_mx(policy.mx, names) if policy is not None and names else ():
        message = why_kept(pattern)
        yield Finding(check=check, outcome=ADVICE, code="unused-pattern", message=message)
