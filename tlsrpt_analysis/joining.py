"""Batches joined to the four tables: keys are given, and what came twice is told."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.batches import OUTCOME, REMARK, Batch, BatchBuilder, Reading, texts
from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables, frame_from_arrow

Integers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Joined:
    """The four frames as Arrow tables, with the columns of `SCHEMAS`.

    `reports` has by what copies are known as well: ``content``, ``is_left_out`` and, when there
    was a store before, ``domains``.
    """

    reports: pa.Table
    policies: pa.Table
    failures: pa.Table
    problems: pa.Table
    balance: Balance

    def tables(self) -> ReportTables:
        """Give them as frames."""
        frames = {
            name: frame_from_arrow(name, getattr(self, name).select(list(schema)))
            for name, schema in SCHEMAS.items()
        }
        return ReportTables(**frames, balance=self.balance)


@dataclass(frozen=True, slots=True)
class Before:
    """What a store holds already: the next keys, and reports that may come again."""

    reports: int = 0
    policies: int = 0
    known: pa.Table | None = None  # content, identity columns, domains and source


def join(batches: Sequence[Batch], before: Before | None = None) -> Joined:
    """Join batches in their order; of equal reports all but the first are duplicates."""
    parts = list(batches) or [BatchBuilder(Reading()).batch()]
    earlier = before or Before()
    reports = together([part.reports for part in parts])
    report_offsets = _offsets([len(part.reports) for part in parts])
    is_duplicate = _duplicates(reports, earlier.known)
    all_policies = _all_policies(parts, report_offsets)
    remarks = _remarks(reports, all_policies, is_duplicate, earlier.known)
    problems = _problems(parts, report_offsets, is_duplicate, remarks)
    is_gone = is_duplicate | reports["is_left_out"].to_numpy()
    is_kept = ~is_gone[all_policies["report_key"].to_numpy()]
    policies = _with_report_columns(_numbered(all_policies, is_kept), reports)
    failures = _with_policy_columns(_failures(parts, is_kept), policies)
    duplicates = int(is_duplicate.sum())
    balance = Balance(
        sum(len(part.reports) + part.rejected + part.skipped for part in parts),
        len(reports) - duplicates,
        duplicates,
        sum(part.rejected for part in parts),
        sum(part.skipped for part in parts),
    )
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
        _shifted(failures, {"policy_key": earlier.policies, "report_key": earlier.reports}),
        problems,
        balance,
    )


def together(tables: Sequence[pa.Table]) -> pa.Table:
    """Give tables as one, each column in one piece and with one dictionary."""
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def digest_pairs(column: pa.ChunkedArray) -> pd.DataFrame:
    """Give fingerprints of 16 bytes as pairs of numbers, which compare quickly."""
    pieces = [
        np.frombuffer(chunk.buffers()[1], np.uint64, 2 * len(chunk), 16 * chunk.offset)
        for chunk in column.chunks
        if len(chunk)
    ]
    numbers = np.concatenate(pieces) if pieces else np.empty(0, np.uint64)
    return pd.DataFrame({"high": numbers[0::2], "low": numbers[1::2]})


def _duplicates(reports: pa.Table, known: pa.Table | None) -> Marks:
    pairs = digest_pairs(reports["content"])
    before = 0 if known is None else len(known)
    if known is not None and before:
        pairs = pd.concat([digest_pairs(known["content"]), pairs])
    is_like = pairs["high"].duplicated(keep=False).to_numpy()  # seldom more than the copies
    is_duplicate = np.zeros(len(pairs), bool)
    is_duplicate[is_like] = pairs[is_like].duplicated().to_numpy()
    return is_duplicate[before:]


def _offsets(counts: list[int]) -> Integers:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _all_policies(parts: list[Batch], report_offsets: Integers) -> pa.Table:
    policies = together([part.policies for part in parts])
    shift = np.repeat(report_offsets[:-1], [len(part.policies) for part in parts])
    return policies.set_column(0, "report_key", pa.array(policies["report_key"].to_numpy() + shift))


def _numbered(policies: pa.Table, is_kept: Marks) -> pa.Table:
    if not is_kept.all():
        policies = policies.filter(pa.array(is_kept))
    return policies.add_column(0, "policy_key", pa.array(np.arange(len(policies))))


def _failures(parts: list[Batch], is_kept: Marks) -> pa.Table:
    failures = together([part.failures for part in parts])
    offsets = _offsets([len(part.policies) for part in parts])
    shift = np.repeat(offsets[:-1], [len(part.failures) for part in parts])
    keys = failures["policy_key"].to_numpy() + shift
    if is_kept.all():
        return failures.set_column(0, "policy_key", pa.array(keys))
    new_keys = np.cumsum(is_kept) - 1
    failures = failures.set_column(0, "policy_key", pa.array(new_keys[keys]))
    return failures.filter(pa.array(is_kept[keys]))


def _with_report_columns(policies: pa.Table, reports: pa.Table) -> pa.Table:
    shared = reports.select(["reporter", "day"]).take(policies["report_key"])
    return _joined_columns("policies", policies, shared)


def _with_policy_columns(failures: pa.Table, policies: pa.Table) -> pa.Table:
    names = ["report_key", "reporter", "day", "policy_domain", "policy_type", "policy_mode"]
    shared = policies.select(names).take(failures["policy_key"])
    return _joined_columns("failures", failures, shared)


def _joined_columns(name: str, table: pa.Table, shared: pa.Table) -> pa.Table:
    columns = dict(zip(table.column_names, table.columns, strict=True))
    columns |= dict(zip(shared.column_names, shared.columns, strict=True))
    return pa.table({column: columns[column] for column in SCHEMAS[name]})


def _shifted(table: pa.Table, first: dict[str, int]) -> pa.Table:
    for column, number in first.items():
        if number:
            place = table.column_names.index(column)
            table = table.set_column(place, column, pc.add(table[column], number))
    return table


IDENTITY = ["is_left_out", "reporter", "report_id", "start_datetime", "end_datetime"]


def _remarks(
    reports: pa.Table, policies: pa.Table, is_duplicate: Marks, known: pa.Table | None
) -> list[tuple[int, str, str]]:
    """Give the place and source of each report with the identity of an earlier one, and that."""
    frame = _plain(reports.select([*IDENTITY, "source"]))
    frame["place"] = np.arange(len(frame))
    frame = frame[~is_duplicate]
    if known is not None and len(known):
        earlier = _plain(known.select([*IDENTITY, "source", "domains"]))
        frame = pd.concat([earlier.assign(place=-1), frame], ignore_index=True)
    twice = frame[frame.duplicated(IDENTITY, keep=False)]
    if not (twice["place"] >= 0).any():
        return []
    domains = domains_of(policies, twice.loc[twice["place"] >= 0, "place"].to_numpy())
    told, first = [], dict[object, str]()
    for row in twice.to_dict("records"):
        place = row["place"]
        names = row["domains"] if place < 0 else domains.get(place, "")
        identity = (*(str(row[column]) for column in IDENTITY), names)
        if identity not in first:
            first[identity] = row["source"]
        elif place >= 0:
            told.append((place, row["source"], first[identity]))
    return told


def domains_of(policies: pa.Table, report_keys: Integers) -> dict[int, str]:
    """Give the policy domains of some reports, sorted, as one text each."""
    rows = policies.filter(pc.is_in(policies["report_key"], pa.array(report_keys)))
    names: dict[int, set[str]] = {}
    pairs = zip(rows["report_key"].to_pylist(), rows["policy_domain"].to_pylist(), strict=True)
    for key, domain in pairs:
        names.setdefault(key, set()).add(domain or "")
    return {key: " ".join(sorted(domains)) for key, domains in names.items()}


def _plain(table: pa.Table) -> pd.DataFrame:
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(pa.string())
        columns[name] = column.to_pandas()
    return pd.DataFrame(columns)


def _problems(
    parts: list[Batch],
    report_offsets: Integers,
    is_duplicate: Marks,
    remarks: list[tuple[int, str, str]],
) -> pa.Table:
    problems = together([part.problems for part in parts])
    shift = np.repeat(report_offsets[:-1], [len(part.problems) for part in parts])
    before = problems["reports_before"].to_numpy() + shift
    rank = problems["rank"].to_numpy()
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
