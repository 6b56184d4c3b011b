"""The families of simulated years: clean ones, those that break an assumption, and faults."""

from collections.abc import Callable

import numpy as np

from benchmarks.check_years import (
    BEFORE,
    DAYS,
    EXPIRED,
    FETCH,
    NAME,
    NOT_FETCHED,
    NOT_FOUND,
    OTHER,
    STRAYS,
    YEAR,
    Generator,
    Year,
    drafted,
)
from benchmarks.domain_drafts import log_uniform

LARGE_SESSIONS = 20
"""A large reporter has so many sessions a day, or more."""


def _clean(generator: Generator) -> Year:
    return drafted(generator)


def _small(generator: Generator) -> Year:
    return drafted(generator, (0.5, 10))


def _new(generator: Generator) -> Year:
    year = drafted(generator)
    year.begins = 7
    return year


def _business(generator: Generator) -> Year:
    year = drafted(generator)
    for at in range(year.senders):
        if generator.random() < 0.5:
            year.volume[np.arange(DAYS) % 7 >= 5, at] = 0
    return year


def _irregular(generator: Generator) -> Year:
    """Each sender writes on days of its own: at random, or once a week or a fortnight."""
    year = drafted(generator)
    for at in range(1, year.senders):
        step = int(generator.choice([0, 0, 7, 14]))
        rate = log_uniform(generator, 0.05, 0.7)
        writes = generator.random(DAYS) < rate
        if step:
            writes = np.arange(DAYS) % step == int(generator.integers(step))
        year.volume[:, at] *= writes
    return year


def _growing(generator: Generator) -> Year:
    """Traffic grows or shrinks up to thirtyfold, and a sender is new in the year."""
    year = drafted(generator)
    growth = log_uniform(generator, 1 / 10, 30)
    year.volume *= (growth ** (np.arange(DAYS) / DAYS))[:, None]
    begin = int(generator.integers(BEFORE + 10, DAYS - 60))
    year.volume[:begin, int(generator.integers(1, year.senders))] = 0
    return year


def _late(generator: Generator) -> Year:
    """Let reports arrive up to twelve days late, out of order, or never."""
    year = drafted(generator)
    usual = generator.integers(1, 5, year.senders)
    year.late = usual + generator.geometric(0.6, year.shape) - 1
    is_very = generator.random(year.shape) < 0.03
    year.late[is_very] += generator.integers(1, 8, year.shape)[is_very]
    year.sent = generator.random(year.shape) >= 0.04
    return year


def _fetches(generator: Generator) -> Year:
    """Now and then some sessions of a sender's day cannot fetch the policy."""
    year = drafted(generator)
    is_bad = generator.random(year.shape) < log_uniform(generator, 0.005, 0.05)
    year.drawn[FETCH, 0] = is_bad * generator.uniform(0.01, 1.0, year.shape)
    return year


def _under_dane(generator: Generator) -> Year:
    """Let half of the senders list their sessions under DANE as well, with stray failures there."""
    year = drafted(generator)
    for at in range(year.senders):
        if generator.random() < 0.5:
            mean = np.full(DAYS, log_uniform(generator, *STRAYS))
            size = 1 / max(year.correlation, 0.01) - 1
            year.dane[at] = generator.beta(mean * size, (1 - mean) * size)
    return year


def _skipping(generator: Generator) -> Year:
    """Senders that never apply a policy in testing mode, and one that is new."""
    year = drafted(generator)
    year.policy[:, -1] = NOT_FOUND
    year.volume[: int(generator.integers(BEFORE, DAYS - 60)), -1] = 0
    return year


def _single_bad_days(generator: Generator, *, is_common: bool = False) -> Year:
    year = drafted(generator)
    bad = generator.random((DAYS, 1 if is_common else year.senders)) < 1 / generator.uniform(30, 90)
    at = 0 if is_common else int(generator.integers(year.senders))
    share = bad[:, [at]] * generator.uniform(0.3, 0.95, (DAYS, 1))
    own = np.zeros(year.shape)
    own[:, slice(None) if is_common else slice(at, at + 1)] = share
    year.drawn[OTHER, 0] = own
    return year


def _common_bad_days(generator: Generator) -> Year:
    return _single_bad_days(generator, is_common=True)


def _runs(generator: Generator) -> Year:
    """Bad days in runs of two to four days, about four a year: small faults that pass."""
    year = drafted(generator)
    share = np.zeros(DAYS)
    for _ in range(generator.poisson(4 * DAYS / YEAR)):
        begin = int(generator.integers(DAYS - 5))
        share[begin : begin + int(generator.integers(2, 5))] = generator.uniform(0.3, 0.95)
    year.drawn[OTHER, 0] = np.broadcast_to(share[:, None], year.shape)
    return year


def _correlated(generator: Generator) -> Year:
    """Failures are one in 300 sessions, and those of a day share their fate more than supposed."""
    year = drafted(generator)
    year.correlation = 0.6
    year.fail(OTHER, 0, log_uniform(generator, 1e-3, 1e-2))
    return year


def _holidays(generator: Generator) -> Year:
    """Those who write on workdays are away for a fortnight, for the first time in the year."""
    year = _business(generator)
    begin = int(generator.integers(BEFORE + 30, DAYS - 60))
    for at in range(year.senders):
        if not year.volume[5, at]:
            year.volume[begin : begin + 14, at] = 0
    return year


