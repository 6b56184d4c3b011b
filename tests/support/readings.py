"""How the tests of the intake read one source: bytes in, outcomes out."""

from pathlib import Path

from tlsrpt_analysis.intake.fast.files import FastRead
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Problem, Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import read_source


def outcomes_of(
    folder: Path, content: bytes, *, name: str = "it", limits: Limits = DEFAULT_LIMITS
) -> list[Outcome]:
    """Write bytes to a file and read it as a source of that name."""
    path = folder / name
    path.write_bytes(content)
    return list(read_source(Source(name, str(path), len(content)), limits))


def as_tolerant(outcome: FastRead | Outcome) -> Outcome:
    """Return the outcome of the tolerant reader for a report that was read fast."""
    if not isinstance(outcome, FastRead):
        return outcome
    return ReportRead(
        outcome.source,
        outcome.decoded.report,
        problems=tuple(
            Problem(outcome.source, stage, "forgiven", text)
            for stage, texts in (("mail", outcome.remarks), ("report", outcome.decoded.leniencies))
            for text in texts
        ),
        received_datetime=outcome.received_datetime,
    )


def ends_of(outcomes: list[Outcome]) -> list[tuple[str, str, str]]:
    """Return what became of each member: its source, its end, and the stage of its problem."""
    shown = []
    for outcome in outcomes:
        match outcome:
            case ReportRead(source):
                shown.append((source, "report", ""))
            case Rejected(problem) | Skipped(problem):
                shown.append((problem.source, problem.severity, problem.stage))
    return shown


def message_of(outcomes: list[Outcome]) -> str:
    """Return the message of the only outcome, which is no report."""
    (outcome,) = outcomes
    assert isinstance(outcome, (Rejected, Skipped))
    return outcome.problem.message
