"""A year of reports with any number of failure details, as tables and in no time."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables, empty_tables

FIRST_DAY = dt.date(2025, 1, 1)
DAYS = 365
REPORTERS = ("Google", "Microsoft", "Mail.ru", "harbor.example", "post.example", "mox.example")
"""The last one counts some details beside its totals."""

HOSTS = 4
"""So many MX hosts a domain; the last one is not in its policy, the third has never failed."""

CAUSES = (
    ("certificate-expired", None),
    ("certificate-host-mismatch", None),
    ("certificate-not-trusted", "X509_V_ERR_CERT_UNTRUSTED"),
    ("starttls-not-supported", None),
    ("validation-failure", "MX_HOSTS_MISMATCH"),
    ("sts-policy-fetch-error", None),
)
CAUSE_SHARES = (0.3, 0.25, 0.2, 0.1, 0.1, 0.05)
HOST_SHARES = (0.45, 0.35, 0.0, 0.1)
"""The rest of the details name no host."""

REPORTED = 0.9
OPEN_SHARE, ENFORCED_SHARE = 0.2, 0.3
ADDRESSES = 40

HOPELESS_SHARE = 0.03
"""So many of the failing days of a reporter have no success at all."""

Integers = npt.NDArray[np.int64]


def failure_year(details: int, *, domains: int = 50, seed: int = 8460) -> ReportTables:
    """Return a year of reports about some domains, with exactly so many failure details.

    Each reporter has its own volume and failing share in each domain; some details overlap, some
    are missing, and some domains turn to enforce mode or have a wildcard policy.

    Examples
    --------
    >>> len(failure_year(1000, domains=2).failures)
    1000
    """
    generator = np.random.default_rng(seed)
    domain, reporter, day = np.unravel_index(
        np.flatnonzero(generator.random(domains * len(REPORTERS) * DAYS) < REPORTED),
        (domains, len(REPORTERS), DAYS),
    )
    volume = np.exp(generator.uniform(np.log(2), np.log(2000), (domains, len(REPORTERS))))
    sessions = 1 + generator.poisson(volume[domain, reporter])
    block = np.sort(_failing_blocks(generator, domain, reporter, details))
    count = 1 + generator.poisson(2, details)
    counted = np.bincount(block, count, len(day)).astype("int64")
    fewer = generator.choice([0, 0, 0, 0, -1, 2], len(day))
    is_beside = reporter == len(REPORTERS) - 1
    overlaps = is_beside | (counted > 2 * _largest(block, count, len(day)))
    failed = np.maximum(0, counted + np.where((counted > 0) & (overlaps | (fewer > 0)), fewer, 0))
    is_hopeless = (generator.random(len(day)) < HOPELESS_SHARE) & (counted > 0)
    policies = _policies(generator, domain, reporter, day, domains) | {
        "total_successful_session_count": np.where(is_hopeless, 0, sessions),
        "total_failure_session_count": failed,
    }
    host = _hosts(generator, domain[block])
    cause = generator.choice(len(CAUSES), details, p=CAUSE_SHARES)
    address = generator.integers(0, ADDRESSES, details)
    whole = pd.DataFrame(policies)
    shared = [name for name in SCHEMAS["failures"] if name in policies]
    failures = whole[shared].take(block).reset_index(drop=True)
    failures["result_type"] = _texts([kind for kind, _ in CAUSES], cause)
    failures["failure_reason_code"] = _texts([code for _, code in CAUSES], cause)
    names = [f"mx{number}.d{index}.example" for index in range(domains) for number in range(HOSTS)]
    failures["receiving_mx_hostname"] = _texts(names, host)
    addresses = [f"192.0.2.{number}" for number in range(ADDRESSES)]
    failures["receiving_ip"] = _texts(addresses, address)
    failures["sending_mta_ip"] = _texts(addresses, address[::-1])
    for empty in ("receiving_mx_helo", "additional_information"):
        failures[empty] = _texts([], np.full(details, -1))
    unknown = generator.random(details) < 0.001
    failures["failed_session_count"] = pd.arrays.IntegerArray(count.astype("int64"), unknown)
    nothing = empty_tables()
    return ReportTables(
        nothing.reports,
        whole[list(SCHEMAS["policies"])],
        failures[list(SCHEMAS["failures"])],
        nothing.problems,
        Balance(),
    )


def _failing_blocks(
    generator: np.random.Generator, domain: Integers, reporter: Integers, details: int
) -> Integers:
    """Choose the policy result of each detail; domains and reporters fail in different measure."""
    domains = int(domain.max()) + 1
    weight = generator.gamma(0.7, 1.0, (domains, len(REPORTERS))) + 0.02
    chance = weight[domain, reporter] * (generator.random(len(domain)) < 0.7)
    return generator.choice(len(domain), details, p=chance / chance.sum()).astype("int64")


def _largest(block: Integers, count: Integers, size: int) -> Integers:
    largest = np.zeros(size, "int64")
    np.maximum.at(largest, block, count)
    return largest


def _hosts(generator: np.random.Generator, domain: Integers) -> Integers:
    chosen = generator.choice(
        HOSTS + 1, len(domain), p=(*HOST_SHARES, 1 - sum(HOST_SHARES))
    ).astype("int64")
    return np.where(chosen < HOSTS, domain * HOSTS + chosen, -1)


def _policies(
    generator: np.random.Generator,
    domain: Integers,
    reporter: Integers,
    day: Integers,
    domains: int,
) -> dict[str, object]:
    """Return the columns of the policy results but their totals."""
    is_open = generator.random(domains) < OPEN_SHARE
    turns = np.where(generator.random(domains) < ENFORCED_SHARE, DAYS * 2 // 3, DAYS)
    mode = (day >= turns[domain]).astype("int64")
    modes = ("testing", "enforce")
    texts = [_policy(index, kind, is_open=bool(is_open[index]))
             for index in range(domains) for kind in modes]  # fmt: skip
    dates = pd.date_range(FIRST_DAY, periods=DAYS, unit="s")
    size = len(day)
    return {
        "policy_key": np.arange(size),
        "report_key": np.arange(size),
        "reporter": _texts(REPORTERS, reporter),
        "day": dates.take(day),
        "policy_domain": _texts([f"d{index}.example" for index in range(domains)], domain),
        "policy_type": _texts(["sts"], np.zeros(size, "int64")),
        "policy_mode": _texts(modes, mode),
        "policy_string": _texts(texts, domain * 2 + mode),
        "mx_host": _texts([], np.full(size, -1)),
    }


def _policy(index: int, mode: str, *, is_open: bool) -> str:
    hosts = [f"*.d{index}.example"] if is_open else [
        f"mx{number}.d{index}.example" for number in range(HOSTS - 1)
    ]  # fmt: skip
    lines = "".join(f"mx: {host}\n" for host in hosts)
    return f"version: STSv1\nmode: {mode}\n{lines}max_age: 604800"


def _texts(
    names: "tuple[str | None, ...] | list[str] | list[str | None]", codes: Integers
) -> pd.Categorical:
    """Return texts by their position as a load would: sorted categories without unused ones."""
    categories, position = np.unique([name for name in names if name], return_inverse=True)
    place = np.full(len(names) + 1, -1, "int64")
    place[[number for number, name in enumerate(names) if name]] = position
    whole = pd.Categorical.from_codes(
        place[codes], categories=pd.Index(categories.tolist(), dtype="str")
    )
    return whole.remove_unused_categories()
