"""One DKIM signature: its tags, its key, and whether dkimpy verifies it; no network here."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import dkim
from dkim.asn1 import ASN1FormatError
from dkim.canonicalization import InvalidCanonicalizationPolicyError
from dkim.crypto import DigestTooLargeError, UnparsableKeyError
from dkim.util import InvalidTagValueList, parse_tag_value

from tlsrpt_analysis.intake.authenticity.wanted import LONGEST_KEY_RECORD, KeyLookup
from tlsrpt_analysis.standards.domain_names import normalize_domain

_REQUIRED_TAGS = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")  # RFC 6376 §3.5
_SLACK_SECONDS = 36_000  # for inaccurate clocks, as dkimpy allows
_LONGEST_TIME = 12  # digits of a time (RFC 6376 §3.5)
_SHOWN = 120  # characters of a name
_UNVERIFIABLE = (  # whatever dkimpy raises: its errors have no common root
    dkim.DKIMException,
    InvalidTagValueList,
    ASN1FormatError,
    InvalidCanonicalizationPolicyError,
    DigestTooLargeError,
    UnparsableKeyError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
)

Tags = Mapping[bytes, bytes]


def signature_fault(raw: bytes, number: int, tags: Tags, find_key: KeyLookup) -> str:
    """Return why a signature of a mail does not verify, or an empty string if it does.

    Raises
    ------
    KeyUnavailable
        When its key cannot be looked up now.
    """
    selector = tags.get(b"s", b"").decode("ascii", "replace")
    name = normalize_domain(f"{selector}._domainkey.{signing_domain(tags)}")
    key = _Key(name, find_key)
    if fault := key.fault or key.unsuitable(tags):
        return f"the key at {name[:_SHOWN]} {fault}"
    try:
        signature = _Signature(raw.lstrip(b"\r\n"), minkey=1024, tlsrpt=True)
        signature.expected = tags
        is_good = signature.verify(number, dnsfunc=key.record)
    except _UNVERIFIABLE as error:
        return f"its signature does not verify ({str(error)[:120]})"
    return "" if is_good else "its signature does not verify: the mail was changed or forged"


def signature_tags(value: str) -> Tags | None:
    """Return the tags of a signature or a key record; None if they cannot be read.

    Examples
    --------
    >>> signature_tags("v=DKIM1; p=YWJj")
    {b'v': b'DKIM1', b'p': b'YWJj'}
    """
    try:
        return dict(parse_tag_value(value.encode()))
    except (InvalidTagValueList, ValueError, IndexError):
        return None


def signing_domain(tags: Tags) -> str:
    """Return the domain that a signature claims to be from."""
    return normalize_domain(tags.get(b"d", b"").decode("utf-8", "replace"))


def tag_fault(tags: Tags, received: datetime | None) -> str:
    """Return why a signature cannot count for a report whatever its key; empty if it can."""
    if missing := [tag.decode() for tag in _REQUIRED_TAGS if not tags.get(tag)]:
        return f"its signature has no {', '.join(missing)}"
    if b"l" in tags:
        return "its signature covers only a part of the mail (l=), which RFC 8460 §3 forbids"
    signed = {name.strip().lower() for name in tags.get(b"h", b"").split(b":")}
    if b"from" not in signed:  # RFC 6376 §5.4
        return "its signature does not cover the sender"
    if tags[b"a"].strip().lower().endswith(b"-sha1"):  # RFC 8301 §3.1
        return "its signature is made with SHA-1, which RFC 8301 forbids"
    return _expiry_fault(tags, received)


def _expiry_fault(tags: Tags, received: datetime | None) -> str:
    if b"x" not in tags:
        return ""
    expires, made = tags[b"x"].strip(), tags.get(b"t", b"").strip()
    if not expires.isdigit() or len(expires) > _LONGEST_TIME:
        return "its signature does not say when it expires (x= is not a time)"
    if made.isdigit() and int(expires) <= int(made[:_LONGEST_TIME]):  # RFC 6376 §3.5
        return "its signature expires (x=) before it was made (t=)"
    if received and received.timestamp() - int(expires) > _SLACK_SECONDS:
        return "its signature had expired (x=) when the mail arrived"
    return ""


class _Key:
    """The key at a name, and why it may not be used."""

    def __init__(self, name: str, find_key: KeyLookup) -> None:
        record = find_key(name)
        self.fault = ""
        self._tags: Tags = {}
        if record is None or not record.strip():
            self.fault = (
                "no longer exists: it may have been withdrawn; keep keys in a file from now on,"
                " or trust the Authentication-Results of your server"
            )
            return
        tags = signature_tags(record[:LONGEST_KEY_RECORD])
        if tags is None or len(record) > LONGEST_KEY_RECORD:
            self.fault = "cannot be read"
            return
        services = _names(tags, b"s", b"*")
        if not services & {b"*", b"tlsrpt"}:  # RFC 6376 §3.6.1; senders set no s= for reports
            self.fault = "is not for reports (its s= contains neither * nor tlsrpt)"
        elif b"y" in _names(tags, b"t"):  # RFC 6376 §3.6.1
            self.fault = "is only for tests (t=y), so its signatures count as none"
        self._tags = tags

    def unsuitable(self, signature: Tags) -> str:
        """Return why this key may not verify a signature, or an empty string (RFC 6376 §3.6.1)."""
        algorithm = signature[b"a"].strip().lower().rpartition(b"-")[2]
        if b"h" in self._tags and algorithm not in _names(self._tags, b"h"):
            return f"is not for {algorithm.decode('ascii', 'replace')[:_SHOWN]} (its h=)"
        identity = signature.get(b"i", b"").rpartition(b"@")[2].decode("utf-8", "replace")
        is_strict = b"s" in _names(self._tags, b"t")
        if is_strict and identity and normalize_domain(identity) != signing_domain(signature):
            return "is for no subdomain (t=s), and the signature is for one (i=)"
        return ""

    def record(self, _: bytes, timeout: float = 0) -> bytes:  # noqa: ARG002 - as dkimpy calls it
        """Return the record for dkimpy, without its s=, which was checked here."""
        return b"; ".join(tag + b"=" + value for tag, value in self._tags.items() if tag != b"s")


class _Signature(dkim.DKIM):  # type: ignore[misc]  # dkimpy has no types
    """A signature that may have expired since the mail arrived; `tag_fault` checks that."""

    expected: Tags = MappingProxyType({})

    def verify_headerprep(self, idx: int = 0) -> object:
        """Prepare as dkimpy does, without comparing x= with today's clock."""
        fields = [field for field in self.headers if field[0].lower() == b"dkim-signature"]
        tags = parse_tag_value(fields[idx][1])
        if _compact(tags) != _compact(self.expected):  # the mail can be read in two ways
            raise dkim.MessageFormatError("its header is ambiguous")
        dkim.validate_signature_fields({tag: tags[tag] for tag in tags if tag != b"x"})
        self.signature_fields = tags
        self.domain, self.selector = tags[b"d"], tags[b"s"]
        signed = [name.strip().lower() for name in tags[b"h"].split(b":")]
        self.include_headers = tuple(signed)
        return tags, signed, fields


def _names(tags: Tags, tag: bytes, default: bytes = b"") -> set[bytes]:
    """Return the names that a tag lists, in lower case."""
    return {name.strip().lower() for name in tags.get(tag, default).split(b":")}


def _compact(tags: Tags) -> Tags:
    return {tag: b"".join(value.split()) for tag, value in tags.items()}
