"""Collecting evidence: every question about a domain at once, within bounds and a total time."""

import asyncio
import datetime as dt
import importlib.metadata
import re
import ssl
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import dns.asyncresolver

from tlsrpt_analysis.probes.addresses import is_public, network_of
from tlsrpt_analysis.probes.dns_failure import explained
from tlsrpt_analysis.probes.dns_lookup import is_trusted, look_up, make_resolver
from tlsrpt_analysis.probes.evidence import (
    DnsAnswer,
    Evidence,
    HostAddress,
    MxHost,
    PolicyResponse,
    Port25,
    ReportedPolicy,
    SmtpDialogue,
    Vantage,
)
from tlsrpt_analysis.probes.options import ProbeOptions
from tlsrpt_analysis.probes.policy_fetch import fetch_policy
from tlsrpt_analysis.probes.roots import root_store, stored_certificates
from tlsrpt_analysis.probes.smtp_dialogue import talk
from tlsrpt_analysis.probes.tls_handshake import permissive_context

T = TypeVar("T")

HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}", re.ASCII)
RETRY_WITHOUT_SNI = ("ok", "tls-handshake")


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
        """Read as a line."""
        return f"{self.done} of {self.known} MX hosts done, last {self.mx_hostname}"


Watcher = Callable[[Progress], None]
"""What is told of progress."""


@dataclass(slots=True)
class Run:
    """What all domains of one run share: resolver, bounds, and dialogues that were held."""

    options: ProbeOptions
    resolver: dns.asyncresolver.Resolver
    context: ssl.SSLContext
    progress: Watcher
    bound: asyncio.Semaphore
    dns_bound: asyncio.Semaphore
    deadline: float
    per_address: dict[str, asyncio.Lock] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    known_hosts: int = 0
    done_hosts: int = 0

    def is_done(self, mx_hostname: str) -> None:
        """Count a host and tell of it."""
        self.done_hosts += 1
        self.progress(Progress(self.done_hosts, self.known_hosts, mx_hostname))

    def port25(self) -> Port25:
        """Sum up how connections to SMTP ports went."""
        reached = {ip: end for ip, end in self.asked.items() if end != "tcp-unreachable"}
        outcomes = list(reached.values())
        return Port25(
            tried=len(outcomes),
            connected=sum(not outcome.startswith("tcp-") for outcome in outcomes),
            timed_out=outcomes.count("tcp-timeout"),
            networks=len({network_of(address) for address in reached}),
            refused=outcomes.count("tcp-refused"),
        )


async def collect(
    domains: Sequence[str],
    options: ProbeOptions,
    *,
    reported: Sequence[ReportedPolicy] = (),
    progress: Watcher = lambda _: None,
    now: dt.datetime | None = None,
) -> list[Evidence]:
    """Ask everything about some domains and give what was seen, in their order."""
    run = Run(
        options=options,
        resolver=make_resolver(options),
        context=permissive_context(),
        progress=progress,
        bound=asyncio.Semaphore(options.most_at_once),
        dns_bound=asyncio.Semaphore(options.most_at_once),
        deadline=asyncio.get_running_loop().time() + options.total_seconds,
    )
    store, store_name = root_store(options.roots)
    vantage = Vantage(
        version=importlib.metadata.version("tlsrpt-analysis"),
        helo=options.helo or "[address]",
        resolver=tuple(str(server) for server in run.resolver.nameservers),
        is_resolver_trusted=is_trusted(run.resolver, options),
        root_store=store_name,
    )
    at = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_domain(run, name, store, vantage, at)) for name in domains]
    vantage = replace(vantage, port25=run.port25())
    return [
        replace(task.result(), vantage=vantage, reported_policies=tuple(reported)) for task in tasks
    ]


async def _domain(
    run: Run, domain: str, store: bytes, vantage: Vantage, at: dt.datetime
) -> Evidence:
    certificates: dict[str, bytes] = {}
    async with asyncio.TaskGroup() as group:
        mx = group.create_task(_look_up(run, domain, "MX"))
        policy_record = group.create_task(_look_up(run, f"_mta-sts.{domain}", "TXT"))
        report_record = group.create_task(_look_up(run, f"_smtp._tls.{domain}", "TXT"))
        policy = group.create_task(_policy(run, f"mta-sts.{domain}", certificates))
        hosts = group.create_task(_hosts(run, mx, certificates))
    lookups, responses = policy.result()
    return Evidence(
        domain=domain,
        collected_datetime=at,
        vantage=vantage,
        mx=mx.result(),
        policy_record=policy_record.result(),
        report_record=report_record.result(),
        policy_lookups=lookups,
        policy_responses=responses,
        hosts=hosts.result(),
        certificates=stored_certificates(certificates, run.options.intermediates, store),
    )


async def _look_up(run: Run, name: str, record_type: str) -> DnsAnswer:
    late = DnsAnswer(name=name, record_type=record_type, status="timeout")

    async def ask() -> DnsAnswer:
        async with run.dns_bound:  # a burst of questions would be lost, and look like silence
            answer = await look_up(run.resolver, name, record_type)
            return await explained(run.resolver, answer, run.options)

    return await _in_time(run, ask(), late)


