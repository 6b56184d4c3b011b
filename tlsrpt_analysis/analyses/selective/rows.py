"""The table of selective failures: each fault with its shares, days, host and explanation."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.selective.explanations import FaultSummary, explanation
from tlsrpt_analysis.analyses.selective.verdicts import JudgedFaults
from tlsrpt_analysis.analyses.statistics.intervals import CONFIDENCE_Z, wilson_intervals

FLAGS = ("is_over", "is_steady", "is_weak", "is_brief", "reports_failures_only")


def table_rows(judged: JudgedFaults) -> pd.DataFrame:
    """Return the row of each fault, without what it points to."""
    faults = judged.faults
    hosts = _most_named_hosts(judged)
    ended = np.where(faults.is_over, faults.last_failing, -1)
    rows = pd.DataFrame(
        {
            "policy_domain": judged.names["policy_domain"],
            "policy_type": judged.names["policy_type"],
            "failing_reporter": judged.names["reporter"],
            "receiving_mx_hostname": hosts,
            "result_type": judged.result_types,
            "verdict": judged.verdict,
            "failing_share": faults.failures / faults.sessions,
            "failing_share_low": faults.low,
            "failing_share_high": faults.high,
            "failing_days": faults.failing_days,
            "active_days": faults.active_days,
            "since_low": judged.days(faults.since_low, later=1),
            "since_high": judged.days(faults.since_high),
            "p_value": judged.best["p_value"],
            "q_value": judged.best["q_value"],
            "over_since": judged.days(ended, later=1),
        }
    )
    rows["clean_reporters"] = [
        ", ".join(judged.clean.get(fault, ())) or None for fault in range(len(rows))
    ]
    rows["explanation"] = [
        explanation(summary, str(verdict))
        for summary, verdict in zip(_summaries(judged, hosts), judged.verdict, strict=True)
    ]
    return rows.join(_clean_columns(judged))


def _clean_columns(judged: JudgedFaults) -> pd.DataFrame:
    """Return what the clean reporters together count, with the interval of their share."""
    sessions, failures, effect = (
        judged.compared[name].to_numpy("float64") for name in ("sessions", "failures", "effect")
    )
    quantiles = np.full(len(effect), CONFIDENCE_Z)
    ends = wilson_intervals(failures / effect, sessions / effect, quantiles)
    ends[np.isnan(effect)] = np.nan
    return pd.DataFrame(
        {
            "clean_share": failures / sessions,
            "clean_share_low": ends[:, 0],
            "clean_share_high": ends[:, 1],
            "expected_in_clean": judged.compared["expected"],
            "observed_in_clean": judged.compared["failures"],
        }
    )


def _most_named_hosts(judged: JudgedFaults) -> "pd.Series[str]":
    """Return the MX host that most failures of each fault name, on the days of the fault."""
    details, fault = judged.counts.details.rows, judged.fault_of_detail
    hosts = details["receiving_mx_hostname"].cat
    counts = details["failed_session_count"].fillna(1).to_numpy("int64")
    within = fault >= 0
    rows = pd.DataFrame(
        {"fault": fault[within], "host": hosts.codes.to_numpy()[within], "count": counts[within]}
    )
    rows = rows[rows["host"] >= 0].groupby(["fault", "host"])["count"].sum().reset_index()
    rows["name"] = hosts.categories.astype("str").to_numpy()[rows["host"]]
    most = rows.sort_values(["fault", "count", "name"], ascending=[True, False, True])
    named = most.drop_duplicates("fault").set_index("fault")["name"]
    return named.reindex(range(len(judged.faults.series)))


def _summaries(judged: JudgedFaults, hosts: "pd.Series[str]") -> Iterator[FaultSummary]:
    faults, calendar = judged.faults, judged.counts.calendar
    days = {
        name: calendar[getattr(faults, name)].tolist()
        for name in ("first_failing", "last_failing", "last_active")
    }
    since_low, since_high = calendar[faults.since_low] + 1, calendar[faults.since_high]
    since = zip(since_low.tolist(), since_high.tolist(), strict=True)
    expected, observed = (judged.compared[name].tolist() for name in ("expected", "failures"))
    counts = {
        name: getattr(faults, name).astype("int64").tolist()
        for name in ("failing_days", "active_days")
    }
    values = counts | days | {name: getattr(faults, name).tolist() for name in FLAGS}
    shares = (faults.failures / faults.sessions).tolist()
    reporters, policy_types = (judged.names[name].tolist() for name in ("reporter", "policy_type"))
    for fault, onset in enumerate(since):
        yield FaultSummary(
            reporter=str(reporters[fault]),
            is_dane=policy_types[fault] == "tlsa",
            with_type=_with_type(judged, fault, hosts[fault]),
            share=shares[fault],
            clean=judged.clean.get(fault, ()),
            expected=expected[fault],
            observed=observed[fault],
            alike=judged.alike.get(fault),
            likeliest=judged.likeliest.get(fault),
            since=onset if faults.since_high[fault] >= 0 else None,
            has_other_texts=bool(judged.has_other_texts[fault]),
            **{name: of_fault[fault] for name, of_fault in values.items()},
        )


def _with_type(judged: JudgedFaults, fault: int, host: object) -> str:
    """Say by which of several result types a reporter fails, and at which of several hosts."""
    at_host = f" at {host}" if judged.is_at_host[fault] else ""
    if judged.is_every_type[fault] or judged.type_counts[fault] < 2:
        return at_host
    result_type = judged.result_types[fault]
    return f" with {result_type}{at_host}" if result_type else " without a result type"
