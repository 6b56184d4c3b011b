"""Why a resolver failed when it does not say: an alias loop, DNSSEC, or a lame delegation."""

import asyncio
import contextlib
import dataclasses

import dns.asyncquery
import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tlsrpt_analysis.probes.addresses import is_public
from tlsrpt_analysis.probes.connections import printable
from tlsrpt_analysis.probes.dns_lookup import EDNS_SIZE, MOST_ALIASES, look_up
from tlsrpt_analysis.probes.evidence import DnsAnswer
from tlsrpt_analysis.probes.options import ProbeOptions

DNS_PORT = 53
MOST_SERVERS = 4
UDP_SECONDS = 2.0
NO_AUTHORITY = (dns.rcode.REFUSED, dns.rcode.NOTAUTH)


async def explained(
    resolver: dns.asyncresolver.Resolver, failed: DnsAnswer, options: ProbeOptions
) -> DnsAnswer:
    """Return the answer with the reason for its failure, if more questions find one."""
    if failed.status not in ("servfail", "many-aliases"):
        return failed
    with contextlib.suppress(TimeoutError, dns.exception.DNSException, ValueError):
        async with asyncio.timeout(options.dns_seconds):
            return await _reason(resolver, failed, options)
    return failed


async def _reason(
    resolver: dns.asyncresolver.Resolver, failed: DnsAnswer, options: ProbeOptions
) -> DnsAnswer:
    steps = await _aliases(resolver, failed.name)
    known = dataclasses.replace(failed, aliases=steps)
    names = [failed.name, *(target for _, target in steps)]
    if len(set(names)) < len(names):
        return dataclasses.replace(known, status="loop")
    if len(steps) >= MOST_ALIASES or failed.status == "many-aliases":
        return dataclasses.replace(known, status="many-aliases")
    if await _is_answered_unchecked(resolver, failed, options):
        detail = "; ".join(filter(None, [failed.detail, "answered when DNSSEC is not checked"]))
        return dataclasses.replace(known, status="bogus", detail=detail)
    faults = await _lame_servers(resolver, dns.name.from_text(names[-1]), options)
    if faults:
        return dataclasses.replace(known, status="lame", detail="; ".join(faults))
    return known


async def _aliases(resolver: dns.asyncresolver.Resolver, name: str) -> tuple[tuple[str, str], ...]:
    """Return the aliases from a name, followed until a name comes again."""
    steps: list[tuple[str, str]] = []
    while len(steps) < MOST_ALIASES:
        answer = await look_up(resolver, name, "CNAME")
        if not answer.aliases:
            break
        target = answer.aliases[0][1]
        is_known = target in {start for start, _ in steps} or target == name
        steps.append((name, target))
        if is_known:
            break
        name = target
    return tuple(steps)


async def _is_answered_unchecked(
    resolver: dns.asyncresolver.Resolver, failed: DnsAnswer, options: ProbeOptions
) -> bool:
    query = dns.message.make_query(
        failed.name, failed.record_type, want_dnssec=True, payload=EDNS_SIZE
    )
    query.flags |= dns.flags.CD
    server = str(resolver.nameservers[0])
    response = await _ask(server, options.nameserver_port, query)
    return response is not None and response.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)


async def _ask(server: str, port: int, query: dns.message.Message) -> dns.message.Message | None:
    try:
        return (await dns.asyncquery.udp_with_fallback(query, server, UDP_SECONDS, port))[0]
    except (dns.exception.DNSException, OSError, EOFError):
        return None


async def _lame_servers(
    resolver: dns.asyncresolver.Resolver, name: dns.name.Name, options: ProbeOptions
) -> list[str]:
    """Return why none of a name's own servers, as its parent zone lists them, has authority.

    Empty when one of them has authority, or when none answered.
    """
    referral = await _referral(resolver, name, options)
    if referral is None:
        return []
    faults, answers = [], 0
    for server in _servers_of(referral)[:MOST_SERVERS]:
        addresses = _glue(referral, server) or await _addresses(resolver, server)
        if not addresses:
            faults.append(f"{_name_text(server)} has no address")
            continue
        response = await _ask_authority(addresses[0], name, options)
        if response is not None and _has_authority(response):
            return []
        answers += response is not None
        reason = "does not answer" if response is None else _refusal(response)
        faults.append(f"{_name_text(server)} ({addresses[0]}) {reason}")
    return faults if answers or all("no address" in fault for fault in faults) else []


async def _referral(
    resolver: dns.asyncresolver.Resolver, name: dns.name.Name, options: ProbeOptions
) -> dns.message.Message | None:
    """Return the answer of the nearest parent zone that the resolver can reach."""
    zone = name
    while zone != dns.name.root:
        found = await look_up(resolver, zone.to_text(), "NS")
        for server in found.records[:MOST_SERVERS]:
            for address in await _addresses(resolver, dns.name.from_text(server)):
                response = await _ask_authority(address, name, options)
                if response is not None:
                    return response
        if found.records:
            return None
        zone = zone.parent()
    return None


async def _addresses(
    resolver: dns.asyncresolver.Resolver, server: dns.name.Name
) -> tuple[str, ...]:
    return (await look_up(resolver, server.to_text(), "A")).records


async def _ask_authority(
    address: str, name: dns.name.Name, options: ProbeOptions
) -> dns.message.Message | None:
    if not (options.allow_private or is_public(address)):
        return None
    query = dns.message.make_query(name, dns.rdatatype.SOA, use_edns=0, payload=EDNS_SIZE)
    query.flags &= ~dns.flags.RD
    return await _ask(*options.target(address, DNS_PORT), query)


def _servers_of(referral: dns.message.Message) -> list[dns.name.Name]:
    named = [found for found in referral.authority if found.rdtype == dns.rdatatype.NS]
    return [record.target for found in named for record in found]


def _glue(referral: dns.message.Message, server: dns.name.Name) -> tuple[str, ...]:
    return tuple(
        record.address
        for found in referral.additional
        if found.name == server and found.rdtype == dns.rdatatype.A
        for record in found
    )


def _has_authority(response: dns.message.Message) -> bool:
    """Whether a server is authoritative for the zone; one that fails (SERVFAIL) at least holds it."""
    if response.rcode() == dns.rcode.SERVFAIL:
        return True
    return bool(response.flags & dns.flags.AA) and response.rcode() not in NO_AUTHORITY


def _refusal(response: dns.message.Message) -> str:
    rcode = response.rcode()
    if rcode == dns.rcode.NOERROR:
        return "answers without authority"
    return f"answers {dns.rcode.to_text(rcode)}"


def _name_text(name: dns.name.Name) -> str:
    return printable(name.to_text(omit_final_dot=True))
