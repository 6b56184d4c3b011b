"""Batches joined to the four tables: keys are assigned and duplicates found."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.arrays import Booleans, Hashes, Integers
from tlsrpt_analysis.loading.batches import OUTCOME, REMARK, Batch, BatchBuilder, ReportRules
from tlsrpt_analysis.loading.frames import LARGE, columns_of, frame_of_columns, release_memory
from tlsrpt_analysis.loading.report_columns import texts
from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables


@dataclass(slots=True)
class Joined:
    """The four frames as Arrow tables, with the columns of `SCHEMAS`, until they become frames.

    `reports` also has the columns that identify copies: ``content``, ``is_left_out`` and, for a
    store, ``domains``. `details` are the failures without the columns of their policies, which
    would take the most memory; the keys of `policies` start at `first_policy`.
    """

    reports: pa.Table
    policies: pa.Table
    details: pa.Table
    problems: pa.Table
    balance: Balance
    first_policy: int

    def failures(self) -> pa.Table:
        """Return the failures with the columns of their policies."""
        column_of = self._failure_columns()
        return pa.table({name: column_of(name) for name in SCHEMAS["failures"]})

    def _failure_columns(self) -> Callable[[str], pa.ChunkedArray]:
        """Return a function that returns each column of the failures once."""
        details, policies = columns_of(self.details), self.policies
        keys = details["policy_key"]
        places = pc.subtract(keys, self.first_policy) if self.first_policy else keys
        return lambda name: details.pop(name) if name in details else policies[name].take(places)

    def tables(self) -> ReportTables:
        """Convert all to frames, the largest first, and free each table."""
        column_of, self.details = self._failure_columns(), None
        frames = {"failures": frame_of_columns("failures", column_of)}
        del column_of
        for name in ("policies", "reports", "problems"):
            release_memory()
            table = getattr(self, name).select(list(SCHEMAS[name]))
            setattr(self, name, None)
            columns = columns_of(table)
            del table
            frames[name] = frame_of_columns(name, columns.pop)
        return ReportTables(**frames, balance=self.balance)


@dataclass(frozen=True, slots=True)
class Before:
    """What a store holds already: the next keys, and reports that new ones may repeat."""

    reports: int = 0
    policies: int = 0
    known: pa.Table | None = None  # content, identity columns, domains and source


MERGED_BATCHES = 25
"""How many batches are merged while reading, as each has about a hundred small allocations."""


def join(batches: Iterable[Batch], before: Before | None = None) -> Joined:
    """Join batches in their order; of equal reports all but the first are duplicates."""
    whole = merged(batches)
    earlier = before or Before()
    reports, all_policies, failures = whole.reports, whole.policies, whole.failures
    is_duplicate = _duplicates(reports, earlier.known)
    remarks = _remarks(reports, all_policies, is_duplicate, earlier.known)
    problems = _problems(whole.problems, is_duplicate, remarks)
    balance = _balance(whole, int(is_duplicate.sum()))
    del whole  # or its tables would be in memory beside the results
    is_gone = is_duplicate | reports["is_left_out"].to_numpy()
    is_kept = ~is_gone[all_policies["report_key"].to_numpy()]
    failures = _kept_failures(failures, is_kept)
    release_memory()
    policies = _with_report_columns(_numbered(all_policies, is_kept), reports)
    keys = np.arange(len(reports)) + earlier.reports
    reports = reports.add_column(0, "report_key", pa.array(keys))
    reports = reports.append_column("is_duplicate", pa.array(is_duplicate))
    if before is not None:
        names = domains_of(all_policies, np.arange(len(reports)))
        domains = [names.get(key, "") for key in range(len(reports))]
        reports = reports.append_column("domains", texts(domains))
    return Joined(
        reports,
        _shifted(policies, {"policy_key": earlier.policies, "report_key": earlier.reports}),
        _shifted(failures, {"policy_key": earlier.policies}),
        problems,
        balance,
        earlier.policies,
    )


def _balance(whole: Batch, duplicates: int) -> Balance:
    count = len(whole.reports)
    members = count + whole.rejected + whole.skipped
    return Balance(members, count - duplicates, duplicates, whole.rejected, whole.skipped)


def merged_in_turn(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Merge batches as they come, `MERGED_BATCHES` at a time, so that many take little memory."""
    coming = iter(batches)
    while group := list(islice(coming, MERGED_BATCHES)):
        yield merged(group)


