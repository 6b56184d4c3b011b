"""Whether a report that came by mail was sent by whom it names (RFC 8460 §3); no network here.

The look-up of a key is an argument, so that keys may come from DNS, a file or a mapping.
"""

import email
import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.generator import BytesGenerator
from email.message import Message
from typing import Literal

import authres
import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from tlsrpt_analysis.intake.mail_header import MailHeader, read_header, received_datetime
from tlsrpt_analysis.intake.reporters import contact_domain, is_covered_by
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.report import Report

Verdict = Literal["verified", "failed", "unsigned", "unknown"]

KeyLookup = Callable[[str], str | None]
"""Gives the TXT record at a name, None where there is none, and raises `KeyUnavailable`."""

MOST_SIGNATURES = 8
"""Signatures of one mail that are looked at; real reports have one or two."""

LONGEST_KEY_RECORD = 8_192
"""A TXT record with an RSA key of 16,384 bits has 2,800 letters."""

_REQUIRED_TAGS = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")  # RFC 6376 §3.5
_SLACK_SECONDS = 36_000  # for clocks that are wrong, as dkimpy allows
_LONG_BLANK = re.compile(rb"[ \t]{1000}")  # dkimpy takes the square of such a run


class KeyUnavailable(Exception):  # noqa: N818 - it says what the key is; it never leaves the intake
    """Whether there is a key cannot be told now, as DNS did not answer."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """How reports that came by mail are to be authenticated (RFC 8460 §3).

    Attributes
    ----------
    keys : mapping or callable, optional
        Gives the DKIM key record at a name such as ``selector._domainkey.example.com``:
        `DkimKeys` asks DNS; a mapping of names to records asks nobody.
    trusted_servers : tuple of str
        The names (authserv-id) with which your own servers sign the ``Authentication-Results``
        that they write. Name only servers that remove such fields from mails that come in.
    include_failed : bool
        Whether reports that fail, or have no signature, still count in the analyses.

    Examples
    --------
    >>> Authentication(trusted_servers=("mx.example.com",)).include_failed
    False
    """

    keys: Mapping[str, str] | KeyLookup | None = None
    trusted_servers: tuple[str, ...] = ()
    include_failed: bool = False

    def leaves_out(self, authenticity: str) -> bool:
        """Tell whether a report of this authenticity is left out of the analyses."""
        return not self.include_failed and authenticity in {"failed", "unsigned"}


@dataclass(frozen=True, slots=True)
class Authenticity:
    """What was found about one report: the verdict, the domain that signed, and why."""

    verdict: Verdict
    domain: str | None
    reason: str


def judge_mail(raw: bytes, report: Report, authentication: Authentication) -> Authenticity:
    r"""Judge whether the mail that a report came in was signed by whom the report names.

    A signature counts when its domain is that of the sender, of the report's contact and of the
    submitter, or a parent of them (RFC 8460 §5.3); when it covers the whole body, so has no
    ``l=``; and when its key may be used for reports (RFC 8460 §3).

    Examples
    --------
    >>> from tlsrpt_analysis.standards.report import parse_report
    >>> parsed = parse_report(b'{"date-range": {"start-datetime": "2016-04-01T00:00:00Z",'
    ...     b' "end-datetime": "2016-04-01T23:59:59Z"}, "policies": [], "report-id": "1"}')
    >>> judge_mail(b"From: a@example.com\n\n", parsed.report, Authentication(keys={})).verdict
    'unsigned'
    """
    header = read_header(raw)
    trusted = _trusted_domains(header, authentication.trusted_servers)
    if trusted is not None:
        return _best(_by_server(trusted, header, report))
    if not header.dkim_signatures:
        return Authenticity("unsigned", None, "the mail has no DKIM signature (RFC 8460 §3)")
    if authentication.keys is None:
        return Authenticity("unknown", None, "no server that you trust says if it is signed well")
    if _LONG_BLANK.search(raw):
        return Authenticity("failed", None, "the mail has lines of blanks that no report needs")
    keys = authentication.keys
    find_key = keys.get if isinstance(keys, Mapping) else keys
    return _best(_by_keys(raw, header, report, find_key))


def attached_mails(raw: bytes) -> Iterator[bytes]:
    """Give the mails that are attached to a mail, as their senders signed them."""
    if b"message/rfc822" not in raw.lower():
        return
    parts = email.message_from_bytes(raw).walk()
    attached = (part for part in parts if part.get_content_type() == "message/rfc822")
    for part in itertools.islice(attached, MOST_SIGNATURES):
        inner = part.get_payload(0) if part.is_multipart() else None
        if isinstance(inner, Message):
            target = io.BytesIO()
            BytesGenerator(target, mangle_from_=False, maxheaderlen=0).flatten(inner)
            yield target.getvalue()


def _best(found: Iterator[Authenticity]) -> Authenticity:
    judged: list[Authenticity] = []
    for authenticity in found:
        if authenticity.verdict == "verified":
            return authenticity
        judged.append(authenticity)
    order = ("unknown", "failed", "unsigned")
    return min(judged, key=lambda authenticity: order.index(authenticity.verdict))


def _failed(domain: str | None, reason: str) -> Authenticity:
    return Authenticity("failed", domain, reason)


# --- by a server that the user trusts ------------------------------------------------------------


def _trusted_domains(header: MailHeader, servers: tuple[str, ...]) -> list[str] | None:
    """Give the domains whose signatures a trusted server found good; None if it says nothing."""
    wanted = {server.casefold() for server in servers}
    for value in header.authentication_results if wanted else ():
        try:
            parsed = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
        except (authres.AuthResError, ValueError):
            continue
        if (parsed.authserv_id or "").casefold() not in wanted:
            continue
        results = [result for result in parsed.results if result.method == "dkim"]
        if results:
            return [_signer(result) for result in results if result.result == "pass"]
    return None


def _signer(result: authres.AuthenticationResult) -> str:
    names = {entry.name: entry.value for entry in result.properties if entry.type == "header"}
    return normalize_domain(str(names.get("d") or names.get("i") or "").rpartition("@")[2])


def _by_server(domains: list[str], header: MailHeader, report: Report) -> Iterator[Authenticity]:
    if not domains:
        verdict: Verdict = "failed" if header.dkim_signatures else "unsigned"
        yield Authenticity(verdict, None, "your server found no good DKIM signature on the mail")
    shortened = {
        _domain_of(tags) for tags in map(_tags, header.dkim_signatures) if tags and b"l" in tags
    }
    for domain in domains:
        wrong = _misalignment(domain, header, report)
        if domain in shortened:
            wrong = "its signature covers only a part of the mail (l=), which RFC 8460 §3 forbids"
        yield (
            _failed(domain, wrong)
            if wrong
            else Authenticity("verified", domain, "a server that you trust found it signed")
        )


# --- by the keys of the signer -------------------------------------------------------------------


def _by_keys(
    raw: bytes, header: MailHeader, report: Report, find_key: KeyLookup
) -> Iterator[Authenticity]:
    for number, value in enumerate(header.dkim_signatures[:MOST_SIGNATURES]):
        tags = _tags(value)
        if tags is None:
            yield _failed(None, "its DKIM signature cannot be read")
            continue
        domain = _domain_of(tags)
        wrong = _misalignment(domain, header, report) or _wrong_tags(tags, received_datetime(raw))
        yield (
            _failed(domain, wrong) if wrong else _by_key(raw, number, tags, _Key(domain, find_key))
        )


def _by_key(raw: bytes, number: int, tags: Mapping[bytes, bytes], key: "_Key") -> Authenticity:
    name = f"{tags.get(b's', b'').decode('ascii', 'replace')}._domainkey.{key.domain}"
    try:
        key.fetch(normalize_domain(name))
    except KeyUnavailable as error:
        return Authenticity("unknown", key.domain, f"the key at {name} cannot be had now: {error}")
    if key.fault:
        return _failed(key.domain, f"the key at {name} {key.fault}")
    try:
        is_good = _Signature(raw, minkey=1024, tlsrpt=True).verify(number, dnsfunc=key.give)
    except (dkim.DKIMException, ValueError, TypeError, ArithmeticError, LookupError) as error:
        return _failed(key.domain, f"its signature does not verify ({str(error)[:120]})")
    if not is_good:
        return _failed(key.domain, "its signature does not verify: the mail was changed or forged")
    return Authenticity("verified", key.domain, "its DKIM signature verifies")


class _Key:
    """The key of one signature, looked up before it is used."""

    def __init__(self, domain: str, find_key: KeyLookup) -> None:
        self.domain = domain
        self.fault = ""
        self._find = find_key
        self._record = b""

    def fetch(self, name: str) -> None:
        """Look the key up and tell in `fault` why it may not be used."""
        record = self._find(name)
        if record is None or not record.strip():
            self.fault = (
                "is gone: it may have been withdrawn since; keep keys in a file from now on,"
                " or trust the Authentication-Results of your server"
            )
            return
        tags = _tags(record[:LONGEST_KEY_RECORD])
        if tags is None or len(record) > LONGEST_KEY_RECORD:
            self.fault = "cannot be read"
            return
        services = {service.strip() for service in tags.pop(b"s", b"*").split(b":")}
        if not services & {b"*", b"tlsrpt"}:  # RFC 6376 §3.6.1; senders set no s= for reports
            self.fault = "is not for reports (its s= has neither * nor tlsrpt)"
        self._record = b"; ".join(tag + b"=" + value for tag, value in tags.items())

    def give(self, _: bytes, timeout: float = 0) -> bytes:  # noqa: ARG002 - dkimpy's signature
        """Give the record to dkimpy, without its s=, which was judged here."""
        return self._record


class _Signature(dkim.DKIM):  # type: ignore[misc]  # dkimpy has no types
    """A signature that may have expired since the mail came; `_wrong_tags` looks at that."""

    def verify_headerprep(self, idx: int = 0) -> object:
        """Prepare as dkimpy does, without asking today's clock about x=."""
        fields = [field for field in self.headers if field[0].lower() == b"dkim-signature"]
        tags = parse_tag_value(fields[idx][1])
        dkim.validate_signature_fields({tag: tags[tag] for tag in tags if tag != b"x"})
        self.signature_fields = tags
        self.domain, self.selector = tags[b"d"], tags[b"s"]
        signed = [name.lower() for name in re.split(rb"\s*:\s*", tags[b"h"])]
        self.include_headers = tuple(signed)
        return tags, signed, fields


