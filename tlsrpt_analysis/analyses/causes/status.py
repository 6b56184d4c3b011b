"""Whether a probe confirms a suspected cause, refutes it, or leaves it open."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings

CONFIRMED, REFUTED, NOT_PROBED = "confirmed", "refuted", "not probed"
FAILED, PASSED, NOT_MEASURED = "failed", "passed", "not measured"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a probe: its name, the host it is about, its outcome, and why."""

    name: str
    mx_hostname: str | None
    outcome: str
    finding_code: str
    message: str


class Probed:
    """All checks of a probe, by domain and name."""

    def __init__(self, findings: ProbeFindings | pd.DataFrame | None) -> None:
        self._checks: dict[tuple[str, str], list[Check]] = {}
        if findings is None:
            return
        frame = findings if isinstance(findings, pd.DataFrame) else findings.checks()
        names = ("policy_domain", "check", "mx_hostname", "outcome", "code", "message")
        columns = (frame[name] if name in frame else [""] * len(frame) for name in names)
        for domain, name, host, *rest in zip(*columns, strict=True):
            mx_hostname = host if isinstance(host, str) else None
            check = Check(
                name, mx_hostname, *(text if isinstance(text, str) else "" for text in rest)
            )
            self._checks.setdefault((domain, name), []).append(check)

    def about(self, cause: Cause, domain: str, host: str | None) -> list[Check]:
        """Return the checks that decide a cause, of one host where it is about one."""
        return [
            check
            for name in cause.checks
            for check in self._checks.get((domain, name), [])
            if not host or check.mx_hostname in {None, host}
        ]

    def failing_hosts(self, cause: Cause, domain: str) -> set[str]:
        """Return the hosts at which a check confirms a cause."""
        return {
            check.mx_hostname
            for check in self.about(cause, domain, None)
            if check.mx_hostname and _confirms(cause, check)
        }


def _confirms(cause: Cause, check: Check) -> bool:
    is_failure = check.outcome == FAILED and cause.is_confirmed_by(check.finding_code)
    return is_failure or check.finding_code in cause.sign_codes


def status(cause: Cause, checks: Iterable[Check], *, is_over: bool) -> tuple[str, str]:
    """Return whether checks confirm or refute a cause, and the message that confirms it.

    Parameters
    ----------
    cause : Cause
        The suspected cause.
    checks : iterable of Check
        Those that decide it.
    is_over : bool
        Whether the fault was over by the last report; a probe shows today only, so a check that
        passes today does not refute it.

    Returns
    -------
    tuple of str
        ``confirmed``, ``refuted`` or ``not probed``, and the message that confirms it.
    """
    checks = list(checks)
    for check in checks:
        if _confirms(cause, check):
            return CONFIRMED, check.message
    decided = [check for check in checks if check.outcome in {PASSED, FAILED}]
    is_whole = all(check.outcome != NOT_MEASURED for check in checks)
    can_refute = cause.is_refutable and not is_over
    return (REFUTED if decided and is_whole and can_refute else NOT_PROBED), ""
