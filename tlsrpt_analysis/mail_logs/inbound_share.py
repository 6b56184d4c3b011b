"""How much mail each sender sends: counted in logs and exports, or given as a table."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import pandas as pd

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.mail_logs import exports, server_logs
from tlsrpt_analysis.mail_logs.files import lines_of
from tlsrpt_analysis.mail_logs.messages import Message, Unread, counted

_HEAD_LINES = 20
_COLUMNS = ["reporter", "message_count"]


def read_inbound_share(*paths: str | Path) -> pd.DataFrame:
    r"""Count how many messages each sender sent, from mail logs, exports or a CSV of counts.

    Parameters
    ----------
    *paths : str or Path
        Files of one kind, also packed by gzip, xz or bzip2:

        - a CSV with the header ``reporter,message_count``, with a row for other senders;
        - a message trace of Exchange Online, or its extended report;
        - message tracking logs of Exchange Server;
        - the email log search of Google Workspace as CSV;
        - logs of Postfix, Exim or Stalwart;
        - the history of rspamd as JSON.

    Returns
    -------
    DataFrame
        ``reporter message_count``, largest first, as `enforce_impact` takes it. Its denominator
        is all mail in the files that came from outside. ``attrs`` has ``day_count``,
        the days on which messages came, ``domain_message_counts``, the messages by the domain of
        their first recipient, and ``unread_line_count``: lines that look like messages and could
        not be read.

    Raises
    ------
    SourceError
        When a file cannot be read, or holds no message and no count.

    Notes
    -----
    A sender is known by the host that delivered, and by the domain of the address only where a
    log names no host. Addresses are dropped as soon as their domain is known.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "mainlog")
    >>> _ = path.write_text("2026-10-01 00:00:01 1uW3aB-000000001x2-0abc <= a@gmail.com"
    ...     " H=mail-f41.google.com [192.0.2.1]:25 P=esmtps S=1\n")
    >>> read_inbound_share(path).values.tolist()
    [['Google', 1]]
    """
    unread = Unread()
    given: list[tuple[str, int]] = []
    messages: list[Iterator[Message]] = []
    for path in paths:
        head, lines = opened(path)
        if _is_table_of_counts(head):
            given += _counts(path, lines)
        else:
            messages.append(messages_in(head, lines, unread))
    frame = counted(chain.from_iterable(messages), unread)
    if given:
        added = pd.DataFrame(given, columns=_COLUMNS)
        both = pd.concat([frame, added]) if len(frame) else added
        sums = both.groupby("reporter", sort=False)["message_count"].sum().reset_index()
        sums.attrs = frame.attrs | {"day_count": 0}  # those of the table are not known
        frame = sums
    if frame.empty:
        raise SourceError(
            f"{', '.join(map(str, paths)) or 'no file'}: no message in it ({unread.line_count:,}"
            " lines could not be read): give a mail log, an export of a message trace, or a CSV"
            " with the columns reporter,message_count"
        )
    return frame


def opened(path: str | Path) -> tuple[list[str], Iterator[str]]:
    """Return the first lines of a file, which tell its kind, and all its lines."""
    lines = lines_of(path)
    head = list(islice(lines, _HEAD_LINES))
    return head, chain(head, lines)


def messages_in(head: list[str], lines: Iterable[str], unread: Unread) -> Iterator[Message]:
    """Yield the messages from outside in a log or an export, which its first lines tell apart."""
    if exports.is_history(head):
        return exports.messages_of_history(lines, unread)
    if exports.is_export(head):
        return exports.exported_messages(lines, unread)
    return server_logs.messages_of_log(lines, unread)


def read_postfix_logs(*paths: str | Path) -> pd.DataFrame:
    r"""Count the messages of each sender in Postfix logs, as `read_inbound_share` does.

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
    ...     "Oct 1 00:00:01 mx postfix/smtpd[7]: 4F1: client=mail-f41.google.com[192.0.2.1]\n")
    >>> read_postfix_logs(path).values.tolist()
    [['Google', 1]]
    """
    unread = Unread()
    logs = (server_logs.messages_of_log(lines_of(path), unread) for path in paths)
    return counted(chain.from_iterable(logs), unread)


def _is_table_of_counts(head: list[str]) -> bool:
    return bool(head) and {name.strip() for name in head[0].split(",")} >= set(_COLUMNS)


def _counts(path: str | Path, lines: Iterable[str]) -> list[tuple[str, int]]:
    try:
        rows = csv.DictReader(lines)
        return [(row["reporter"].strip(), int(row["message_count"])) for row in rows]
    except (KeyError, TypeError, ValueError, AttributeError, csv.Error) as error:
        raise SourceError(
            f"{path} is no CSV of inbound mail ({error}): give the columns reporter,message_count"
        ) from error
