"""The findings of a probe: the outcome of every check, as text, as frames and as a file."""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pandas as pd

from tlsrpt_analysis.errors import ProbeError
from tlsrpt_analysis.probes.evidence import SCHEMA, Evidence
from tlsrpt_analysis.shown_texts import counted, shown
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy
from tlsrpt_analysis.standards.policy_to_serve import PolicyToServe
from tlsrpt_analysis.whole_files import write_whole_file

PASSED, FAILED, ADVICE, NOT_MEASURED = "passed", "failed", "advice", "not measured"

CHECKS = (
    "mx-record",
    "mx-alias",
    "mx-address",
    "policy-record",
    "policy-fetch",
    "policy-certificate",
    "policy-syntax",
    "policy-as-reported",
    "mx-in-policy",
    "connect",
    "starttls",
    "tls-handshake",
    "tls-version",
    "certificate-name",
    "certificate-dates",
    "certificate-chain",
    "certificate-without-sni",
    "tlsa",
    "dnssec",
    "tlsrpt-record",
    "addresses-alike",
)
"""Every check that a probe makes."""

THREE_CHECKS = {
    "covered_by_policy": ("mx-in-policy",),
    "offers_starttls": ("connect", "starttls", "tls-handshake", "tls-version"),
    "valid_certificate": ("certificate-name", "certificate-dates", "certificate-chain"),
}
"""The checks behind each column of `Findings.by_mx`, the three questions of every guide."""

NOT_REACHED = {
    "tcp-refused": "the connection is refused",
    "tcp-timeout": "no connection in time",
    "tcp-unreachable": "the address cannot be reached from here",
    "tls-timeout": "no TLS handshake in time",
    "tls-closed": "the connection ended in the TLS handshake",
    "total-timeout": "the time limit of the whole probe was reached",
    "skipped-not-public": "the address is not public and is asked only when allowed",
    "skipped-limit": "over the limit of what is asked of one domain",
    "unusable-name": "the MX name is not a host name",
    "probe-error": "the probe itself failed unexpectedly: please report it",
}
"""Why a host was not measured, by code."""


