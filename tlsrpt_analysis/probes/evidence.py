"""What a probe saw, as frozen values that JSON can hold; no verdicts."""

import datetime as dt
from dataclasses import dataclass

from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy, parse_policy

SCHEMA = "tlsrpt-analysis/probe-evidence/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer:
    """One DNS question and its answer.

    ``status`` is ``ok``, ``nodata``, ``nxdomain``, ``servfail``, ``bogus`` (refused by DNSSEC),
    ``lame``, ``loop``, ``refused`` (by the resolver), ``timeout`` or ``error``; ``validated`` is the
    AD bit as seen.
    """

    name: str
    record_type: str
    status: str
    records: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    validated: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSession:
    """A TLS handshake: ``outcome`` is ``ok``, ``tls-handshake``, ``tls-closed`` or ``tls-timeout``.

    ``chain`` names certificates of the evidence by SHA-256, in the order in which they were served.
    """

    server_name: str | None
    outcome: str
    detail: str = ""
    protocol: str = ""
    cipher: str = ""
    chain: tuple[str, ...] = ()
    is_whole_chain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpDialogue:
    """One SMTP connection: ``outcome`` is ``ok`` or the code of the step at which it ended."""

    server_name: str | None
    outcome: str
    detail: str = ""
    banner: str = ""
    transcript: tuple[str, ...] = ()
    tls: TlsSession | None = None
    is_clean_quit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAddress:
    """An address of an MX host and its dialogues: first with SNI, then perhaps without."""

    ip_address: str
    dialogues: tuple[SmtpDialogue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MxHost:
    """An MX host: its look-ups and addresses; ``tlsa`` holds the answers for its TLSA names."""

    name: str
    preference: int
    lookups: tuple[DnsAnswer, ...] = ()
    tlsa: tuple[DnsAnswer, ...] = ()
    addresses: tuple[HostAddress, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyResponse:
    """The answer of one address of the policy host; ``outcome`` is ``ok`` or what went wrong."""

    ip_address: str
    outcome: str
    detail: str = ""
    status: int | None = None
    content_type: str = ""
    location: str = ""
    body: bytes = b""
    tls: TlsSession | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPolicy:
    """A policy text that senders or an earlier probe saw, with the last day on which they did.

    ``policy_id`` is the id of its record, which only an earlier probe knows.
    """

    text: str
    last_day: dt.date | None = None
    policy_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCertificate:
    """A certificate in DER; ``role`` is ``served``, ``known`` (given by the user) or ``root``."""

    sha256: str
    der: bytes
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Port25:
    """How all connections of the run to SMTP ports went, which shows whether port 25 is blocked here.

    Addresses that cannot be reached at all (IPv6 from a machine without it) do not count.
    """

    tried: int = 0
    connected: int = 0
    timed_out: int = 0
    networks: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """Where the probe ran, with which resolver and which trusted roots."""

    version: str
    helo: str
    resolver: tuple[str, ...]
    is_resolver_trusted: bool
    root_store: str
    port25: Port25 = Port25()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that one probe of a domain saw.

    ``is_interrupted`` says that the user ended the probe: what was not reached is not measured.
    Certificates with the role ``root`` are those of the trust store in which a served chain could
    end, so that the evidence can be judged again without the store.
    """

    domain: str
    collected_datetime: dt.datetime
    vantage: Vantage
    mx: DnsAnswer
    policy_record: DnsAnswer
    report_record: DnsAnswer
    policy_lookups: tuple[DnsAnswer, ...] = ()
    policy_responses: tuple[PolicyResponse, ...] = ()
    hosts: tuple[MxHost, ...] = ()
    certificates: tuple[StoredCertificate, ...] = ()
    reported_policies: tuple[ReportedPolicy, ...] = ()
    is_interrupted: bool = False
    schema: str = SCHEMA

    @property
    def live_body(self) -> bytes | None:
        """Return the policy text of the first address that served one."""
        bodies = (found.body for found in self.policy_responses if found.outcome == "ok")
        return next(bodies, None)

    @property
    def live_policy(self) -> MtaStsPolicy | None:
        """Return the policy that is served, or None when it cannot be parsed."""
        body = self.live_body
        try:
            return None if body is None else parse_policy(body.decode("utf-8"))
        except (PolicyError, UnicodeDecodeError):
            return None
