"""Which MX host carries which share of a domain's failures."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.mx_hosts.daily_failures import daily_failures_by_mx, tested_results
from tlsrpt_analysis.analyses.mx_records import mx_records
from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers, summed, table_by_days
from tlsrpt_analysis.analyses.policy.reported import in_policy, latest_mx_patterns
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.analyses.statistics.intervals import part_intervals
from tlsrpt_analysis.arrays import Floats, Integers
from tlsrpt_analysis.tables import ReportTables

SHARE_ENDS = ["share_of_failures_low", "share_of_failures_high"]
HOST = ["policy_domain", "receiving_mx_hostname"]

CELLS = 2_000_000
"""This many days of rows are computed at once, because each takes a few numbers of memory."""

PARTS: dict[str | None, list[str]] = {
    None: [],
    "cause": ["result_type", "failure_reason_code"],
    "reporter": ["reporter"],
}
"""The columns by which the failures of a host are split."""


def failure_share_by_mx(
    tables: ReportTables,
    by: Literal["cause", "reporter"] | None = None,
    *,
    mx_preferences: pd.DataFrame | ProbeFindings | None = None,
) -> pd.DataFrame:
    """Return each MX host's share of the failed sessions of its domain.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    by : {"cause", "reporter"}, optional
        What to split the failures of a host by: result type and failure reason code, or reporter.
    mx_preferences : DataFrame or findings of a probe, optional
        The MX records, as of `tlsrpt_analysis.enforce_impact`: hosts in them that no failure names
        are listed as well.

    Returns
    -------
    DataFrame
        One row per ``policy_domain`` and ``receiving_mx_hostname``, most failures first; the host
        is missing for failures whose host was not given. Without `by`, the hosts of the latest
        policy that no failure names have a row as well, in domains with failures:

        - ``result_type`` and ``failure_reason_code``, or ``reporter``: with `by`, a row for each;
          missing where no detail says it;
        - ``failed_session_count``: failed sessions, each once for a reporter and day;
        - ``share_of_failures``: of all failed sessions of the domain; they sum to 1;
        - ``share_of_failures_low``, ``share_of_failures_high``: interval of 95 %, days as
          clusters; missing where fewer than 8 days have failures;
        - ``share_within``: with `by`, of the failed sessions of the domain with this cause or of
          this reporter;
        - ``failed_per_session``: failed sessions at this host per session of the domain, at
          whatever host; only tested sessions and those under DANE (see ``docs/ledger.md``) count in
          both; missing where there are none;
        - ``in_policy``: whether the latest reported policy covers the host; missing when unknown;
        - ``first_day``, ``last_day``: the first and the last day with a failure there;
        - ``never_failed``: whether no failure names the host; a host that is never used looks the
          same as one that never fails.

    Notes
    -----
    Successes are reported per policy, not per MX (RFC 8460 §4.2), so a rate of failures per MX
    cannot be known from reports, and none is given.
    Failures that a summary counts and no detail explains have no host.
    Details that overlap (RFC 8460 §4) count at one host no more sessions than failed; split by
    cause, a session with two causes counts under both, and in both in the domain's total.

    Raises
    ------
    ValueError
        `by` is something else.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> tables = tlsrpt.load_reports("sample_reports/mail-ru")
    >>> shares = tlsrpt.failure_share_by_mx(tables.select(policy_domains="chain.example"))
    >>> shares[["receiving_mx_hostname", "failed_session_count", "share_of_failures"]]
      receiving_mx_hostname  failed_session_count  share_of_failures
    0     mx1.chain.example                   376                1.0
    """
    if by not in PARTS:
        raise ValueError(f"failures can be split by cause or by reporter, not by {by!r}")
    parts = PARTS[by]
    keys = [*HOST, *parts]
    daily = daily_failures_by_mx(tables, parts)
    rows = _failing(daily, keys)
    rows["share_of_failures"] = _share_of(rows, ["policy_domain"])
    rows["share_within"] = _share_of(rows, ["policy_domain", *parts])
    patterns = latest_mx_patterns(tables)
    if not parts:
        records = None if mx_preferences is None else mx_records(mx_preferences)
        rows = _with_others(rows, other_hosts(rows, patterns, records))
    rows = _per_session(rows, tables, parts)
    rows["in_policy"] = in_policy(rows, patterns)
    rows["never_failed"] = rows["failed_session_count"] == 0
    order = ["policy_domain", "failed_session_count", *keys[1:]]
    ascending = [column != "failed_session_count" for column in order]
    rows = rows.sort_values(order, ascending=ascending, ignore_index=True)
    within = ["share_within"] if parts else []
    other_columns = ["failed_per_session", "in_policy", "first_day", "last_day", "never_failed"]
    shares = ["share_of_failures", *SHARE_ENDS, *within]
    return rows[[*keys, "failed_session_count", *shares, *other_columns]]


def other_hosts(
    rows: pd.DataFrame,
    patterns: Mapping[str, tuple[str, ...]],
    records: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the MX hosts of domains with failures that no failure names.

    Parameters
    ----------
    rows : DataFrame
        ``policy_domain`` and ``receiving_mx_hostname`` of the failures.
    patterns : mapping
        The ``mx`` patterns of each domain's policy; one with ``*`` names no host.
    records : DataFrame, optional
        The MX records, where known.

    Returns
    -------
    DataFrame
        ``policy_domain`` and ``receiving_mx_hostname``.

    Examples
    --------
    >>> failing = pd.DataFrame({"policy_domain": ["example.com"],
    ...     "receiving_mx_hostname": ["mx1.example.com"]})
    >>> policy = {"example.com": ("mx1.example.com", "mx2.example.com", "*.example.net")}
    >>> other_hosts(failing, policy)["receiving_mx_hostname"].tolist()
    ['mx2.example.com']
    """
    failing = set(zip(rows[HOST[0]], rows[HOST[1]], strict=True))
    domains = {domain for domain, _ in failing if isinstance(domain, str)}
    named = {
        (domain, pattern.lower())
        for domain in domains
        for pattern in patterns.get(domain, ())
        if "*" not in pattern
    }
    if records is not None:
        pairs = zip(records["policy_domain"], records["mx_hostname"], strict=True)
        named |= {pair for pair in pairs if pair[0] in domains}
    return pd.DataFrame(sorted(named - failing), columns=HOST, dtype="str")


