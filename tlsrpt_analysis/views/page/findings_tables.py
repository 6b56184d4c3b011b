"""The findings of a probe as tables: MX hosts, alias steps and served chains."""

from collections.abc import Iterator

import pandas as pd
from cryptography import x509
from pandas.io.formats.style import Styler

from tlsrpt_analysis.probes import Evidence, Findings
from tlsrpt_analysis.probes.chain import names_of, read_certificate
from tlsrpt_analysis.views.page.tables import page_table

CHAIN = {
    "mx_hostname": "MX host",
    "ip_address": "Address",
    "position": "Position",
    "subject": "Certificate",
    "names": "DNS names",
    "issuer": "Issued by",
    "last_day": "Valid until",
}


def mx_table(*findings: Findings) -> Styler:
    """Return the table of MX hosts: covered, STARTTLS, valid certificate, and the reasons.

    Parameters
    ----------
    *findings : Findings
        Findings of one or more probes, live or from files.

    Returns
    -------
    pandas.io.formats.style.Styler
        One row per MX host; each answer is "passed", "failed" or "not measured".
        Texts of servers are escaped.

    Examples
    --------
    >>> from tlsrpt_analysis.probes import load_findings
    >>> from tlsrpt_analysis.views import find_notebook
    >>> saved = find_notebook("05-live-probes").parent / "findings-chain.example.json"
    >>> mx_table(load_findings(saved)).data["Valid certificate"].tolist()
    ['failed', 'passed']
    """
    titles = {
        "mx_hostname": "MX host",
        "covered_by_policy": "Covered by the policy",
        "offers_starttls": "Offers STARTTLS",
        "valid_certificate": "Valid certificate",
        "why": "Why",
    }
    return page_table(pd.concat([found.by_mx() for found in findings]), titles)


def alias_table(*findings: Findings) -> Styler:
    """Return the table of the CNAME steps that lead from a name to its address.

    Parameters
    ----------
    *findings : Findings
        Findings of one or more probes.

    Returns
    -------
    pandas.io.formats.style.Styler
        One row per step; empty when no name is an alias.

    Examples
    --------
    >>> from tlsrpt_analysis.probes import load_findings
    >>> from tlsrpt_analysis.views import find_notebook
    >>> saved = find_notebook("05-live-probes").parent / "findings-cname.example.json"
    >>> alias_table(load_findings(saved)).data["Leads to"].tolist()
    ['node7.hosting.example']
    """
    titles = {"name": "Looked up", "step": "Step", "from_name": "Alias", "to_name": "Leads to"}
    return page_table(pd.concat([found.cname_steps() for found in findings]), titles)


def chain_table(*findings: Findings) -> Styler:
    """Return the table of the certificates that each address of an MX host served, in that order.

    Parameters
    ----------
    *findings : Findings
        Findings of one or more probes.

    Returns
    -------
    pandas.io.formats.style.Styler
        One row per certificate, the host's own first; an address without TLS has none.

    Examples
    --------
    >>> from tlsrpt_analysis.probes import load_findings
    >>> from tlsrpt_analysis.views import find_notebook
    >>> saved = find_notebook("05-live-probes").parent / "findings-chain.example.json"
    >>> chain_table(load_findings(saved)).data["MX host"].tolist()
    ['mx1.chain.example', 'mx2.chain.example', 'mx2.chain.example']
    """
    rows = [row for found in findings for row in _served(found.evidence)]
    return page_table(pd.DataFrame(rows, columns=list(CHAIN)), CHAIN)


def _served(evidence: Evidence) -> Iterator[dict[str, object]]:
    parsed = {stored.sha256: read_certificate(stored.der) for stored in evidence.certificates}
    for host in evidence.hosts:
        for address in host.addresses:
            session = address.dialogues[0].tls if address.dialogues else None
            for position, digest in enumerate(session.chain if session else (), start=1):
                yield {
                    "mx_hostname": host.name,
                    "ip_address": address.ip_address,
                    "position": position,
                    "subject": "cannot be parsed",
                } | _described(parsed.get(digest))


def _described(certificate: x509.Certificate | None) -> dict[str, object]:
    if certificate is None:
        return {}
    try:
        return {
            "subject": certificate.subject.rfc4514_string(),
            "names": ", ".join(names_of(certificate) or ()),
            "issuer": certificate.issuer.rfc4514_string(),
            "last_day": certificate.not_valid_after_utc.date(),
        }
    except ValueError:  # the parts are decoded lazily, and a server may send anything
        return {}
