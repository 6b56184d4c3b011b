"""Replace the names, hosts and addresses in a report consistently, so that it can be shown to others.

The text keeps its structure: the same name becomes the same word everywhere, a wildcard still
covers what it covered, and providers and known reporters stay, as causes depend on them.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import idna

from tlsrpt_analysis.standards.organizations import ORGANIZATIONS

LONGEST_NAME = 253
"""Characters of a domain name (RFC 1035 §2.3.4); what is longer is no host, and replaced whole."""

_STRING = re.compile(
    r'"(?:[^"\\]|\\(?:.|\Z))*+(?:"|\Z)', re.DOTALL
)  # an unclosed one goes to the end
_COLON = re.compile(r"\s*:")
_WORD = re.compile(r"[\w.*:@+%-]+")
_NAME = re.compile(r"(?:[\w*+%-]+\.)+(?:[^\W\d_]+|xn--[a-z0-9-]+)", re.IGNORECASE)
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{32,}")
_ROLE = re.compile(r"\*|_?mta-sts|_smtp|_tls|(?:mx|mail|smtp|mta|alt|aspmx|backup|relay|in|www)\d*")
_END_OF_TIME = re.compile(r"\d+Z_")  # as in the report-id of Google
_FILE_TYPES = frozenset({"txt", "json", "gz", "zip", "eml", "xml"})
_FREE_TEXT = "additional-information"
_IPV4_NETWORKS = tuple(
    ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")
)
_KNOWN_NAMES = frozenset(name for known in ORGANIZATIONS for name in (known.name, *known.names))
_KNOWN_ENDS = frozenset(
    end.removeprefix("*.")
    for known in ORGANIZATIONS
    for end in (*known.domains, *known.sending_domains, *(mx.pattern for mx in known.mx))
)


class Redaction:
    """Replacements that stay the same for all texts given to one instance.

    Examples
    --------
    >>> redaction = Redaction()
    >>> redaction.text("mx1.shop.example.org refused 2001:db8:5::7, see *.shop.example.org")
    'mx1.name2.name1.example refused 2001:db8::1, see *.name2.name1.example'
    >>> redaction.text("shop-de.mail.protection.outlook.com")
    'name3.mail.protection.outlook.com'
    """

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._organizations: dict[str, str] = {}
        self._free_texts: dict[str, str] = {}
        self._ipv4 = (str(address) for network in _IPV4_NETWORKS for address in network.hosts())

    def json_text(self, text: str) -> str:
        """Return a JSON text, also a broken one, with the contents of its strings replaced.

        Everything outside of the strings stays as it is, and so do repeated keys and spaces.

        Examples
        --------
        >>> Redaction().json_text('{"organization-name": "Shop", "report-id": "1", "report-id": 2}')
        '{"organization-name": "Organization 1", "report-id": "1", "report-id": 2}'
        """
        return "".join(self._pieces(text))

    def _pieces(self, text: str) -> Iterator[str]:
        place, key = 0, ""
        for found in _STRING.finditer(text):
            yield self.text(text[place : found.start()])
            place = found.end()
            try:
                content = json.loads(found[0], strict=False)
            except ValueError:
                yield self.text(found[0])
                continue
            is_key = _COLON.match(text, place) is not None
            replaced = self.text(content) if is_key else self._value(key, content)
            quoted = json.dumps(replaced, ensure_ascii=content.isascii())
            yield quoted if quoted.isprintable() else "".join(map(_seen, quoted))
            key = content if is_key else key
        yield self.text(text[place:])

    def _value(self, key: str, content: str) -> str:
        match key.strip().lower().replace("_", "-"):
            case "organization-name" if content not in _KNOWN_NAMES and content.strip():
                return _numbered(self._organizations, content, "Organization ")
            case name if name == _FREE_TEXT and content:
                return _numbered(self._free_texts, content, "text ")
        return self.text(content)

    def text(self, text: str) -> str:
        """Return a text with the hosts, addresses, mailboxes and fingerprints in it replaced."""
        return _WORD.sub(lambda found: self._word(found[0]), text)

    def _word(self, word: str) -> str:
        if (address := _address(word)) is not None:
            return self._address(address)
        if ":" in word:
            return ":".join(self._word(part) if part else "" for part in word.split(":"))
        if "@" in word:
            person, _, host = word.rpartition("@")
            return f"{_numbered(self._people, person, 'user')}@{self._word(host)}"
        if _FINGERPRINT.fullmatch(word) and not word.isdigit():
            return hashlib.shake_256(word.lower().encode()).hexdigest(len(word))[: len(word)]
        if found := _END_OF_TIME.match(word):
            return found[0] + self._word(word[found.end() :])
        bare = word.rstrip(".")
        return self._host(bare) + word[len(bare) :] if _NAME.fullmatch(bare) else word

    def _address(self, address: IPv4Address | IPv6Address) -> str:
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            return f"::ffff:{self._address(address.ipv4_mapped)}"
        key = str(address)
        if key not in self._addresses:
            new = f"2001:db8::{len(self._addresses) + 1:x}"
            self._addresses[key] = next(self._ipv4, new) if address.version == 4 else new
        return self._addresses[key]

    def _host(self, host: str) -> str:
        if len(host) > LONGEST_NAME:
            return f"{self._named(host)}.example"
        labels = host.split(".")
        if labels[-1].lower() in _FILE_TYPES:
            return host
        for start in range(len(labels) - 1):
            if ".".join(labels[start:]).lower() in _KNOWN_ENDS:
                return ".".join([*map(self._label, labels[:start]), *labels[start:]])
        domain = self._named(".".join(labels[-2:]))
        return ".".join([*map(self._label, labels[:-2]), domain, "example"])

    def _label(self, label: str) -> str:
        return label if _ROLE.fullmatch(label.lower()) else self._named(label)

    def _named(self, name: str) -> str:
        ascii_name = _a_label(name)
        plain = _numbered(self._labels, ascii_name, "name")
        if not name.isascii():
            return plain.replace("name", "näme")
        if "xn--" in ascii_name:
            return idna.encode(plain.replace("name", "näme")).decode()
        return plain.upper() if name.isupper() else plain


def _numbered(known: dict[str, str], name: str, word: str) -> str:
    return known.setdefault(name, f"{word}{len(known) + 1}")


def _address(word: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(word.removesuffix("."))
    except ValueError:
        return None


def _a_label(name: str) -> str:
    try:
        return idna.encode(name, uts46=True).decode() if not name.isascii() else name.lower()
    except idna.IDNAError:
        return name.lower()


def _seen(letter: str) -> str:
    """Return a letter of JSON, escaped where a terminal would obey it or nobody would see it."""
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]
