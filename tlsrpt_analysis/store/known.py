"""Stored reports that may come again, from other sources or from a source that is read again."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.arrays import Booleans, Hashes
from tlsrpt_analysis.loading.batches import OUTCOME, Batch
from tlsrpt_analysis.loading.joining import IDENTITY, digest_pairs, text_hashes, together
from tlsrpt_analysis.store.commits import Commit, DataFile
from tlsrpt_analysis.store.filters import AnyOf, OneOf
from tlsrpt_analysis.store.parts import by_key, months_of, range_of_days, read_parts

_COMPARED = ["day", "content", "reporter", "report_id", "start_datetime"]
_WANTED = ["report_key", "content", *IDENTITY, "domains", "source"]
_PROBLEM = ["source", "stage", "severity", "message"]  # by which two problems are the same
OUTCOMES = ("rejected", "skipped")
OF_REPORTS = ("authenticity",)  # a report that is left out has such a row, and is kept
MOST_PREFIXES = 16  # of files that are looked for in Arrow
A_DAY = dt.timedelta(1)
"""Reports with one identity may end on different days, and so be about days next to each other."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # spreads the start time over all bits


class SortedHashes:
    """Hashes that many are added to and looked up in: a few sorted arrays, each twice the next.

    Sorting all of them for each commit would take longer the more the store holds.

    Examples
    --------
    >>> seen = SortedHashes()
    >>> seen.add(np.array([9, 4], np.uint64))
    >>> seen.contain(np.array([4, 5], np.uint64)).tolist()
    [True, False]
    """

    def __init__(self) -> None:
        self.parts: list[Hashes] = []

    def add(self, hashes: Hashes) -> None:
        """Add some; parts that are not twice the next one are merged with it."""
        self.parts.append(np.sort(hashes))
        while len(self.parts) > 1 and len(self.parts[-2]) < 2 * len(self.parts[-1]):
            merged = np.concatenate(self.parts[-2:])
            del self.parts[-2:]
            merged.sort(kind="stable")  # which takes sorted runs as they are
            self.parts.append(merged)

    def contain(self, hashes: Hashes) -> Booleans:
        """Return for each hash whether it was added."""
        found = np.zeros(len(hashes), bool)
        for part in self.parts:
            place = np.minimum(np.searchsorted(part, hashes), max(0, len(part) - 1))
            found |= part[place] == hashes if len(part) else False
        return found


