"""The command line with two processes that read little at a time; `test_stopping` starts it.

Arguments: the event, "stop" or "kill", then those of the command. The test sends Ctrl-C when it
reads "waiting", and then a line.
"""

import os
import signal
import sys

from tlsrpt_analysis import cli
from tlsrpt_analysis.loading import load, reading, workers
from tlsrpt_analysis.store import adding

PARENT = os.getpid()
read_chunk = workers.read_chunk


def main(event: str, arguments: list[str]) -> int:
    """Run the command; the event happens in its middle."""
    workers.CHUNK_SOURCES, adding.COMMIT_MEMBERS, reading.BATCH_MEMBERS = 5, 10, 5
    load.worker_count = lambda _workers, _sources: 2
    if event == "kill":
        workers.read_chunk = _killed_in_the_middle
    else:
        workers.in_processes = load.in_processes = _waiting(workers.in_processes)
    return cli.main(arguments)


def _waiting(read):
    def parts(*arguments, **named):
        for number, part in enumerate(read(*arguments, **named)):
            yield part
            if number == 6:
                print("waiting", flush=True)  # noqa: T201 - the test reads it
                sys.stdin.readline()

    return parts


def _killed_in_the_middle(sources, options):
    if os.getpid() != PARENT and any(source.name.endswith("030.json.gz") for source in sources):
        os.kill(os.getpid(), signal.SIGKILL)
    return read_chunk(sources, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
