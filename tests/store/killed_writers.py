"""Writers that are killed, each in a process of its own; started by `test_killed_writers`.

All processes are forked from one that has imported and used everything once, and has only forked
since: a child then starts at once, and no thread of its parent is at work when it is forked.
"""

import gc
import os
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from support.killed_scripts import killing_at
from support.wrappings import gzipped, report_document

from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store, adding, commits, directory, keeping


def main(folder: Path, kills: int) -> None:
    """Kill writers before each step in turn and at random moments, and check the store each time.

    A writer that outlives its moment ends its work. It does not count, and its duration says how
    late the moments of the next ones may be, so that a fast and a slow machine see as many killed.
    """
    inbox, store = folder / "inbox", folder / "store"
    inbox.mkdir()
    _put(inbox, 0)
    _warm_up(inbox, folder / "other-store")
    _child(lambda: Store(store).add(inbox, progress=False))
    reader = _Reader(store)
    random_moments = random.Random(8460)  # noqa: S311 - which moments are tried
    latest = {"step": 1, "seconds": 1.0}  # a second, until a writer has ended
    killed, turns = dict.fromkeys(latest, 0), 0
    for number in range(1, 4 * kills):
        kind = "step" if killed["step"] <= killed["seconds"] else "seconds"
        _put(inbox, number)
        is_step = kind == "step"
        moment = latest["step"] if is_step else random_moments.uniform(0.001, latest["seconds"])
        began = time.monotonic()
        status = _child(lambda: _write(inbox, store, kind, moment))  # noqa: B023
        if os.WIFSIGNALED(status):
            killed[kind] += 1
            latest["step"] += is_step
        elif is_step:
            latest["step"] = 1
            turns += 1
        else:
            latest["seconds"] = time.monotonic() - began
        reader.check(number)
        if sum(killed.values()) == kills:
            break
    reader.end()
    _child(lambda: _finish(inbox, store))
    print(sum(killed.values()), "killed, each step", turns, "times")  # noqa: T201 - the test reads it


def _warm_up(inbox: Path, store: Path) -> None:
    """Do once what the children do, so that none of them imports a module."""
    Store(store).add(inbox, progress=False)
    Store(store).compact()
    Store(store).open()
    Store(store).verify()
    gc.freeze()  # or each child would copy the memory in which it looks for garbage


def _child(work: Callable[[], object]) -> int:
    number = _forked(work)
    status = os.waitpid(number, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("a child failed")
    return status


def _forked(work: Callable[[], object]) -> int:
    with warnings.catch_warnings():  # from 3.12 on Python warns of a fork beside threads
        warnings.simplefilter("ignore", DeprecationWarning)
        number = os.fork()
    if number == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a child must not return into the parent
            print(f"failed: {error!r}", file=sys.stderr, flush=True)  # noqa: T201
            os._exit(1)
        os._exit(0)
    return number


class _Reader:
    """A process that reads the store whenever it is asked to, beside the writers."""

    def __init__(self, store: Path) -> None:
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()

        def work() -> None:
            os.close(self._requests)
            with os.fdopen(requests) as lines:
                for line in iter(lines.readline, ""):
                    _check(store, int(line))
                    os.write(answers, b".")

        self._number = _forked(work)
        os.close(requests)
        os.close(answers)

    def check(self, number: int) -> None:
        """Check the store after so many files were put into the inbox."""
        os.write(self._requests, f"{number}\n".encode())
        if not os.read(self._answers, 1):
            sys.exit("the reader failed")

    def end(self) -> None:
        """End the process, as nothing more is asked of it."""
        os.close(self._requests)
        os.close(self._answers)
        os.waitpid(self._number, 0)


def _write(inbox: Path, store: Path, kind: str, moment: float) -> None:
    os.fsync = _not_flushed  # what a process has written outlives it, unlike the machine
    if kind == "step":
        _die_at(int(moment))
    else:
        signal.setitimer(signal.ITIMER_REAL, moment)  # its default is to end the process at once
    adding.COMMIT_MEMBERS = directory.LOCK_SECONDS = 1
    Store(store).add(inbox, progress=False)
    Store(store).compact()


def _not_flushed(_file: int) -> None:
    pass


def _die_at(step: int) -> None:
    """Kill this process before its so-many-th step that changes the disk."""
    counted = killing_at(step)
    os.fsync, os.replace = counted(os.fsync), counted(os.replace)
    Path.unlink = counted(Path.unlink)
    for module in (adding, keeping):
        module.write_part = counted(module.write_part)
    commits.write_whole = counted(commits.write_whole)


def _check(store: Path, number: int) -> None:
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


def _finish(inbox: Path, store: Path) -> None:
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
