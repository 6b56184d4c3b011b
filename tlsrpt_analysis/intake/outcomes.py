"""The outcome of one member of the input: exactly one of three kinds.

A member is one leaf of the input: a report document, a mail without a report, a file or archive
member that is something else, or an archive or mail that cannot be read.
Archives, and mails that hold a report, are wrappings, not members.
As each member has one outcome, members = reports + duplicates + rejected + skipped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from tlsrpt_analysis.standards.report import Report

Severity = Literal["rejected", "forgiven", "skipped"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A remark about an input.

    Attributes
    ----------
    source : str
        The path to the input, for example ``archive.zip!mail.eml!report.json.gz``.
    stage : str
        Where it arose: ``source``, ``archive``, ``mail``, ``json``, ``report``, ``policy``,
        ``authenticity``, ``red flag`` or ``duplicate``.
    severity : str
        ``rejected``, ``forgiven`` or ``skipped``.
    message : str
        What was wrong and, where possible, what to do.
    """

    source: str
    stage: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class ReportRead:
    """A member that is a report; its problems are what was forgiven or lost within it.

    For a report that came by mail, `received_datetime` is when it arrived, `authenticity` whether
    its sender was verified, if that was requested, and `signer` the domain that signed it.
    """

    source: str
    report: Report
    authenticity: str = "unknown"
    problems: tuple[Problem, ...] = field(default=())
    signer: str | None = None
    received_datetime: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A member that should be or hold a report and could not be read."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Skipped:
    """A member that is not a report."""

    problem: Problem


Outcome = ReportRead | Rejected | Skipped


def skipped_member(source: str, stage: str, message: str) -> Skipped:
    """Return the outcome of a member that is not a report."""
    return Skipped(Problem(source, stage, "skipped", message))


def with_leniencies(outcome: Outcome, stage: str, leniencies: Iterable[str]) -> Outcome:
    """Return a report with what was forgiven while it was unwrapped, and others as they are."""
    if not leniencies or not isinstance(outcome, ReportRead):
        return outcome
    problems = (Problem(outcome.source, stage, "forgiven", text) for text in leniencies)
    return replace(outcome, problems=(*problems, *outcome.problems))


def unopened(name: str, error: OSError) -> Rejected:
    """Return the outcome of a source that the system cannot read."""
    message = f"it cannot be read ({error.strerror}): check the disk and the permissions"
    return Rejected(Problem(name, "source", "rejected", message))
