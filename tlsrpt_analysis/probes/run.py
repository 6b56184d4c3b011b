"""One run of probes: what its domains share, and DNS questions within its limits."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

import dns.asyncresolver

from tlsrpt_analysis.probes.addresses import network_of
from tlsrpt_analysis.probes.connections import printable
from tlsrpt_analysis.probes.dns_failure import explained
from tlsrpt_analysis.probes.dns_lookup import look_up, make_resolver
from tlsrpt_analysis.probes.evidence import DnsAnswer, Port25
from tlsrpt_analysis.probes.options import ProbeOptions
from tlsrpt_analysis.probes.tls_handshake import permissive_context

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: MX hosts done, of those known so far, and the last one.

    Examples
    --------
    >>> print(Progress(3, 8, "mx1.example.com"))
    3 of 8 MX hosts done, last mx1.example.com
    """

    done: int
    known: int
    mx_hostname: str

    def __str__(self) -> str:
        """Return the progress as one line."""
        return f"{self.done} of {self.known} MX hosts done, last {self.mx_hostname}"


async def unless_broken(work: Coroutine[object, object, T], broken: Callable[[str], T]) -> T:
    """Return what the work returns, or what `broken` makes of an error that nobody foresaw.

    No answer of a server may cost the findings about others.
    """
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - whatever one server causes, the others are probed
        return broken(f"unexpected {type(error).__name__}: {printable(str(error))}")


Watcher = Callable[[Progress], None]
"""What is called with the progress of a run."""


@dataclass(slots=True)
class Run:
    """What all domains of one run share: resolver, limits, and the outcome at each address."""

    options: ProbeOptions
    resolver: dns.asyncresolver.Resolver
    context: ssl.SSLContext
    progress: Watcher
    connection_limit: asyncio.Semaphore
    dns_limit: asyncio.Semaphore
    deadline: float
    waiting: set[asyncio.Timeout] = field(default_factory=set)
    is_stopped: bool = False
    per_address: dict[str, asyncio.Lock] = field(default_factory=dict)
    smtp_outcomes: dict[str, str] = field(default_factory=dict)
    known_hosts: int = 0
    done_hosts: int = 0

    @classmethod
    def start(cls, options: ProbeOptions, progress: Watcher) -> Self:
        """Return a run whose total time begins now."""
        return cls(
            options=options,
            resolver=make_resolver(options),
            context=permissive_context(),
            progress=progress,
            connection_limit=asyncio.Semaphore(options.most_at_once),
            dns_limit=asyncio.Semaphore(options.most_at_once),
            deadline=asyncio.get_running_loop().time() + options.total_seconds,
        )

    def finish(self, mx_hostname: str) -> None:
        """Count an MX host as done and report the progress."""
        self.done_hosts += 1
        self.progress(Progress(self.done_hosts, self.known_hosts, mx_hostname))

    def port25(self) -> Port25:
        """Return how connections to SMTP ports went."""
        reached = {
            ip_address: outcome
            for ip_address, outcome in self.smtp_outcomes.items()
            if outcome != "tcp-unreachable"
        }
        outcomes = list(reached.values())
        return Port25(
            tried=len(outcomes),
            connected=sum(not outcome.startswith("tcp-") for outcome in outcomes),
            timed_out=outcomes.count("tcp-timeout"),
            networks=len({network_of(ip_address) for ip_address in reached}),
            refused=outcomes.count("tcp-refused"),
        )

    async def in_time(self, work: Coroutine[object, object, T], late: T) -> T:
        """Return what the work returns, or `late` when the time of the run ends first."""
        limit = asyncio.timeout_at(self.deadline)
        self.waiting.add(limit)
        try:
            async with limit:
                return await work
        except TimeoutError:
            return late
        finally:
            self.waiting.discard(limit)

    def stop(self) -> None:
        """End the time of the run now, so that what was found so far is kept."""
        self.is_stopped = True
        self.deadline = asyncio.get_running_loop().time()
        for limit in self.waiting:
            limit.reschedule(self.deadline)

    async def look_up(self, name: str, record_type: str) -> DnsAnswer:
        """Return the answer to one DNS question, with the reason when it failed."""
        late = DnsAnswer(name=name, record_type=record_type, status="timeout")
        work = self.in_time(self._ask(name, record_type), late)
        return await unless_broken(work, lambda why: replace(late, status="error", detail=why))

    async def _ask(self, name: str, record_type: str) -> DnsAnswer:
        async with self.dns_limit:  # a burst of questions would be lost, and look like silence
            answer = await look_up(self.resolver, name, record_type)
            return await explained(self.resolver, answer, self.options)

    async def addresses(self, name: str) -> tuple[DnsAnswer, ...]:
        """Return the answers for the IPv4 and the IPv6 addresses of a name."""
        answers = await asyncio.gather(self.look_up(name, "A"), self.look_up(name, "AAAA"))
        return tuple(answers)
