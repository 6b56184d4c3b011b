"""Months of reports with known truth, as tables: days cluster, volumes differ, faults begin or end."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tlsrpt_analysis.tables import Balance, ReportTables, empty_tables, frame_of

Counts = npt.NDArray[np.int64]

FIRST_DAY = dt.date(2026, 1, 1)
REPORTERS = ("Google", "Microsoft", "Mail.ru", "harbor.example")
POLICY = "version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 604800"
KINDS = (
    "no fault",
    "shared fault",
    "shared onset",
    "shared burst",
    "flakes",
    "single burst",
    "selective",
    "selective onset",
)
SHARES = (0.2, 0.3, 0.5, 0.9)
FEWEST_DAYS = 30

CLEAN_DAYS = 7
"""A burst of a single reporter is over for so long; until then it is a fault that lasts."""


@dataclass(frozen=True, slots=True)
class Month:
    """One simulated domain: its daily counts, reporters in columns, and what is true of them."""

    policy_domain: str
    kind: str
    sessions: Counts
    failures: Counts
    true_share: float
    failing: int | None = None
    onset: int = 0


def selective_months(
    generator: np.random.Generator, correlation: float, repeats: int
) -> list[Month]:
    """Give months of every kind, in turn."""
    return [
        _month(generator, correlation, kind, f"d{number}-{index}.example")
        for number in range(repeats)
        for index, kind in enumerate(KINDS)
    ]


def steady_months(generator: np.random.Generator, correlation: float, repeats: int) -> list[Month]:
    """Give months in which every reporter meets one fault with one share, of 1 to 80 %."""
    months = []
    for number in range(repeats):
        sessions = _sessions(generator)
        share = float(np.exp(generator.uniform(np.log(0.01), np.log(0.8))))
        chances = _chances(generator, share, correlation, (len(sessions), 1))
        failures = generator.binomial(sessions, np.broadcast_to(chances, sessions.shape))
        months.append(Month(f"d{number}.example", "steady", sessions, failures, share))
    return months


def tables_of_months(months: list[Month]) -> ReportTables:
    """Build the frames as a load would, one report a reporter, domain and day."""
    columns: dict[str, list[object]] = {
        name: [] for name in ("policy_domain", "reporter", "day", "successes", "failures")
    }
    for month in months:
        days, reporters = np.nonzero(month.sessions)
        failed = month.failures[days, reporters]
        columns["policy_domain"] += [month.policy_domain] * len(days)
        columns["reporter"] += [REPORTERS[index] for index in reporters]
        columns["day"] += [FIRST_DAY + dt.timedelta(int(day)) for day in days]
        columns["successes"] += (month.sessions[days, reporters] - failed).tolist()
        columns["failures"] += failed.tolist()
    return _tables(columns)


def _tables(columns: dict[str, list[object]]) -> ReportTables:
    size = len(columns["day"])
    keys = list(range(size))
    known = {name: columns[name] for name in ("reporter", "day", "policy_domain")}
    known |= {"policy_key": keys, "report_key": keys}
    known |= {"policy_type": ["sts"] * size, "policy_mode": ["testing"] * size}
    policies = known | {
        "policy_string": [POLICY] * size,
        "mx_host": [None] * size,
        "total_successful_session_count": columns["successes"],
        "total_failure_session_count": columns["failures"],
    }
    failing = [index for index in keys if columns["failures"][index]]
    details: dict[str, list[object]] = {
        name: [values[index] for index in failing] for name, values in known.items()
    }
    told = ("failure_reason_code", "receiving_mx_helo", "receiving_ip", "sending_mta_ip")
    details |= {name: [None] * len(failing) for name in (*told, "additional_information")}
    details["result_type"] = ["validation-failure"] * len(failing)
    details["receiving_mx_hostname"] = ["mx1.example.com"] * len(failing)
    details["failed_session_count"] = [columns["failures"][index] for index in failing]
    empty = empty_tables()
    return ReportTables(
        empty.reports,
        frame_of("policies", policies),
        frame_of("failures", details),
        empty.problems,
        Balance(),
    )


def _month(generator: np.random.Generator, correlation: float, kind: str, name: str) -> Month:
    sessions = _sessions(generator)
    days = len(sessions)
    chances = np.zeros(sessions.shape)
    failing, onset, share = None, 0, float(generator.choice(SHARES))
    if kind in {"shared fault", "shared onset"}:
        share = float(generator.choice([0.02, 0.1, *SHARES]))
        chances = _chances(generator, share, correlation, sessions.shape)
        onset = int(generator.integers(10, days - 10)) if kind == "shared onset" else 0
    elif kind == "shared burst":
        begin = int(generator.integers(5, days - 10))
        chances[begin : begin + int(generator.integers(2, 7))] = share
    elif kind == "single burst":
        length = int(generator.integers(5, 16))
        begin = int(generator.integers(5, days - length - CLEAN_DAYS + 1))
        reporter = int(generator.integers(len(REPORTERS)))
        chances[begin : begin + length, reporter] = _chances(
            generator, share, correlation, (length,)
        )
    elif kind == "flakes":
        for reporter in range(len(REPORTERS)):
            bad = generator.choice(days, size=int(generator.integers(0, 4)), replace=False)
            chances[bad, reporter] = 0.9
    elif kind.startswith("selective"):
        failing = int(generator.integers(len(REPORTERS)))
        chances[:, failing] = _chances(generator, share, correlation, (days,))
        latest = days - FEWEST_DAYS
        onset = int(generator.integers(5, latest)) if kind == "selective onset" else 0
    chances[:onset] = 0
    failures = generator.binomial(sessions, chances)
    return Month(name, kind, sessions, failures, share, failing, onset)


def _sessions(generator: np.random.Generator) -> Counts:
    days = int(generator.integers(45, 121))
    means = 10 ** generator.uniform(0, 3, len(REPORTERS))
    return generator.poisson(means, (days, len(REPORTERS)))


def _chances(
    generator: np.random.Generator, share: float, correlation: float, size: tuple[int, ...]
) -> npt.NDArray[np.float64]:
    """Draw each day's chance of failure; sessions of a day then correlate as wanted."""
    if not correlation:
        return np.full(size, share)
    scale = (1 - correlation) / correlation
    return generator.beta(share * scale, (1 - share) * scale, size)
