"""Families of causes, each with one colour, the same in every chart.

There are more causes than an eye can tell apart; a family says who has to fix the cause: the owner of
the policy, of its web server, of the certificates, of the mail servers, of the DNS, or the sender.
`tlsrpt_analysis.views.palette` has the colours.
"""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Family
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_CODE
from tlsrpt_analysis.standards.result_types import ResultType
from tlsrpt_analysis.views.palette import colour

FAMILY_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        family.value: colour(name)
        for family, name in (
            (Family.POLICY, "policy-text"),
            (Family.POLICY_HOST, "policy-host"),
            (Family.CERTIFICATE, "certificate"),
            (Family.ENCRYPTION, "encryption"),
            (Family.HOSTS, "mx-name"),
            (Family.DNS, "dane"),
            (Family.SENDER, "sender"),
            (Family.UNEXPLAINED, "neutral"),
        )
    }
)
"""One colour for each family of causes, in the order of the legend."""

UNEXPLAINED = Family.UNEXPLAINED.value

FAMILY_OF_RESULT_TYPE: Mapping[str, str] = MappingProxyType(
    {
        result_type.value: family.value
        for result_type, family in (
            (ResultType.STARTTLS_NOT_SUPPORTED, Family.ENCRYPTION),
            (ResultType.CERTIFICATE_HOST_MISMATCH, Family.CERTIFICATE),
            (ResultType.CERTIFICATE_EXPIRED, Family.CERTIFICATE),
            (ResultType.CERTIFICATE_NOT_TRUSTED, Family.CERTIFICATE),
            (ResultType.TLSA_INVALID, Family.DNS),
            (ResultType.DNSSEC_INVALID, Family.DNS),
            (ResultType.DANE_REQUIRED, Family.DNS),
            (ResultType.STS_POLICY_FETCH_ERROR, Family.POLICY_HOST),
            (ResultType.STS_WEBPKI_INVALID, Family.POLICY_HOST),
            (ResultType.STS_POLICY_INVALID, Family.POLICY),
        )
    }
)
"""The family that a result type names by itself; ``validation-failure`` names none."""


def cause_families(causes: pd.Series, result_types: pd.Series | None = None) -> list[str]:
    """Return the family of each cause, or of its result type where the cause is not known.

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
    pairs = zip(causes.astype("object"), types.astype("object"), strict=True)
    return [
        _family_of_cause(str(cause)) or FAMILY_OF_RESULT_TYPE.get(str(result_type), UNEXPLAINED)
        for cause, result_type in pairs
    ]


def refusal_families(refused: pd.DataFrame, causes: pd.DataFrame | None) -> list[str]:
    """Return the family of each refused result type, or of the domain's main cause if it has none.

    Parameters
    ----------
    refused : DataFrame
        ``policy_domain`` and ``result_type``.
    causes : DataFrame, optional
        As `tlsrpt_analysis.diagnose` returns it: a domain's causes in the order of their failures.

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
        FAMILY_OF_RESULT_TYPE.get(str(result_type))
        or _family_of_cause(main.get(str(domain), ""))
        or UNEXPLAINED
        for domain, result_type in zip(
            refused["policy_domain"], refused["result_type"], strict=True
        )
    ]


def _family_of_cause(code: str) -> str:
    return BY_CODE[code].family.value if code in BY_CODE else ""