def _tags(value: str) -> dict[bytes, bytes] | None:
    try:
        return dict(parse_tag_value(value.encode()))
    except (InvalidTagValueList, ValueError, IndexError):
        return None


def _domain_of(tags: Mapping[bytes, bytes]) -> str:
    return normalize_domain(tags.get(b"d", b"").decode("utf-8", "replace"))


def _wrong_tags(tags: Mapping[bytes, bytes], received: datetime | None) -> str:
    if missing := [tag.decode() for tag in _REQUIRED_TAGS if not tags.get(tag)]:
        return f"its signature has no {', '.join(missing)}"
    if b"l" in tags:
        return "its signature covers only a part of the mail (l=), which RFC 8460 §3 forbids"
    signed = {name.strip().lower() for name in tags.get(b"h", b"").split(b":")}
    if b"from" not in signed:  # RFC 6376 §5.4
        return "its signature does not cover the sender"
    expires = tags.get(b"x", b"")
    if received and expires.isdigit() and len(expires) < 12:
        late = received.timestamp() - int(expires)
        if late > _SLACK_SECONDS:
            return "its signature had expired (x=) when the mail came"
    return ""


def _misalignment(domain: str, header: MailHeader, report: Report) -> str:
    """Tell why a signing domain does not speak for a report, or nothing if it does."""
    if len(header.from_domains) != 1:
        return "the mail does not have one sender"
    claims = {
        "sender": header.from_domains[0],
        "contact-info": contact_domain(report.contact_info),
        "TLS-Report-Submitter": header.tls_report_submitter,
    }
    for claim, claimed in claims.items():
        if claimed and not is_covered_by(claimed, domain):
            return (
                f"its signature is by {domain[:80] or 'nobody'}, its {claim} is at {claimed[:80]}"
            )
    return ""
