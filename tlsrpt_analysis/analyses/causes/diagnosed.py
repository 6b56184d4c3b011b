"""What some reports are diagnosed with, computed once for all analyses that show or count it."""

from functools import cached_property

import pandas as pd

from tlsrpt_analysis.analyses.causes.detail_causes import DetailCause, detail_causes
from tlsrpt_analysis.analyses.causes.diagnosis import Diagnosis, diagnoses
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.selective.selective_failures import selective_failures
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.tables import ReportTables

Given = tuple[
    ReportTables, ProbeFindings | pd.DataFrame | None, ProbeFindings | pd.DataFrame | None
]


class Diagnosed:
    """The selective failures and the causes of some reports, found when they are first asked for."""

    def __init__(
        self,
        tables: ReportTables,
        findings: ProbeFindings | pd.DataFrame | None = None,
        mx_preferences: ProbeFindings | pd.DataFrame | None = None,
        *,
        each_alone: bool = False,
    ) -> None:
        self._given = _given(tables, findings, mx_preferences)
        self._each_alone = each_alone

    def about(
        self,
        tables: ReportTables,
        findings: ProbeFindings | pd.DataFrame | None = None,
        mx_preferences: ProbeFindings | pd.DataFrame | None = None,
    ) -> "Diagnosed":
        """Return what is found from these objects: this, where it was found from just them."""
        asked = _given(tables, findings, mx_preferences)
        is_same = all(one is other for one, other in zip(asked, self._given, strict=True))
        return self if is_same else Diagnosed(*asked)

    @cached_property
    def selective(self) -> pd.DataFrame:
        """Return the `selective_failures` of the reports."""
        return selective_failures(self._given[0])

    @cached_property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """Return each cause of each domain."""
        found = diagnoses(*self._given, self.selective, each_alone=self._each_alone)
        return tuple(found)

    @cached_property
    def details(self) -> tuple[Integers, tuple[DetailCause, ...]]:
        """Return the number of each detail's cause, -1 for none, and the causes."""
        return detail_causes(self.diagnoses, len(self._given[0].failures))


def _given(
    tables: ReportTables,
    findings: ProbeFindings | pd.DataFrame | None,
    mx_preferences: ProbeFindings | pd.DataFrame | None,
) -> Given:
    """Return what is asked about; findings are the MX records where no others are given."""
    return tables, findings, findings if mx_preferences is None else mx_preferences
