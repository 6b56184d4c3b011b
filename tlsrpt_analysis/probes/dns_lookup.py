"""DNS look-ups: one question, the aliases on its way, and exactly why there was no answer."""

import ipaddress
from collections.abc import Sequence

import dns.asyncresolver
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from tlsrpt_analysis.errors import ProbeError
from tlsrpt_analysis.probes.connections import printable
from tlsrpt_analysis.probes.evidence import DnsAnswer
from tlsrpt_analysis.probes.options import ProbeOptions

MOST_ALIASES = 16
EDNS_SIZE = 1232
LONGEST_TEXT = 2_000
"""Characters of a TXT record; only the short records of MTA-STS and TLSRPT are read."""

BOGUS_CODES = frozenset(range(5, 13))  # RFC 8914 §4: DNSSEC validation failed
LAME_CODES = frozenset({22, 23})  # RFC 8914 §4: no reachable authority, network error


def make_resolver(options: ProbeOptions) -> dns.asyncresolver.Resolver:
    """Return the resolver of a run; it asks for DNSSEC and has no cache."""
    try:
        resolver = dns.asyncresolver.Resolver(configure=not options.nameservers)
    except dns.resolver.NoResolverConfiguration as error:
        raise ProbeError(
            "the system has no resolver configured: give one with nameservers"
        ) from error
    if options.nameservers:
        resolver.nameservers = list(options.nameservers)
    resolver.port = options.nameserver_port
    resolver.lifetime = options.dns_seconds
    resolver.use_edns(0, dns.flags.DO, EDNS_SIZE)
    resolver.flags = dns.flags.RD | dns.flags.AD
    return resolver


def is_trusted(resolver: dns.asyncresolver.Resolver, options: ProbeOptions) -> bool:
    """Whether a resolver's DNSSEC validation counts: only over loopback, or when the user says so."""
    return options.trust_resolver or all(
        ipaddress.ip_address(str(server)).is_loopback for server in resolver.nameservers
    )


async def look_up(resolver: dns.asyncresolver.Resolver, name: str, record_type: str) -> DnsAnswer:
    """Return the answer to one question; a failure is an answer with another status."""
    try:
        answer = await resolver.resolve(name, record_type, raise_on_no_answer=False, search=False)
        return answer_of(name, record_type, answer.response)
    except dns.resolver.NXDOMAIN as error:
        response = next(iter(error.kwargs["responses"].values()))
        return answer_of(name, record_type, response)
    except dns.resolver.LifetimeTimeout:
        return DnsAnswer(name=name, record_type=record_type, status="timeout")
    except dns.resolver.NoNameservers as error:
        return _failure(name, record_type, error)
    except (dns.exception.DNSException, OSError, ValueError) as error:
        detail = printable(str(error))
        return DnsAnswer(name=name, record_type=record_type, status="error", detail=detail)


def answer_of(name: str, record_type: str, response: dns.message.Message) -> DnsAnswer:
    """Return what a response says to a question."""
    target, aliases = _follow(dns.name.from_text(name), response)
    wanted = dns.rdatatype.from_text(record_type)
    records = tuple(
        sorted(
            _text(record)
            for found in response.answer
            if found.name == target and found.rdtype == wanted
            for record in found
        )
    )
    status = "ok" if records else "nodata"
    if response.rcode() == dns.rcode.NXDOMAIN:
        status = "nxdomain"
    if not records and response.flags & dns.flags.TC:  # also over TCP: what is missing is unknown
        status = "truncated"
    if endless := _endless(aliases):
        status, records = endless, ()
    return DnsAnswer(
        name=name,
        record_type=record_type,
        status=status,
        records=records,
        aliases=aliases,
        validated=bool(response.flags & dns.flags.AD),
    )


def _follow(
    name: dns.name.Name, response: dns.message.Message
) -> tuple[dns.name.Name, tuple[tuple[str, str], ...]]:
    links = {
        found.name: found[0].target
        for found in response.answer
        if found.rdtype == dns.rdatatype.CNAME
    }
    steps: list[tuple[str, str]] = []
    while name in links and len(steps) < MOST_ALIASES:
        steps.append((_name_text(name), _name_text(links[name])))
        name = links[name]
    return name, tuple(steps)


def _endless(aliases: Sequence[tuple[str, str]]) -> str:
    """Return how aliases lead nowhere: a circle, or more of them than anybody follows."""
    if len(aliases) < MOST_ALIASES:
        return ""
    names = [start for start, _ in aliases]
    return "loop" if len(set(names)) < len(names) or aliases[-1][1] in names else "many-aliases"


def _name_text(name: dns.name.Name) -> str:
    """Return a name as it is looked up again: dnspython escapes all that is not plain ASCII."""
    return name.to_text(omit_final_dot=True).lower()


def _text(record: object) -> str:
    strings: Sequence[bytes] | None = getattr(record, "strings", None)
    return str(record) if strings is None else printable(b"".join(strings), LONGEST_TEXT)


def _failure(name: str, record_type: str, error: dns.resolver.NoNameservers) -> DnsAnswer:
    status, details = "error", list[str]()
    aliases: tuple[tuple[str, str], ...] = ()
    for server_error in error.kwargs.get("errors", ()):
        cause, response = server_error[3], server_error[4]
        if response is None:
            details.append(printable(str(cause)))
            if "chain is too long" in str(cause):
                status = "many-aliases"
            continue
        codes = [option.code for option in response.extended_errors()]
        status = _failure_status(response.rcode(), codes)
        aliases = _follow(dns.name.from_text(name), response)[1]
        status = _endless(aliases) or status
        extended = [option.to_text() for option in response.extended_errors()]
        details.append(printable(" ".join([dns.rcode.to_text(response.rcode()), *extended])))
    return DnsAnswer(
        name=name,
        record_type=record_type,
        status=status,
        aliases=aliases,
        detail="; ".join(dict.fromkeys(details)),
    )


def _failure_status(rcode: int, extended_codes: Sequence[int]) -> str:
    if BOGUS_CODES.intersection(extended_codes):
        return "bogus"
    if LAME_CODES.intersection(extended_codes):
        return "lame"
    if rcode == dns.rcode.REFUSED:
        return "refused"
    return "servfail" if rcode == dns.rcode.SERVFAIL else "error"
