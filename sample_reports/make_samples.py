"""Write the sample reports in every container, and `truth.json`: what is true of them.

Usage: ``python sample_reports/make_samples.py [DIR]``; the default is the folder of this script.
The same Python writes the same bytes again; another build of zlib, bzip2 or liblzma may compress
differently, so compare what the containers hold, never their bytes.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

sys.dont_write_bytecode = True  # a __pycache__ in this folder would be one more input

from containers import (
    CUT,
    SHELVES,
    TRUNCATED,
    Member,
    containers,
)
from reporter_habits import (
    DayReport,
    Document,
    day_reports,
)
from simulated_mail import (
    FIRST_DAY,
    LAST_DAY,
    OUTCOMES,
    SENDERS,
    Block,
    Detail,
    Domain,
)

NOT_GIVEN = "(not given)"
STANDING_FILES = (
    "README.md",
    "containers.py",
    "make_provider.py",
    "make_samples.py",
    "reporter_habits.py",
    "simulated_mail.py",
    "truth.json",
)


def truth(reports: list[DayReport], members: list[Member]) -> Document:
    """Return what an analysis of the samples should find; README.md explains the names."""
    by_name: dict[str | None, list[DayReport]] = {}
    for report in reports:
        by_name.setdefault(report.blocks[0].policy_domain, []).append(report)
    unnamed = by_name.pop(None, [])
    return {
        "period": {"first_day": str(FIRST_DAY), "last_day": str(LAST_DAY)},
        "members": member_counts(len(reports), members),
        "sessions_without_domain": sessions_by_reporter(unnamed),
        "domains": {
            name: domain_truth(reports)
            | {
                "sessions_named_by_file": sessions_by_reporter(
                    [report for report in unnamed if report.domain.name == name]
                )
            }
            for name, reports in by_name.items()
            if name
        },
    }


def member_counts(report_count: int, members: list[Member]) -> dict[str, int]:
    """Return the outcome of every input, the files that describe the samples included."""
    outcomes = Counter(member.outcome for member in members)
    counts = {
        "reports": report_count,
        "duplicates": outcomes["reports"] - report_count,
        "rejected": outcomes["rejected"],
        "skipped": outcomes["skipped"] + len(STANDING_FILES),
    }
    return {"members": sum(counts.values()), **counts}


def domain_truth(reports: list[DayReport]) -> Document:
    """Return what is true of the reports of one policy domain."""
    domain = reports[0].domain
    blocks = [block for report in reports for block in report.blocks]
    sessions = [session for report in reports for session in report.sessions]
    outcomes = Counter(session.outcome for session in sessions)
    refused = failures_by_mx(blocks, is_refusal)
    return {
        "case": domain.case,
        "policy_mode": "testing" if any(block.policy_type == "sts" for block in blocks) else None,
        "session_count": len(sessions),
        "sessions_by_reporter": sessions_by_reporter(reports),
        "no_policy_found_count": sum(len(b.sessions) for b in blocks if b.policy_type[0] == "n"),
        "policy_unavailable_count": sum(failures_by_mx(blocks, is_unavailable).values()),
        "dane_refused_count": sum(failures_by_mx(blocks, is_dane).values()),
        "would_block_count": sum(refused.values()),
        "would_block_by_mx": refused,
        "failures_by_mx": failures_by_mx(blocks, lambda _block, _detail: True),
        "enforce_outcome": {outcome: outcomes[outcome] for outcome in OUTCOMES},
        "selective": selective(domain, sessions_by_reporter(reports)),
        "expected_verdict_hint": domain.hint,
    }


def sessions_by_reporter(reports: Iterable[DayReport]) -> dict[str, int]:
    """Count sessions by reporter."""
    counts: Counter[str] = Counter()
    for report in reports:
        counts[report.sender.name] += len(report.sessions)
    return dict(counts)


def failures_by_mx(
    blocks: Iterable[Block], is_wanted: Callable[[Block, Detail], bool]
) -> dict[str, int]:
    """Sum up failed-session-count by the host that the reporter names."""
    counts: Counter[str] = Counter()
    for block in blocks:
        for detail in block.details:
            if is_wanted(block, detail):
                counts[detail.host.name if detail.host else NOT_GIVEN] += detail.count
    return dict(counts)


def is_unavailable(_block: Block, detail: Detail) -> bool:
    """Whether failures are about the policy, which by itself blocks nothing."""
    return detail.result_type.startswith("sts-")


def is_refusal(block: Block, detail: Detail) -> bool:
    """Whether MTA-STS in enforce mode would refuse the host of these failures."""
    return block.policy_type == "sts" and not is_unavailable(block, detail)


def is_dane(block: Block, _detail: Detail) -> bool:
    """Whether DANE refused the host of these failures, in any mode of MTA-STS."""
    return block.policy_type == "tlsa"


def selective(domain: Domain, reporters: Iterable[str]) -> list[Document]:
    """Return the reporters for whom alone a fault matters; one that reports only failures is not compared."""
    comparable = {s.name for s in SENDERS if s.reports_clean_days} & set(reporters)
    faults = [
        (fault.cause, set(fault.seen_by), fault.first_day, fault.last_day)
        for fault in domain.faults
        if fault.seen_by and fault.policy_type == "sts"
    ] + [
        ("policy-fetch", {failure.sender}, failure.days[0], failure.days[-1])
        for failure in domain.fetch_failures
        if not failure.is_cached
    ]
    return [
        {
            "failing_reporter": failing,
            "clean_reporters": sorted(comparable - minding),
            "since": str(since),
            "until": None if until == LAST_DAY else str(until),
            "cause": cause,
        }
        for cause, minding, since, until in faults
        for failing in sorted(minding & comparable)
    ]


def make_samples(folder: Path) -> None:
    """Write all containers and truth.json into a folder; what else lies there stays."""
    reports = {report.key: report for report in day_reports()}
    files = containers(reports)
    packers = {shelf.path: shelf.pack for shelf in SHELVES}
    for path, members in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        pack = packers.get(path)
        target.write_bytes(pack(members) if pack else members[0].content)
    readable = [report for key, report in reports.items() if key not in (TRUNCATED, CUT)]
    description = truth(readable, [member for members in files.values() for member in members])
    (folder / "truth.json").write_text(json.dumps(description, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    make_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
