"""What a server that the user trusts wrote about the DKIM signatures of a mail (RFC 8601)."""

from tlsrpt_analysis.standards.authentication_results import (
    MethodResult,
    read_authentication_results,
)
from tlsrpt_analysis.standards.domain_names import normalize_domain

_MOST_RESULTS = 50  # Authentication-Results that are read; servers write a few


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
        server, results = read_authentication_results(value)
        if server in wanted:
            return _signers(results or [])
    return None


def _signers(results: list[MethodResult]) -> list[str] | None:
    of_dkim = [result for result in results if result.method == "dkim"]
    if not of_dkim:
        return None
    return [_signer(result.properties) for result in of_dkim if result.result == "pass"]


def _signer(properties: dict[str, str]) -> str:
    name = properties.get("header.d") or properties.get("header.i") or ""
    return normalize_domain(name.rpartition("@")[2])
