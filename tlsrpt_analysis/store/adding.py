"""What was read becomes new files and the next commit; what the store holds is left out."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.batches import OUTCOME, Batch
from tlsrpt_analysis.joining import IDENTITY, Before, Joined, join
from tlsrpt_analysis.reading import Gathered
from tlsrpt_analysis.store.commits import Commit, DataFile, write_commit
from tlsrpt_analysis.store.manifest import UNKNOWN, Manifest, Sorted, named_state
from tlsrpt_analysis.store.parts import (
    domain_order,
    months_of,
    ranks,
    read_parts,
    split_by_month,
    write_part,
)
from tlsrpt_analysis.tables import SCHEMAS, Balance

COMMIT_MEMBERS = 100_000
"""Members in one commit: what a writer that dies loses at most, and what it holds in memory."""

_PROBLEM = list(SCHEMAS["problems"])


def commit_all(
    directory: Path, commit: Commit, found: Sorted, manifest: Manifest, parts: Iterable[Gathered]
) -> Iterator[Commit]:
    """Write what was gathered, a commit for every hundred thousand members, and give each."""
    waiting: list[Gathered] = []
    count = 0
    for part in parts:
        waiting.append(part)
        count += len(part.batch.reports) + part.batch.rejected + part.batch.skipped
        if count >= COMMIT_MEMBERS:
            commit = _next_commit(directory, commit, found, manifest, waiting)
            yield commit
            waiting, count = [], 0
    if any(part.finished for part in waiting):
        yield _next_commit(directory, commit, found, manifest, waiting)


def _next_commit(
    directory: Path, commit: Commit, found: Sorted, manifest: Manifest, parts: list[Gathered]
) -> Commit:
    known = _Known(directory, commit, found.changed)
    batches = [known.new_of(part.batch) for part in parts]
    joined = join(
        batches, Before(commit.rows("reports"), commit.next_policy_key, known.reports_of(batches))
    )
    generation = commit.generation + 1
    unreadable = _unreadable(joined.problems)
    begun = dict.fromkeys(named_state(one)[0] for part in parts for one in part.begun)
    finished = {named_state(one)[0] for part in parts for one in part.finished}
    manifest.add({name: UNKNOWN if name in unreadable else found.states[name] for name in finished})
    files = _write(directory, generation, joined)
    sources = write_part(directory, "sources", "", generation, manifest.table())
    unfinished = tuple(name for name in begun if name not in finished)
    next_commit = Commit(
        generation=generation,
        next_policy_key=commit.next_policy_key + len(joined.policies),
        balance=_sum(commit.balance, joined.balance),
        unfinished=tuple(
            dict.fromkeys((*(n for n in commit.unfinished if n not in finished), *unfinished))
        ),
        files=(*(file for file in commit.files if file.frame != "sources"), *files, sources),
    )
    write_commit(directory, next_commit)
    return next_commit


def _write(directory: Path, generation: int, joined: Joined) -> list[DataFile]:
    written = [
        write_part(directory, "reports", month, generation, part)
        for month, part in split_by_month(*_ordered_reports(joined))
    ]
    for frame, table in (("policies", joined.policies), ("failures", joined.failures)):
        order = domain_order(table["policy_domain"], table["policy_key"])
        written += [
            write_part(directory, frame, month, generation, part)
            for month, part in split_by_month(table, order)
        ]
    if len(joined.problems):
        written.append(write_part(directory, "problems", "", generation, joined.problems))
    return written


def _ordered_reports(joined: Joined) -> tuple[pa.Table, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Give the reports with all their domains, and their order by the first of them."""
    reports, policies = joined.reports, joined.policies
    keys = reports["report_key"].to_numpy()
    first_key = int(keys[0]) if len(keys) else 0
    owners, firsts = np.unique(policies["report_key"].to_numpy(), return_index=True)
    rank = np.full(len(reports), -1, np.int64)
    rank[owners - first_key] = ranks(policies["policy_domain"])[firsts]
    return reports, np.lexsort((keys, rank))


def _unreadable(problems: pa.Table) -> set[str]:
    is_source = pc.and_(
        pc.equal(problems["stage"].cast(pa.string()), "source"),
        pc.equal(problems["severity"].cast(pa.string()), "rejected"),
    )
    return set(problems["source"].filter(is_source).to_pylist())


