"""New reports written as files and committed; what the store holds already is left out."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.intake.sources.files import MailFolder
from tlsrpt_analysis.loading.frames import release_memory
from tlsrpt_analysis.loading.joining import Before, Joined, join
from tlsrpt_analysis.loading.reading import FoundSource, Gathered, Reached
from tlsrpt_analysis.store.commits import Commit, DataFile, write_commit
from tlsrpt_analysis.store.known import KnownReports, ReadAgain, outcomes_of
from tlsrpt_analysis.store.manifest import UNKNOWN, Sorted, name_of, shown_of, sources_table
from tlsrpt_analysis.store.parts import (
    domain_order,
    ranks,
    read_parts,
    split_by_month,
    write_part,
)
from tlsrpt_analysis.tables import Balance

STALE_NUMBER = 1
"""Distinguishes the file of the problems that remain from that of the new ones."""

COMMIT_MEMBERS = 20_000
"""Members in one commit: the most that a killed writer loses, and what it holds in memory."""


def commit_all(
    known: KnownReports, commit: Commit, found: Sorted, parts: Iterable[Gathered]
) -> Iterator[tuple[Commit, list[Reached]]]:
    """Write the gathered batches, with a commit every `COMMIT_MEMBERS` members.

    Yields
    ------
    Commit, list of Reached
        Each commit, and how far folders of mails are in the store with it.
    """
    run = _Run(known, commit, found)
    waiting: list[Gathered] = []
    count = 0
    for part in parts:
        waiting.append(part)
        count += len(part.batch.reports) + part.batch.rejected + part.batch.skipped
        if count >= COMMIT_MEMBERS:
            yield run.commit(waiting), _reached(waiting)
            waiting, count = [], 0
    if count or any(part.finished for part in waiting):
        yield run.commit(waiting), _reached(waiting)


def _reached(parts: list[Gathered]) -> list[Reached]:
    return [reached for part in parts for reached in part.reached]


class _Run:
    """The commits of one writer, and what it knows of the store."""

    def __init__(self, known: KnownReports, commit: Commit, found: Sorted) -> None:
        self._known = known
        self._directory = directory = known.directory
        self._last = commit
        self._found = found
        self._finished_count = 0
        self._again = ReadAgain.of(directory, commit, found.changed)

    def commit(self, parts: list[Gathered]) -> Commit:
        """Write and commit what is new in the batches."""
        last, generation = self._last, self._last.generation + 1
        batches = [self._again.new_of(part.batch) for part in parts]
        known = self._known.like(last, batches)
        joined = join(batches, Before(last.rows("reports"), last.next_policy_key, known))
        files = _write(self._directory, generation, joined)
        finished = [source for part in parts for source in part.finished]
        begun_sources = [source for part in parts for source in part.begun]
        begun = dict.fromkeys(map(name_of, begun_sources))
        ended = {name_of(source) for source in finished}
        positions = {each.folder.name: each.position for each in _reached(parts)}
        resumable = {
            name: position
            for name, position in positions.items()
            if name not in ended and name not in self._found.changed
        }
        sources = self._sources(finished, _unreadable(joined.problems), positions, resumable)
        if len(sources):
            files.append(write_part(self._directory, "sources", "", generation, sources))
        kept, gone = self._without_stale(generation, finished, begun_sources)
        self._last = Commit(
            generation=generation,
            next_policy_key=last.next_policy_key + len(joined.policies),
            balance=_sum(_sum(last.balance, joined.balance), gone),
            unfinished=tuple(
                name
                for name in {**dict.fromkeys(last.unfinished), **begun}
                if name not in ended and name not in resumable
            ),
            files=(*kept, *files),
        )
        write_commit(self._directory, self._last)
        self._known.note(joined.reports)
        del batches, known, joined, sources
        release_memory()
        return self._last

    def _without_stale(
        self, generation: int, finished: list[FoundSource], begun: list[FoundSource]
    ) -> tuple[list[DataFile], Balance]:
        """Return the files of the last commit, less the problems that are over, and their count."""
        files = list(self._last.files)
        names = {shown_of(name_of(source)) for source in finished}
        again = names & self._found.changed
        resumed = (names & self._found.resumed) | {
            name
            for source in begun
            if isinstance(source, MailFolder)
            for name in source.tried_again()
        }
        before = self._last.of("problems")
        problems = read_parts(self._directory, before) if (again or resumed) and before else None
        is_stale = (
            None
            if problems is None
            else self._again.stale(problems, again) | outcomes_of(problems, resumed)
        )
        if problems is None or is_stale is None or not is_stale.any():
            return files, Balance()
        gone = problems.filter(pa.array(is_stale))["severity"].cast(pa.string())
        rejected = pc.sum(pc.equal(gone, "rejected")).as_py()
        rest = problems.filter(pa.array(~is_stale))
        files = [file for file in files if file.frame != "problems"]
        if len(rest):
            files.append(
                write_part(self._directory, "problems", "", generation, rest, number=STALE_NUMBER)
            )
        skipped = len(gone) - rejected
        return files, Balance(-len(gone), 0, 0, -rejected, -skipped)

    def _sources(
        self,
        finished: list[FoundSource],
        unreadable: set[str],
        positions: dict[str, str],
        resumable: dict[str, str],
    ) -> pa.Table:
        """Return the manifest's rows of sources, which finish in the order in which they are read.

        Folders of which a part was read follow.
        """
        first = self._finished_count
        self._finished_count += len(finished)
        names = [name_of(source) for source in finished]
        states = self._found.states[first : self._finished_count].copy()
        states[[shown_of(name) in unreadable for name in names]] = UNKNOWN
        again = self._found.changed & unreadable  # they are read from their beginning once more
        ends = [
            positions.get(source.name) or source.start
            if isinstance(source, MailFolder) and source.name not in again
            else None
            for source in finished
        ]
        unknown = np.full((len(resumable), 2), UNKNOWN, np.int64)
        return sources_table(
            [*names, *resumable],
            np.concatenate([states, unknown]),
            [*ends, *resumable.values()],
        )


def _write(directory: Path, generation: int, joined: Joined) -> list[DataFile]:
    written = [
        write_part(directory, "reports", month, generation, part)
        for month, part in split_by_month(*_ordered_reports(joined))
    ]
    for frame, table in (("policies", joined.policies), ("failures", joined.failures())):
        order = domain_order(table["policy_domain"], table["policy_key"])
        written += [
            write_part(directory, frame, month, generation, part)
            for month, part in split_by_month(table, order)
        ]
    if len(joined.problems):
        written.append(write_part(directory, "problems", "", generation, joined.problems))
    return written


def _ordered_reports(joined: Joined) -> tuple[pa.Table, Integers]:
    """Return the reports, and their order by the first domain of each."""
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


def _sum(first: Balance, second: Balance) -> Balance:
    names = ("members", "reports", "duplicates", "rejected", "skipped")
    return Balance(*(getattr(first, name) + getattr(second, name) for name in names))
