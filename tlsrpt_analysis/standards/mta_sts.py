"""The MTA-STS policy of RFC 8461: its grammar (RFC 8461 §3.2) and the matching of MX names (RFC 8461 §4.1)."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tlsrpt_analysis.errors import PolicyError, RecordError
from tlsrpt_analysis.standards.domain_names import is_name_match
from tlsrpt_analysis.standards.policy_lines import MODES, policy_field

LARGEST_MAX_AGE = 31_557_600  # RFC 8461 §3.2: about one year, in seconds


@dataclass(frozen=True, slots=True)
class MtaStsPolicy:
    """A policy: its mode, how long it may be cached in seconds, and its ``mx`` patterns."""

    mode: str
    max_age: int
    mx: tuple[str, ...]

    def __str__(self) -> str:
        """Return the policy as the text to serve, with CRLF between lines (RFC 8461 §3.2)."""
        mx_lines = [f"mx: {pattern}" for pattern in self.mx]
        lines = ["version: STSv1", f"mode: {self.mode}", *mx_lines, f"max_age: {self.max_age}"]
        return "".join(f"{line}\r\n" for line in lines)

    def covers(self, mx_hostname: str) -> bool:
        """Whether one of the ``mx`` patterns matches an MX name (RFC 8461 §4.1)."""
        return covers(self.mx, mx_hostname)


def parse_policy(text: str) -> MtaStsPolicy:
    r"""Read a policy by the grammar of RFC 8461 §3.2.

    Parameters
    ----------
    text : str
        The policy file, lines ended by CRLF or LF.

    Returns
    -------
    MtaStsPolicy
        The policy; of a field given twice the first counts, except ``mx``.

    Raises
    ------
    PolicyError
        With every fault of the text, each with its line number.

    Examples
    --------
    >>> parse_policy("version: STSv1\nmode: testing\nmx: *.example.com\nmax_age: 86400\n")
    MtaStsPolicy(mode='testing', max_age=86400, mx=('*.example.com',))
    """
    fields, faults = _fields(_lines(text))
    first = {key: values[0].text for key, values in fields.items()}
    for key, fault in _value_faults(first):
        faults.append(f"line {fields[key][0].line}: {fault}" if key in fields else fault)
    faults += [
        f"line {value.line}: mx: {value.text!r} is not a domain name or '*.' and one"
        for value in fields.get("mx", ())
        if not _is_pattern(value.text)
    ]
    patterns = tuple(value.text for value in fields.get("mx", ()))
    if not patterns and first.get("mode") != "none":
        faults.append("no mx line: without one no host is allowed (RFC 8461 §3.2)")
    if faults:
        raise PolicyError("not an MTA-STS policy: " + "; ".join(faults))
    return MtaStsPolicy(first["mode"], int(first["max_age"]), patterns)


def read_policy_id(texts: Iterable[str]) -> str:
    """Return the id of the one policy record among TXT records of ``_mta-sts`` (RFC 8461 §3.1).

    Parameters
    ----------
    texts : iterable of str
        Every TXT record of the name, each with its strings joined.

    Returns
    -------
    str
        The id, which is to change whenever the policy does.

    Raises
    ------
    RecordError
        When there is no record, more than one, or one that breaks the grammar.

    Examples
    --------
    >>> read_policy_id(["v=STSv1; id=20260831T010101;", "unrelated"])
    '20260831T010101'
    """
    records = [text for text in texts if _RECORD_VERSION.match(text)]
    if len(records) != 1:
        raise RecordError(f"{len(records)} records that begin with v=STSv1, wanted is one")
    found = _RECORD.fullmatch(records[0])
    if found is None:
        raise RecordError(f"not 'v=STSv1; id=' and 1 to 32 letters or digits: {records[0][:80]!r}")
    return found[1]


def policy_id(text: str) -> str:
    """Return an id for the text of a policy that changes whenever the text does (RFC 8461 §3.1).

    Examples
    --------
    >>> policy_id(str(MtaStsPolicy("testing", 86400, ("mx1.example.com",))))
    '909b7807395c432c'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def policy_record(domain: str, policy_id: str) -> str:
    r"""Return the TXT record that announces a policy, as a line of a zone (RFC 8461 §3.1).

    Examples
    --------
    >>> policy_record("example.com", "20260831")
    '_mta-sts.example.com. IN TXT "v=STSv1; id=20260831;"'
    >>> policy_record("evil.example. IN A 192.0.2.1\\n_mta-sts.example.com", "20260831")
    '_mta-sts.DOMAIN. IN TXT "v=STSv1; id=20260831;"'
    """
    is_name = all(letter.isalnum() or letter in "._-" for letter in domain)
    owner = domain if domain and is_name else "DOMAIN"  # a report may hold lines of a zone
    return f'_mta-sts.{owner}. IN TXT "v=STSv1; id={policy_id};"'