def _sum(one: Balance, other: Balance) -> Balance:
    names = ("members", "reports", "duplicates", "rejected", "skipped")
    return Balance(*(getattr(one, name) + getattr(other, name) for name in names))


class _Known:
    """What the store holds that may come again."""

    def __init__(self, directory: Path, commit: Commit, changed: set[str]) -> None:
        self._directory = directory
        self._commit = commit
        self._again = _Again.of(directory, commit, changed) if changed else None

    def new_of(self, batch: Batch) -> Batch:
        """Leave out what came from the same source before: of a mailbox that grew, its old mails."""
        return batch if self._again is None else self._again.new_of(batch)

    def reports_of(self, batches: list[Batch]) -> pa.Table | None:
        """Give the stored reports of the months that the batches are about."""
        months = {
            str(month)
            for batch in batches
            for month in np.unique(months_of(batch.reports["day"]))
            if len(batch.reports)
        }
        files = [file for file in self._commit.of("reports") if file.month in months]
        columns = ["content", *IDENTITY, "domains", "source"]
        return read_parts(self._directory, files, columns)


class _Again:
    """The reports and problems that came from sources which are now read again."""

    def __init__(self, contents: set[bytes], problems: set[tuple[str, ...]]) -> None:
        self._contents = contents
        self._problems = problems

    @classmethod
    def of(cls, directory: Path, commit: Commit, changed: set[str]) -> "_Again":
        contents: set[bytes] = set()
        for file in commit.of("reports"):
            table = read_parts(directory, [file], ["source", "content"])
            contents |= _of_sources(table, "content", changed)
        rows = read_parts(directory, commit.of("problems"))
        problems = set() if rows is None else {tuple(row) for row in _rows(rows)}
        return cls(contents, problems)

    def new_of(self, batch: Batch) -> Batch:
        is_new = np.array(
            [content not in self._contents for content in batch.reports["content"].to_pylist()],
            bool,
        )
        place = np.append(0, np.cumsum(is_new))  # of each count of reports, the count of new ones
        before, rank = (batch.problems[name].to_numpy() for name in ("reports_before", "rank"))
        is_told = np.array([tuple(row) in self._problems for row in _rows(batch.problems)], bool)
        is_of_report = rank != OUTCOME
        is_kept = np.where(is_of_report, np.append(is_new, True)[before - 1], ~is_told)
        gone = batch.problems.filter(pa.array(~is_kept & ~is_of_report))
        rejected = int(
            pc.sum(pc.equal(gone["severity"].cast(pa.string()), "rejected")).as_py() or 0
        )
        problems = batch.problems.set_column(4, "reports_before", pa.array(place[before]))
        policies, is_policy_kept = _renumbered(batch.policies, "report_key", is_new)
        failures, _ = _renumbered(batch.failures, "policy_key", is_policy_kept)
        return Batch(
            batch.rejected - rejected,
            batch.skipped - (len(gone) - rejected),
            batch.reports.filter(pa.array(is_new)),
            policies,
            failures,
            problems.filter(pa.array(is_kept)),
        )


Marks = np.ndarray[tuple[int], np.dtype[np.bool_]]


def _renumbered(table: pa.Table, key: str, is_kept: Marks) -> tuple[pa.Table, Marks]:
    keys = table[key].to_numpy()
    rows = is_kept[keys]
    table = table.set_column(0, key, pa.array((np.cumsum(is_kept) - 1)[keys]))
    return table.filter(pa.array(rows)), rows


def _rows(problems: pa.Table) -> Iterable[tuple[str, ...]]:
    return zip(*(problems[name].to_pylist() for name in _PROBLEM), strict=True)


def _of_sources(table: pa.Table | None, column: str, names: set[str]) -> set[bytes]:
    if table is None:
        return set()
    pairs = zip(table["source"].to_pylist(), table[column].to_pylist(), strict=True)
    return {value for source, value in pairs if not names.isdisjoint(_prefixes(source))}


def _prefixes(source: str) -> Iterator[str]:
    """Give the names that the file of a member may have; a name may hold the mark between them."""
    yield source
    end = source.rfind("!")
    while end > 0:
        yield source[:end]
        end = source.rfind("!", 0, end)