def merged(batches: Iterable[Batch]) -> Batch:
    """Return batches as one, in their order; its keys count from 0."""
    parts = list(batches) or [BatchBuilder(ReportRules()).batch()]
    if len(parts) == 1:
        return parts[0]
    first_report = first_policy = rejected = skipped = 0
    reports, policies, failures, problems = [], [], [], []
    for part in parts:
        reports.append(part.reports)
        policies.append(_shifted(part.policies, {"report_key": first_report}))
        failures.append(_shifted(part.failures, {"policy_key": first_policy}))
        problems.append(_shifted(part.problems, {"reports_before": first_report}))
        first_report += len(part.reports)
        first_policy += len(part.policies)
        rejected += part.rejected
        skipped += part.skipped
    del parts, part
    tables = [together(frame) for frame in (reports, policies, failures, problems)]
    return Batch(rejected, skipped, *tables)


def together(tables: list[pa.Table]) -> pa.Table:
    """Return tables as one, each column with one dictionary and in one piece, except long texts.

    The list is emptied, so that a column is in memory twice only while it is copied.
    A column of many long texts is not copied: that would take the most memory of all.
    """
    schema = tables[0].schema
    columns = [[chunk for table in tables for chunk in table[name].chunks] for name in schema.names]
    tables.clear()
    arrays = []
    for place, field in enumerate(schema):
        chunks, columns[place] = columns[place], []
        column = pa.chunked_array(chunks, field.type).unify_dictionaries()
        del chunks
        size = column.nbytes
        is_kept = size >= LARGE and pa.types.is_string(field.type)
        arrays.append(column if is_kept else column.combine_chunks())
        del column
        release_memory(size)
    return pa.Table.from_arrays(arrays, schema=schema)


def digest_pairs(column: pa.ChunkedArray) -> pd.DataFrame:
    """Return fingerprints of 16 bytes as pairs of integers, which compare quickly."""
    pieces = [
        np.frombuffer(chunk.buffers()[1], np.uint64, 2 * len(chunk), 16 * chunk.offset)
        for chunk in column.chunks
        if len(chunk)
    ]
    numbers = np.concatenate(pieces) if pieces else np.empty(0, np.uint64)
    return pd.DataFrame({"high": numbers[0::2], "low": numbers[1::2]})


def text_hashes(column: pa.ChunkedArray) -> Hashes:
    """Return a hash of each text, chunk by chunk; a missing text has that of an empty one."""
    pieces = [
        pd.util.hash_array(chunk.fill_null("").to_numpy(zero_copy_only=False), categorize=False)
        for chunk in column.chunks
    ]
    return np.concatenate([np.empty(0, np.uint64), *pieces])


def _duplicates(reports: pa.Table, known: pa.Table | None) -> Booleans:
    pairs = digest_pairs(reports["content"])
    before = 0 if known is None else len(known)
    if known is not None and before:
        pairs = pd.concat([digest_pairs(known["content"]), pairs])
    is_like = pairs["high"].duplicated(keep=False).to_numpy()  # few besides the copies
    is_duplicate = np.zeros(len(pairs), bool)
    is_duplicate[is_like] = pairs[is_like].duplicated().to_numpy()
    return is_duplicate[before:]


def _numbered(policies: pa.Table, is_kept: Booleans) -> pa.Table:
    if not is_kept.all():
        policies = policies.filter(pa.array(is_kept))
    return policies.add_column(0, "policy_key", pa.array(np.arange(len(policies))))


def _kept_failures(failures: pa.Table, is_kept: Booleans) -> pa.Table:
    if is_kept.all():
        return failures
    keys = failures["policy_key"].to_numpy()
    new_keys = np.cumsum(is_kept) - 1
    failures = failures.set_column(0, "policy_key", pa.array(new_keys[keys]))
    return failures.filter(pa.array(is_kept[keys]))


def _with_report_columns(policies: pa.Table, reports: pa.Table) -> pa.Table:
    shared = reports.select(["reporter", "day"]).take(policies["report_key"])
    columns = columns_of(policies) | columns_of(shared)
    return pa.table({column: columns[column] for column in SCHEMAS["policies"]})


