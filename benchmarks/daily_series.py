"""Daily counts of simulated months whose long-run share of failures is known, of many kinds.

The truth of a month is the share that its process has in the long run, or, where the process
changes within the month, its mean over the days of the month, weighted by their expected sessions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]

CALENDAR = 90
FEWEST_DAYS, FEWEST_DAYS_OF_WEEKS = 8, 14
SESSIONS = (3.0, 1e6)
SHARES = (0.002, 0.8)


@dataclass(frozen=True, slots=True)
class Months:
    """Months of a kind: a row each, days in columns; what follows the last day has no sessions."""

    sessions: Counts
    failures: Counts
    shares: Counts


def steady(correlation: float) -> Callable[[np.random.Generator, int], Months]:
    """Return months of one share, in which the sessions of a day correlate."""

    def months(generator: np.random.Generator, size: int) -> Months:
        sessions = _sessions(generator, size, FEWEST_DAYS)
        shares = _log_uniform(generator, SHARES, size)
        chances = _chances(generator, shares[:, None], np.full(size, correlation), sessions.shape)
        return Months(sessions, _failures(generator, sessions, chances), shares)

    return months


def runs(length: float) -> Callable[[np.random.Generator, int], Months]:
    """Return months whose bad days come in runs of a mean length, as a Markov chain does."""

    def months(generator: np.random.Generator, size: int) -> Months:
        sessions = _sessions(generator, size, FEWEST_DAYS)
        wanted = _log_uniform(generator, SHARES, size)
        severity = generator.uniform(np.maximum(0.3, 1.05 * wanted), 0.95)
        part = wanted / severity
        is_bad, bad = _chain(generator, part / (1 - part) / length, np.full(size, length))
        chances = severity[:, None] * is_bad
        return Months(sessions, _failures(generator, sessions, chances), bad * severity)

    return months


def rare_days(generator: np.random.Generator, size: int) -> Months:
    """Return months with one bad day in 30 to 90, each for itself."""
    sessions = _sessions(generator, size, FEWEST_DAYS)
    bad, severity = 1 / generator.uniform(30, 90, size), generator.uniform(0.3, 0.95, size)
    is_bad = generator.random((size, CALENDAR)) < bad[:, None]
    failures = _failures(generator, sessions, severity[:, None] * is_bad)
    return Months(sessions, failures, bad * severity)


def changes(generator: np.random.Generator, size: int) -> Months:
    """Return months in which a fault begins or is repaired in the middle three fifths."""
    sessions = _sessions(generator, size, FEWEST_DAYS_OF_WEEKS)
    days = np.count_nonzero(_is_in(sessions), axis=1)
    high = _log_uniform(generator, (0.01, 0.8), size)
    low = high * generator.choice([0.0, 0.02, 0.1, 0.3], size)
    is_first = np.arange(CALENDAR) < (days * generator.uniform(0.2, 0.8, size))[:, None]
    is_high = is_first ^ (generator.random(size) < 0.5)[:, None]
    level = np.where(is_high, high[:, None], low[:, None])
    correlations = generator.choice([0.0, 0.05, 0.2], size)
    chances = _chances(generator, level, correlations, sessions.shape)
    shares = (level * _is_in(sessions)).sum(axis=1) / days
    return Months(sessions, _failures(generator, sessions, chances), shares)


def weekdays(generator: np.random.Generator, size: int) -> Months:
    """Return months whose weekends have fewer sessions and another share."""
    days = _days(generator, size, FEWEST_DAYS_OF_WEEKS)
    is_in = np.arange(CALENDAR) < days[:, None]
    first = generator.integers(0, 7, size)
    is_weekend = (np.arange(CALENDAR) + first[:, None]) % 7 >= 5
    volume = np.where(is_weekend, generator.uniform(0.1, 1, size)[:, None], 1.0) * is_in
    share = _log_uniform(generator, SHARES, size)
    times = np.where(is_weekend, generator.choice([0.0, 0.2, 3.0, 5.0], size)[:, None], 1.0)
    level = np.minimum(0.95, share[:, None] * times)
    mean = _log_uniform(generator, SESSIONS, size)[:, None]
    sessions = generator.poisson(mean * volume * _noise(generator, 0.2, volume.shape)).astype(float)
    chances = _chances(generator, level, np.full(size, 0.05), level.shape)
    shares = (level * volume).sum(axis=1) / volume.sum(axis=1)
    return Months(sessions, _failures(generator, sessions, chances), shares)


def heavy_days(generator: np.random.Generator, size: int) -> Months:
    """Return months in which one day holds a third of the sessions or more."""
    sessions = _sessions(generator, size, FEWEST_DAYS, spread=1.0)
    days = np.count_nonzero(_is_in(sessions), axis=1)
    heavy = generator.integers(0, days)
    times = generator.uniform(0.5, 2, size)
    sessions[np.arange(size), heavy] = np.minimum(1e9, np.round(sessions.sum(axis=1) * times))
    shares = _log_uniform(generator, SHARES, size)
    correlations = generator.choice([0.0, 0.05, 0.2, 0.4], size)
    chances = _chances(generator, shares[:, None], correlations, sessions.shape)
    return Months(sessions, _failures(generator, sessions, chances), shares)


def reporters(generator: np.random.Generator, size: int) -> Months:
    """Return months of four reporters whose sizes, shares and days differ."""
    count = 4
    means = _log_uniform(generator, (1.0, 3e5), (size, count))
    levels = _log_uniform(generator, SHARES, size)[:, None] * _noise(generator, 1.0, (size, count))
    levels = np.minimum(0.95, levels)
    is_in = np.arange(CALENDAR) < _days(generator, size, FEWEST_DAYS)[:, None]
    sessions, failures = np.zeros(is_in.shape), np.zeros(is_in.shape)
    correlations = generator.choice([0.0, 0.05, 0.2], size)
    for mean, level in zip(means.T, levels.T, strict=True):
        volume = mean[:, None] * _noise(generator, 0.5, is_in.shape) * is_in
        own = generator.poisson(volume).astype(float)
        chances = _chances(generator, level[:, None], correlations, own.shape)
        sessions, failures = sessions + own, failures + _failures(generator, own, chances)
    return Months(sessions, failures, (levels * means).sum(axis=1) / means.sum(axis=1))


def hosts_in_runs(generator: np.random.Generator, size: int) -> Months:
    """Return failures of two MX hosts, each in runs of its own; those of the first are its part."""
    sessions = _sessions(generator, size, FEWEST_DAYS_OF_WEEKS)
    failures, shares = [], []
    for lengths in ((1, 4), (2, 8)):
        length, wanted = generator.uniform(*lengths, size), generator.uniform(0.1, 0.7, size)
        is_bad, bad = _chain(generator, np.minimum(0.95, wanted / (1 - wanted) / length), length)
        severity = _log_uniform(generator, (0.05, 0.5), size)
        failures.append(_failures(generator, sessions, severity[:, None] * is_bad))
        shares.append(bad * severity)
    return Months(sum(failures), failures[0], shares[0] / (shares[0] + shares[1]))


def hosts_by_days(generator: np.random.Generator, size: int) -> Months:
    """Return failures of two MX hosts whose days differ, each for itself."""
    sessions = _sessions(generator, size, FEWEST_DAYS_OF_WEEKS)
    correlations = generator.choice([0.05, 0.2, 0.4], size)
    shares = [_log_uniform(generator, (0.0125, 0.2), size) for _ in range(2)]
    failures = [
        _failures(
            generator, sessions, _chances(generator, share[:, None], correlations, sessions.shape)
        )
        for share in shares
    ]
    return Months(sum(failures), failures[0], shares[0] / (shares[0] + shares[1]))


KINDS: dict[str, Callable[[np.random.Generator, int], Months]] = {
    "independent sessions": steady(0.0),
    "correlation 0.05": steady(0.05),
    "correlation 0.2": steady(0.2),
    "correlation 0.4": steady(0.4),
    "correlation 0.6": steady(0.6),
    "runs of 2 days": runs(2),
    "runs of 4 days": runs(4),
    "runs of 8 days": runs(8),
    "rare bad days": rare_days,
    "onset or repair": changes,
    "weekends": weekdays,
    "one heavy day": heavy_days,
    "four reporters": reporters,
}

PARTS: dict[str, Callable[[np.random.Generator, int], Months]] = {
    "two hosts, in runs": hosts_in_runs,
    "two hosts, by days": hosts_by_days,
}


def _log_uniform(
    generator: np.random.Generator, bounds: tuple[float, float], size: int | tuple[int, ...]
) -> Counts:
    return np.exp(generator.uniform(*np.log(bounds), size))


def _noise(generator: np.random.Generator, spread: float, size: tuple[int, ...]) -> Counts:
    return np.exp(generator.normal(0, spread, size))


def _days(generator: np.random.Generator, size: int, fewest: int) -> npt.NDArray[np.int64]:
    return np.floor(_log_uniform(generator, (fewest, CALENDAR + 1), size)).astype("int64")


def _sessions(
    generator: np.random.Generator, size: int, fewest: int, *, spread: float = 0.3
) -> Counts:
    mean = _log_uniform(generator, SESSIONS, size)[:, None]
    sessions = generator.poisson(mean * _noise(generator, spread, (size, CALENDAR)))
    return sessions * (np.arange(CALENDAR) < _days(generator, size, fewest)[:, None]).astype(float)


def _is_in(sessions: Counts) -> npt.NDArray[np.bool_]:
    """Mark the days up to the last one with sessions."""
    return sessions[:, ::-1].cumsum(axis=1)[:, ::-1] > 0


def _chances(
    generator: np.random.Generator, level: Counts, correlations: Counts, shape: tuple[int, ...]
) -> Counts:
    """Draw each day's chance of failure, so that its sessions correlate as wanted."""
    level = np.broadcast_to(level, shape)
    odds = ((1 - correlations) / np.maximum(correlations, 1e-9))[:, None]
    drawn = generator.beta(np.maximum(level * odds, 1e-9), np.maximum((1 - level) * odds, 1e-9))
    return np.where(correlations[:, None] > 0, drawn, level)


def _failures(generator: np.random.Generator, sessions: Counts, chances: Counts) -> Counts:
    return generator.binomial(sessions.astype("int64"), np.clip(chances, 0, 1)).astype(float)


def _chain(
    generator: np.random.Generator, begins: Counts, length: Counts
) -> tuple[npt.NDArray[np.bool_], Counts]:
    """Draw good and bad days, and return the part that is bad in the long run."""
    begins = np.minimum(1.0, begins)
    bad = begins / (begins + 1 / length)
    is_bad = np.zeros((len(bad), CALENDAR), "bool")
    is_bad[:, 0] = generator.random(len(bad)) < bad
    drawn = generator.random(is_bad.shape)
    for day in range(1, CALENDAR):
        goes_on = np.where(is_bad[:, day - 1], 1 - 1 / length, begins)
        is_bad[:, day] = drawn[:, day] < goes_on
    return is_bad, bad
