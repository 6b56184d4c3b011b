"""What keeps a store in order: its check, the joining of small files, and the removal of old ones."""

from collections import defaultdict
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from tlsrpt_analysis.store.commits import Commit, DataFile, file_digest, write_commit
from tlsrpt_analysis.store.parts import by_key, domain_order, read_parts, write_part


def faults_of(directory: Path, commit: Commit) -> list[str]:
    """Read every file of a commit and tell what is wrong with it; nothing when all is well."""
    faults = []
    for file in commit.files:
        try:
            content = (directory / file.name).read_bytes()
        except OSError as error:
            faults.append(f"{file.name} cannot be read ({error.strerror})")
            continue
        if len(content) != file.size or file_digest(content) != file.digest:
            faults.append(f"{file.name} is not as it was written")
        elif pq.read_metadata(directory / file.name).num_rows != file.rows:
            faults.append(f"{file.name} does not have {file.rows:,} rows")
    balance = commit.balance
    if commit.rows("reports") != balance.reports + balance.duplicates or not balance.adds_up:
        faults.append(f"the balance does not add up to {commit.rows('reports'):,} rows of reports")
    return faults


def compacted(directory: Path, commit: Commit) -> Commit:
    """Join the files of each frame and month, and commit that."""
    groups: dict[tuple[str, str], list[DataFile]] = defaultdict(list)
    for file in commit.files:
        groups[file.frame, file.month].append(file)
    if all(len(files) == 1 for files in groups.values()):
        return commit
    generation = commit.generation + 1
    files = [
        members[0] if len(members) == 1 else _joined(directory, generation, members)
        for members in groups.values()
    ]
    next_commit = msgspec.structs.replace(commit, generation=generation, files=tuple(files))
    write_commit(directory, next_commit)
    return next_commit


def remove_unnamed(directory: Path, commit: Commit) -> None:
    """Remove files that the commit does not name: of older commits, and of writers that died."""
    named = {file.name for file in commit.files}
    for path in directory.glob("*.parquet"):
        if path.name not in named:
            path.unlink(missing_ok=True)


def _joined(directory: Path, generation: int, members: list[DataFile]) -> DataFile:
    frame, month = members[0].frame, members[0].month
    table = read_parts(directory, members)
    if table is None:
        raise ValueError("only files can be joined")
    if frame == "reports":
        table = by_key(table, "report_key").take(
            domain_order(table["domains"], table["report_key"])
        )
    elif frame in {"policies", "failures"}:
        table = table.take(domain_order(table["policy_domain"], table["policy_key"]))
    return write_part(directory, frame, month, generation, table)
