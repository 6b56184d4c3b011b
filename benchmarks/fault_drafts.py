"""A simulated month in the making: its days, its senders and its faults."""

import numpy as np

from benchmarks.detail_habits import FAILURES_ONLY, HABITS
from benchmarks.domain_drafts import log_uniform
from benchmarks.message_months import Fault, Floats, Generator, Month, Sender, send

CORRELATIONS = (0.0, 0.05, 0.15, 0.3)
EXPIRED, NAME, UNTRUSTED, STARTTLS, OTHER = (
    *("certificate-expired", "certificate-host-mismatch", "certificate-not-trusted"),
    *("starttls-not-supported", "validation-failure"),
)
FETCH = "sts-policy-fetch-error"
TLS_TYPES = (EXPIRED, NAME, UNTRUSTED, STARTTLS, OTHER)
SHARES = (0.25, 0.4, 0.7, 1.0)
WEAK = (0.02, 0.04)
EVERY = slice(None)

Days = slice


class Draft:
    """A month in the making."""

    def __init__(
        self,
        name: str,
        generator: Generator,
        *,
        days: tuple[int, int] = (7, 60),
        volume: tuple[float, float] = (3, 1_000_000),
        hosts: tuple[int, ...] = (1, 2, 2, 3),
    ) -> None:
        self.name, self.generator = name, generator
        self.days = int(generator.integers(days[0], days[1] + 1))
        host_count = int(generator.choice(hosts))
        self.hosts = [f"mx{at + 1}.example.com" for at in range(host_count)]
        self.correlation = float(generator.choice(CORRELATIONS))
        self.is_common = bool(generator.random() < 0.5)
        self.senders = self._senders(log_uniform(generator, *volume))
        self.texts = [tuple(self.hosts)]
        self.text_of = np.zeros((self.days, len(self.senders)), "int64")
        self.faults: list[Fault] = []
        self.mode = "testing"
        self.change_day: int | None = None
        self.is_changed = False

    def _senders(self, volume: float) -> list[Sender]:
        generator = self.generator
        others = generator.permutation(list(HABITS)[2:])[: generator.integers(1, 5)]
        names = ["Google", "Microsoft", *others.tolist()]
        shares = generator.dirichlet(np.ones(len(names)))
        return [
            self._sender(name, volume * share) for name, share in zip(names, shares, strict=True)
        ]

    def _sender(self, name: str, volume: float) -> Sender:
        generator, size = self.generator, len(self.hosts)
        weights = np.full(size, 1 / size)
        if generator.random() < 0.5:
            weights = generator.dirichlet(np.full(size, 0.5))
        habits = {0: HABITS[name]}
        if generator.random() < 0.1:
            habits[0] = str(generator.choice(["no count", "no host", "partial"]))
        if generator.random() < 0.1:
            later = str(generator.choice(["complete", "doubled", "no host", "partial"]))
            habits[int(generator.integers(1, self.days))] = later
        return Sender(
            name,
            volume,
            weights,
            habits,
            omitted=float(generator.choice([0, 0, 0, 0, 0.3])),
            splits=bool(generator.random() < 0.1),
            is_empty_at_times=bool(generator.random() < 0.1),
        )

    def any_host(self) -> int:
        """Return one of the hosts that senders use."""
        return int(self.generator.integers(len(self.hosts)))

    def other_hosts(self) -> tuple[int, int]:
        """Return two hosts."""
        first, second = self.generator.permutation(len(self.hosts))[:2].tolist()
        return int(first), int(second)

    def place(self, name: str) -> int:
        """Return the number of a sender."""
        return next(at for at, one in enumerate(self.senders) if one.name == name)

    def any_sender(self) -> int:
        """Return a sender that reports successes as well."""
        places = [
            at
            for at, one in enumerate(self.senders)
            if not set(one.habits.values()) & set(FAILURES_ONLY)
        ]
        return int(self.generator.choice(places or range(len(self.senders))))

    def share(self) -> float:
        """Return a share of the sessions at a host that meets a fault."""
        return float(self.generator.choice(SHARES))

    def any_type(self) -> str:
        """Return a type of fault at a host."""
        return str(self.generator.choice(TLS_TYPES))

    def fail(
        self,
        result_type: str,
        host: int | None,
        share: float,
        *,
        days: Days = EVERY,
        senders: int | slice = EVERY,
        **others: object,
    ) -> Fault:
        """Add a fault."""
        expected = np.zeros((self.days, len(self.senders)))
        expected[days, senders] = share
        fault = Fault(result_type, host, self._drawn(expected), expected, **others)  # type: ignore[arg-type]
        self.faults.append(fault)
        return fault

    def _drawn(self, expected: Floats) -> Floats:
        """Draw each day's chances, so that the sessions of a day correlate."""
        if not self.correlation:
            return expected
        size = 1 / self.correlation - 1
        is_open = (expected > 0) & (expected < 1)
        mean = np.where(is_open, expected, 0.5)
        if self.is_common:
            mean = mean.max(axis=1, keepdims=True, where=is_open, initial=1e-9)
        drawn = self.generator.beta(mean * size, (1 - mean) * size)
        return np.where(is_open, drawn, expected)

    def onset(self) -> int:
        """Return a day from which on something is at fault for a week or more."""
        return int(self.generator.integers(6, max(7, self.days - 8)))

    def made(self, family: str) -> Month:
        """Return the month, its mail sent."""
        month = Month(
            self.name,
            family,
            self.days,
            self.hosts,
            self.senders,
            self.faults,
            self.texts,
            self.text_of,
            self.mode,
            self.change_day,
            self.is_changed,
        )
        send(month, self.generator)
        return month
