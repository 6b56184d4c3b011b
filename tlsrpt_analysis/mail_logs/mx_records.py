"""The MX records of a domain, from a zone file or from what ``dig`` prints."""

from pathlib import Path

import pandas as pd

from tlsrpt_analysis.errors import RecordError, SourceError
from tlsrpt_analysis.mail_logs.files import lines_of

_MX_LINE = "'example.com. 3600 IN MX 10 mx.example.com.'"


def read_mx_records(path: str | Path, *, origin: str | None = None) -> pd.DataFrame:
    r"""Read the MX records of a zone file, or of what ``dig +noall +answer DOMAIN MX`` prints.

    Parameters
    ----------
    path : str or Path
        A zone file (RFC 1035 §5.1), also packed; ``$ORIGIN`` and ``$TTL`` are followed.
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
        records = mx_records("".join(lines_of(path)), origin=origin)
    except RecordError as error:
        raise SourceError(
            f"{path} is no zone file that can be read: {error}, or give only lines such as {_MX_LINE}"
        ) from error
    if not records:
        raise SourceError(f"{path} has no MX record: give lines such as {_MX_LINE}")
    return pd.DataFrame(records, columns=["policy_domain", "mx_hostname", "preference"])
