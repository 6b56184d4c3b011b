"""The findings of a probe as tables to read: MX hosts, the steps of aliases, the served chains."""

import pandas as pd
from cryptography import x509
from pandas.io.formats.style import Styler

from tlsrpt_analysis.probes import Findings
from tlsrpt_analysis.probes.chain import names_of, read_certificate
from tlsrpt_analysis.views.page_tables import page_table

CHAIN = {
    "mx_hostname": "MX host",
    "ip_address": "Address",
    "position": "Position",
    "subject": "Certificate",
    "names": "DNS names",
    "issuer": "Issued by",
    "last_day": "Valid until",
}


def mx_table(findings: Findings) -> Styler:
    """Give the table of a domain's MX hosts: covered, STARTTLS, valid certificate, and why not.

    Parameters
    ----------
    findings : Findings
        What a probe found, live or from a file.

    Returns
    -------
    pandas.io.formats.style.Styler
        One row an MX host; each answer is "passed", "failed" or "not measured".
        What a server said is shown as text.
    """
    titles = {
        "mx_hostname": "MX host",
        "covered_by_policy": "Covered by the policy",
        "offers_starttls": "Offers STARTTLS",
        "valid_certificate": "Valid certificate",
        "why": "Why",
    }
    return page_table(findings.by_mx(), titles)


def alias_table(findings: Findings) -> Styler:
    """Give the table of the steps (CNAME) that lead from a name to its address.

    Parameters
    ----------
    findings : Findings
        What a probe found.

    Returns
    -------
    pandas.io.formats.style.Styler
        One row a step; none when no name is an alias.
    """
    titles = {"name": "Asked for", "step": "Step", "from_name": "Alias", "to_name": "Leads to"}
    return page_table(findings.cname_steps(), titles)


def chain_table(findings: Findings) -> Styler:
    """Give the table of the certificates that each address of an MX host served, in their order.

    Parameters
    ----------
    findings : Findings
        What a probe found.

    Returns
    -------
    pandas.io.formats.style.Styler
        One row a certificate, the host's own first; an address without TLS has none.
    """
    evidence = findings.evidence
    read = {stored.sha256: read_certificate(stored.der) for stored in evidence.certificates}
    rows = [
        {
            "mx_hostname": host.name,
            "ip_address": address.ip_address,
            "position": position,
            "subject": "cannot be read",
        }
        | _described(read.get(digest))
        for host in evidence.hosts
        for address in host.addresses
        for dialogue in address.dialogues[:1]
        if dialogue.tls is not None
        for position, digest in enumerate(dialogue.tls.chain, start=1)
    ]
    return page_table(pd.DataFrame(rows, columns=list(CHAIN)), CHAIN)


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
    except ValueError:  # the parts are decoded late, and a server may send anything
        return {}
