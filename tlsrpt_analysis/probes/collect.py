"""Collecting evidence: every question about a domain at once, within limits and a total time."""

import asyncio
import datetime as dt
import importlib.metadata
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tlsrpt_analysis.probes.addresses import is_public
from tlsrpt_analysis.probes.dns_lookup import is_trusted
from tlsrpt_analysis.probes.evidence import (
    DnsAnswer,
    Evidence,
    HostAddress,
    MxHost,
    PolicyResponse,
    ReportedPolicy,
    SmtpDialogue,
    Vantage,
)
from tlsrpt_analysis.probes.options import ProbeOptions
from tlsrpt_analysis.probes.policy_fetch import fetch_policy
from tlsrpt_analysis.probes.roots import root_store, stored_certificates
from tlsrpt_analysis.probes.run import Run, Watcher, unless_broken
from tlsrpt_analysis.probes.smtp_dialogue import talk

HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}", re.ASCII)
RETRY_WITHOUT_SNI = ("ok", "tls-handshake")


async def collect(
    domains: Sequence[str],
    options: ProbeOptions,
    *,
    reported: Sequence[ReportedPolicy] = (),
    progress: Watcher = lambda _: None,
    now: dt.datetime | None = None,
) -> list[Evidence]:
    """Return the evidence about each domain, in the order given."""
    run = Run.start(options, progress)
    work = asyncio.ensure_future(_evidence(run, domains, now))
    try:
        evidence = await asyncio.shield(work)
    except asyncio.CancelledError:  # Ctrl-C: end now, and keep what was found
        run.stop()
        evidence = await work
    return [replace(found, reported_policies=tuple(reported)) for found in evidence]


async def _evidence(run: Run, domains: Sequence[str], now: dt.datetime | None) -> list[Evidence]:
    options = run.options
    roots_pem, root_store_name = root_store(options.roots)
    vantage = Vantage(
        version=importlib.metadata.version("tlsrpt-analysis"),
        helo=options.helo or "[address]",
        resolver=tuple(str(server) for server in run.resolver.nameservers),
        is_resolver_trusted=is_trusted(run.resolver, options),
        root_store=root_store_name,
    )
    at = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0)
    probes = [DomainProbe(run, domain, roots_pem) for domain in domains]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(probe.evidence(vantage, at)) for probe in probes]
    vantage = replace(vantage, port25=run.port25())
    return [
        replace(task.result(), vantage=vantage, is_interrupted=run.is_stopped) for task in tasks
    ]


