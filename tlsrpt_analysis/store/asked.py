"""Which rows of a store are asked about."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tlsrpt_analysis.store.commits import Commit, DataFile
from tlsrpt_analysis.store.opening import Wanted
from tlsrpt_analysis.store.parts import read_part


@dataclass(frozen=True, slots=True)
class Asked:
    """A store as one commit shows it, and the days."""

    directory: Path
    commit: Commit
    wanted: Wanted

    def files(self, frame: str) -> list[DataFile]:
        """Return the files that may hold rows of a frame."""
        return self.commit.of(frame, months=self.wanted.months())

    def rows(self, file: DataFile, columns: list[str]) -> pa.Table | None:
        """Read the rows of a file; None without any."""
        table = read_part(self.directory, file, columns, self.wanted.days())
        return table if len(table) else None
