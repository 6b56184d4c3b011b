"""The ``Authentication-Results`` field of a mail, as RFC 8601 §2.2 writes it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tlsrpt_analysis.standards.domain_names import normalize_domain


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What a server found by one method, with properties by name, for example ``header.d``."""

    method: str
    result: str
    properties: dict[str, str]


_KEYWORD = r"[A-Za-z][A-Za-z0-9_-]{0,60}"
_METHOD = re.compile(rf" ?({_KEYWORD}) ?(?:/ ?[0-9]{{1,9}} ?)?= ?({_KEYWORD})(?= |$)")
_PROPERTY = re.compile(
    rf' ?(?:({_KEYWORD}) ?\. ?)?({_KEYWORD}) ?= ?("[0-9]+"|[^ ";=,]+=*)(?= |$)', re.ASCII
)
_SERVER = re.compile(r' ?("[0-9]+"|[^ ";=]{1,255})(?: [0-9]{1,9})?')
_QUOTATION = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)
_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)
_ENDS = re.compile(r'[\\"();]|[ \t\r\n]+')


def read_authentication_results(value: str) -> tuple[str, list[MethodResult] | None]:
    """Return the server that wrote a field, and its results.

    Parameters
    ----------
    value : str
        The value of the field, unfolded or not.

    Returns
    -------
    server : str
        Its name in lower case A-labels; empty if it cannot be read.
    results : list of MethodResult or None
        Empty for ``none``; None if any of them cannot be read.

    Examples
    --------
    >>> field = "mx.example.com 1; dkim=pass (2048 bits) header.d=example.org; spf=none"
    >>> server, results = read_authentication_results(field)
    >>> server, [(found.method, found.result, found.properties) for found in results]
    ('mx.example.com', [('dkim', 'pass', {'header.d': 'example.org'}), ('spf', 'none', {})])
    """
    quoted: list[str] = []
    pieces = _pieces(value, quoted)
    found = _SERVER.fullmatch(next(pieces) or "")
    if found is None:
        return "", None
    rest = list(pieces)
    server = normalize_domain(_unquoted(found[1], quoted))
    if [piece and piece.strip() for piece in rest] == ["none"]:
        return server, []
    read = [_method_result(piece, quoted) for piece in rest]
    results = [result for result in read if result is not None]
    return server, results if results and len(results) == len(read) else None


def _pieces(value: str, quoted: list[str]) -> Iterator[str | None]:
    """Yield what stands between semicolons; None where a comment or quotation never ends.

    Comments (RFC 5322 §3.2.2) and blanks become one blank, quoted strings go to a list.
    """
    parts: list[str] = []
    place = 0
    while found := _ENDS.search(value, place):
        parts.append(value[place : found.start()])
        place = found.end()
        match found[0]:
            case ";":
                yield _joined(parts)
                parts.clear()
            case '"':
                end = _end_of_quotation(value, place)
                parts.append(f'"{len(quoted)}"')
                quoted.append(re.sub(r"\\(.)", r"\1", value[place : end - 1], flags=re.DOTALL))
                place = end
            case "(":
                place = _end_of_comment(value, place)
                parts.append(" ")
            case ")" | "\\":
                place = 0
            case _:
                parts.append(" ")
        if place == 0:
            yield None
            return
    yield _joined([*parts, value[place:]])


def _joined(parts: list[str]) -> str:
    return re.sub(" +", " ", "".join(parts)).rstrip(" ")


def _end_of_quotation(value: str, place: int) -> int:
    found = _QUOTATION.match(value, place)
    return found.end() if found else 0


def _end_of_comment(value: str, place: int) -> int:
    depth = 1
    for found in _COMMENT.finditer(value, place):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return 0


def _method_result(piece: str | None, quoted: list[str]) -> MethodResult | None:
    found = _METHOD.match(piece or "")
    if found is None or piece is None:
        return None
    method, result = found[1].lower(), found[2].lower()
    properties: dict[str, str] = {}
    place = found.end()
    while place < len(piece):
        entry = _PROPERTY.match(piece, place)
        if entry is None:
            return None
        name = f"{entry[1]}.{entry[2]}" if entry[1] else entry[2]
        properties[name.lower()] = _unquoted(entry[3], quoted)
        place = entry.end()
    return MethodResult(method, result, properties)


def _unquoted(text: str, quoted: list[str]) -> str:
    return quoted[int(text[1:-1])] if text.startswith('"') else text
