"""What a server that the user trusts wrote about the DKIM signatures of a mail (RFC 8601)."""

import re

import authres

from tlsrpt_analysis.standards.domain_names import normalize_domain

_MOST_RESULTS = 50  # Authentication-Results that are read; servers write a few
_NAME = re.compile(r'[ \t]*(?:"((?:[^"\\]|\\.){1,255})"|([^\s;()"]{1,255}))')
_RFC_VERSION = r"[ \t]*(?:\d{1,9}[ \t]*)?"
_REST = re.compile(_RFC_VERSION + r";(.*)", re.DOTALL)


def trusted_signers(fields: tuple[str, ...], servers: tuple[str, ...]) -> list[str] | None:
    """Return the domains whose DKIM signatures a trusted server found valid.

    Only its topmost field counts: a lower one of the same name came with the mail, so anybody may
    have written it (RFC 8601 §5).

    Parameters
    ----------
    fields : tuple of str
        The values of ``Authentication-Results``, unfolded, from the top.
    servers : tuple of str
        The names of the servers.

    Returns
    -------
    list of str or None
        None if no trusted server wrote a field, or its topmost has no DKIM result that can be read.

    Examples
    --------
    >>> trusted_signers(("mx.example.com; dkim=pass header.d=a.example",), ("mx.example.com",))
    ['a.example']
    """
    wanted = {normalize_domain(server) for server in servers}
    for value in fields[:_MOST_RESULTS] if wanted else ():
        name, rest = _server_and_rest(value)
        if name in wanted:
            return _signers(rest)
    return None


def _server_and_rest(value: str) -> tuple[str, str]:
    """Split a field into the name of its server, also quoted or with a last dot, and the results."""
    after = _without_comment(value)
    found = _NAME.match(after)
    if found is None:
        return "", ""
    name = re.sub(r"\\(.)", r"\1", found[1]) if found[1] else found[2]
    rest = _REST.match(_without_comment(after[found.end() :]))
    return normalize_domain(name), rest[1] if rest else ""


def _without_comment(value: str) -> str:
    """Return a value without the comments at its start (RFC 5322 §3.2.2)."""
    depth, is_escaped = 0, False
    for place, letter in enumerate(value):
        if is_escaped:
            is_escaped = False
        elif letter == "\\" and depth:
            is_escaped = True
        elif letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif not depth and letter not in " \t":
            return value[place:]
    return ""


def _signers(results: str) -> list[str] | None:
    field = f"Authentication-Results: server.invalid;{results}"
    try:
        parsed = authres.AuthenticationResultsHeader.parse(field)
    except (authres.AuthResError, ValueError, RecursionError):  # comments within comments
        return None
    of_dkim = [result for result in parsed.results if result.method == "dkim"]
    if not of_dkim:
        return None
    return [_signer(result) for result in of_dkim if result.result == "pass"]


def _signer(result: authres.AuthenticationResult) -> str:
    names = {entry.name: entry.value for entry in result.properties if entry.type == "header"}
    return normalize_domain(str(names.get("d") or names.get("i") or "").rpartition("@")[2])
