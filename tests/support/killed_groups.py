"""Groups of a fleet whose process is killed, as by a system that runs out of memory."""

import os
import signal
from pathlib import Path

from tlsrpt_analysis.fleets.answers import Answers, answers_of_group
from tlsrpt_analysis.fleets.groups import Group
from tlsrpt_analysis.tables import ReportTables


class AlwaysKilled(Group):
    """A group that no process survives."""

    def tables(self) -> ReportTables:
        """Kill the process."""
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class KilledOnce(Group):
    """A group that kills the first process that opens it."""

    def tables(self) -> ReportTables:
        """Kill the process, unless one was killed before."""
        mark = Path(self.folder, f"killed-{self.number}")
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().tables()


def answers_with_a_kill(marks: Path, group: Group) -> Answers:
    """Analyse a group and note by which process; the first that comes to group 2 is killed."""
    killed = marks / "killed"
    if group.number == 2 and not killed.exists():
        killed.mkdir()
        (killed / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    (marks / f"group-{group.number}").write_text(str(os.getpid()))
    return answers_of_group(group)
