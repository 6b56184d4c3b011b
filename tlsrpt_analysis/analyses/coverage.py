"""Who reported about which domain on which days, and where the gaps are."""

import pandas as pd

from tlsrpt_analysis.analyses.sessions import SESSIONS, daily_sessions, grouped
from tlsrpt_analysis.tables import ReportTables

FEWEST_ECHO_DAYS = 8
"""One session on a few days may be a message."""


def coverage(tables: ReportTables) -> pd.DataFrame:
    """Count the days that each reporter covered, domain by domain.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    DataFrame
        One row per ``policy_domain`` and ``reporter``: ``first_day`` and ``last_day`` with a
        report, ``period_days`` (days from the first to the last day of any report about the
        domain), ``reported_days`` and ``missing_days`` (of these), ``longest_gap_days`` (the most
        days in a row without a report, before the first and after the last included),
        ``session_count`` (each session once), ``tested_session_count`` and
        ``untested_session_count`` (those to which an MTA-STS policy in ``testing`` or ``enforce``
        mode was applied, and all others; see ``docs/ledger.md``), ``days_since_last`` (days of the period after the
        reporter's last report: it may have vanished) and ``is_echo`` (never more than one session
        a day on 8 days or more: likely the delivery of its own reports).

    Notes
    -----
    A missing day is not a day without sessions: some reporters send nothing when nothing failed,
    and a report can get lost (RFC 8460 §5.5).

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> tables = tlsrpt.load_reports("sample_reports/mail-ru")
    >>> found = tlsrpt.coverage(tables)
    >>> found[["policy_domain", "reported_days", "missing_days", "longest_gap_days"]].head(2)
        policy_domain  reported_days  missing_days  longest_gap_days
    0  backup.example            123             0                 0
    1   chain.example            123             0                 0
    """
    days = daily_sessions(tables)
    keys = ["policy_domain", "reporter"]
    # The days of each reporter are in order, and a domain's reporters one after the other.
    days["gap"] = grouped(days, keys)["day"].diff().dt.days.fillna(1).astype("int64") - 1
    by_domain = grouped(days, ["policy_domain"])["day"]
    days["period_first"], days["period_last"] = (
        by_domain.transform("min"),
        by_domain.transform("max"),
    )
    rows = grouped(days, keys).agg(
        first_day=("day", "min"),
        last_day=("day", "max"),
        period_first=("period_first", "first"),
        period_last=("period_last", "first"),
        reported_days=("day", "nunique"),
        inner_gap=("gap", "max"),
        **{name: (name, "sum") for name in SESSIONS},
        busiest_day=("session_count", "max"),
    )
    rows = rows.reset_index()
    rows["period_days"] = (rows["period_last"] - rows["period_first"]).dt.days + 1
    rows["missing_days"] = rows["period_days"] - rows["reported_days"]
    gaps = pd.DataFrame(
        {
            "before": (rows["first_day"] - rows["period_first"]).dt.days,
            "within": rows["inner_gap"],
            "after": (rows["period_last"] - rows["last_day"]).dt.days,
        }
    )
    rows["longest_gap_days"] = gaps.max(axis=1).astype("int64")
    rows["days_since_last"] = gaps["after"].astype("int64")
    is_long = rows["reported_days"] >= FEWEST_ECHO_DAYS
    rows["is_echo"] = is_long & (rows["busiest_day"] <= 1)
    day_columns = ["first_day", "last_day", "period_days", "reported_days", "missing_days"]
    return rows[[*keys, *day_columns, "longest_gap_days", *SESSIONS, "days_since_last", "is_echo"]]
