"""A store of a made-up provider: the first days are imported, and later days repeat them.

Importing 15 million reports takes the better part of an hour, which a benchmark of reading them
need not wait for. A repeated report has another day, another content, and keys of its own.
"""

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from tlsrpt_analysis import Store
from tlsrpt_analysis.store.commits import Commit, DataFile, read_commit, write_commit
from tlsrpt_analysis.store.parts import read_parts, split_by_month, write_part
from tlsrpt_analysis.tables import Balance

SAMPLES = Path(__file__).parents[1] / "sample_reports"
sys.dont_write_bytecode = True  # a __pycache__ in this folder would be one more input
sys.path.insert(0, str(SAMPLES))

from make_provider import FIRST_DAY, domains, write_day  # noqa: E402 - its folder is no package

IMPORTED_DAYS = 5
SEED = 11
DAY_SECONDS = 86_400


def write_provider_store(directory: Path, domain_count: int, *, days: int) -> Path:
    """Write a store with `days` days of reports about many domains.

    Parameters
    ----------
    directory : Path
        The store to create.
    domain_count, days : int
        How many domains and days; each of five reporters reports daily on most domains.
    """
    customers = domains(domain_count, 7)
    reports = directory.with_name(f"{directory.name}.days")
    for number in range(min(days, IMPORTED_DAYS)):
        write_day(reports, customers, number)
    store = Store(directory)
    store.add(reports, progress=False, workers=1)
    for path in reports.iterdir():
        path.unlink()
    reports.rmdir()
    repeat_days(directory, days)
    store.compact()  # as the imports of so many days would have done, each a part
    return directory


def write_new_day(folder: Path, domain_count: int, day: int) -> Path:
    """Write the reports of one more day, to be imported."""
    write_day(folder, domains(domain_count, 7), day)
    return folder


def repeat_days(directory: Path, days: int) -> None:
    """Fill a store of the first `IMPORTED_DAYS` days up to `days` by repeating them."""
    commit = read_commit(directory)
    originals, random = commit.files, np.random.default_rng(SEED)
    last_day = FIRST_DAY + dt.timedelta(days=days - 1)
    report_keys, policy_keys = commit.rows("reports"), commit.next_policy_key
    for cycle in range(1, -(-days // IMPORTED_DAYS)):
        generation, number, added = commit.generation + 1, 0, list[DataFile]()
        for file in originals:
            if file.frame not in {"reports", "policies", "failures"}:
                continue
            keys = {"report_key": cycle * report_keys, "policy_key": cycle * policy_keys}
            table = _repeated(directory, file, cycle, keys, random)
            table = table.filter(pa.compute.less_equal(table["day"], pa.scalar(last_day)))
            for month, rows in split_by_month(table, np.arange(len(table))):
                number += 1
                part = (file.frame, month, generation, rows)
                added.append(write_part(directory, *part, number=number))
        count = sum(file.rows for file in added if file.frame == "reports")
        balance = commit.balance
        commit = replace_commit(commit, generation, balance, count, added, policy_keys)
        write_commit(directory, commit)


def replace_commit(  # noqa: PLR0913, PLR0917 - what a commit is made of
    commit: Commit,
    generation: int,
    balance: Balance,
    count: int,
    added: list[DataFile],
    policy_keys: int,
) -> Commit:
    """Return the commit with more files, and the reports in them counted."""
    return Commit(
        generation=generation,
        next_policy_key=commit.next_policy_key + policy_keys,
        balance=replace(balance, members=balance.members + count, reports=balance.reports + count),
        files=(*commit.files, *added),
    )


def _repeated(
    directory: Path,
    file: DataFile,
    cycle: int,
    keys: dict[str, int],
    random: np.random.Generator,
) -> pa.Table:
    """Return the rows of a file, some days later."""
    table = read_parts(directory, [file])
    assert table is not None  # noqa: S101 - the file has rows
    shift = cycle * IMPORTED_DAYS
    columns = {name: table[name] for name in table.column_names}
    columns["day"] = _later(columns["day"], shift)
    for name in ("start_datetime", "end_datetime"):
        if name in columns:
            columns[name] = _later(columns[name], shift * DAY_SECONDS * 1_000_000)
    for name, more in keys.items():
        if name in columns:
            columns[name] = pa.compute.add(columns[name], more)
    if "content" in columns:
        kind = columns["content"].type
        width = kind.byte_width if hasattr(kind, "byte_width") else 16
        random_bytes = random.bytes(width * len(table))
        values = [random_bytes[at : at + width] for at in range(0, len(random_bytes), width)]
        columns["content"] = pa.array(values, kind)
    return pa.table(columns)


def _later(column: pa.ChunkedArray, shift: int) -> pa.ChunkedArray:
    whole = pa.int32() if pa.types.is_date32(column.type) else pa.int64()
    return pa.compute.add(column.cast(whole), pa.scalar(shift, whole)).cast(column.type)
