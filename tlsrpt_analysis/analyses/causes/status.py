"""Whether a probe confirms a suspected cause, refutes it, or leaves it open."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.causes import Cause
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings

CONFIRMED, REFUTED, NOT_PROBED = "confirmed", "refuted", "not probed"
FAILED, PASSED, NOT_MEASURED = "failed", "passed", "not measured"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a probe: what it is about, what it came to, and why."""

    mx_hostname: str | None
    outcome: str
    code: str
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
        for domain, check, host, *told in zip(*columns, strict=True):
            known = host if isinstance(host, str) else None
            one = Check(known, *(text if isinstance(text, str) else "" for text in told))
            self._checks.setdefault((domain, check), []).append(one)

    def about(self, cause: Cause, domain: str, host: str | None) -> list[Check]:
        """Give the checks that decide a cause, of one host where it is about one."""
        return [
            one
            for name in cause.checks
            for one in self._checks.get((domain, name), [])
            if not host or one.mx_hostname in {None, host}
        ]


def status(cause: Cause, checks: Iterable[Check], *, is_over: bool) -> tuple[str, str]:
    """Tell what checks make of a cause, and in which words they confirm it.

    Parameters
    ----------
    cause : Cause
        The suspected cause.
    checks : iterable of Check
        Those that decide it.
    is_over : bool
        Whether the fault was over by the last report; a probe speaks of today, and what passes
        today does not refute it.

    Returns
    -------
    tuple of str
        ``confirmed``, ``refuted`` or ``not probed``, and the message that confirms it.
    """
    checks = list(checks)
    for one in checks:
        is_fault = one.outcome == FAILED and cause.is_fault(one.code)
        if is_fault or one.code in cause.signs:
            return CONFIRMED, one.message
    decided = [one for one in checks if one.outcome in {PASSED, FAILED}]
    is_whole = all(one.outcome != NOT_MEASURED for one in checks)
    can_refute = cause.is_refutable and not is_over
    return (REFUTED if decided and is_whole and can_refute else NOT_PROBED), ""
