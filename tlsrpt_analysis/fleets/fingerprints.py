"""What an answer about a domain stands on, as one number: its rows, the days asked for, and the rules."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

import tlsrpt_analysis
from tlsrpt_analysis.loading.frames import lean_memory
from tlsrpt_analysis.store.asked import Asked
from tlsrpt_analysis.store.opening import Wanted

_RULES = ("analyses", "standards", "fleets", "store", "tables.py", "selections.py", "arrays.py")
"""The parts of the package whose change may change an answer."""

_COLUMNS = ["policy_domain", "policy_key", "day"]
_NUMBERS = {"row_count": "sum", "key_sum": "sum", "last_key": "max"}
"""What is known of the rows of a domain, and how it adds up over files."""

FILES_AT_ONCE = 50
"""Files whose sums are held before they are added up."""


@lean_memory()
def rows_by_domain(asked: Asked) -> pd.DataFrame:
    """Return ``policy_domain row_count key_sum last_key``, the wanted policy results of each domain.

    A store only grows, and a key is never given twice: the same three numbers are the same rows.
    """
    sums: list[pa.Table] = []
    for file in asked.files("policies"):
        table = asked.rows(file, _COLUMNS)
        if table is not None:
            sums.append(_sums(table))
        if len(sums) >= FILES_AT_ONCE:
            sums = [_added(sums)]
    if not sums:
        return pd.DataFrame({name: [] for name in ("policy_domain", *_NUMBERS)})
    found: pd.DataFrame = _added(sums).to_pandas()
    return found.sort_values("policy_domain", ignore_index=True)


def _sums(table: pa.Table) -> pa.Table:
    domains = table["policy_domain"].cast(pa.string())
    keys = pa.table({"policy_domain": domains, "key": table["policy_key"]})
    sums = keys.filter(pc.is_valid(domains)).group_by("policy_domain")
    found = sums.aggregate([("key", "count"), ("key", "sum"), ("key", "max")])
    return found.select(["policy_domain", "key_count", "key_sum", "key_max"]).rename_columns(
        ["policy_domain", *_NUMBERS]
    )


def _added(sums: list[pa.Table]) -> pa.Table:
    whole = pa.concat_tables(sums).group_by("policy_domain")
    found = whole.aggregate(list(_NUMBERS.items()))
    names = [f"{name}_{how}" for name, how in _NUMBERS.items()]
    return found.select(["policy_domain", *names]).rename_columns(["policy_domain", *_NUMBERS])


def fingerprints(rows: pd.DataFrame, wanted: Wanted) -> pd.Series:
    """Return for each domain a text that changes with whatever its answer rests on."""
    question = f"{rules()} {wanted.since} {wanted.until}"
    numbers = zip(*(rows[name] for name in _NUMBERS), strict=True)
    texts = [_digest(f"{question} {each}") for each in numbers]
    return pd.Series(texts, index=rows["policy_domain"], dtype="str")


@cache
def rules() -> str:
    """Return a digest of the code that answers, so that a changed rule answers anew."""
    root = Path(tlsrpt_analysis.__file__).parent
    digest = blake2b(digest_size=16)
    for part in _RULES:
        place = root / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
