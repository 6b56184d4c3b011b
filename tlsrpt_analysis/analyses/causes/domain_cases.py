"""The reports as one case per policy domain: the tables are numbered once, then split."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.causes.case import (
    FAILED,
    PASSED,
    SUCCEEDED,
    TESTED,
    DomainCase,
    PolicyText,
    SelectiveFault,
)
from tlsrpt_analysis.analyses.causes.rows import Rows, Texts, by_domain
from tlsrpt_analysis.analyses.detail_counts import detail_counts
from tlsrpt_analysis.analyses.ledger import ledger
from tlsrpt_analysis.analyses.numbering import (
    day_number,
    day_numbers,
    distinct_array,
    result_positions,
    summed,
)
from tlsrpt_analysis.analyses.policy.availability import Availability, availabilities
from tlsrpt_analysis.analyses.policy.reported import are_latest, mx_patterns
from tlsrpt_analysis.analyses.policy.witnesses import are_believed
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.tables import ReportTables

SHARED = ("policy_type", "reporter")
DETAIL = ("receiving_mx_hostname", "result_type", "failure_reason_code", "receiving_ip")
POLICY = ("policy_mode",)


def domain_cases(
    tables: ReportTables,
    selective: pd.DataFrame,
    mx_hosts: Mapping[str, frozenset[str]],
    *,
    each_alone: bool = False,
) -> Iterator[DomainCase]:
    """Yield the case of each policy domain; reports without a domain have none.

    With `each_alone`, the last day of all reports is that of the domain's own.
    """
    texts_of = {name: Texts() for name in (*SHARED, *DETAIL, *POLICY, "policy_domain")}
    policies, texts = _policies(tables, texts_of)
    counted = ledger(tables)
    policies |= {name: counted[name].to_numpy("int64") for name in (TESTED, PASSED)}
    domains = texts_of["policy_domain"].numbered(tables.policies["policy_domain"])
    available = availabilities(tables.policies[DOMAIN_DAY].join(counted))
    count, beyond = failed_sessions(tables)
    failures = _failures(tables, texts_of, policies["text"]) | {"count": count}
    failing = texts_of["policy_domain"].numbered(tables.failures["policy_domain"])
    failures_of = dict(by_domain(texts_of, failures, failing))
    is_beyond = beyond > 0
    left = {name: policies.get(name, np.zeros(len(beyond), "int64")) for name in failures}
    left = {name: column[is_beyond] for name, column in (left | {"count": beyond}).items()}
    beyond_of = dict(by_domain(texts_of, left, domains[is_beyond]))
    nothing = Rows(texts_of, {name: column[:0] for name, column in failures.items()}, domains[:0])
    faults = _selective_faults(selective)
    for number, rows in by_domain(texts_of, policies, domains):
        domain = texts_of["policy_domain"].texts[number]
        if domain:
            latest = texts[_latest(rows, "text")]
            yield DomainCase(
                policy_domain=domain,
                failures=failures_of.get(number, nothing),
                beyond=beyond_of.get(number, nothing),
                policies=rows,
                selective=faults.get(domain, []),
                texts=texts,
                patterns=latest.patterns,
                mode=texts_of["policy_mode"].texts[_latest(rows, "policy_mode")] or None,
                latest_text=latest.text,
                last_report_day=int((rows if each_alone else policies)["day"].max()),
                availability=available.get(domain, Availability()),
                mx_hosts=mx_hosts.get(domain, frozenset()),
            )


def failed_sessions(tables: ReportTables) -> tuple[Integers, Integers]:
    """Return for how many failed sessions each detail stands, and how many of each result are left.

    Details without a count share what the others of their policy result leave. Where details count
    more than their result, as they may where they overlap (RFC 8460 §4.4), nothing is left.
    """
    failures = tables.failures
    result = result_positions(tables.policies, failures)
    whole = tables.policies[FAILED].to_numpy("int64")
    count, is_unknown = detail_counts(failures["failed_session_count"], result, whole)
    left = np.maximum(whole - summed(result, count, len(whole)), 0)
    unknown = result[is_unknown]
    number = summed(unknown, np.ones(len(unknown)), len(whole))
    rank = pd.Series(unknown).groupby(unknown).cumcount().to_numpy("int64")
    parts = np.maximum(number, 1)[unknown]
    count[is_unknown] = left[unknown] // parts + (rank < left[unknown] % parts)
    return count, np.where(number > 0, 0, left)


def _latest(policies: Rows, column: str) -> int:
    """Return what the latest policy of most sessions has; 0 if not known."""
    known = policies.where((policies[column] > 0) & (policies["is_latest"] > 0))
    different = distinct_array(known[column])
    if len(different) < 2:
        return int(different.max(initial=0))
    numbers = distinct_array(known[column])
    sessions = np.bincount(known[column], known[SUCCEEDED] + known[FAILED])[numbers]
    return int(numbers[sessions == sessions.max()][-1])


def _policies(
    tables: ReportTables, texts_of: Mapping[str, Texts]
) -> tuple[dict[str, Integers], dict[int, PolicyText]]:
    frame = tables.policies
    columns = {name: texts_of[name].numbered(frame[name]) for name in (*SHARED, *POLICY)}
    columns["day"] = day_numbers(frame["day"])
    columns |= {name: frame[name].to_numpy("int64") for name in (SUCCEEDED, FAILED)}
    strings, hosts = Texts(), Texts()
    pairs = strings.numbered(frame["policy_string"]) << 32 | hosts.numbered(frame["mx_host"])
    pairs *= columns["policy_type"] == texts_of["policy_type"].number("sts")
    known, place = np.unique(np.append(pairs, 0), return_inverse=True)
    columns["text"] = place[:-1].astype("int64")
    columns["is_latest"] = _are_latest(frame)
    texts = {}
    for number, pair in enumerate(known.tolist()):
        text, names = strings.texts[pair >> 32], hosts.texts[pair & 0xFFFFFFFF]
        texts[number] = PolicyText(text, mx_patterns(text or None, names or None))
    return columns, texts


def _are_latest(policies: pd.DataFrame) -> Integers:
    """Return which rows show the latest MTA-STS policy of their domain that enough reporters saw."""
    is_sts = ((policies["policy_type"] == "sts") & policies["policy_domain"].notna()).to_numpy(
        "bool"
    )
    has_text = (policies["policy_string"].notna() | policies["mx_host"].notna()).to_numpy("bool")
    chosen = np.flatnonzero(is_sts & has_text)
    chosen = chosen[are_believed(policies.iloc[chosen])]
    latest = np.zeros(len(policies), "int64")
    latest[chosen[are_latest(policies.iloc[chosen])]] = 1
    return latest


def _failures(
    tables: ReportTables, texts_of: Mapping[str, Texts], texts: Integers
) -> dict[str, Integers]:
    frame = tables.failures
    columns = {name: texts_of[name].numbered(frame[name]) for name in (*SHARED, *DETAIL)}
    columns["day"] = day_numbers(frame["day"])
    place = result_positions(tables.policies, frame)
    columns["text"] = np.append(texts, 0)[place]  # -1, of no policy, is the last
    columns["place"] = np.arange(len(frame))
    return columns


def _selective_faults(selective: pd.DataFrame) -> dict[str, list[SelectiveFault]]:
    faults: dict[str, list[SelectiveFault]] = {}
    for row in selective.to_dict("records"):
        domain = row["policy_domain"]
        if isinstance(domain, str):
            faults.setdefault(domain, []).append(
                SelectiveFault(
                    policy_type=_text(row["policy_type"]),
                    reporter=_text(row["failing_reporter"]),
                    clean=frozenset(_text(row["clean_reporters"]).split(", ")),
                    result_type=_text(row["result_type"]),
                    host=_text(row["receiving_mx_hostname"]),
                    points_to=_text(row["points_to"]),
                    explanation=_text(row["explanation"]),
                    first=_number(row["since_low"], 0),
                    end=_number(row.get("over_since"), 2**31),
                    is_at_host=bool(row["is_at_host"]),
                )
            )
    return faults


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(day: object, otherwise: int) -> int:
    return day_number(day) if isinstance(day, pd.Timestamp) else otherwise
