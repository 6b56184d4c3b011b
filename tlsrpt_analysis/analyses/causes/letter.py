"""A letter about a cause, to whoever has to act on it: a provider or a sender, as text to copy."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Family, Responsible, safe_name
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_CODE
from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.shown_texts import counted, shown
from tlsrpt_analysis.standards.mail_providers import provider_of

NEEDED = ("policy_domain", "cause", "evidence", "confirm", "reporters", "responsible")

LONGEST_EVIDENCE = 800
"""Letters of the evidence that are quoted; it ends with texts that strangers wrote."""

_END_STATE = {
    Family.CERTIFICATE: (
        'Afterwards the command should end with "Verify return code: 0 (ok)" at each address of the'
        " host: a certificate that contains the name above, is valid today, comes from a public CA"
        " and is served with its intermediates."
    ),
    Family.ENCRYPTION: (
        "Afterwards every sender should be offered STARTTLS in its first session, and TLS 1.2 or"
        " later should succeed at each address of the host."
    ),
    Family.HOSTS: (
        "Afterwards the name above should have A and AAAA records of its own, and each address"
        " should serve the same valid certificate for it."
    ),
    Family.SENDER: (
        "Afterwards your reports about our domain should count no such failure; those of other"
        " senders count none."
    ),
}
_ANY_STATE = "Afterwards reports about our domain should count no such failure."


def letter(row: Mapping[Any, Any] | pd.Series) -> str:
    """Return a letter about one cause, to the provider or the sender that has to act.

    Parameters
    ----------
    row : mapping or Series
        A row of `tlsrpt_analysis.diagnose`, whose ``responsible`` says whom it is for.

    Returns
    -------
    str
        The host and its addresses, the days, what senders met, the command that shows it, and the
        state that is wanted. Text from reports and from servers stands on one line and is bounded.

    Raises
    ------
    PolicyError
        When the row lacks a column of `tlsrpt_analysis.diagnose`.

    Examples
    --------
    >>> letter({})
    Traceback (most recent call last):
    tlsrpt_analysis.errors.PolicyError: a letter needs a row of diagnose: policy_domain is missing
    """
    for name in NEEDED:
        if name not in row:
            raise PolicyError(f"a letter needs a row of diagnose: {name} is missing")
    cause = BY_CODE[row["cause"]]
    host = _text(row.get("receiving_mx_hostname"))
    step = cause.step_for(_text(row["policy_domain"]), safe_name(host) or "the server")
    is_senders = row["responsible"] == str(Responsible.SENDER)
    parts = [
        f"Subject: {shown(_text(row['policy_domain']))}: TLS failures at {shown(host) or 'an MX'}",
        f"To: {_addressee(row, host)}",
        "",
        "Dear postmaster,",
        "",
        _opening(row, host),
        "",
        *(f"{title}: {text}" for title, text in _facts(row, host) if text),
        "",
        "To see it, run:",
        "",
        *(f"    {line}" for line in _text(row["confirm"]).splitlines()),
        "",
        "Other senders do not meet it, so we think that it lies with your system."
        if is_senders
        else f"We ask you to {step}.",
        _END_STATE.get(cause.family, _ANY_STATE),
        "",
        "With kind regards",
        f"postmaster@{safe_name(_text(row['policy_domain'])) or 'DOMAIN'}",
    ]
    return "\n".join(parts) + "\n"


def _addressee(row: Mapping[Any, Any] | pd.Series, host: str) -> str:
    if row["responsible"] == str(Responsible.SENDER):
        return shown(_text(row["reporters"]))
    provider = provider_of(host) if host else None
    return (
        provider.name if provider else f"who runs {shown(host)}" if host else "who runs the server"
    )


def _opening(row: Mapping[Any, Any] | pd.Series, host: str) -> str:
    named = f"the mail server {shown(host)}" if host else "a mail server of the domain"
    if row["responsible"] == str(Responsible.SENDER):
        return f"your system cannot deliver to {named} as it should. {_figures(row, 'Your')}"
    return (
        "senders that check our certificate and policy (MTA-STS, RFC 8461) cannot deliver to"
        f" {named} as they should. {_figures(row, 'Their')}"
    )


def _figures(row: Mapping[Any, Any] | pd.Series, whose: str) -> str:
    """Return the days and the number of the failures, as far as the row has them."""
    count = int(row.get("failed_session_count", 0))
    if not count:
        return ""
    first, last = (_day(row.get(name)) for name in ("first_day", "last_day"))
    days = f" from {first} to {last} (UTC)" if first else ""
    return f"{whose} reports (RFC 8460) count {counted(count, 'failed session')}{days}."


def _facts(row: Mapping[Any, Any] | pd.Series, host: str) -> list[tuple[str, str]]:
    return [
        ("Host", shown(host)),
        ("Addresses", shown(_text(row.get("receiving_ips")))),
        ("Reported by", shown(_text(row["reporters"]))),
        ("What they met", shown(_text(row["evidence"]), LONGEST_EVIDENCE)),
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _day(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else ""
