"""Families of causes, each with one colour, the same in every chart.

So many causes are more than an eye tells apart; a family answers who has to mend it: the owner of the
policy, of its web server, of the certificates, of the mail servers, of the DNS, or the sender.
The colours are those of Okabe and Ito and a violet, which people of every colour vision tell
apart, chosen among those that are seen on white and on black.
"""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.causes import CAUSES

POLICY, POLICY_HOST, CERTIFICATE = "policy text", "policy web server", "certificate"
ENCRYPTION, HOSTS, DNS = "encryption offered", "name or address of an MX", "DANE and DNSSEC"
SENDER, UNEXPLAINED = "sender or reporting", "not explained"

FAMILY_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        POLICY: "#0072B2",
        POLICY_HOST: "#56B4E9",
        CERTIFICATE: "#E69F00",
        ENCRYPTION: "#D55E00",
        HOSTS: "#009E73",
        DNS: "#CC79A7",
        SENDER: "#7A6FD6",
        UNEXPLAINED: "#6E6E6E",
    }
)
"""One colour per family of causes."""

FAMILY_OF_CODE: Mapping[str, str] = MappingProxyType(
    {
        "mx-mismatch": POLICY,
        "wildcard-one-label-short": POLICY,
        "policy-id-not-bumped": POLICY,
        "policy-syntax": POLICY,
        "policy-not-reachable": POLICY_HOST,
        "policy-fetch-transient": POLICY_HOST,
        "policy-certificate": POLICY_HOST,
        "certificate-expired": CERTIFICATE,
        "certificate-host-mismatch": CERTIFICATE,
        "sni-dependent-certificate": CERTIFICATE,
        "incomplete-chain": CERTIFICATE,
        "untrusted-certificate": CERTIFICATE,
        "starttls-missing": ENCRYPTION,
        "selective-starttls": ENCRYPTION,
        "timeouts": ENCRYPTION,
        "tls-parameters": ENCRYPTION,
        "cname-mx": HOSTS,
        "one-backend": HOSTS,
        "ipv6-only": HOSTS,
        "tlsa-rollover": DNS,
        "tlsa-wrong": DNS,
        "dnssec-invalid": DNS,
        "dane-sts-disagree": DNS,
        "dane-required": DNS,
        "sender-side": SENDER,
        "no-reports": SENDER,
        "policy-rarely-applied": SENDER,
        "blocked-reporter": SENDER,
        "unexplained": UNEXPLAINED,
    }
)

CAUSE_COLOURS: Mapping[str, str] = MappingProxyType(
    {cause.code: FAMILY_COLOURS[FAMILY_OF_CODE.get(cause.code, UNEXPLAINED)] for cause in CAUSES}
)
"""The colour of each cause, in the order of the table of causes."""

FAMILY_OF_RESULT_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "starttls-not-supported": ENCRYPTION,
        "certificate-host-mismatch": CERTIFICATE,
        "certificate-expired": CERTIFICATE,
        "certificate-not-trusted": CERTIFICATE,
        "tlsa-invalid": DNS,
        "dnssec-invalid": DNS,
        "dane-required": DNS,
        "sts-policy-fetch-error": POLICY_HOST,
        "sts-webpki-invalid": POLICY_HOST,
        "sts-policy-invalid": POLICY,
    }
)
"""What a result type says by itself; ``validation-failure`` says nothing."""


def cause_families(causes: pd.Series, result_types: pd.Series | None = None) -> list[str]:
    """Give the family of each cause, or of its result type where the cause is not known.

    Parameters
    ----------
    causes : Series
        Codes of causes.
    result_types : Series, optional
        The result types of the same rows.

    Returns
    -------
    list of str
        Keys of `FAMILY_COLOURS`.

    Examples
    --------
    >>> cause_families(pd.Series(["cname-mx", None]), pd.Series([None, "tlsa-invalid"]))
    ['name or address of an MX', 'DANE and DNSSEC']
    """
    types = causes if result_types is None else result_types
    return [
        FAMILY_OF_CODE.get(str(code)) or FAMILY_OF_RESULT_TYPE.get(str(kind), UNEXPLAINED)
        for code, kind in zip(causes.astype("object"), types.astype("object"), strict=True)
    ]


def refusal_families(refused: pd.DataFrame, causes: pd.DataFrame | None) -> list[str]:
    """Give the family of each refused result type; where it says nothing, of the domain's main cause.

    Parameters
    ----------
    refused : DataFrame
        ``policy_domain`` and ``result_type``.
    causes : DataFrame, optional
        As `tlsrpt_analysis.diagnose` gives it, those of a domain in the order of their failures.

    Examples
    --------
    >>> refused = pd.DataFrame({"policy_domain": "example.com", "result_type": ["own-word"]})
    >>> causes = pd.DataFrame({"policy_domain": ["example.com"], "cause": ["cname-mx"]})
    >>> refusal_families(refused, None), refusal_families(refused, causes)
    (['not explained'], ['name or address of an MX'])
    """
    main: dict[str, str] = {}
    if causes is not None:
        for domain, cause in zip(causes["policy_domain"], causes["cause"], strict=True):
            main.setdefault(str(domain), str(cause))
    return [
        FAMILY_OF_RESULT_TYPE.get(str(kind))
        or FAMILY_OF_CODE.get(main.get(str(domain), ""), UNEXPLAINED)
        for domain, kind in zip(refused["policy_domain"], refused["result_type"], strict=True)
    ]