async def _in_time(run: Run, work: Coroutine[object, object, T], late: T) -> T:
    """Do work within the bound of the run and its total time."""
    try:
        async with asyncio.timeout_at(run.deadline):
            return await work
    except TimeoutError:
        return late


async def _policy(
    run: Run, host: str, certificates: dict[str, bytes]
) -> tuple[tuple[DnsAnswer, ...], tuple[PolicyResponse, ...]]:
    lookups = await _addresses(run, host)
    fetches = (_fetch(run, address, host, certificates) for address in _few(run, lookups))
    return lookups, tuple(await asyncio.gather(*fetches))


async def _fetch(
    run: Run, address: str, host: str, certificates: dict[str, bytes]
) -> PolicyResponse:
    if not (run.options.allow_private or is_public(address)):
        return PolicyResponse(ip_address=address, outcome="skipped-not-public")
    late = PolicyResponse(ip_address=address, outcome="total-timeout")

    async def fetch() -> PolicyResponse:
        async with run.bound:
            return await fetch_policy(address, host, run.options, run.context, certificates)

    return await _in_time(run, fetch(), late)


async def _addresses(run: Run, name: str) -> tuple[DnsAnswer, ...]:
    return tuple(await asyncio.gather(_look_up(run, name, "A"), _look_up(run, name, "AAAA")))


def _few(run: Run, lookups: Sequence[DnsAnswer]) -> list[str]:
    """Take addresses of both families in turn, up to the limit."""
    return _in_turn(lookups)[: run.options.most_addresses]


def _in_turn(lookups: Sequence[DnsAnswer]) -> list[str]:
    kinds = [list(lookup.records) for lookup in lookups]
    longest = max(map(len, kinds), default=0)
    return [kind[turn] for turn in range(longest) for kind in kinds if turn < len(kind)]


async def _hosts(
    run: Run, mx: asyncio.Task[DnsAnswer], certificates: dict[str, bytes]
) -> tuple[MxHost, ...]:
    pairs = [record.split(" ", 1) for record in (await mx).records]
    wanted = sorted(
        (int(preference), name.removesuffix(".").lower())
        for preference, name in pairs
        if name != "."
    )
    asked, over = wanted[: run.options.most_mx_hosts], wanted[run.options.most_mx_hosts :]
    run.known_hosts += len(asked)
    hosts = await asyncio.gather(
        *(_host(run, name, number, certificates) for number, name in asked)
    )
    skipped = (MxHost(name=n, preference=p, skipped="skipped-limit") for p, n in over)
    return (*hosts, *skipped)


async def _host(run: Run, name: str, preference: int, certificates: dict[str, bytes]) -> MxHost:
    if not HOST_NAME.fullmatch(name):  # it can be looked up, but not be sent as SNI
        run.is_done(name)
        return MxHost(name=name, preference=preference, skipped="unusable-name")
    lookups = await _addresses(run, name)
    aliases = next((lookup.aliases for lookup in lookups if lookup.aliases), ())
    # RFC 7672 §2.2.2: first the name that aliases lead to, then the one in the MX record
    bases = dict.fromkeys([*(target for _, target in aliases[-1:]), name])
    tlsa = await asyncio.gather(*(_look_up(run, f"_25._tcp.{base}", "TLSA") for base in bases))
    addresses = await asyncio.gather(
        *(_address(run, name, address, certificates) for address in _few(run, lookups))
    )
    skipped = SmtpDialogue(server_name=name, outcome="skipped-limit")
    over = _in_turn(lookups)[run.options.most_addresses :]
    run.is_done(name)
    return MxHost(
        name=name,
        preference=preference,
        lookups=lookups,
        tlsa=tuple(tlsa),
        addresses=(*addresses, *(HostAddress(ip_address=a, dialogues=(skipped,)) for a in over)),
    )


async def _address(
    run: Run, name: str, address: str, certificates: dict[str, bytes]
) -> HostAddress:
    if not (run.options.allow_private or is_public(address)):
        skipped = SmtpDialogue(server_name=name, outcome="skipped-not-public")
        return HostAddress(ip_address=address, dialogues=(skipped,))
    late = SmtpDialogue(server_name=name, outcome="total-timeout")
    dialogues: list[SmtpDialogue] = []
    work = _dialogues(run, name, address, certificates, dialogues)
    await _in_time(run, work, None)
    return HostAddress(ip_address=address, dialogues=tuple(dialogues) or (late,))


async def _dialogues(
    run: Run,
    name: str,
    address: str,
    certificates: dict[str, bytes],
    dialogues: list[SmtpDialogue],
) -> None:
    """Talk with SNI, and where TLS came about, after a rest, without; nobody else does meanwhile."""
    options = run.options
    async with run.per_address.setdefault(address, asyncio.Lock()):
        async with run.bound:
            first = await talk(address, name, options, run.context, certificates)
        run.asked[address] = first.outcome
        dialogues.append(first)
        if first.outcome in RETRY_WITHOUT_SNI:
            await asyncio.sleep(options.pause_seconds)  # others may talk in this time
            async with run.bound:
                dialogues.append(await talk(address, None, options, run.context, certificates))
