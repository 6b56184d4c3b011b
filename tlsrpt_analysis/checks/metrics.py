"""What a check knows, as metrics for the textfile collector of Prometheus' node exporter.

Labels have bounded values: the verdicts and kinds of alerts, and the policy domains with most tested
sessions, as anybody can send a report about any domain. A name with what is not seen in it has none:
two of them may look alike, and one sample that stands twice costs all metrics of the file.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlsrpt_analysis.analyses.alerts.alert import Kind
from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact
from tlsrpt_analysis.analyses.impact.verdict import (
    ENFORCED_CLEAN,
    ENFORCED_REFUSING,
    NOT_READY,
    READY,
    TOO_LITTLE_DATA,
)
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.shown_texts import on_one_line

if TYPE_CHECKING:
    import pandas as pd

    from tlsrpt_analysis.checks.check import Check
    from tlsrpt_analysis.tables import ReportTables

MOST_DOMAINS = 200
"""So many domains have metrics of their own, those with most tested sessions; the others are counted."""

VERDICTS = (READY, NOT_READY, TOO_LITTLE_DATA, ENFORCED_CLEAN, ENFORCED_REFUSING)

DOMAIN = "policy_domain"
COLUMNS = (
    DOMAIN,
    "verdict",
    "tested_session_count",
    *(f"today_would_block_share{end}" for end in ("", "_low", "_high")),
)
"""What metrics take of the impact."""


@dataclass(frozen=True, slots=True)
class _Metric:
    """A gauge: its name, what it says, and its samples, each labels and a value."""

    name: str
    about: str
    samples: list[tuple[Mapping[str, str], float]]

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text format."""
        yield f"# HELP {self.name} {self.about}"
        yield f"# TYPE {self.name} gauge"
        for labels, value in self.samples:
            named = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            number = "NaN" if value != value else repr(float(value))  # noqa: PLR0124 - NaN
            yield f"{self.name}{{{named}}} {number}" if named else f"{self.name} {number}"


def domain_rows(tables: "ReportTables") -> "pd.DataFrame":
    """Return a row for each domain of some reports: its impact, last day and reporters."""
    policies = tables.policies
    seen = grouped(policies, [DOMAIN]).agg(
        last_day=("day", "max"), reporter_count=("reporter", "nunique")
    )
    rows = enforce_impact(tables).by_domain[list(COLUMNS)]
    rows = rows[rows[DOMAIN].notna().to_numpy("bool")].astype({DOMAIN: "str"})
    return rows.join(seen.rename(index=str), on=DOMAIN)


def metrics_text(
    check: "Check", domains: "pd.DataFrame", *, rejected: int, store_bytes: int, now: dt.datetime
) -> str:
    """Return the metrics of a check in the text format of Prometheus.

    Parameters
    ----------
    check : Check
        What the check found.
    domains : DataFrame
        The `domain_rows` of the same reports.
    rejected : int
        How many inputs of the store could not be read.
    store_bytes : int
        The size of the store.
    now : datetime.datetime
        The time of the check.
    """
    plain = domains[[on_one_line(name) == name for name in domains[DOMAIN]]]
    chosen = plain.sort_values("tested_session_count", ascending=False).head(MOST_DOMAINS)
    chosen = chosen.sort_values(DOMAIN)
    counts = Counter(str(alert.kind) for alert in check.alerts)
    verdicts = Counter(domains["verdict"].tolist())
    metrics = [
        *_of_domains(chosen),
        *_reports(chosen, now),
        _Metric(
            "tlsrpt_open_faults",
            "Faults that last.",
            _samples((name, check.open_fault_counts.get(name, 0)) for name in chosen[DOMAIN]),
        ),
        _Metric(
            "tlsrpt_alerts",
            "What was new in the last check, by kind.",
            [({"kind": kind.value}, counts[kind.value]) for kind in Kind],
        ),
        _Metric(
            "tlsrpt_domains",
            "Policy domains by verdict, all of them.",
            [({"verdict": each}, verdicts[each]) for each in VERDICTS],
        ),
        _single(
            "tlsrpt_domains_without_metrics",
            f"Policy domains beyond the {MOST_DOMAINS} with most tested sessions, and odd names.",
            len(domains) - len(chosen),
        ),
        _single("tlsrpt_rejected_inputs", "Inputs that could not be read.", rejected),
        _single("tlsrpt_last_check_timestamp_seconds", "When the last check ran.", now.timestamp()),
        _single("tlsrpt_store_bytes", "The size of the store.", store_bytes),
    ]
    return "".join(f"{line}\n" for metric in metrics for line in metric.lines())


def _of_domains(rows: "pd.DataFrame") -> Iterator[_Metric]:
    verdicts = zip(rows[DOMAIN], rows["verdict"], strict=True)
    yield _Metric(
        "tlsrpt_verdict",
        "1 for the verdict of the domain, 0 for the others.",
        [
            ({DOMAIN: name, "verdict": each}, float(each == verdict))
            for name, verdict in verdicts
            for each in VERDICTS
        ],
    )
    shares = {
        "": "The share of tested sessions refused today (a bound from above).",
        "_low": "The lower end of its interval of 95 %.",
        "_high": "The upper end of its interval of 95 %.",
    }
    for end, about in shares.items():
        samples = zip(rows[DOMAIN], rows[f"today_would_block_share{end}"], strict=True)
        yield _Metric(f"tlsrpt_refused_share{end}", about, _samples(samples))
    tested = zip(rows[DOMAIN], rows["tested_session_count"], strict=True)
    yield _Metric(
        "tlsrpt_tested_sessions", "Tested sessions in the last eight months.", _samples(tested)
    )


def _reports(rows: "pd.DataFrame", now: dt.datetime) -> Iterator[_Metric]:
    days = zip(rows[DOMAIN], rows["last_day"], strict=True)
    ends = [(str(name), day.timestamp() + 86_400) for name, day in days]
    yield _Metric(
        "tlsrpt_last_report_timestamp_seconds",
        "The end of the last complete day with a report.",
        _samples(ends),
    )
    yield _Metric(
        "tlsrpt_last_report_age_seconds",
        "How long that was ago when the check ran.",
        _samples((name, now.timestamp() - end) for name, end in ends),
    )
    counts = zip(rows[DOMAIN], rows["reporter_count"], strict=True)
    yield _Metric("tlsrpt_reporters", "Reporters in the last eight months.", _samples(counts))


def _samples(values: Iterable[tuple[str, float]]) -> list[tuple[Mapping[str, str], float]]:
    return [({DOMAIN: name}, float(value)) for name, value in values]


def _single(name: str, about: str, value: float) -> _Metric:
    return _Metric(name, about, [({}, value)])


def _escaped(text: str) -> str:
    return on_one_line(text).replace("\\", "\\\\").replace('"', '\\"')
