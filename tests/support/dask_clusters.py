"""A real Dask cluster for a test."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import pytest


@contextlib.contextmanager
def dask_client() -> Iterator[Any]:
    """Run a cluster of two processes with one thread each, and return a client of it."""
    distributed = pytest.importorskip("distributed", reason="Dask is an extra: pip install .[dask]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's own, of ports and of the worker that dies
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
            ) as local,
            distributed.Client(local) as client,
        ):
            yield client
