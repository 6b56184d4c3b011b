"""Runs of `fleet` that are killed, each in a process of its own; started by `test_killed_fleets`.

All processes are forked from one that has used everything once.
"""

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from support.killed_scripts import killing_at
from support.wrappings import report_document

from tlsrpt_analysis.fleets.fingerprints import fingerprints, rows_by_domain
from tlsrpt_analysis.fleets.fleet import fleet
from tlsrpt_analysis.fleets.kept import kept_answers
from tlsrpt_analysis.store import Store
from tlsrpt_analysis.store.asked import Asked
from tlsrpt_analysis.store.commits import read_commit
from tlsrpt_analysis.store.opening import Wanted

LONGEST_RUN = 0.4
"""Random moments are tried up to about the seconds that a run takes."""


def main(folder: Path, kills: int) -> None:
    """Kill a run before each step that changes the disk, and at random moments."""
    store = folder / "store"
    _add(store, folder, 0)
    fleet(store, workers=1)
    moments = random.Random(8461)  # noqa: S311 - which moments are tried
    killed, step = 0, 1
    for number in range(1, 4 * kills):
        before = _fingerprints(store)
        _add(store, folder, number)
        kind = "step" if number % 2 else "seconds"
        moment = step if kind == "step" else moments.uniform(0.001, LONGEST_RUN)
        was_killed = os.WIFSIGNALED(_child(lambda: _run(store, kind, moment)))  # noqa: B023
        after = _fingerprints(store)
        if after not in (before, _expected(store)):
            sys.exit("the kept answers are neither the old nor the new ones")
        if kind == "step":
            step = step + 1 if was_killed else 1
        killed += was_killed
        if killed == kills:
            break
    fleet(store, workers=1)
    if Store(store).verify() or _fingerprints(store) != _expected(store):
        sys.exit("the store is not whole")
    print(killed, "killed")  # noqa: T201 - the test reads it


def _add(store: Path, folder: Path, number: int) -> None:
    path = folder / f"{number}.json"
    path.write_bytes(report_document(report_id=f"report {number}"))
    Store(store).add(path, progress=False, workers=1)


def _fingerprints(store: Path) -> dict[str, str]:
    kept = kept_answers(store)
    if kept is None:
        sys.exit("the kept answers cannot be read")
    return dict(kept[1])


def _expected(store: Path) -> dict[str, str]:
    """Return the fingerprints that a run which is not killed keeps."""
    asked = Asked(store, read_commit(store), Wanted())
    return dict(fingerprints(rows_by_domain(asked), asked.wanted))


def _child(work: Callable[[], object]) -> int:
    number = os.fork()
    if number == 0:
        work()
        os._exit(0)
    return os.waitpid(number, 0)[1]


def _run(store: Path, kind: str, moment: float) -> None:
    if kind == "step":
        _die_at(int(moment))
    else:
        signal.setitimer(signal.ITIMER_REAL, moment)  # its default is to end the process at once
    fleet(store, workers=1)


def _die_at(step: int) -> None:
    counted = killing_at(step)
    os.fsync = counted(os.fsync)
    for name in ("write_bytes", "replace", "unlink"):
        setattr(Path, name, counted(getattr(Path, name)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
