"""One step of `benchmarks.fleet_speed` in a process of its own; prints what it took as JSON."""

import json
import resource
import sys
import tempfile
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import tlsrpt_analysis as tlsrpt
from tlsrpt_analysis.fleets.domain_pages import write_domain_pages
from tlsrpt_analysis.fleets.fleet import Fleet
from tlsrpt_analysis.fleets.kept import of_domains
from tlsrpt_analysis.store.commits import read_commit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

PROCESSES = {"one": 1, "two": 2}


def main() -> None:
    """Run the step that the arguments name."""
    step, store, day, pages = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    with ExitStack() as stack:
        client = stack.enter_context(_cluster()) if step == "dask" else None
        act = _prepared(step, store, day, pages, client)
        began, before = time.perf_counter(), _cpu_seconds(client)
        act()
        seconds, after = time.perf_counter() - began, _cpu_seconds(client)
    own_cpu_seconds, workers_cpu_seconds = (
        late - early for early, late in zip(before, after, strict=True)
    )
    files = [path for path in store.iterdir() if path.suffix == ".parquet"]
    peaks = [resource.getrusage(who).ru_maxrss for who in _WHOSE]
    print(
        json.dumps(
            {
                "seconds": seconds,
                "own_cpu_seconds": own_cpu_seconds,
                "workers_cpu_seconds": workers_cpu_seconds,
                "peak_bytes": max(peaks) * 1024,
                "reports": read_commit(store).rows("reports"),
                "store_bytes": sum(path.stat().st_size for path in files),
            }
        )
    )


_WHOSE = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _cpu_seconds(client: "Client | None") -> list[float]:
    """Return the time of this process, and of its workers.

    Those of a cluster still run; other processes count once they have ended.
    """
    own, ended = (usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, _WHOSE))
    return [own, sum(client.run(time.process_time).values()) if client else ended]


def _prepared(  # noqa: ANN202 - a function
    step: str, store: Path, day: Path, pages: int, client: "Client | None"
):
    """Return what is measured; the imports and the kept answers come before."""
    if step in PROCESSES:
        return lambda: tlsrpt.fleet(store, workers=PROCESSES[step], keep=step == "two")
    if step == "dask":
        return lambda: tlsrpt.fleet(store, client=client, keep=False)
    if step == "import":
        return lambda: tlsrpt.Store(store).add(day, progress=False, workers=1)
    if step == "next":
        return lambda: tlsrpt.fleet(store, workers=2)
    found = tlsrpt.fleet(store, workers=2)
    bad = found.by_domain["policy_domain"][found.by_domain["verdict"] == "not ready"]
    few = Fleet(of_domains(found.answers, bad.head(pages)), 0)
    folder = tempfile.mkdtemp()
    return lambda: deque(write_domain_pages(few, store, folder, workers=2), maxlen=0)


@contextmanager
def _cluster() -> "Iterator[Client]":
    """Yield the client of two workers, set up as `docs/many-domains.md` recommends."""
    import dask  # noqa: PLC0415 - an extra
    from distributed import Client, LocalCluster  # noqa: PLC0415

    dask.config.set({"distributed.nanny.pre-spawn-environ": {"MALLOC_TRIM_THRESHOLD_": None}})
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


if __name__ == "__main__":
    main()
