"""How many reports, days and senders each domain, and the whole page, rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from tlsrpt_analysis.tables import ReportTables

UNKNOWN, VERIFIED = "unknown", "verified"


@dataclass(frozen=True, slots=True)
class Basis:
    """What was reported, and how many of the reports were checked and proven."""

    reports: int = 0
    days: int = 0
    reporters: int = 0
    checked: int = 0
    authenticated: int = 0


@dataclass(frozen=True, slots=True)
class Bases:
    """The basis of all reports together, and that of each domain, which counts no other report."""

    whole: Basis
    by_domain: Mapping[str, Basis]


def bases(tables: ReportTables) -> Bases:
    """Return what the reports rest on, as a whole and by domain; duplicates count nowhere."""
    kept = tables.reports[~tables.reports["is_duplicate"]]
    verdicts = kept["authenticity"].astype("str")
    marks = pd.DataFrame(
        {
            "report_key": kept["report_key"],
            "is_checked": verdicts != UNKNOWN,
            "is_authenticated": verdicts == VERIFIED,
        }
    )
    rows = tables.policies[["policy_domain", "report_key", "day", "reporter"]]
    rows = rows.drop_duplicates(["policy_domain", "report_key"]).merge(marks, on="report_key")
    counted = rows.groupby("policy_domain", observed=True).agg(
        reports=("report_key", "size"),
        days=("day", "nunique"),
        reporters=("reporter", "nunique"),
        checked=("is_checked", "sum"),
        authenticated=("is_authenticated", "sum"),
    )
    whole = Basis(
        len(kept),
        int(kept["day"].nunique()),
        int(kept["reporter"].nunique()),
        int(marks["is_checked"].sum()),
        int(marks["is_authenticated"].sum()),
    )
    names = counted.index.astype("str")
    return Bases(
        whole,
        {name: Basis(*map(int, row)) for name, row in zip(names, counted.to_numpy(), strict=True)},
    )