def _failing(daily: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add up the failures of all days, with the interval of their share of the domain's."""
    number, first = group_numbers(daily, keys)
    rows = daily[keys].take(first).reset_index(drop=True).astype(dict.fromkeys(keys, "str"))
    count = daily["failed_session_count"].to_numpy("int64")
    days, calendar = pd.factorize(daily["day"], sort=True)
    earliest, latest = np.full(len(first), len(calendar)), np.full(len(first), -1)
    np.minimum.at(earliest, number, days)
    np.maximum.at(latest, number, days)
    domain, _ = group_numbers(rows, keys[:1])
    ends = _intervals(domain, number, day_numbers(daily["day"]), count)
    return rows.assign(
        failed_session_count=summed(number, count, len(first)),
        first_day=pd.Series(calendar.take(earliest)),
        last_day=pd.Series(calendar.take(latest)),
        **dict(zip(SHARE_ENDS, ends.T, strict=True)),
    )


def _per_session(rows: pd.DataFrame, tables: ReportTables, parts: list[str]) -> pd.DataFrame:
    """Add the failures of sessions that could fail at a host, per such session of the domain."""
    tested, sessions = tested_results(tables)
    keys = [*HOST, *parts]
    daily = daily_failures_by_mx(tested, parts).astype(dict.fromkeys(keys, "str"))
    failed = grouped(daily, keys)["failed_session_count"].sum().rename("failed").reset_index()
    rows = rows.merge(failed, on=keys, how="left")
    whole = rows["policy_domain"].map(sessions).astype("float64")
    return rows.assign(failed_per_session=rows["failed"].fillna(0) / whole.where(whole > 0))


def _with_others(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Add hosts without a failure, whose share is 0 of the domain's failures."""
    if not len(others):
        return rows
    empty = rows.iloc[:0].reindex(np.arange(len(others)))
    nothing = {"failed_session_count": 0, "share_of_failures": 0.0, "share_within": 0.0}
    added = empty.assign(**{name: others[name] for name in HOST}, **nothing)
    return pd.concat([rows, added.astype(rows.dtypes.to_dict())], ignore_index=True)


def _share_of(rows: pd.DataFrame, keys: list[str]) -> "pd.Series[float]":
    counts = rows["failed_session_count"]
    return counts / grouped(rows, keys)["failed_session_count"].transform("sum")


def _intervals(domain: Integers, number: Integers, day: Integers, count: Integers) -> Floats:
    """Return both ends of the interval of each row; the rows of a domain stand together."""
    # A day that follows one without a failure has no day before it.
    calendar = np.unique(np.concatenate([day, day + 1]))
    days = np.searchsorted(calendar, day)
    ends = np.full((len(domain), 2), np.nan)
    step = max(1, CELLS // max(1, len(calendar)))
    for begin in range(0, len(domain), step):
        of_row = domain[begin : begin + step]
        first, size = of_row[0], int(of_row[-1] - of_row[0]) + 1
        of_domains = (domain[number] >= first) & (domain[number] <= of_row[-1])
        totals = table_by_days(
            (domain[number] - first)[of_domains], days[of_domains], count[of_domains],
            (size, len(calendar)),
        )  # fmt: skip
        of_rows = (number >= begin) & (number < begin + step)
        parts = table_by_days(
            number[of_rows] - begin, days[of_rows], count[of_rows], (len(of_row), len(calendar))
        )
        ends[begin : begin + step] = part_intervals(totals[of_row - first], parts)
    return ends
