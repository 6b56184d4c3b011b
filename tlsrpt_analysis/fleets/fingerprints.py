"""What an answer about a domain stands on, as one number: its rows, the days asked for, and the rules."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

import tlsrpt_analysis
from tlsrpt_analysis.fleets.asked import Asked
from tlsrpt_analysis.loading.frames import lean_memory
from tlsrpt_analysis.loading.joining import together
from tlsrpt_analysis.store.opening import Wanted

_RULES = ("analyses", "standards", "fleets", "store", "tables.py", "arrays.py")
"""The parts of the package whose change may change an answer."""

_COLUMNS = ["policy_domain", "policy_key", "day"]
_NUMBERS = ("row_count", "key_sum", "last_key")


@lean_memory()
def rows_by_domain(asked: Asked) -> pd.DataFrame:
    """Return ``policy_domain row_count key_sum last_key``, the wanted policy results of each domain.

    A store only grows, and a key is never given twice: the same three numbers are the same rows.
    """
    sums: list[pd.DataFrame] = []
    for file in asked.files("policies"):
        table = asked.rows(file, _COLUMNS)
        if table is not None:
            sums.append(_sums(table))
    if not sums:
        return pd.DataFrame({name: [] for name in ("policy_domain", *_NUMBERS)})
    how = {"row_count": "sum", "key_sum": "sum", "last_key": "max"}
    return pd.concat(sums).groupby("policy_domain", sort=True).agg(how).reset_index()


def _sums(table: pa.Table) -> pd.DataFrame:
    chunks = together([table.select(["policy_domain"])])["policy_domain"].chunks
    (domains,) = chunks
    numbers, keys = domains.indices.to_numpy(), table["policy_key"].to_numpy()
    size = len(domains.dictionary)
    key_sum, last_key = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(key_sum, numbers, keys)
    np.maximum.at(last_key, numbers, keys)
    columns = (np.bincount(numbers, minlength=size), key_sum, last_key)
    found = pd.DataFrame(dict(zip(_NUMBERS, columns, strict=True)))
    found.insert(0, "policy_domain", domains.dictionary.to_pylist())
    return found[found["row_count"] > 0]


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