def read_max_age(policy_string: str) -> int | None:
    r"""Return the ``max_age`` in seconds that a reported policy states, if it is valid.

    Examples
    --------
    >>> read_max_age("mode: testing\nmax_age: 604800")
    604800
    """
    found = _MAX_AGE.search(policy_string)
    return int(found[1]) if found and int(found[1]) <= LARGEST_MAX_AGE else None


def read_mode(policy_string: Iterable[str]) -> str | None:
    """Return the mode that the lines of a reported ``policy-string`` state, if any.

    The lines may hold errors (RFC 8460 §4.5), so the other lines are not checked.

    Examples
    --------
    >>> read_mode(["version: STSv1", "mode: testing"])
    'testing'
    """
    for line in policy_string:
        key, value = policy_field(line)
        if key == "mode":
            return value or None
    return None


def read_mx_patterns(policy_string: Iterable[str]) -> tuple[str, ...]:
    """Return the ``mx`` patterns that the lines of a reported ``policy-string`` state.

    Examples
    --------
    >>> read_mx_patterns(["mode: testing", "mx: mx1.example.com", "mx: *.example.net"])
    ('mx1.example.com', '*.example.net')
    """
    fields = (policy_field(line) for line in policy_string)
    return tuple(value for key, value in fields if key == "mx" and value)


def matches(pattern: str, mx_hostname: str) -> bool:
    """Whether an ``mx`` pattern matches an MX name (RFC 8461 §4.1).

    ``*`` stands for exactly one left-most label, and for nothing else.
    The name is the one in the MX record, never the target of a CNAME.
    One trailing dot of the DNS name is taken off; names are compared in A-labels, in any case.

    Examples
    --------
    >>> matches("*.mx.microsoft", "example-com.a-v1.mx.microsoft")
    False
    >>> matches("*.aspmx.l.google.com", "aspmx.l.google.com")
    False
    >>> matches("*.mail.protection.outlook.com", "example-com.mail.protection.outlook.com.")
    True
    """
    if not _is_pattern(pattern) or not mx_hostname.isascii():
        return False
    return is_name_match(pattern, mx_hostname)


def covers(patterns: Iterable[str], mx_hostname: str) -> bool:
    """Whether any of several ``mx`` patterns matches an MX name (RFC 8461 §4.1)."""
    return _coverage_of(tuple(patterns)).covers(mx_hostname)


