"""Months of mail to one domain, message by message: who sends, what is at fault, and what fails.

Each session goes to an MX host that its sender prefers and meets the faults there, one after the
other; counts are drawn as multinomials and binomials, which is the same as session by session.
`benchmarks.sender_reports` writes what the senders report of it.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Generator = np.random.Generator

MOST_TRIES = 26
"""Exchange Online tries a refused message about 26 times."""

LOUDER = 10

MISMATCH = "validation-failure"
"""The type of a host that the policy does not list: the registry has none of its own."""


@dataclass(slots=True)
class Sender:
    """A sender: its sessions a day, its favourites among the MX hosts, and how it reports.

    `habits` has the days from which it reports in each way; `omitted` is the part of its days
    about which it sends no report; `splits` whether it saw two policies on each day. From `louder_on`
    on it sends ten times as much, and from `silent_on` on nothing.
    """

    name: str
    volume: float
    weights: Floats
    habits: dict[int, str]
    omitted: float = 0.0
    splits: bool = False
    is_empty_at_times: bool = False
    louder_on: int | None = None
    silent_on: int | None = None

    def volumes(self, days: int) -> Floats:
        """Return the sessions to expect on each day."""
        volumes = np.full(days, self.volume)
        if self.louder_on is not None:
            volumes[self.louder_on :] *= LOUDER
        if self.silent_on is not None:
            volumes[self.silent_on :] = 0.0
        return volumes

    def habit(self, day: int) -> str:
        """Return how it reports on a day."""
        return self.habits[max(begin for begin in self.habits if begin <= day)]


@dataclass(slots=True, eq=False)
class Fault:
    """A fault: where it is, and the chance of each day and sender that a session there meets it.

    `host` is a number of an MX host, or `None` for the policy host; `chances` are those of the days
    as they came, `expected` those in the long run. `types` names what a sender calls it, if not
    `result_type`. `code` is the cause that signs in the reports can show, empty if none can.
    """

    result_type: str
    host: int | None
    chances: Floats
    expected: Floats
    code: str = ""
    reason: str | None = None
    is_ipv6: bool = False
    is_mismatch: bool = False
    types: dict[str, str] = field(default_factory=dict)

    def type_of(self, sender: str) -> str:
        """Return what a sender calls it."""
        return self.types.get(sender, self.result_type)

    def met_by(self, at: int) -> bool:
        """Whether a sender meets it at all."""
        return bool(self.expected[:, at].any())


@dataclass(slots=True, eq=False)
class Month:
    """A domain and the mail of some days.

    `texts` are the MX hosts of the policies that were served, and `text_of` has the number of the
    one that each sender applied, by day and sender. `sessions` has days by senders, `failed` has
    faults by days by senders; both in sessions of SMTP, tries of a refused message included.
    """

    name: str
    family: str
    days: int
    hosts: list[str]
    senders: list[Sender]
    faults: list[Fault]
    texts: list[tuple[str, ...]]
    text_of: Integers
    mode: str = "testing"
    change_day: int | None = None
    """A day on which something was repaired or broke, for all senders that met it."""
    is_changed: bool = False
    sessions: Integers = field(default_factory=lambda: np.zeros((0, 0), "int64"))
    failed: Integers = field(default_factory=lambda: np.zeros((0, 0, 0), "int64"))
    reported: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), "bool"))
    likely: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    likely_refused: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    """Tested and refused sessions to expect in the long run, given the messages."""

    def share(self, fault: Fault) -> Floats:
        """Return the expected part of the sessions that meet a fault, by day and sender."""
        if fault.host is None:
            return fault.expected
        weights = np.array([sender.weights[fault.host] for sender in self.senders])
        return fault.expected * weights

    def is_refusing(self, fault: Fault) -> bool:
        """Whether enforce mode refuses what meets a fault."""
        return fault.host is not None


def send(month: Month, generator: Generator) -> None:
    """Send the mail of all days."""
    shape = (month.days, len(month.senders))
    month.sessions = np.zeros(shape, "int64")
    month.failed = np.zeros((len(month.faults), *shape), "int64")
    month.reported = np.ones(shape, "bool")
    month.likely, month.likely_refused = np.zeros(shape), np.zeros(shape)
    at_policy = [one for one, fault in enumerate(month.faults) if fault.host is None]
    for at, sender in enumerate(month.senders):
        count = generator.poisson(sender.volumes(month.days))
        month.sessions[:, at] = count
        month.reported[:, at] = generator.random(month.days) >= sender.omitted
        left = count
        for number in at_policy:
            month.failed[number, :, at] = generator.binomial(
                left, month.faults[number].chances[:, at]
            )
            left = left - month.failed[number, :, at]
        by_host = generator.multinomial(left, sender.weights)
        for number, fault in enumerate(month.faults):
            if fault.host is not None:
                failed = generator.binomial(by_host[:, fault.host], fault.chances[:, at])
                by_host[:, fault.host] -= failed
                tries = _tries(failed, generator) if month.mode == "enforce" else failed
                month.failed[number, :, at] = tries
                month.sessions[:, at] += tries - failed
        chance = _refused_chance(month, sender, at)
        tries = chance * (1 if month.mode == "testing" else (1 + MOST_TRIES) / 2)
        month.likely[:, at] = left * (1 - chance + tries)
        month.likely_refused[:, at] = left * tries
    month.reported &= month.sessions > 0


def _refused_chance(month: Month, sender: Sender, at: int) -> Floats:
    """Return the chance of each day in the long run that a message is refused where it is sent."""
    passes = np.ones((month.days, len(month.hosts)))
    for fault in month.faults:
        if fault.host is not None:
            passes[:, fault.host] *= 1 - fault.expected[:, at]
    return np.asarray(1 - passes @ sender.weights)


def _tries(refused: Integers, generator: Generator) -> Integers:
    """Return the sessions that refused messages take."""
    each = np.full(MOST_TRIES, 1 / MOST_TRIES)
    return np.asarray(generator.multinomial(refused, each) @ np.arange(1, MOST_TRIES + 1))