def _weekend_failures(generator: Generator) -> Year:
    """At weekends, when a host is restarted, 1 to 5 % of the sessions fail."""
    year = drafted(generator)
    share = np.where(np.arange(DAYS) % 7 >= 5, generator.uniform(0.01, 0.05), 0.0)
    year.fail(OTHER, 0, share[:, None])
    return year


def _retried(generator: Generator) -> Year:
    """In a small domain one message is tried again for up to five days, a few times a year."""
    year = drafted(generator, (2, 60))
    share = np.zeros(year.shape)
    for _ in range(generator.poisson(5)):
        begin, at = int(generator.integers(DAYS - 6)), int(generator.integers(year.senders))
        days = slice(begin, begin + int(generator.integers(2, 6)))
        share[days, at] = 1 / np.maximum(2, year.volume[days, at])
    year.drawn[NAME, 0] = share
    return year


def _fault_day(year: Year) -> int:
    return int(year.generator.integers(year.begins + 20, BEFORE + YEAR - 40))


def _large(generator: Generator) -> Year:
    """Return a clean year whose first sender is large."""
    year = drafted(generator)
    while np.median(year.volume[:, 0]) < LARGE_SESSIONS:
        year = drafted(generator)
    return year


def _of_one_large(generator: Generator, correlation: float) -> Year:
    year = _large(generator)
    year.correlation, year.fault_day = correlation, _fault_day(year)
    year.at_fault, year.kinds = (0,), ("fault-began",)
    share = np.zeros(year.shape)
    share[year.fault_day :, 0] = 0.2
    for host in range(year.hosts):
        year.fail(OTHER, host, share)
    return year


def _one_host(generator: Generator) -> Year:
    year = _large(generator)
    while year.hosts < 2:
        year = _large(generator)
    year.fault_day, year.kinds = _fault_day(year), ("fault-began",)
    year.at_fault = tuple(range(year.senders))
    host = int(generator.integers(year.hosts))
    year.fail(EXPIRED, host, (np.arange(DAYS) >= year.fault_day)[:, None].astype(float))
    return year


def _expired(generator: Generator) -> Year:
    """Let the certificate of all hosts expire."""
    year = drafted(generator)
    year.fault_day, year.kinds = _fault_day(year), ("fault-began",)
    year.at_fault = tuple(range(year.senders))
    for host in range(year.hosts):
        year.fail(EXPIRED, host, (np.arange(DAYS) >= year.fault_day)[:, None].astype(float))
    return year


def _tlsa(generator: Generator) -> Year:
    """Let a fifth of the sessions of one large sender fail under DANE only."""
    year = _large(generator)
    year.fault_day, year.kinds, year.at_fault = _fault_day(year), ("fault-began",), (0,)
    year.dane[0] = np.where(np.arange(DAYS) >= year.fault_day, 0.2, 0.0)
    return year


def _vanished(generator: Generator) -> Year:
    """Let the policy vanish; each sender applies its cached one for up to a week."""
    year = drafted(generator)
    year.fault_day, year.kinds = _fault_day(year), ("policy-vanished", "fault-began")
    year.at_fault = tuple(range(year.senders))
    how = int(generator.choice([NOT_FOUND, NOT_FETCHED]))
    cached = 0 if generator.random() < 0.5 else 7
    for at in range(year.senders):
        year.policy[year.fault_day + int(generator.integers(0, cached + 1)) :, at] = how
    return year


def _silent(generator: Generator) -> Year:
    year = drafted(generator)
    at = int(generator.integers(year.senders))
    year.fault_day, year.kinds = _fault_day(year), ("reporter-silent", "reports-stopped")
    year.volume[year.fault_day :, at] = 0
    year.at_fault = (at,)
    return year


Family = Callable[[Generator], Year]
CLEAN: dict[str, Family] = {
    "stray failures, weekends": _clean,
    "0.5 to 10 sessions a day": _small,
    "first check after a week": _new,
    "senders of workdays only": _business,
    "senders that report irregularly": _irregular,
    "traffic grows or shrinks, a new sender": _growing,
    "late, lost and disordered reports": _late,
    "isolated fetch failures": _fetches,
    "a sender that skips policies": _skipping,
    "half of the senders under DANE": _under_dane,
}
BREAKING: dict[str, Family] = {
    "a bad day of one sender in 30 to 90": _single_bad_days,
    "a bad day of all senders in 30 to 90": _common_bad_days,
    "runs of 2 to 4 bad days, 4 a year": _runs,
    "failures of 0.1 to 1 %, correlation 0.6": _correlated,
    "a fortnight of holidays": _holidays,
    "1 to 5 % fail at weekends": _weekend_failures,
    "one message tried again for days": _retried,
}
FAULTS: dict[str, Family] = {
    "20 % of one large reporter": lambda generator: _of_one_large(generator, 0.0),
    "the same, correlation 0.05": lambda generator: _of_one_large(generator, 0.05),
    "the same, correlation 0.15": lambda generator: _of_one_large(generator, 0.15),
    "the same, correlation 0.3": lambda generator: _of_one_large(generator, 0.3),
    "one MX of several fails": _one_host,
    "certificate expired": _expired,
    "20 % of one large reporter, under DANE": _tlsa,
    "policy vanished, in half cached for up to a week": _vanished,
    "reporter silent": _silent,
}
