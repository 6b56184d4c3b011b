"""The MX records of a zone file (RFC 1035 §5.1), read by dnspython."""

from typing import NamedTuple

import dns.exception
import dns.name
import dns.rdataclass
import dns.tokenizer
import dns.zonefile
from dns.rdtypes.ANY.MX import MX

from tlsrpt_analysis.errors import RecordError

DIRECTIVES = ("$ORIGIN", "$TTL")
"""The directives that are followed; ``$INCLUDE`` would open files that nobody named."""

_NO_ORIGIN = dns.name.from_text("no-origin.invalid.")  # stands behind relative names


class MxRecord(NamedTuple):
    """An MX record: both names in lower case A-labels, without a trailing dot."""

    owner: str
    host: str
    preference: int


def mx_records(text: str, *, origin: str | None = None) -> list[MxRecord]:
    r"""Return the MX records of a zone file, in its order.

    Parameters
    ----------
    text : str
        The zone file, or several records with their owners' full names, as ``dig`` prints them.
    origin : str, optional
        The domain of ``@`` and of names without a trailing dot, until a line ``$ORIGIN``.
        Without any, such a name is read as a full one if it has a dot.

    Returns
    -------
    list of MxRecord
        The records; other types are read and left out.

    Raises
    ------
    RecordError
        When a line is no record, or a name is relative to an origin that is unknown.

    Examples
    --------
    >>> mx_records("$ORIGIN example.com.\n@ 3600 IN MX 10 mx1")
    [MxRecord(owner='example.com', host='mx1.example.com', preference=10)]
    """
    collector = _MxCollector()
    try:
        start = _NO_ORIGIN if origin is None else dns.name.from_text(origin)
        reader = dns.zonefile.Reader(
            dns.tokenizer.Tokenizer(text, "line"),
            dns.rdataclass.IN,
            collector,
            allow_directives=DIRECTIVES,
            default_ttl=0,  # no analysis asks for it
        )
        reader.current_origin = reader.last_name = start
        reader.read()
    except dns.exception.DNSException as error:
        reason = str(error).replace("line:", "line ", 1)
        raise RecordError(f"{reason}: correct or delete that line") from error
    return list(collector.records)


class _MxCollector(dns.zonefile.RRsetsReaderTransaction):
    """Keeps the MX records of any number of zones, and no others."""

    def __init__(self) -> None:
        manager = dns.zonefile.RRSetsReaderManager()
        super().__init__(manager, True, False)  # type: ignore[no-untyped-call]  # noqa: FBT003
        self.records: dict[MxRecord, None] = {}

    def add(self, *args: object) -> None:
        """Take a record as its owner, its TTL and its data."""
        match args:
            case (dns.name.Name() as owner, _, MX() as data):
                self.records[MxRecord(_full(owner), _full(data.exchange), data.preference)] = None


def _full(name: dns.name.Name) -> str:
    if name.is_subdomain(_NO_ORIGIN):
        name = name.relativize(_NO_ORIGIN)
        if len(name.labels) < 2:
            raise RecordError(
                f"{name} stands for no known domain: begin with a line such as"
                " '$ORIGIN example.com.', or give the origin"
            )
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")
