"""Months of reports with known truth, as tables: days cluster, volumes differ, faults begin or end."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tlsrpt_analysis.tables import Balance, ReportTables, empty_tables, frame_of

Counts = npt.NDArray[np.int64]

FIRST_DAY = dt.date(2026, 1, 1)
REPORTERS = ("Google", "Microsoft", "Mail.ru", "harbor.example")
TEXTS = tuple(
    f"version: STSv1\nmode: testing\n{mx}max_age: 604800"
    for mx in ("mx: mx1.example.com\n", "mx: mx1.example.com\nmx: mx2.example.com\n")
)
FAULT, OTHER_FAULT, SAME_FAULT = (
    "certificate-host-mismatch",
    "starttls-not-supported",
    "validation-failure",
)
"""Result types: two faults, and another name of the first."""

KINDS = (
    "no fault",
    "shared fault",
    "shared onset",
    "shared burst",
    "flakes",
    "single burst",
    "selective",
    "selective onset",
    "two names",
    "old text",
    "new text",
    "two causes",
    "fixed",
)
SHARES = (0.2, 0.3, 0.5, 0.9)
FEWEST_DAYS = 30

CLEAN_DAYS = 7
"""A burst of a single reporter is over for so long; until then it is a fault that lasts."""


FIXED_DAYS = 14
"""A fixed fault has been over for at least so long."""


@dataclass(frozen=True, slots=True)
class Month:
    """One simulated domain: its daily counts, reporters in columns, and what is true of them.

    `failures` are those of the fault, `types` its result type by each reporter, and
    `other_failures` those of a second fault that all reporters meet; `texts` are the policy texts.
    The one `failing` reporter meets the fault from `onset` to before `end`.
    """

    policy_domain: str
    kind: str
    sessions: Counts
    failures: Counts
    true_share: float
    failing: int | None = None
    onset: int = 0
    end: int | None = None
    types: tuple[str, ...] = (FAULT,) * len(REPORTERS)
    other_failures: Counts | None = None
    texts: Counts | None = None


def selective_months(
    generator: np.random.Generator, correlation: float, repeats: int
) -> list[Month]:
    """Return months of every kind, in turn."""
    return [
        _month(generator, correlation, kind, f"d{number}-{index}.example")
        for number in range(repeats)
        for index, kind in enumerate(KINDS)
    ]


def steady_months(
    generator: np.random.Generator,
    correlation: float,
    repeats: int,
    *,
    shares: tuple[float, float] = (0.01, 0.8),
) -> list[Month]:
    """Return months in which every reporter meets one fault with one share, between two bounds."""
    months = []
    for number in range(repeats):
        sessions = _sessions(generator)
        share = _share(generator, shares)
        chances = _chances(generator, share, correlation, (len(sessions), 1))
        failures = generator.binomial(sessions, np.broadcast_to(chances, sessions.shape))
        months.append(Month(f"d{number}.example", "steady", sessions, failures, share))
    return months


def months_of_runs(
    generator: np.random.Generator, repeats: int, *, shares: tuple[float, float]
) -> list[Month]:
    """Return months whose bad days come in runs of 2 to 8 days on average, as a Markov chain does."""
    months = []
    for number in range(repeats):
        sessions = _sessions(generator)
        length, wanted = generator.uniform(2, 8), _share(generator, shares)
        failing = generator.uniform(max(0.3, 1.05 * wanted), 0.95)
        begins = min(1.0, wanted / failing / (1 - wanted / failing) / length)
        bad_days = begins / (begins + 1 / length)
        is_bad = np.zeros(len(sessions), "bool")
        is_bad[0] = generator.random() < bad_days
        for day, chance in enumerate(generator.random(len(sessions) - 1), 1):
            is_bad[day] = chance < (1 - 1 / length if is_bad[day - 1] else begins)
        failures = generator.binomial(sessions, failing * is_bad[:, None])
        share = float(bad_days * failing)
        months.append(Month(f"d{number}.example", "runs", sessions, failures, share))
    return months


def tables_of_months(months: list[Month]) -> ReportTables:
    """Build the frames as a load would, one report a reporter, domain and day."""
    names = ("policy_domain", "reporter", "day", "text", "sessions", "type")
    columns: dict[str, list[object]] = {name: [] for name in (*names, "failures", "others")}
    for month in months:
        days, reporters = np.nonzero(month.sessions)
        nothing = np.zeros_like(month.sessions)
        texts = nothing if month.texts is None else month.texts
        others = nothing if month.other_failures is None else month.other_failures
        columns["policy_domain"] += [month.policy_domain] * len(days)
        columns["reporter"] += [REPORTERS[index] for index in reporters]
        columns["type"] += [month.types[index] for index in reporters]
        columns["day"] += [FIRST_DAY + dt.timedelta(int(day)) for day in days]
        columns["text"] += [TEXTS[index] for index in texts[days, reporters]]
        for name, counts in (
            ("sessions", month.sessions),
            ("failures", month.failures),
            ("others", others),
        ):
            columns[name] += counts[days, reporters].tolist()
    return _tables(columns)


def _tables(columns: dict[str, list[object]]) -> ReportTables:
    size = len(columns["day"])
    keys = list(range(size))
    known = {name: columns[name] for name in ("reporter", "day", "policy_domain")}
    known |= {"policy_key": keys, "report_key": keys}
    known |= {"policy_type": ["sts"] * size, "policy_mode": ["testing"] * size}
    failed = np.array([columns["failures"], columns["others"]], "int64")
    total = failed.sum(axis=0)
    policies = known | {
        "policy_string": columns["text"],
        "mx_host": [None] * size,
        "total_successful_session_count": (np.array(columns["sessions"]) - total).tolist(),
        "total_failure_session_count": total.tolist(),
    }
    faults, failing = np.nonzero(failed)
    details: dict[str, list[object]] = {
        name: [values[index] for index in failing] for name, values in known.items()
    }
    texts = ("failure_reason_code", "receiving_mx_helo", "receiving_ip", "sending_mta_ip")
    details |= {name: [None] * len(failing) for name in (*texts, "additional_information")}
    details["result_type"] = [
        OTHER_FAULT if fault else columns["type"][index]
        for fault, index in zip(faults, failing, strict=True)
    ]
    details["receiving_mx_hostname"] = ["mx1.example.com"] * len(failing)
    details["failed_session_count"] = failed[faults, failing].tolist()
    empty = empty_tables()
    return ReportTables(
        empty.reports,
        frame_of("policies", policies),
        frame_of("failures", details),
        empty.problems,
        Balance(),
    )


def _share(generator: np.random.Generator, bounds: tuple[float, float]) -> float:
    return float(np.exp(generator.uniform(*np.log(bounds))))


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
    elif kind in {"two names", "old text"}:
        return _shared_by_name_or_text(generator, correlation, kind, name)
    elif kind in {"new text", "two causes", "fixed"}:
        return _lasting(generator, correlation, kind, name)
    elif kind.startswith("selective"):
        failing = int(generator.integers(len(REPORTERS)))
        chances[:, failing] = _chances(generator, share, correlation, (days,))
        latest = days - FEWEST_DAYS
        onset = int(generator.integers(5, latest)) if kind == "selective onset" else 0
    chances[:onset] = 0
    failures = generator.binomial(sessions, chances)
    return Month(name, kind, sessions, failures, share, failing, onset)


def _shared_by_name_or_text(
    generator: np.random.Generator, correlation: float, kind: str, name: str
) -> Month:
    """Return a fault that all meet by two names, or all who see the old policy text: faultless."""
    sessions = _sessions(generator)
    share = float(generator.choice(SHARES))
    chances = _chances(generator, share, correlation, sessions.shape)
    if kind == "two names":
        types = tuple(generator.permutation([FAULT, FAULT, SAME_FAULT, SAME_FAULT]).tolist())
        failures = generator.binomial(sessions, chances)
        return Month(name, kind, sessions, failures, share, types=types)
    texts = np.ones(sessions.shape, "int64")
    texts[: int(generator.integers(2, 10))] = 0
    texts[:, int(generator.integers(len(REPORTERS)))] = 0
    failures = generator.binomial(sessions, np.where(texts == 0, chances, 0))
    return Month(name, kind, sessions, failures, share, texts=texts)


def _lasting(generator: np.random.Generator, correlation: float, kind: str, name: str) -> Month:
    """Return one reporter's fault, across a change of the policy, beside another, or fixed."""
    sessions = _sessions(generator)
    days = len(sessions)
    share, failing = float(generator.choice(SHARES)), int(generator.integers(len(REPORTERS)))
    chances = np.zeros(sessions.shape)
    chances[:, failing] = _chances(generator, share, correlation, (days,))
    onset, end, texts, others = 0, None, None, None
    if kind == "fixed":
        onset = int(generator.integers(0, days - FEWEST_DAYS - FIXED_DAYS + 1))
        end = int(generator.integers(onset + FEWEST_DAYS, days - FIXED_DAYS + 1))
        chances[:onset], chances[end:] = 0, 0
    elif kind == "new text":
        change = generator.integers(5, days - 15) + generator.integers(0, 4, len(REPORTERS))
        texts = (np.arange(days)[:, None] >= change).astype("int64")
    failures = generator.binomial(sessions, chances)
    if kind == "two causes":
        shared = float(generator.choice([0.02, 0.1, 0.2, 0.5]))
        both = _chances(generator, shared, correlation, sessions.shape)
        others = generator.binomial(sessions - failures, both)
    return Month(
        name,
        kind,
        sessions,
        failures,
        share,
        failing,
        onset,
        end,
        texts=texts,
        other_failures=others,
    )


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