def _shifted(table: pa.Table, first: dict[str, int]) -> pa.Table:
    for column, number in first.items():
        if number:
            place = table.column_names.index(column)
            table = table.set_column(place, column, pc.add(table[column], number))
    return table


IDENTITY = ["is_left_out", "reporter", "report_id", "start_datetime", "end_datetime"]


def _remarks(
    reports: pa.Table, policies: pa.Table, is_duplicate: Booleans, known: pa.Table | None
) -> list[tuple[int, str, str]]:
    """Return place, source and earlier source of each report with the identity of an earlier one."""
    is_namesake = ~is_duplicate & _has_namesake(reports["report_id"], known)
    frame = _without_dictionaries(
        reports.select([*IDENTITY, "source"]).filter(pa.array(is_namesake))
    )
    frame["place"] = np.flatnonzero(is_namesake)
    if known is not None and len(known):
        earlier = _without_dictionaries(known.select([*IDENTITY, "source", "domains"]))
        frame = pd.concat([earlier.assign(place=-1), frame], ignore_index=True)
    twice = frame[frame.duplicated(IDENTITY, keep=False)]
    if not (twice["place"] >= 0).any():
        return []
    domains = domains_of(policies, twice.loc[twice["place"] >= 0, "place"].to_numpy())
    remarks, first = [], dict[object, str]()
    for row in twice.to_dict("records"):
        place = row["place"]
        names = row["domains"] if place < 0 else domains.get(place, "")
        identity = (*(str(row[column]) for column in IDENTITY), names)
        if identity not in first:
            first[identity] = row["source"]
        elif place >= 0:
            remarks.append((place, row["source"], first[identity]))
    return remarks


def _has_namesake(identifiers: pa.ChunkedArray, known: pa.Table | None) -> Booleans:
    """Compute which reports share a report-id, or the hash of one, with another report.

    A table of all report-ids would take more memory than the reports.
    """
    before = [] if known is None else [text_hashes(known["report_id"])]
    numbers = np.concatenate([*before, text_hashes(identifiers)])
    is_shared: Booleans = pd.Series(numbers).duplicated(keep=False).to_numpy()
    return is_shared[len(numbers) - len(identifiers) :]


def domains_of(policies: pa.Table, report_keys: Integers) -> dict[int, str]:
    """Return the policy domains of each of some reports, sorted and joined to one text."""
    rows = policies.filter(pc.is_in(policies["report_key"], pa.array(report_keys)))
    names: dict[int, set[str]] = {}
    pairs = zip(rows["report_key"].to_pylist(), rows["policy_domain"].to_pylist(), strict=True)
    for key, domain in pairs:
        names.setdefault(key, set()).add(domain or "")
    return {key: " ".join(sorted(domains)) for key, domains in names.items()}


def _without_dictionaries(table: pa.Table) -> pd.DataFrame:
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(pa.string())
        columns[name] = column.to_pandas()
    return pd.DataFrame(columns)


def _problems(
    problems: pa.Table, is_duplicate: Booleans, remarks: list[tuple[int, str, str]]
) -> pa.Table:
    before, rank = problems["reports_before"].to_numpy(), problems["rank"].to_numpy()
    is_kept = (rank == OUTCOME) | ~np.append(is_duplicate, False)[before - 1]
    problems = problems.select(list(SCHEMAS["problems"])).filter(pa.array(is_kept))
    if not remarks:
        return problems
    before = np.append(before[is_kept], [place + 1 for place, _, _ in remarks])
    rank = np.append(rank[is_kept], [REMARK] * len(remarks))
    order = np.lexsort((rank, before))
    return together([problems, _remark_table(remarks)]).take(pa.array(order))


def _remark_table(remarks: list[tuple[int, str, str]]) -> pa.Table:
    count = len(remarks)
    messages = [
        f"the same reporter, report-id, domains and dates as {first}, with other content:"
        " both are counted; find out which one is right"
        for _, _, first in remarks
    ]
    return pa.table(
        {
            "source": pa.array([source for _, source, _ in remarks], pa.string()),
            "stage": texts(["duplicate"] * count),
            "severity": texts(["forgiven"] * count),
            "message": texts(messages),
        }
    )
