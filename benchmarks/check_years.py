"""Years of reports about many domains, and the day on which each report arrives: clean, or with one fault.

Counts are drawn for each sender and day as binomials; a day's chance is Beta-distributed, so that
its sessions share their fate. Days on which a sender sends nothing have no report.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.domain_drafts import CORRELATIONS, log_uniform
from benchmarks.failure_year import FIRST_DAY, _texts
from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables, empty_tables

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Generator = np.random.Generator

BEFORE, YEAR = 90, 365
DAYS = BEFORE + YEAR + 12
"""The first check is after `BEFORE` days; after a year of checks late reports still arrive."""

NAMES = ("Google", "Microsoft", "Mail.ru", "harbor.example", "post.example", "letters.example")
EXPIRED, NAME, OTHER = "certificate-expired", "certificate-host-mismatch", "validation-failure"
FETCH = "sts-policy-fetch-error"
TLSA = "tlsa-invalid"
TYPES = (EXPIRED, NAME, OTHER, FETCH, TLSA)
STRAYS = (1e-5, 1e-3)
APPLIED, NOT_FOUND, NOT_FETCHED, UNDER_DANE = range(4)


@dataclass(slots=True, eq=False)
class Year:
    """A domain in the making; arrays have days by senders.

    `chances` are those of a session to fail by type, day and sender, at `hosts` MX hosts;
    `fault_day` is the day from which the fault stands, `at_fault` the senders that meet it, and
    `kinds` the alerts that find it. Senders with a share in `dane` list their sessions under DANE as
    well, of which so many fail there.
    """

    generator: Generator
    volume: Floats
    hosts: int
    weights: Floats
    late: Integers
    policy: Integers
    sent: npt.NDArray[np.bool_]
    correlation: float
    chances: dict[tuple[str, int], Floats] = field(default_factory=dict)
    drawn: dict[tuple[str, int], Floats] = field(default_factory=dict)
    mode: str = "testing"
    begins: int = BEFORE
    fault_day: int = -1
    at_fault: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    dane: dict[int, Floats] = field(default_factory=dict)

    @property
    def senders(self) -> int:
        """How many senders there are."""
        return int(self.volume.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """Days and senders."""
        return DAYS, self.senders

    def is_found(self, when: int, kind: str, senders: set[int]) -> bool:
        """Whether an alert of a day finds the fault; one without senders is about all of them."""
        is_of = self.fault_day >= 0 and kind in self.kinds and when > self.fault_day
        return is_of and (not senders or bool(senders & {*self.at_fault}))

    def fail(self, result_type: str, host: int, share: Floats | float) -> None:
        """Add a chance that a session at a host fails, of days by senders."""
        whole = np.broadcast_to(np.asarray(share, float), self.shape)
        self.chances[result_type, host] = np.minimum(
            1.0, self.chances.get((result_type, host), np.zeros(self.shape)) + whole
        )


def drafted(generator: Generator, volume: tuple[float, float] = (10, 100_000)) -> Year:
    """Return a clean year of a domain: senders of unequal size, weekends, stray failures."""
    count = int(generator.integers(2, 7))
    shares = np.sort(generator.dirichlet(np.ones(count)))[::-1]
    whole = np.maximum(0.3, log_uniform(generator, *volume) * shares)
    noise = np.exp(generator.normal(0, 0.3, (DAYS, count)))
    is_weekend = (np.arange(DAYS) % 7 >= 5)[:, None]
    weekend = np.where(is_weekend, generator.uniform(0.1, 1.0, count), 1.0)
    hosts = int(generator.choice([1, 2, 2, 3]))
    year = Year(
        generator,
        whole * noise * weekend,
        hosts,
        np.array([generator.dirichlet(np.full(hosts, 2.0)) for _ in range(count)]),
        generator.choice([1, 1, 1, 2], (DAYS, count)),
        np.full((DAYS, count), APPLIED),
        np.ones((DAYS, count), "bool"),
        float(generator.choice(CORRELATIONS)),
    )
    year.mode = str(generator.choice(["testing", "enforce"]))
    if generator.random() < 0.7:
        kind = str(generator.choice(TYPES[:3]))
        year.fail(kind, int(generator.integers(hosts)), log_uniform(generator, *STRAYS))
    return year


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports of some domains; `arrival` has the day on which each row of ``policies`` came."""

    tables: ReportTables
    arrival: Integers


def reports_of(years: list[Year]) -> Reports:
    """Draw the sessions of all years, and return what is reported about them."""
    rows, details = [], []
    count = 0
    for number, year in enumerate(years):
        own, failed = _rows(year, number, count)
        count += len(own)
        rows.append(own)
        details.append(failed)
    policies = pd.concat(rows, ignore_index=True)
    return Reports(_tables(policies, pd.concat(details, ignore_index=True)),
                   policies["arrival"].to_numpy("int64"))  # fmt: skip