MOST_LINES = 200
"""Lines of findings that are printed; a domain of twenty faulty hosts has fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check of a domain, an MX host or an address, in one sentence."""

    check: str
    outcome: str
    code: str
    message: str
    mx_hostname: str | None = None
    ip_address: str | None = None

    def __post_init__(self) -> None:
        """Bound the message and keep it on one line: it quotes what servers said."""
        object.__setattr__(self, "message", shown(self.message))

    def __str__(self) -> str:
        """Return the finding as a sentence."""
        where = " ".join(part for part in (self.mx_hostname, self.ip_address) if part)
        return f"{where + ': ' if where else ''}{self.message} [{self.outcome}: {self.code}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The findings about a domain, with the evidence that they come from.

    Attributes
    ----------
    evidence : Evidence
        What the probe saw.
    findings : tuple of Finding
        The outcome of every check.
    policy_to_serve : PolicyToServe or None
        The policy to serve, where the MX hosts are known; ``is_unchanged`` where it is served
        already, and ``str()`` returns it to read.
    """

    evidence: Evidence
    findings: tuple[Finding, ...]
    policy_to_serve: PolicyToServe | None = None

    @property
    def domain(self) -> str:
        """Return the policy domain."""
        return self.evidence.domain

    @property
    def live_policy(self) -> MtaStsPolicy | None:
        """Return the policy that is served, or None when it cannot be parsed."""
        return self.evidence.live_policy

    @property
    def corrected_policy(self) -> str:
        """Return the text of the policy to serve, if any."""
        return self.policy_to_serve.text if self.policy_to_serve else ""

    @property
    def corrected_record(self) -> str:
        """Return the TXT record that announces it; empty where the published one stays."""
        return self.policy_to_serve.record if self.policy_to_serve else ""

    @property
    def is_failed(self) -> bool:
        """Whether any check failed; what could not be measured has not failed."""
        return any(finding.outcome == FAILED for finding in self.findings)

    @property
    def is_measured(self) -> bool:
        """Whether the MX hosts are known, and STARTTLS and the certificate of each were checked."""
        unknown = any(f.check == "mx-record" and f.outcome == NOT_MEASURED for f in self.findings)
        table = self.by_mx()
        answers = table[["offers_starttls", "valid_certificate"]]
        return not unknown and not (answers == NOT_MEASURED).to_numpy().any()

    def checks(self) -> pd.DataFrame:
        """Return a frame with one row per check.

        Returns
        -------
        DataFrame
            ``policy_domain mx_hostname ip_address check outcome code message``; ``outcome`` is
            ``passed``, ``failed``, ``advice`` or ``not measured``; where host or address is missing,
            the check is about the whole domain or the whole host.
        """
        rows = [
            (self.domain, f.mx_hostname, f.ip_address, f.check, f.outcome, f.code, f.message)
            for f in self.findings
        ]
        columns = [
            "policy_domain",
            "mx_hostname",
            "ip_address",
            "check",
            "outcome",
            "code",
            "message",
        ]
        return pd.DataFrame(rows, columns=columns, dtype="str")

    def by_mx(self) -> pd.DataFrame:
        """Return for each MX host whether the policy covers it, and its STARTTLS and certificate.

        Returns
        -------
        DataFrame
            ``mx_hostname covered_by_policy offers_starttls valid_certificate why preference``, one
            row per MX host; each of the three is ``passed``, ``failed`` or ``not measured``.
        """
        rows = []
        by_host: dict[str | None, list[Finding]] = {}
        for finding in self.findings:
            by_host.setdefault(finding.mx_hostname, []).append(finding)
        for host in self.evidence.hosts:
            about_host = by_host.get(host.name, [])
            answers = {
                column: worst([f.outcome for f in about_host if f.check in checks])
                for column, checks in THREE_CHECKS.items()
            }
            reasons = [f.message for f in about_host if f.outcome in (FAILED, NOT_MEASURED)]
            rows.append(
                {"mx_hostname": host.name, **answers, "why": "; ".join(dict.fromkeys(reasons))}
            )
        table = pd.DataFrame(rows, columns=["mx_hostname", *THREE_CHECKS, "why"], dtype="str")
        preferences = [host.preference for host in self.evidence.hosts]
        return table.assign(preference=pd.Series(preferences, dtype="int64"))

    def cname_steps(self) -> pd.DataFrame:
        """Return each CNAME step on the way from a name to its address.

        Returns
        -------
        DataFrame
            ``name step from_name to_name``, one row per step.
        """
        lookups = [lookup for host in self.evidence.hosts for lookup in host.lookups]
        steps = {
            (lookup.name, number, *alias)
            for lookup in (*lookups, *self.evidence.policy_lookups, self.evidence.policy_record)
            for number, alias in enumerate(lookup.aliases, start=1)
        }
        return pd.DataFrame(sorted(steps), columns=["name", "step", "from_name", "to_name"])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write findings and evidence as JSON, sorted and indented; `load_findings` reads it back.

        Returns
        -------
        Path
            The file that was written.

        Raises
        ------
        ProbeError
            When the file cannot be written.
        """
        content = msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1)
        target = Path(path)
        try:
            write_whole_file(target, content + b"\n")
        except OSError as error:
            raise ProbeError(
                f"{target}: cannot write the findings: {error.strerror or error}"
            ) from error
        return target

    def __str__(self) -> str:
        """Return the findings as lines: failures, then what was not measured, then advice."""
        order = (FAILED, NOT_MEASURED, ADVICE)
        first: dict[
            tuple[str | None, ...], str
        ] = {}  # the same reason for several checks is said once
        for finding in (f for outcome in order for f in self.findings if f.outcome == outcome):
            place = (finding.mx_hostname, finding.ip_address, finding.message)
            first.setdefault(place, str(finding))
        passed = sum(finding.outcome == PASSED for finding in self.findings)
        when = f"{self.evidence.collected_datetime:%Y-%m-%d %H:%M} UTC"
        lines = list(first.values())
        rest = len(lines) - MOST_LINES
        if rest > 0:
            lines[MOST_LINES:] = [f"and {counted(rest, 'more line')}: `checks` has all of them"]
        stopped = ", stopped before its end" if self.evidence.is_interrupted else ""
        return "\n".join([f"{self.domain}, {when}: {passed} checks passed{stopped}", *lines])


def load_findings(path: str | os.PathLike[str]) -> Findings:
    """Read findings that `Findings.save` wrote, without asking or judging again.

    Parameters
    ----------
    path : str or path-like
        The JSON file.

    Returns
    -------
    Findings
        Equal to those that were saved.

    Raises
    ------
    ProbeError
        When the file cannot be read or does not hold findings.

    Examples
    --------
    >>> load_findings("no-such-file.json")
    Traceback (most recent call last):
    tlsrpt_analysis.errors.ProbeError: no-such-file.json: cannot be read: No such file or directory
    """
    try:
        found = msgspec.json.decode(Path(path).read_bytes(), type=Findings)
    except OSError as error:
        raise ProbeError(f"{path}: cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise ProbeError(
            f"{path}: these are not saved findings: {error}; probe the domain again"
        ) from error
    if found.evidence.schema != SCHEMA:
        raise ProbeError(
            f"{path}: the schema is {found.evidence.schema}, expected {SCHEMA}: probe again"
        )
    return found


def worst(outcomes: list[str]) -> str:
    """Return the worst of several outcomes; without any, ``not measured``."""
    for outcome in (FAILED, NOT_MEASURED):
        if outcome in outcomes:
            return outcome
    return PASSED if outcomes else NOT_MEASURED
