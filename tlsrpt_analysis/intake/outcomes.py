"""What can become of one member of the input: exactly one of three outcomes.

A member is one leaf of what was given: a report document, a mail without a report, a file or an
archive member that is something else, or an archive or mail that cannot be read.
Archives, and mails that hold a report, are wrappings and no members.
As each member has one outcome, members = reports + duplicates + rejected + skipped.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tlsrpt_analysis.standards.report import Report

Severity = Literal["rejected", "forgiven", "skipped"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A remark on an input.

    Attributes
    ----------
    source : str
        The way to the input, such as ``archive.zip!mail.eml!report.json.gz``.
    stage : str
        Where it arose: ``source``, ``archive``, ``mail``, ``json``, ``report``, ``policy``,
        ``authenticity``, ``red flag`` or ``duplicate``.
    severity : str
        ``rejected``, ``forgiven`` or ``skipped``.
    message : str
        What was wrong and, where something can be done, what to do.
    """

    source: str
    stage: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class ReportRead:
    """A member that is a report; its problems are what was forgiven or lost within it.

    Of a report that came by mail, `received_datetime` says when, and `authenticity` whether it
    was sent by whom it names, if that was asked for; `signer` is then the domain that signed.
    """

    source: str
    report: Report
    authenticity: str = "unknown"
    problems: tuple[Problem, ...] = field(default=())
    signer: str | None = None
    received_datetime: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A member that should have been a report, or held some, and could not be read."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Skipped:
    """A member that is no report."""

    problem: Problem


Outcome = ReportRead | Rejected | Skipped
