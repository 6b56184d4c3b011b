"""Writers that are killed, each in a process of its own; started by `test_killed_writers`.

The parent does no work but forking, so that a child has no thread of it to wait for.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from support.wrappings import gzipped, report_document

from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store, adding, commits, directory, keeping


def main(folder: Path, kills: int) -> None:
    """Kill writers before each step in turn and at random moments, and look at the store each time.

    A writer that outlives its moment ends its work. It does not count, and what it took tells how
    late the moments of the next ones may be, so that a fast and a slow machine see as many killed.
    """
    inbox, store = folder / "inbox", folder / "store"
    inbox.mkdir()
    _put(inbox, 0)
    _child(lambda: Store(store).add(inbox, progress=False))
    chance = random.Random(8460)  # noqa: S311 - which moments are tried
    latest = {"step": 1, "seconds": 1.0}  # a second, until a writer ended and told
    killed, turns = dict.fromkeys(latest, 0), 0
    for number in range(1, 4 * kills):
        kind = "step" if killed["step"] <= killed["seconds"] else "seconds"
        _put(inbox, number)
        moment = latest["step"] if kind == "step" else chance.uniform(0.001, latest["seconds"])
        began = time.monotonic()
        status = _child(lambda: _write(inbox, store, kind, moment))  # noqa: B023
        if os.WIFSIGNALED(status):
            killed[kind] += 1
            latest["step"] += kind == "step"
        elif kind == "step":
            latest["step"] = 1
            turns += 1
        else:
            latest["seconds"] = time.monotonic() - began
        _child(lambda: _look(store, number))  # noqa: B023
        if sum(killed.values()) == kills:
            break
    _child(lambda: _end(inbox, store))
    print(sum(killed.values()), "killed, each step", turns, "times")  # noqa: T201 - the test reads it


def _child(work: Callable[[], object]) -> int:
    number = os.fork()
    if number == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a child must not return into the parent
            print(f"failed: {error!r}", file=sys.stderr, flush=True)  # noqa: T201
            os._exit(1)
        os._exit(0)
    status = os.waitpid(number, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("a child failed")
    return status


def _write(inbox: Path, store: Path, kind: str, moment: float) -> None:
    if kind == "step":
        _die_at(int(moment))
    else:
        signal.setitimer(signal.ITIMER_REAL, moment)  # its default is to end the process at once
    adding.COMMIT_MEMBERS = directory.LOCK_SECONDS = 1
    Store(store).add(inbox, progress=False)
    Store(store).compact()


def _die_at(step: int) -> None:
    """Kill this process before its so-many-th step that changes the disk."""
    left = [step]

    def counted(work: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **named: object) -> object:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*arguments, **named)

        return run

    os.fsync, os.replace = counted(os.fsync), counted(os.replace)
    Path.unlink = counted(Path.unlink)
    for module in (adding, keeping):
        module.write_part = counted(module.write_part)
    commits.write_whole = counted(commits.write_whole)


def _look(store: Path, number: int) -> None:
    """Read the store: it is whole, and every report stands in it once or not at all."""
    tables = Store(store).open()
    identifiers = tables.reports["report_id"].tolist()
    assert (
        len(set(identifiers))
        == len(identifiers)
        == tables.balance.reports
        == tables.balance.members
    )
    assert set(identifiers) <= {f"r{n}" for n in range(number + 1)}
    assert len(tables.policies) == len(identifiers)
    assert "r0" in identifiers
    assert Store(store).verify() == []


def _end(inbox: Path, store: Path) -> None:
    """Let a writer end its work: then nothing is lost."""
    Store(store).add(inbox, progress=False)
    Store(store).compact()
    actual = Store(store).open().reports["report_id"]
    assert sorted(actual) == sorted(load_reports(inbox, progress=False).reports["report_id"])
    assert len({file.name for file in store.glob("*.parquet")}) == 4


def _put(inbox: Path, number: int) -> None:
    path = inbox / f"{number:05}.json.gz"
    path.write_bytes(gzipped(report_document(report_id=f"r{number}")))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