class KnownReports:
    """Finds stored reports that may be copies of new ones, by sixteen bytes of each.

    A file is read when the first new report of its days comes, and what is added since is known
    from there, so that a run reads no stored report twice, and none of other days.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._seen: dict[str, tuple[SortedHashes, SortedHashes]] = {}
        self._unread: dict[str, list[tuple[dt.date, dt.date, DataFile]]] = {}

    def like(self, commit: Commit, batches: list[Batch]) -> pa.Table | None:
        """Return the stored reports whose content or identity may equal that of one in the batches."""
        reports = together([batch.reports.select(_COMPARED) for batch in batches])
        contents, identities = _hashes_of(reports)
        is_copy, is_namesake = (np.zeros(len(reports), bool) for _ in range(2))
        months = months_of(reports["day"])
        for month in np.unique(months) if len(reports) else ():
            rows = np.flatnonzero(months == month)
            days = pc.min_max(reports["day"].filter(pa.array(months == month))).as_py()
            self._read(commit, str(month), days["min"] - A_DAY, days["max"] + A_DAY)
            seen_contents, seen_identities = self._seen[str(month)]
            is_copy[rows] = seen_contents.contain(contents[rows])
            is_namesake[rows] = seen_identities.contain(identities[rows])
        is_like = is_copy | is_namesake
        if not is_like.any():
            return None
        alike = reports.filter(pa.array(is_like))
        found = read_parts(
            self.directory,
            self._read_files(commit, set(months[is_like])),
            _WANTED,
            AnyOf([_one_of(alike, "content"), _one_of(alike, "report_id")]),
        )
        return None if found is None else by_key(found, "report_key")

    def note(self, reports: pa.Table) -> None:
        """Remember what was added."""
        months = months_of(reports["day"])
        contents, identities = _hashes_of(reports)
        for month in np.unique(months) if len(reports) else ():
            rows = months == month
            seen_contents, seen_identities = self._seen[str(month)]
            seen_contents.add(contents[rows])
            seen_identities.add(identities[rows])

    def _read_files(self, commit: Commit, months: set[str]) -> list[DataFile]:
        """Return the files whose fingerprints are known: what is alike is in one of them."""
        unread = {file.name for month in months for _, _, file in self._unread[month]}
        return [
            file
            for file in commit.of("reports")
            if file.month in months and file.name not in unread
        ]

    def _read(self, commit: Commit, month: str, first: dt.date, last: dt.date) -> None:
        """Read the files of a month that have any of some days, unless they are read already."""
        if month not in self._seen:
            self._seen[month] = (SortedHashes(), SortedHashes())
            files = commit.of("reports", months=(month, month))
            self._unread[month] = [(*range_of_days(self.directory, file), file) for file in files]
        left = []
        for begin, end, file in self._unread[month]:
            if end < first or begin > last:
                left.append((begin, end, file))
                continue
            table = read_parts(self.directory, [file], _COMPARED)
            if table is not None:
                for hashes, added in zip(self._seen[month], _hashes_of(table), strict=True):
                    hashes.add(added)
        self._unread[month] = left


def _one_of(reports: pa.Table, column: str) -> OneOf:
    return OneOf(column, pa.array(reports[column].to_pylist(), reports[column].type))


def _hashes_of(reports: pa.Table) -> tuple[Hashes, Hashes]:
    """Return half of each fingerprint, and a hash of each reporter, report-id and start."""
    contents = digest_pairs(reports["content"])["high"].to_numpy()
    starts = reports["start_datetime"].cast(pa.int64()).to_numpy().astype(np.uint64)
    reporters = _dictionary_hashes(reports["reporter"])
    return contents, text_hashes(reports["report_id"]) ^ ((starts + reporters) * _MULTIPLIER)


def _dictionary_hashes(column: pa.ChunkedArray) -> Hashes:
    """Return a hash of each text of a dictionary-encoded column, 0 where one is missing."""
    pieces = [
        np.append(text_hashes(pa.chunked_array([chunk.dictionary])), np.uint64(0))[
            chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        ]
        for chunk in column.chunks
    ]
    return np.concatenate([np.empty(0, np.uint64), *pieces])


class ReadAgain:
    """What sources gave when they were read before; each report and problem is left out once."""

    def __init__(
        self, contents: Counter[tuple[str, bytes]], problems: set[tuple[str, ...]]
    ) -> None:
        self._contents = contents
        self._problems = problems
        self._seen_again: set[tuple[str, ...]] = set()
        self._names = {name for name, _ in contents}

    @classmethod
    def of(cls, directory: Path, commit: Commit, changed: set[str]) -> "ReadAgain":
        """Read what the store holds of the changed sources."""
        contents: Counter[tuple[str, bytes]] = Counter()
        for file in commit.of("reports") if changed else ():
            table = read_parts(directory, [file], ["source", "content"])
            if table is not None:
                contents.update(_of_sources(table, changed))
        rows = read_parts(directory, commit.of("problems")) if changed else None
        problems = set() if rows is None else {tuple(row) for row in _rows(rows)}
        return cls(contents, problems)

    def new_of(self, batch: Batch) -> Batch:
        """Return a batch without what the same source gave before, as the old mails of a mailbox."""
        if not self._contents and not self._problems:
            return batch
        pairs = zip(
            batch.reports["source"].to_pylist(), batch.reports["content"].to_pylist(), strict=True
        )
        is_new = np.array([self._is_new(source, content) for source, content in pairs], bool)
        place = np.append(0, np.cumsum(is_new))  # how many of the first n reports are new
        before, rank = (batch.problems[name].to_numpy() for name in ("reports_before", "rank"))
        rows = [tuple(row) for row in _rows(batch.problems)]
        self._seen_again.update(rows)
        is_known = np.array([row in self._problems for row in rows], bool)
        is_of_report = rank != OUTCOME
        is_kept = np.where(is_of_report, np.append(is_new, True)[before - 1], ~is_known)
        gone = batch.problems.filter(pa.array(~is_kept & ~is_of_report))
        rejected = int(
            pc.sum(pc.equal(gone["severity"].cast(pa.string()), "rejected")).as_py() or 0
        )
        column = batch.problems.column_names.index("reports_before")
        problems = batch.problems.set_column(column, "reports_before", pa.array(place[before]))
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

    def stale(self, problems: pa.Table, names: set[str]) -> Booleans:
        """Return which stored problems their sources, read again to their end, no longer have.

        A torn file may have become whole. Only refused and skipped members count; what is said
        about a report stays with it.
        """
        is_stale = np.zeros(len(problems), bool)
        if not names:
            return is_stale
        for number, row in enumerate(_rows(problems)):
            source, stage, severity, _ = row
            is_stale[number] = (
                severity in OUTCOMES
                and stage not in OF_REPORTS
                and row not in self._seen_again
                and _file_of(source, names) is not None
            )
        return is_stale

    def _is_new(self, source: str, content: bytes) -> bool:
        name = _file_of(source, self._names)
        if name is None or not self._contents[name, content]:
            return True
        self._contents[name, content] -= 1
        return False


def outcomes_of(problems: pa.Table, names: set[str]) -> Booleans:
    """Return which stored problems say that a source itself was rejected or skipped."""
    rows = zip(problems["source"].to_pylist(), problems["severity"].to_pylist(), strict=True)
    return np.array([name in names and severity in OUTCOMES for name, severity in rows], bool)


def _renumbered(table: pa.Table, key: str, is_kept: Booleans) -> tuple[pa.Table, Booleans]:
    keys = table[key].to_numpy()
    rows = is_kept[keys]
    table = table.set_column(0, key, pa.array((np.cumsum(is_kept) - 1)[keys]))
    return table.filter(pa.array(rows)), rows


def _rows(problems: pa.Table) -> Iterable[tuple[str, ...]]:
    return zip(*(problems[name].to_pylist() for name in _PROBLEM), strict=True)


def _of_sources(table: pa.Table, names: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the file and the fingerprint of each report that came from one of the files."""
    if len(names) <= MOST_PREFIXES:  # compared in Arrow, as the store may hold millions
        may_match = np.zeros(len(table), bool)
        for start in names:
            may_match |= pc.starts_with(table["source"], start).to_numpy()
        table = table.filter(pa.array(may_match))
    pairs = zip(table["source"].to_pylist(), table["content"].to_pylist(), strict=True)
    for source, content in pairs:
        name = _file_of(source, names)
        if name is not None:
            yield name, content


def _file_of(source: str, names: set[str]) -> str | None:
    """Return the file that a member is from; file names may contain the separator themselves."""
    end = len(source)
    while end > 0:
        if source[:end] in names:
            return source[:end]
        end = source.rfind("!", 0, end)
    return None