def _rows(year: Year, number: int, first_key: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    generator = year.generator
    sessions = generator.poisson(year.volume)
    left = np.stack([generator.multinomial(sessions[:, at], year.weights[at])
                     for at in range(year.senders)], axis=1)  # fmt: skip
    failures = {}
    for (kind, host), share in _drawn(year).items():
        failed = generator.binomial(left[:, :, host], share)
        left[:, :, host] -= failed
        failures[kind, host] = failed
    day, at = np.nonzero((sessions > 0) & year.sent)
    policy = year.policy[day, at]
    tested = policy == APPLIED
    total = sum(failures.values(), np.zeros(year.shape, "int64"))[day, at] * tested
    total = np.where(policy == NOT_FETCHED, sessions[day, at], total)
    rows = pd.DataFrame(
        {
            "policy_key": first_key + np.arange(len(day)),
            "domain": number,
            "sender": at,
            "day": day,
            "policy": policy,
            "is_enforced": year.mode == "enforce",
            "total_successful_session_count": sessions[day, at] - total,
            "total_failure_session_count": total,
            "arrival": day + year.late[day, at],
        }
    )
    parts = [
        _details(rows, counts[day, at] * tested, kind, host)
        for (kind, host), counts in failures.items()
    ]
    gone = np.where(policy == NOT_FETCHED, sessions[day, at], 0)
    parts.append(_details(rows, gone, FETCH, 0))
    listed, failed = _under_dane(year, rows, sessions, first_key)
    return pd.concat([rows, listed], ignore_index=True), pd.concat(
        [*parts, failed], ignore_index=True
    )


def _under_dane(
    year: Year, rows: pd.DataFrame, sessions: Integers, first_key: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the same sessions again, as they are listed under DANE, and their failures."""
    listed = rows[rows["sender"].isin(list(year.dane))].reset_index(drop=True)
    share = np.zeros(year.shape)
    for sender, own in year.dane.items():
        share[:, sender] = own
    day, at = listed["day"].to_numpy(), listed["sender"].to_numpy()
    failed = year.generator.binomial(sessions[day, at], share[day, at])
    listed = listed.assign(
        policy_key=first_key + len(rows) + np.arange(len(listed)),
        policy=UNDER_DANE,
        total_successful_session_count=sessions[day, at] - failed,
        total_failure_session_count=failed,
    )
    return listed, _details(listed, failed, TLSA, 0)


def _details(rows: pd.DataFrame, counts: Integers, kind: str, host: int) -> pd.DataFrame:
    some = rows[counts > 0]
    shared = ["policy_key", "domain", "sender", "day", "policy", "is_enforced"]
    return some[shared].assign(
        kind=TYPES.index(kind), host=-1 if kind == FETCH else host, count=counts[counts > 0]
    )


def _drawn(year: Year) -> dict[tuple[str, int], Floats]:
    """Return each day's chances, those of correlated days drawn anew."""
    found = dict(year.drawn)
    for key, share in year.chances.items():
        if not year.correlation:
            found[key] = np.minimum(1, found.get(key, 0) + share)
            continue
        size = 1 / year.correlation - 1
        is_open = (share > 0) & (share < 1)
        mean = np.where(is_open, share, 0.5)
        drawn = np.where(is_open, year.generator.beta(mean * size, (1 - mean) * size), share)
        found[key] = np.minimum(1, found.get(key, 0) + drawn)
    return {key: np.broadcast_to(share, year.shape) for key, share in found.items()}


def _tables(rows: pd.DataFrame, details: pd.DataFrame) -> ReportTables:
    names = [f"d{number}.example" for number in range(int(rows["domain"].max()) + 1)]
    dates = pd.date_range(FIRST_DAY, periods=DAYS, unit="s")

    def shared(frame: pd.DataFrame) -> dict[str, object]:
        policy, enforced = frame["policy"].to_numpy(), frame["is_enforced"].to_numpy("int64")
        mode = np.where(policy == APPLIED, enforced, -1)
        return {
            "policy_key": frame["policy_key"].to_numpy("int64"),
            "report_key": frame["policy_key"].to_numpy("int64"),
            "reporter": _texts(NAMES, frame["sender"].to_numpy()),
            "day": dates.take(frame["day"].to_numpy()),
            "policy_domain": _texts(names, frame["domain"].to_numpy()),
            "policy_type": _texts(
                ["no-policy-found", "sts", "tlsa"], np.array([1, 0, 1, 2])[policy]
            ),
            "policy_mode": _texts(["testing", "enforce"], mode),
        }

    hosts = "".join(f"mx: mx{at}.example.com\n" for at in range(1, 4))
    texts = [
        f"version: STSv1\nmode: {mode}\n{hosts}max_age: 604800" for mode in ("testing", "enforce")
    ]
    applied = np.where(
        rows["policy"].to_numpy() == APPLIED, rows["is_enforced"].to_numpy("int64"), -1
    )
    policies = shared(rows) | {
        "policy_string": _texts(texts, applied),
        "mx_host": _texts([], np.full(len(rows), -1)),
        **{name: rows[name].to_numpy("int64") for name in SCHEMAS["policies"] if "total_" in name},
    }
    host = details["host"].to_numpy("int64")
    empty = _texts([], np.full(len(details), -1))
    failures = dict.fromkeys(SCHEMAS["failures"], empty) | shared(details) | {
        "result_type": _texts(TYPES, details["kind"].to_numpy("int64")),
        "receiving_mx_hostname": _texts([f"mx{at}.example.com" for at in range(1, 4)], host),
        "failed_session_count": pd.array(details["count"].to_numpy("int64"), dtype="Int64"),
    }  # fmt: skip
    nothing = empty_tables()
    return ReportTables(
        nothing.reports,
        pd.DataFrame(policies)[list(SCHEMAS["policies"])],
        pd.DataFrame(failures)[list(SCHEMAS["failures"])],
        nothing.problems,
        Balance(),
    )