class Coverage:
    """The ``mx`` patterns of a policy, to be looked up: the same answers as `covers`.

    Examples
    --------
    >>> coverage = Coverage(["*.example.com"])
    >>> coverage.covers("MX1.example.com."), coverage.unused(["mx1.example.net"])
    (True, ['*.example.com'])
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = {pattern: _folded(pattern) for pattern in patterns}
        self._known = {text for name, text in self._patterns.items() if _is_pattern(name)}

    def covers(self, mx_hostname: str) -> bool:
        """Whether a pattern matches an MX name (RFC 8461 §4.1)."""
        return not self._known.isdisjoint(_patterns_for(mx_hostname))

    def unused(self, mx_hostnames: Iterable[str]) -> list[str]:
        """Return the patterns that match none of the MX names."""
        wanted = {text for name in mx_hostnames for text in _patterns_for(name)} & self._known
        return [pattern for pattern, text in self._patterns.items() if text not in wanted]


_MOST_KEPT = 100_000
_COVERAGES: dict[tuple[str, ...], Coverage] = {}  # many hosts are compared with few policies
_kept = [0]  # patterns in them


def _coverage_of(patterns: tuple[str, ...]) -> Coverage:
    found = _COVERAGES.get(patterns)
    if found is None:
        _kept[0] += len(patterns) + 1
        if _kept[0] > _MOST_KEPT:
            _COVERAGES.clear()
            _kept[0] = len(patterns) + 1
        found = _COVERAGES[patterns] = Coverage(patterns)
    return found


def _folded(name: str) -> str:
    return name.removesuffix(".").lower()


def _patterns_for(mx_hostname: str) -> tuple[str, ...]:
    """Return the two patterns that match a name."""
    if not mx_hostname.isascii():
        return ()
    name = _folded(mx_hostname)
    first_label, _, rest = name.partition(".")
    return (name, f"*.{rest}") if first_label else (name,)


_RECORD_VERSION = re.compile(r"v=STSv1(?=[ \t]*;|[ \t]*$)")
_EXTENSION = r"[ \t]*+;[ \t]*+[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[!-:<>-~]++"
_ID = r"[ \t]*+;[ \t]*+id=(?=[A-Za-z0-9]{1,32}+[ \t]*+(?:;|\Z))"
_RECORD = re.compile(  # RFC 8461 §3.1, with the id anywhere, as senders read it
    rf"v=STSv1(?:(?!{_ID}){_EXTENSION})*+{_ID}([A-Za-z0-9]++)(?:{_EXTENSION})*+[ \t]*+(?:;[ \t]*+)?"
)
_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*+(.*)")  # RFC 8461 §3.2
_MAX_AGE = re.compile(
    r"^[ \t]*max[_ -]?age[ \t]*:[ \t]*([0-9]{1,10})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE
)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PATTERN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")  # RFC 8461 §3.2: ["*."] Domain


def _is_pattern(text: str) -> bool:
    return _PATTERN.fullmatch(text) is not None


def _lines(text: str) -> list[str]:
    return re.split(
        r"\r?\n", text.removesuffix("\n").removesuffix("\r")
    )  # CRLF or LF: erratum 6253


class _Value(NamedTuple):
    line: int
    text: str


def _fields(lines: Iterable[str]) -> tuple[dict[str, list[_Value]], list[str]]:
    fields: dict[str, list[_Value]] = {}
    faults = []
    for number, line in enumerate(lines, start=1):
        found = _FIELD.fullmatch(line)
        if found is None:
            faults.append(f"line {number} is not 'key: value': {line[:60]!r}")
            continue
        fields.setdefault(found[1], []).append(_Value(number, found[2].rstrip(" \t")))
    return fields, faults


def _value_faults(first: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the key and the fault of each value that is not allowed, or missing."""
    if first.get("version") != "STSv1":
        yield "version", f"version must be STSv1, it is {first.get('version', 'missing')!r}"
    if first.get("mode") not in MODES:
        mode = first.get("mode", "missing")
        yield "mode", f"mode must be one of {', '.join(MODES)}, it is {mode!r}"
    max_age = first.get("max_age", "missing")
    if not re.fullmatch(r"[0-9]{1,10}", max_age) or int(max_age) > LARGEST_MAX_AGE:
        yield "max_age", f"max_age must be 0 to {LARGEST_MAX_AGE} seconds, it is {max_age!r}"
