"""What a user knows besides reports, read from files: mail counts by sender, and MX records."""

import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from tlsrpt_analysis.errors import RecordError, SourceError
from tlsrpt_analysis.standards.organizations import organization_of_host

OTHER = "(other senders)"

_MX_LINE = "'example.com. 3600 IN MX 10 mx.example.com.'"
_CLIENT = re.compile(r"postfix\S*/smtpd\[\d+\]: (?!NOQUEUE)\w+: client=([^\[\s]+)\[")


def read_inbound_share(path: str | Path) -> pd.DataFrame:
    r"""Read how many messages each sender sent, from a CSV of two columns.

    Parameters
    ----------
    path : str or Path
        A CSV with the header ``reporter,message_count``. It should hold all inbound mail, with a
        row for other senders: mail from senders without reports counts as well.

    Returns
    -------
    DataFrame
        ``reporter message_count``, as `enforce_impact` takes it.

    Raises
    ------
    SourceError
        When the file cannot be read or is something else.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "inbound.csv")
    >>> _ = path.write_text("reporter,message_count\nGoogle,900\n")
    >>> read_inbound_share(path).values.tolist()
    [['Google', 900]]
    """
    rows = list(csv.DictReader(_lines(path)))
    try:
        counts = [(row["reporter"].strip(), int(row["message_count"])) for row in rows]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(
            f"{path} is no CSV of inbound mail ({error}): give the columns reporter,message_count"
        ) from error
    return pd.DataFrame(counts, columns=["reporter", "message_count"])


def read_postfix_logs(*paths: str | Path) -> pd.DataFrame:
    r"""Count the messages of each sender in Postfix logs, plain or gzip.

    Parameters
    ----------
    *paths : str or Path
        Logs of the receiving hosts. Each message has one line ``smtpd[…]: QUEUEID: client=…``; it
        counts for the reporter that the client's verified host name belongs to, or as other.

    Returns
    -------
    DataFrame
        ``reporter message_count``, largest first, as `enforce_impact` takes it.

    Raises
    ------
    SourceError
        When a file cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "mail.log")
    >>> _ = path.write_text(
    ...     "Oct 1 mx postfix/smtpd[7]: 4F1: client=mail-f41.google.com[192.0.2.1]\n")
    >>> read_postfix_logs(path).values.tolist()
    [['Google', 1]]
    """
    counts: Counter[str] = Counter()
    for path in paths:
        for line in _lines(path):
            if found := _CLIENT.search(line):
                counts[_sender(found[1].lower())] += 1
    return pd.DataFrame(counts.most_common(), columns=["reporter", "message_count"])


def read_mx_records(path: str | Path, *, origin: str | None = None) -> pd.DataFrame:
    r"""Read the MX records of a zone file, or of what ``dig +noall +answer DOMAIN MX`` prints.

    Parameters
    ----------
    path : str or Path
        A zone file (RFC 1035 §5.1), plain or gzip; ``$ORIGIN`` and ``$TTL`` are followed.
    origin : str, optional
        The domain of the zone, for ``@`` and names without a trailing dot in a file that does not
        begin with ``$ORIGIN``. Without any, such a name is a full one if it has a dot.

    Returns
    -------
    DataFrame
        ``policy_domain mx_hostname preference``, as `enforce_impact` takes it.

    Raises
    ------
    SourceError
        When the file cannot be read, is no zone file or has no MX record.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "zone")
    >>> _ = path.write_text("$ORIGIN example.com.\n@ 3600 IN MX 10 mx1\n")
    >>> read_mx_records(path).values.tolist()
    [['example.com', 'mx1.example.com', 10]]
    """
    from tlsrpt_analysis.standards.zone_files import mx_records  # noqa: PLC0415 - loads dnspython

    try:
        records = mx_records("".join(_lines(path)), origin=origin)
    except RecordError as error:
        raise SourceError(
            f"{path} is no zone file that can be read: {error}, or give only lines such as {_MX_LINE}"
        ) from error
    if not records:
        raise SourceError(f"{path} has no MX record: give lines such as {_MX_LINE}")
    return pd.DataFrame(records, columns=["policy_domain", "mx_hostname", "preference"])


def _lines(path: str | Path) -> Iterator[str]:
    where = Path(path)
    try:
        opened = gzip.open if where.suffix == ".gz" else open
        with opened(where, "rt", encoding="utf-8", errors="replace") as lines:
            yield from lines
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(
            f"{path} cannot be read ({error}): name a file that exists and is complete"
        ) from error


def _sender(host: str) -> str:
    known = organization_of_host(host)
    return OTHER if known is None else known.name
