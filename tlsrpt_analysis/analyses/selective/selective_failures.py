"""Which reporter fails where others do not: selective failures, told from chance."""

from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.selective.cases import Cases, cases_of, joined
from tlsrpt_analysis.analyses.selective.comparison import Comparer, no_pairs
from tlsrpt_analysis.analyses.selective.counts import Counted, counted
from tlsrpt_analysis.analyses.selective.pointers import pointers
from tlsrpt_analysis.analyses.selective.verdicts import judged, most_named_hosts, table_rows
from tlsrpt_analysis.tables import DAY, ReportTables

ALPHA = 0.05

ORDER = ["policy_domain", "policy_type", "failing_reporter", "result_type"]

TEXTS = ("policy_domain", "policy_type", "failing_reporter", "clean_reporters")
SHARES = tuple(
    f"{whose}_share{end}" for whose in ("failing", "clean") for end in ("", "_low", "_high")
)

COLUMNS: dict[str, Any] = {
    **dict.fromkeys((*TEXTS, "receiving_mx_hostname", "result_type", "verdict"), "str"),
    **dict.fromkeys((*SHARES, "expected_in_clean"), "float64"),
    "observed_in_clean": "Int64",
    **dict.fromkeys(("failing_days", "active_days"), "int64"),
    **dict.fromkeys(("since_low", "since_high"), DAY),
    **dict.fromkeys(("p_value", "q_value"), "float64"),
    **dict.fromkeys(("points_to", "explanation"), "str"),
    "over_since": DAY,
    "confirm": "str",
}


def selective_failures(tables: ReportTables) -> pd.DataFrame:
    """Find reporters that fail where others, with enough traffic to tell, do not.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    DataFrame
        One row per ``policy_domain``, ``policy_type``, ``failing_reporter`` and ``result_type``
        that it failed with (missing where its details do not say), compared on the days of the
        fault: from its onset (between ``since_low`` and ``since_high``; missing where the failures
        have no clear beginning, then from the first day) to its end, and only under policy texts
        that both saw. A reporter that fails in many ways, none of them selective by itself, has a
        row without a ``result_type`` where all together are.

        - ``clean_reporters``: those that fail so at most a tenth as often, and for sure less,
          joined by ", "; ``clean_share``, ``expected_in_clean`` (failures they would have had at
          the failing share) and ``observed_in_clean`` are theirs together, or where none is clean
          those of all other reporters;
        - ``receiving_mx_hostname``: what most of its failures name;
        - ``verdict``: ``selective`` (also for a fault that is over, if it lasted three weeks),
          ``not selective`` (also for a shorter burst that is over) or ``too little data``;
        - ``failing_share``, ``clean_share``: sessions failed so per session of these reporters,
          this domain and policy type, with the ends of their intervals of 95 % (days as clusters);
        - ``failing_days`` of ``active_days``: days with such a failure, of those with sessions;
        - ``p_value``: the smallest of its comparisons; ``q_value``: the same by
          Benjamini-Hochberg over all pairs of reporters and causes of the tables;
        - ``points_to``: a likely cause, a code of `tlsrpt_analysis.analyses.cause_catalogue.causes`, a
          hypothesis until a probe confirms it; missing when the verdict is not ``selective`` or no
          signature fits; ``confirm``: the command that would;
        - ``explanation``: the row as a sentence;
        - ``over_since``: the day after the last failure of a fault that is over, else missing.

    Notes
    -----
    Sessions are those of the summaries (RFC 8460 §4.2): successes and failures of the whole policy,
    as reports do not count the successes of each MX host. A reporter whose failures are at other MX
    hosts only counts as clean of these.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(selective_failures(empty_tables()))
    0
    """
    data = counted(tables)
    if data is None:
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    cases, pairs = _compared(data)
    its = judged(data, cases, pairs, ALPHA)
    rows = table_rows(data, cases, its)
    rows["receiving_mx_hostname"] = most_named_hosts(data, cases)
    found = pointers(tables, data, cases, its)
    for name in ("points_to", "confirm"):
        told = {case: getattr(pointer, name) for case, pointer in found.items()}
        rows[name] = pd.Series(told, dtype="str").reindex(rows.index)
    shown = rows[its.is_shown][list(COLUMNS)].astype(COLUMNS)
    return shown.sort_values(ORDER, ignore_index=True)


def _compared(data: Counted) -> tuple[Cases, pd.DataFrame]:
    """Find the cases, and compare each with all others of its domain and policy type."""
    parts: list[Cases] = []
    frames: list[pd.DataFrame] = []
    for strata in data.strata():
        cases = cases_of(strata, data.calendar, len(data.causes) - 1)
        before = sum(len(part.series) for part in parts)
        found = Comparer(strata, data.causes).pairs(cases)
        frames += [pairs.assign(case=pairs["case"] + before) for pairs in found]
        parts.append(cases)
    return joined(parts), pd.concat(frames or [no_pairs()], ignore_index=True)
