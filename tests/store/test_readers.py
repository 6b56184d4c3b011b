"""Readers beside a writer: each finds a whole state of the store, and none waits for a lock."""

import subprocess
import sys
from pathlib import Path

from support.wrappings import gzipped, report_document

from tlsrpt_analysis.store import Store

FILES = 15

WRITER = """
import sys
from pathlib import Path
from tlsrpt_analysis.store import Store

store = Store(sys.argv[2])
for number, path in enumerate(sorted(Path(sys.argv[1]).iterdir())):
    store.add(path, progress=False)
    if number == 0:
        print("begun", flush=True)
    if number % 3 == 2:
        store.compact()
"""


def test_readers_find_a_whole_state_while_another_process_writes(tmp_path: Path) -> None:
    """Each has all reports of the commits so far, although files are joined and removed."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for number in range(FILES):
        document = report_document(report_id=f"r{number:02}")
        (inbox / f"{number:02}.json.gz").write_bytes(gzipped(document))
    store = Store(tmp_path / "store")
    command = [sys.executable, "-c", WRITER, inbox, store.directory]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        seen = [0]
        while writer.poll() is None:
            tables = store.open()
            expected = [f"r{number:02}" for number in range(len(tables.reports))]
            assert tables.reports["report_id"].tolist() == expected
            assert len(tables.policies) == len(expected) == tables.balance.members
            assert store.verify() == []
            seen.append(len(expected))
    assert writer.returncode == 0
    assert seen == sorted(seen)
    assert len(seen) > 1
    assert len(store.open().reports) == FILES
