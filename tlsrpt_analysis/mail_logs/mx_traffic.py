"""How much mail each MX host takes, counted in the logs of the hosts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.mail_logs.inbound_share import messages_in, opened
from tlsrpt_analysis.mail_logs.messages import Message, Unread
from tlsrpt_analysis.standards.domain_names import normalize_domain


def read_mx_traffic(logs: Mapping[str, str | Path | list[str | Path]]) -> pd.DataFrame:
    r"""Count how many messages each MX host took for each domain.

    Parameters
    ----------
    logs : mapping
        The log or logs of each MX host, by the host's name as the MX record has it, in any form
        that `read_inbound_share` reads. The logs must be of the same days.

    Returns
    -------
    DataFrame
        ``policy_domain mx_hostname session_count``, as `enforce_impact` takes it as `mx_traffic`:
        messages from outside, by the domain of their first recipient. ``attrs`` has
        ``unread_line_count``, and ``undirected_count``: messages whose log names no recipient.

    Raises
    ------
    SourceError
        When a log cannot be read, or none names a recipient.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "mail.log")
    >>> _ = path.write_text(
    ...     "Oct 1 00:00:01 mx postfix/smtpd[7]: 4F1: client=mail-f41.google.com[192.0.2.1]\n"
    ...     "Oct 1 00:00:02 mx postfix/lmtp[8]: 4F1: to=<anna@example.com>, relay=local\n")
    >>> read_mx_traffic({"mx1.example.com": path}).values.tolist()
    [['example.com', 'mx1.example.com', 1]]
    """
    unread = Unread()
    counts: Counter[tuple[str, str]] = Counter()
    undirected = 0
    for host, given in logs.items():
        name = normalize_domain(host)
        for message in _messages(given, unread):
            if message.recipient_domain:
                counts[message.recipient_domain, name] += 1
            else:
                undirected += 1
    if not counts:
        raise SourceError(
            f"no message with a recipient in the logs ({undirected:,} without, {unread.line_count:,}"
            " lines that could not be read): give the logs of the receiving hosts"
        )
    rows = [(domain, host, count) for (domain, host), count in sorted(counts.items())]
    frame = pd.DataFrame(rows, columns=["policy_domain", "mx_hostname", "session_count"])
    frame.attrs |= {"unread_line_count": unread.line_count, "undirected_count": undirected}
    return frame


def _messages(given: str | Path | list[str | Path], unread: Unread) -> Iterator[Message]:
    for path in given if isinstance(given, list) else [given]:
        yield from messages_in(*opened(path), unread)