@dataclass(frozen=True, slots=True)
class DomainProbe:
    """The probe of one domain within a run, with the certificates that its servers sent."""

    run: Run
    domain: str
    roots_pem: bytes
    certificates: dict[str, bytes] = field(default_factory=dict)

    async def evidence(self, vantage: Vantage, at: dt.datetime) -> Evidence:
        """Ask everything about the domain at once."""
        look_up = self.run.look_up
        async with asyncio.TaskGroup() as group:
            mx = group.create_task(look_up(self.domain, "MX"))
            policy_record = group.create_task(look_up(f"_mta-sts.{self.domain}", "TXT"))
            report_record = group.create_task(look_up(f"_smtp._tls.{self.domain}", "TXT"))
            policy = group.create_task(self._policy(f"mta-sts.{self.domain}"))
            hosts = group.create_task(self._hosts(mx))
        lookups, responses = policy.result()
        intermediates = self.run.options.intermediates
        return Evidence(
            domain=self.domain,
            collected_datetime=at,
            vantage=vantage,
            mx=mx.result(),
            policy_record=policy_record.result(),
            report_record=report_record.result(),
            policy_lookups=lookups,
            policy_responses=responses,
            hosts=hosts.result(),
            certificates=stored_certificates(self.certificates, intermediates, self.roots_pem),
        )

    async def _policy(self, host: str) -> tuple[tuple[DnsAnswer, ...], tuple[PolicyResponse, ...]]:
        lookups = await self.run.addresses(host)
        addresses = _in_turn(lookups)[: self.run.options.most_addresses]
        fetches = (self._response(host, ip_address) for ip_address in addresses)
        return lookups, tuple(await asyncio.gather(*fetches))

    async def _response(self, host: str, ip_address: str) -> PolicyResponse:
        if not self._may_ask(ip_address):
            return PolicyResponse(ip_address=ip_address, outcome="skipped-not-public")
        late = PolicyResponse(ip_address=ip_address, outcome="total-timeout")
        work = self.run.in_time(self._fetch(host, ip_address), late)
        return await unless_broken(
            work, lambda why: replace(late, outcome="probe-error", detail=why)
        )

    async def _fetch(self, host: str, ip_address: str) -> PolicyResponse:
        run = self.run
        async with run.connection_limit:
            return await fetch_policy(ip_address, host, run.options, run.context, self.certificates)

    def _may_ask(self, ip_address: str) -> bool:
        return self.run.options.allow_private or is_public(ip_address)

    async def _hosts(self, mx: asyncio.Task[DnsAnswer]) -> tuple[MxHost, ...]:
        records = [record.split(" ", 1) for record in (await mx).records]
        wanted = sorted(
            (int(preference), name.removesuffix(".").lower())
            for preference, name in records
            if name != "."
        )
        most = self.run.options.most_mx_hosts
        self.run.known_hosts += len(wanted[:most])
        hosts = await asyncio.gather(
            *(self._guarded_host(name, preference) for preference, name in wanted[:most])
        )
        skipped = (
            MxHost(name=name, preference=preference, skipped="skipped-limit")
            for preference, name in wanted[most:]
        )
        return (*hosts, *skipped)

    async def _guarded_host(self, name: str, preference: int) -> MxHost:
        broken = MxHost(name=name, preference=preference, skipped="probe-error")
        return await unless_broken(self._host(name, preference), lambda _: broken)

    async def _host(self, name: str, preference: int) -> MxHost:
        run, most = self.run, self.run.options.most_addresses
        if not HOST_NAME.fullmatch(name):  # it can be looked up, but not be sent as SNI
            run.finish(name)
            return MxHost(name=name, preference=preference, skipped="unusable-name")
        lookups = await run.addresses(name)
        aliases = next((lookup.aliases for lookup in lookups if lookup.aliases), ())
        # RFC 7672 §2.2.2: first the name that aliases lead to, then the one in the MX record
        bases = dict.fromkeys([*(target for _, target in aliases[-1:]), name])
        tlsa = await asyncio.gather(*(run.look_up(f"_25._tcp.{base}", "TLSA") for base in bases))
        addresses = _in_turn(lookups)
        asked = await asyncio.gather(*(self._address(name, each) for each in addresses[:most]))
        skipped = (_unasked(name, each, "skipped-limit") for each in addresses[most:])
        run.finish(name)
        return MxHost(
            name=name,
            preference=preference,
            lookups=lookups,
            tlsa=tuple(tlsa),
            addresses=(*asked, *skipped),
        )

    async def _address(self, host: str, ip_address: str) -> HostAddress:
        if not self._may_ask(ip_address):
            return _unasked(host, ip_address, "skipped-not-public")
        dialogues: list[SmtpDialogue] = []
        work = self.run.in_time(self._talk(host, ip_address, dialogues), "total-timeout")
        reason = await unless_broken(work, lambda _: "probe-error")
        if not dialogues:
            return _unasked(host, ip_address, reason)
        return HostAddress(ip_address=ip_address, dialogues=tuple(dialogues))

    async def _talk(self, host: str, ip_address: str, dialogues: list[SmtpDialogue]) -> str:
        """Talk with SNI and, where TLS was tried, once more without; one dialogue at a time."""
        async with self.run.per_address.setdefault(ip_address, asyncio.Lock()):
            first = await self._dialogue(ip_address, host)
            self.run.smtp_outcomes[ip_address] = first.outcome
            dialogues.append(first)
            if first.outcome in RETRY_WITHOUT_SNI:
                # other addresses may use the limit during the pause
                await asyncio.sleep(self.run.options.pause_seconds)
                dialogues.append(await self._dialogue(ip_address, None))
        return ""

    async def _dialogue(self, ip_address: str, server_name: str | None) -> SmtpDialogue:
        run = self.run
        async with run.connection_limit:
            return await talk(ip_address, server_name, run.options, run.context, self.certificates)


def _unasked(host: str, ip_address: str, reason: str) -> HostAddress:
    dialogue = SmtpDialogue(server_name=host, outcome=reason)
    return HostAddress(ip_address=ip_address, dialogues=(dialogue,))


def _in_turn(lookups: Sequence[DnsAnswer]) -> list[str]:
    """Return the addresses of both families in turn."""
    families = [list(lookup.records) for lookup in lookups]
    longest = max(map(len, families), default=0)
    return [family[turn] for turn in range(longest) for family in families if turn < len(family)]
