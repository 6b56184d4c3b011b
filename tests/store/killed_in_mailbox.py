"""An import from a mailbox that is killed at a commit; started by `test_mail_folders`.

Arguments: the address, the store, the folder to move to, which commit, and ``before`` or ``after``.
"""

import os
import signal
import sys

from tlsrpt_analysis.loading import reading
from tlsrpt_analysis.store import Store, adding


def main(address: str, store: str, target: str, number: str, moment: str) -> None:
    """Import a mailbox until the commit in whose turn the process is killed."""
    reading.BATCH_MEMBERS, adding.COMMIT_MEMBERS = 1, 2
    write, commits = adding.write_commit, iter(range(99))

    def killed(directory, commit):
        is_last = next(commits) == int(number)
        if is_last and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        write(directory, commit)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)

    adding.write_commit = killed
    Store(store).add(address, move_to=target)


if __name__ == "__main__":
    main(*sys.argv[1:])
