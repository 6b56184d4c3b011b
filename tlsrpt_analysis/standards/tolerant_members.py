"""Members of JSON objects read as reporters write them; each leniency is collected once."""

import json
from collections.abc import Collection, Mapping

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.standards.addresses import bare_address, bare_host
from tlsrpt_analysis.standards.domain_names import LONGEST_ENCODED, normalize_domain
from tlsrpt_analysis.standards.repeated_members import RepeatedMembers
from tlsrpt_analysis.standards.report_types import (
    LARGEST_COUNT,
    DateRange,
    FailureDetails,
    PolicyResult,
    Report,
    ReportedPolicy,
    Summary,
)
from tlsrpt_analysis.standards.spellings import folded, registered_word

MOST_REASONS = 100
"""Leniencies and refused policies that are listed; a document may hold millions of them."""

VARIANTS: Mapping[str, tuple[str, ...]] = {
    "mx-host": ("mx-host-pattern",),  # drafts before RFC 8460, and those who copied them
    "receiving-mx-hostname": ("receiving-mx-host-name",),  # SocketLabs
    "failure-reason-code": ("failure-error-code",),  # drafts
    "additional-information": ("additional-info-uri", "additional-info"),  # drafts
}
"""Other names under which reporters write members of a report (RFC 8460 §4.4)."""

KEYS = frozenset(
    name
    for kind in (Report, DateRange, PolicyResult, ReportedPolicy, Summary, FailureDetails)
    for name in kind.__struct_encode_fields__
).union(*VARIANTS.values())
"""All names of members of a report, which are never spelled otherwise."""

MOST_ENCODED = 1_000
"""Different names outside ASCII that are encoded in one report: a proper report has none (RFC 8460
§4.4), and each takes up to a millisecond."""

MOST_UNKNOWN = 50
"""Members with other names that are looked at in one object."""


