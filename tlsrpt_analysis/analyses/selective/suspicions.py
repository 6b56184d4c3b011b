"""What the failure details of selective failures say, gathered for the signatures to judge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_CODE
from tlsrpt_analysis.analyses.policy.reported import latest_mx_patterns
from tlsrpt_analysis.analyses.selective.cases import Cases
from tlsrpt_analysis.analyses.selective.counts import Codes, Counted
from tlsrpt_analysis.analyses.selective.signatures import Suspicion, points_to
from tlsrpt_analysis.analyses.selective.verdicts import SELECTIVE, Judged
from tlsrpt_analysis.analyses.statistics.intervals import Counts
from tlsrpt_analysis.tables import ReportTables


@dataclass(frozen=True, slots=True)
class Pointer:
    """The code of a likely cause, and the command that would confirm it."""

    points_to: str
    confirm: str


def pointers(
    tables: ReportTables, data: Counted, cases: Cases, judged: Judged
) -> dict[int, Pointer]:
    """Give what each selective case points to, where it points to a cause."""
    found = {}
    domains = data.names["policy_domain"].astype("str").tolist()
    for case, suspicion in _suspicions(tables, data, cases, judged):
        code = points_to(suspicion)
        if code:
            domain = domains[cases.series[case]]
            found[case] = Pointer(code, BY_CODE[code].confirm_for(domain, _host(suspicion)))
    return found


def _suspicions(
    tables: ReportTables, data: Counted, cases: Cases, judged: Judged
) -> Iterator[tuple[int, Suspicion]]:
    selective = np.flatnonzero((judged.verdict == SELECTIVE) & judged.is_shown)
    if not len(selective):
        return
    of_detail = cases.of_details(data.details, len(data.causes))
    of_detail[~np.isin(of_detail, selective)] = -1
    hosts, addresses, reasons = (
        _named(data.details.rows[name], of_detail)
        for name in ("receiving_mx_hostname", "receiving_ip", "failure_reason_code")
    )
    domains, reporters = (
        data.names[name].astype("str").tolist() for name in ("policy_domain", "reporter")
    )
    patterns = latest_mx_patterns(tables)
    kinds = np.bincount(cases.series[cases.cause < len(data.causes) - 1])
    shares = _session_shares(data)
    for case in selective.tolist():
        series = int(cases.series[case])
        yield (
            case,
            Suspicion(
                result_type=data.causes[cases.cause[case]],
                failing=reporters[series],
                clean=frozenset(judged.clean[case]),
                hosts=hosts.get(case, {}),
                addresses=addresses.get(case, {}),
                reasons=reasons.get(case, {}),
                failing_days=int(cases.failing_days[case]),
                success_share=float(cases.success_share[case]),
                patterns=patterns.get(domains[series], ()),
                kinds=int(kinds[series]),
                session_share=float(shares[series]),
            ),
        )


def _named(column: pd.Series, case: Codes) -> Mapping[int, dict[str, int]]:
    """Count what the details of each case name in a column; a missing name is empty."""
    names = ["", *column.cat.categories.astype("str")]
    within = case >= 0
    codes = column.cat.codes.to_numpy("int64")[within] + 1
    counts = pd.Series(case[within] * len(names) + codes).value_counts(sort=False)
    named: dict[int, dict[str, int]] = {}
    for key, count in sorted(counts.items()):
        number, code = divmod(int(str(key)), len(names))
        named.setdefault(number, {})[names[code]] = int(count)
    return named


def _host(suspicion: Suspicion) -> str | None:
    """Give the MX host that most details name, or else the only one of the policy."""
    named = {host: count for host, count in suspicion.hosts.items() if host}
    if named:
        return max(sorted(named), key=lambda host: named[host])
    return suspicion.patterns[0].lower() if len(suspicion.patterns) == 1 else None


def _session_shares(data: Counted) -> Counts:
    """Give each reporter's part of its domain's sessions."""
    sessions = pd.Series(np.bincount(data.series, data.sessions))
    keys = [data.names[name].astype("str").fillna("") for name in ("policy_domain", "reporter")]
    of_reporter = sessions.groupby(keys).transform("sum")
    return (of_reporter / sessions.groupby(keys[0]).transform("sum")).to_numpy("float64")
