"""Groups of a fleet whose process is killed, as by a system that runs out of memory."""

import os
import signal
from pathlib import Path

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