class TolerantMembers:
    """Reads members and collects what was forgiven and what was refused, each once."""

    def __init__(self) -> None:
        self.leniencies: dict[str, None] = {}
        self.refused_policies: list[str] = []
        self.unlisted_policies = 0
        self.encoded: set[str] = set()

    def forgive(self, leniency: str) -> None:
        """Note a leniency, once."""
        if len(self.leniencies) < MOST_REASONS:
            self.leniencies[leniency] = None

    def refuse(self, reason: str) -> None:
        """Note why a part of the report cannot be kept."""
        if len(self.refused_policies) < MOST_REASONS:
            self.refused_policies.append(reason)
        else:
            self.unlisted_policies += 1

    def refused(self) -> tuple[str, ...]:
        """Return why parts of the report could not be kept."""
        more = self.unlisted_policies
        return (*self.refused_policies, *([f"and {more} more policies"] if more else []))

    def texts(self, key: str, value: object) -> tuple[str, ...]:
        """Return an array of texts; a single text is an array of one."""
        if value is None or value == "":
            return ()
        if isinstance(value, str):
            return (self.unicode(key, value),)
        if isinstance(value, list):
            return tuple(
                self.unicode(key, entry) if isinstance(entry, str) else json.dumps(entry)
                for entry in value
            )
        raise ReportError(f"{key} is {kind_name(value)} instead of an array of texts")

    def count(self, value: object, key: str) -> int:
        """Return a count of sessions."""
        if isinstance(value, str) and value.strip().isdecimal():
            self.forgive(f"{key} is a text instead of a number")
            value = int(value) if len(value) <= 20 else LARGEST_COUNT + 1
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ReportError(f"{key} is no whole number: {shown_value(value)}")
        if not 0 <= value <= LARGEST_COUNT:
            raise ReportError(f"{key} cannot be a count of sessions: {shown_value(value)}")
        return value

    def domain(self, key: str, name: str | None) -> str | None:
        """Return a domain name in lower case A-labels."""
        if name is None:
            return None
        normalized = self.a_labels(name)
        if normalized != name:
            self.forgive(f"{key} is not in lower case A-labels without a trailing dot")
        return within_name(key, normalized) or None

    def a_labels(self, name: str) -> str:
        """Return a name in lower case A-labels."""
        if not name.isascii() and name not in self.encoded:
            if len(self.encoded) >= MOST_ENCODED:
                raise ReportError(f"the report has more than {MOST_ENCODED:,} names outside ASCII")
            self.encoded.add(name)
        return normalize_domain(name)

    def address(self, document: Mapping[str, object], key: str) -> str | None:
        """Return an IP address without brackets, ports and the like; another text as it was sent."""
        text = self.text(document, key)
        if text is None:
            return None
        address = bare_address(text)
        if address is None:
            self.forgive(f"{key} is no IP address (RFC 8460 §4.4), kept as sent")
            return text
        if address != text:
            self.forgive(f"{key} is not a bare IP address (RFC 8460 §4.4)")
        return address

    def host(self, key: str, text: str | None) -> tuple[str | None, str | None]:
        """Return the name of an MX host, and the address that is written with it."""
        if text is None:
            return None, None
        name, address = bare_host(text)
        if name == text:
            return self.domain(key, name), None
        if not name and address is None:
            self.forgive(f"{key} is {shown_value(text)}, read as not given")
            return None, None
        self.forgive(f"{key} is not a bare name: it has a port, brackets or an address")
        return within_name(key, self.a_labels(name)) or None, address

    def member(self, document: Mapping[str, object], key: str) -> object:
        """Return a member by its name in the RFC, or else by another name that reporters use."""
        if isinstance(document, RepeatedMembers):
            for name in document.names:
                self.forgive(f"{shown_value(name)} stands twice in an object, and the last counts")
        if key in document:
            return document[key]
        for variant in VARIANTS.get(key, ()):
            if variant in document:
                self.forgive(f"{variant} instead of {key} (RFC 8460 §4.4)")
                return document[variant]
        return self.misspelt_member(document, key)

    def misspelt_member(self, document: Mapping[str, object], key: str) -> object:
        """Return a member whose name has another case, blanks or underscores; None without one."""
        letters = folded(key)
        for name in list(document.keys() - KEYS)[:MOST_UNKNOWN]:
            if folded(name) == letters:
                self.forgive(f"{shown_value(name)} instead of {key} (RFC 8460 §4.4)")
                return document[name]
        return None

    def text(self, document: Mapping[str, object], key: str) -> str | None:
        """Return a text; an empty one is the same as none."""
        value = self.member(document, key)
        if value is None or value == "":  # many reporters write "" for what they do not know
            return None
        if isinstance(value, str):
            return self.unicode(key, value)
        self.forgive(f"{key} is {kind_name(value)} instead of a text")
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
            return self.unicode(key, value[0]) or None
        return json.dumps(value)

    def registered(
        self, document: Mapping[str, object], key: str, words: Collection[str]
    ) -> str | None:
        """Return a registered word, however it is spelled; another one is kept as it was sent."""
        text = self.text(document, key)
        if text is None:
            self.forgive(f"{key} is missing (RFC 8460 §4.4), kept as unknown")
            return None
        if text in words:
            return text
        if word := registered_word(text, words):
            self.forgive(f"{key} is {shown_value(text)} instead of {word} (RFC 8460 §4.4)")
            return word
        self.forgive(f"{key} {shown_value(text)} is not registered (RFC 8460 §4.4), kept as sent")
        return text

    def unicode(self, key: str, value: str) -> str:
        """Return a text without halves of surrogate pairs."""
        if value.isascii():
            return value
        clean = value.encode(errors="replace").decode()
        if clean != value:
            self.forgive(f"{key} holds half a surrogate pair, which is no character")
        return clean


def kind_name(value: object) -> str:
    """Return what kind of JSON value this is, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case list():
            return "an array"
        case _:
            return "a number"


def within_name(key: str, name: str) -> str:
    """Return a name that is no longer than a domain name can be."""
    if len(name) > LONGEST_ENCODED:
        raise ReportError(
            f"{key} has {len(name):,} characters, and a domain name has 253 (RFC 1035 §2.3.4)"
        )
    return name


def shown_value(value: object) -> str:
    """Return a value as one short text."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
