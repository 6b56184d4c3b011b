"""The cause of each failure detail, for analyses that count by cause."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.cause import safe_name
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import NOT_GIVEN, parse_fix
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import (
    IF_YOURS,
    UNKNOWN_HOST,
    UNNAMED_HOST,
    WHICH_IS_MISSING,
)
from tlsrpt_analysis.analyses.causes.diagnosis import Diagnosis, fix_of
from tlsrpt_analysis.analyses.causes.responsible import responsible
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.shown_texts import listed


@dataclass(frozen=True, slots=True)
class DetailCause:
    """The cause of some failure details, and the step that ends it.

    Attributes
    ----------
    code : str
        The cause, a code of the catalogue.
    kind, subject : str
        The kind of the step, and what its id names: a host, a sender or a domain; both are empty
        where nothing is refused, and the subject is ``(not given)`` for an unnamed host.
    is_over : bool
        Whether the failures have ended, or a probe finds nothing left to repair.
    responsible : str
        Who has to act.
    cure : str
        What to do, in few words.
    reporters : tuple of str
        Who met it.
    """

    code: str
    kind: str
    subject: str
    is_over: bool
    responsible: str
    cure: str
    reporters: tuple[str, ...]


def detail_causes(
    found: Iterable[Diagnosis], size: int
) -> tuple[Integers, tuple[DetailCause, ...]]:
    """Return the number of each detail's cause, -1 for none, and the causes.

    Parameters
    ----------
    found : iterable of Diagnosis
        The causes of all domains.
    size : int
        How many details there are.
    """
    numbers = np.full(size, -1)
    causes: list[DetailCause] = []
    for diagnosis in found:
        case, failures = diagnosis.case, diagnosis.found.failures
        if len(failures) and failures.columns is not case.beyond.columns:
            numbers[failures["place"]] = len(causes)
            causes.append(_detail_cause(diagnosis))
    return numbers, tuple(causes)


def _detail_cause(diagnosis: Diagnosis) -> DetailCause:
    case, found = diagnosis.case, diagnosis.found
    fix = fix_of(found, case)
    kind, subject = parse_fix(fix) if fix else ("", "")
    reporters = tuple(found.failures.texts("reporter"))
    return DetailCause(
        found.cause.code,
        kind,
        subject,
        diagnosis.is_over or diagnosis.is_repaired,
        str(responsible(case, found)),
        _cure(diagnosis, subject, reporters),
        reporters,
    )


def _cure(diagnosis: Diagnosis, subject: str, reporters: tuple[str, ...]) -> str:
    """Return what to do in few words."""
    found, domain = diagnosis.found, diagnosis.case.policy_domain
    if found.cure == UNNAMED_HOST:
        return WHICH_IS_MISSING
    if subject == NOT_GIVEN:
        verb = "does" if len(reporters) == 1 else "do"
        return found.cause.step_for(domain, f"the host that {listed(reporters)} {verb} not name")
    host = safe_name(found.host) or "the host"
    words = found.cause.step_for(domain, host)
    return IF_YOURS.replace("{host}", host) if found.cure == UNKNOWN_HOST else words
