"""A store kept in order: files are verified, small ones joined, and unused ones removed."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tlsrpt_analysis.loading.frames import lean_memory, release_memory
from tlsrpt_analysis.store.commits import (
    PART_NAME,
    Commit,
    DataFile,
    file_digest,
    is_plain_file,
    write_commit,
)
from tlsrpt_analysis.store.manifest import latest_sources
from tlsrpt_analysis.store.parts import (
    domain_order,
    read_parts,
    write_part,
)

JOINED_ROWS = 50_000
"""The most rows of a joined file, which bounds the memory that joining takes."""

MOST_FILES = 16
"""A writer joins the files of a frame and month when that leaves this many fewer."""


def faults_of(directory: Path, commit: Commit) -> list[str]:
    """Read every file of a commit and return what is wrong, nothing when the store is whole."""
    faults = []
    for file in commit.files:
        try:
            if not is_plain_file(directory / file.name):
                faults.append(f"{file.name} is a link, a pipe or a device")
                continue
            content = (directory / file.name).read_bytes()
        except OSError as error:
            faults.append(f"{file.name} cannot be read ({error.strerror})")
            continue
        if len(content) != file.size or file_digest(content) != file.digest:
            faults.append(f"{file.name} is not as it was written")
        elif pq.read_metadata(pa.BufferReader(content)).num_rows != file.rows:
            faults.append(f"{file.name} does not have {file.rows:,} rows")
    balance = commit.balance
    if commit.rows("reports") != balance.reports + balance.duplicates or not balance.adds_up:
        faults.append(f"the balance does not add up to {commit.rows('reports'):,} rows of reports")
    return faults


def has_many_files(commit: Commit) -> bool:
    """Whether joining leaves at least `MOST_FILES` fewer files of some frame and month."""
    return any(
        len(files) - len(list(_portions(files))) >= MOST_FILES for files in _groups(commit).values()
    )


@lean_memory()
def compacted(directory: Path, commit: Commit) -> Commit:
    """Join the files of each frame and month up to `JOINED_ROWS` rows, and commit that."""
    groups = [part for files in _groups(commit).values() for part in _portions(files)]
    if all(len(files) == 1 for files in groups):
        return commit
    generation = commit.generation + 1
    files = [
        members[0] if len(members) == 1 else _joined(directory, generation, members, number)
        for number, members in enumerate(groups)
    ]
    next_commit = msgspec.structs.replace(commit, generation=generation, files=tuple(files))
    write_commit(directory, next_commit)
    return next_commit


def remove_unnamed(directory: Path, commit: Commit) -> None:
    """Remove files that the commit does not name: those of older commits and of killed writers.

    What a user keeps in the folder stays.
    """
    named = {file.name for file in commit.files}
    for path in directory.glob("*.parquet"):
        if path.name not in named and PART_NAME.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _groups(commit: Commit) -> dict[tuple[str, str], list[DataFile]]:
    groups: dict[tuple[str, str], list[DataFile]] = defaultdict(list)
    for file in commit.files:
        groups[file.frame, file.month].append(file)
    return groups


def _portions(files: list[DataFile]) -> Iterator[list[DataFile]]:
    """Split files into portions, none of which has more than `JOINED_ROWS` rows unless it is one file."""
    portion: list[DataFile] = []
    for file in files:
        if portion and sum(member.rows for member in (*portion, file)) > JOINED_ROWS:
            yield portion
            portion = []
        portion.append(file)
    yield portion


def _joined(directory: Path, generation: int, members: list[DataFile], number: int) -> DataFile:
    frame, month = members[0].frame, members[0].month
    table = read_parts(directory, members)
    if table is None:
        raise ValueError("only files can be joined")
    if frame == "reports":
        table = table.take(domain_order(table["domains"], table["report_key"]))
    elif frame in {"policies", "failures"}:
        table = table.take(domain_order(table["policy_domain"], table["policy_key"]))
    elif frame == "sources":
        table = latest_sources(table)
    joined = write_part(directory, frame, month, generation, table, number=number)
    del table
    release_memory()
    return joined
