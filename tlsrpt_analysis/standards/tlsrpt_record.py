"""The TXT record at ``_smtp._tls`` that asks for reports (RFC 8460 §3)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tlsrpt_analysis.errors import RecordError

_VERSION = re.compile(r"v=TLSRPTv1(?=[ \t]*;|[ \t]*$)")
_FIELD = re.compile(
    r"[ \t]*+([A-Za-z0-9][A-Za-z0-9_.-]{0,31})[ \t]*+=[ \t]*+([!-:<>-~ ,=]*+)[ \t]*+"
)


@dataclass(frozen=True, slots=True)
class TlsrptRecord:
    """Where reports are wanted: addresses that start with ``mailto:`` or ``https:``."""

    rua: tuple[str, ...]


def read_tlsrpt_record(texts: Iterable[str]) -> TlsrptRecord:
    """Read the one record among the TXT records of a name (RFC 8460 §3).

    Parameters
    ----------
    texts : iterable of str
        Every TXT record of ``_smtp._tls``, each with its strings joined.

    Returns
    -------
    TlsrptRecord
        The record.

    Raises
    ------
    RecordError
        When there is none, more than one, or one without an address.

    Examples
    --------
    >>> read_tlsrpt_record(["v=TLSRPTv1; rua=mailto:reports@example.com"]).rua
    ('mailto:reports@example.com',)
    """
    records = [text for text in texts if _VERSION.match(text)]
    if len(records) != 1:
        raise RecordError(f"{len(records)} records that begin with v=TLSRPTv1, wanted is one")
    fields = [_FIELD.fullmatch(part) for part in records[0].split(";")[1:] if part.strip()]
    addresses = [found[2] for found in fields if found is not None and found[1] == "rua"]
    rua = tuple(address.strip() for address in ",".join(addresses[:1]).split(","))
    wrong = [address for address in rua if not address.lower().startswith(("mailto:", "https:"))]
    if wrong:
        raise RecordError(f"rua needs mailto: or https: addresses, it has {wrong[0][:80]!r}")
    return TlsrptRecord(rua)
