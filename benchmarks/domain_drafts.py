"""A simulated domain in the making: its days, its senders and their favourite MX hosts."""

import numpy as np

from benchmarks.simulated_domains import Domain, Floats, Sender, send

NAMES = ("Google", "Microsoft", "Mail.ru", "harbor.example", "post.example", "letters.example")
CORRELATIONS = (0.0, 0.05, 0.15, 0.3)
FUTURE = 16
"""So many days are simulated beyond today, for what is promised from a later day on."""

DETAIL_HABITS = ("no host", "no count", "doubled", "beside totals")

Generator = np.random.Generator


class Draft:
    """A domain in the making: `expected` is filled by its family, `drawn` from it if it is not."""

    def __init__(self, name: str, generator: Generator, days: tuple[int, int] = (7, 120)) -> None:
        self.name, self.generator = name, generator
        self.days = int(generator.integers(days[0], days[1] + 1))
        self.total = self.days + FUTURE
        self.host_count = int(generator.choice([1, 1, 1, 2, 3]))
        self.senders = self._senders()
        self.shape = (self.total, len(self.senders), self.host_count)
        self.expected = np.zeros(self.shape)
        self.drawn: Floats | None = None
        self.policies = np.zeros(self.shape[:2], "int64")
        hosts = tuple(f"mx{at + 1}.example.com" for at in range(self.host_count))
        self.hosts = [hosts] * self.total
        self.mode = "testing"
        self.changed_on: int | None = None
        self.is_gone = False
        self.correlation = float(generator.choice(CORRELATIONS))

    def _senders(self) -> list[Sender]:
        generator = self.generator
        volume = log_uniform(generator, 3, 100_000)
        shares = np.sort(generator.dirichlet(np.ones(generator.integers(2, 7))))[::-1]
        senders = []
        for at, share in enumerate(shares):
            weights = np.full(self.host_count, 1 / self.host_count)
            if generator.random() < 0.5:
                weights = generator.dirichlet(np.full(self.host_count, 0.5))
            habit = "exact"
            if generator.random() < 0.15:
                habit = str(generator.choice(DETAIL_HABITS))
            senders.append(Sender(NAMES[at], volume * share, weights, habit=habit))
        return senders

    def any_sender(self) -> int:
        """Return one of the senders."""
        return int(self.generator.integers(len(self.senders)))

    def fail(
        self, share: float, days: slice, senders: int | slice = slice(None), *, host: bool = False
    ) -> None:
        """Let a share be refused on some days, of all senders or one, at all hosts or one."""
        at = int(self.generator.integers(self.host_count)) if host else slice(None)
        self.expected[days, senders, at] = share

    def made(self, family: str) -> Domain:
        """Return the domain, its mail sent."""
        domain = Domain(
            self.name,
            family,
            self.days,
            self.senders,
            self.expected,
            self._draw() if self.drawn is None else self.drawn,
            self.policies,
            self.hosts,
            self.mode,
            self.changed_on,
            self.is_gone,
        )
        send(domain, self.generator)
        return domain

    def _draw(self) -> Floats:
        """Draw each day's chances, so that the sessions of a day correlate.

        For half of the domains the day is the same for all senders who meet the fault.
        """
        if not self.correlation:
            return self.expected
        size = 1 / self.correlation - 1
        is_open = (self.expected > 0) & (self.expected < 1)
        mean = np.where(is_open, self.expected, 0.5)
        if self.generator.random() < 0.5:
            is_met = self.expected > 0
            mean = mean.max(axis=1, keepdims=True, where=is_met & is_open, initial=1e-9)
        drawn = self.generator.beta(mean * size, (1 - mean) * size)
        return np.where(is_open, drawn, self.expected)


def log_uniform(generator: Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform."""
    return float(np.exp(generator.uniform(np.log(low), np.log(high))))
