"""Which refused sessions could not have been saved by another MX host, as reports show it.

A sender that is refused by one host goes on to the next (RFC 8461 §5.1), which reports of testing
mode never show.
That no host would do is sure only when all hosts that the policy allows are known (it names them
without ``*``, or the MX records are given) and each of them was at fault for this reporter on a
day on which nothing succeeded; or when the host at fault is the only one that is left.

A lone failed session proves little, as the sender tries again for days (RFC 5321 §4.5.4.1): such
days count only in a row of at least `FEWEST_SURE` sessions without a success between.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.numbering import Integers, first_rows, summed, text_codes
from tlsrpt_analysis.analyses.policy.reported import mx_patterns

FEWEST_SURE = 2
"""So many refused sessions in a row, by one reporter, are taken for a loss that is sure."""


def hopeless_days(
    blocks: pd.DataFrame,
    *,
    blocked: pd.DataFrame,
    at_hosts: pd.DataFrame,
    hosts: pd.DataFrame | None = None,
) -> npt.NDArray[np.bool_]:
    """Tell on which days of a reporter every allowed MX host would have refused for sure.

    Parameters
    ----------
    blocks : DataFrame
        The policy results of `tlsrpt_analysis.analyses.refusals.Refusals`.
    blocked, at_hosts : DataFrame
        `blocked_by_day` of them, in whole and by ``receiving_mx_hostname``.
    hosts : DataFrame, optional
        The MX hosts that senders may use, where the MX records of a domain are known.

    Returns
    -------
    array of bool
        One value for each ``day_key``.
    """
    is_hopeless = _without_success(blocks, blocked)
    days = np.flatnonzero(is_hopeless).tolist()
    allowed, faulty = _allowed_hosts(blocks, is_hopeless), _faulty_hosts(at_hosts, is_hopeless)
    known: dict[object, frozenset[str]] = {}
    if hosts is not None:
        by_domain = hosts.groupby("policy_domain")["mx_hostname"]
        known = {domain: frozenset(names) for domain, names in by_domain}
    first = first_rows(blocks["day_key"].to_numpy("int64"), len(is_hopeless))[days]
    for day, domain in zip(days, blocks["policy_domain"].iloc[first], strict=True):
        its = known.get(domain, allowed[day])
        is_hopeless[day] = bool(its) and faulty.get(day, set()) >= its
    return is_hopeless


def _without_success(blocks: pd.DataFrame, blocked: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell days in a row without any success, of at least `FEWEST_SURE` refused sessions."""
    day = blocks["day_key"].to_numpy("int64")
    size = int(day.max(initial=-1)) + 1
    first = first_rows(day, size)
    successes = summed(day, blocks["sessions"] - blocks["total"], size)
    sure = summed(blocked["day_key"].to_numpy("int64"), blocked["would_block_low"], size)
    is_known = blocks[["policy_domain", "reporter", "day"]].notna().all(axis=1).to_numpy("bool")
    is_bad = (successes == 0) & (sure > 0) & is_known[first]
    domain, _ = text_codes(blocks["policy_domain"])
    reporter, _ = text_codes(blocks["reporter"])
    is_other = _changes(domain[first]) | _changes(reporter[first])
    row = np.cumsum(is_other | ~is_bad | ~np.append(False, is_bad[:-1])[:size])
    together = summed(row, np.where(is_bad, sure, 0), int(row.max(initial=0)) + 1)[row]
    return np.asarray(is_bad & (together >= FEWEST_SURE))


def _changes(codes: Integers) -> npt.NDArray[np.bool_]:
    return np.append(True, codes[1:] != codes[:-1])[: len(codes)]


def _allowed_hosts(
    blocks: pd.DataFrame, is_wanted: npt.NDArray[np.bool_]
) -> dict[int, frozenset[str]]:
    """Give the hosts that the policies of each day name; none at all where they may allow more."""
    rows = blocks[is_wanted[blocks["day_key"].to_numpy("int64")]]
    allowed: dict[int, frozenset[str]] = {}
    is_open: set[int] = set()
    read: dict[tuple[object, object], frozenset[str]] = {}
    texts = zip(rows["day_key"], rows["policy_string"], rows["mx_host"], strict=True)
    for day, text, mx_host in texts:
        key = (_text(text), _text(mx_host))
        if key not in read:
            read[key] = frozenset(pattern.lower() for pattern in mx_patterns(*key))
        named = read[key]
        allowed[day] = allowed.get(day, frozenset()) | named
        if not named or any("*" in pattern for pattern in named):
            is_open.add(day)
    return allowed | dict.fromkeys(is_open, frozenset())


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _faulty_hosts(at_hosts: pd.DataFrame, is_wanted: npt.NDArray[np.bool_]) -> dict[int, set[str]]:
    named = at_hosts["receiving_mx_hostname"].notna() & (at_hosts["would_block_low"] > 0)
    is_chosen = named.to_numpy("bool") & is_wanted[at_hosts["day_key"].to_numpy("int64")]
    rows = at_hosts[is_chosen]
    faulty: dict[int, set[str]] = {}
    for day, host in zip(rows["day_key"], rows["receiving_mx_hostname"], strict=True):
        faulty.setdefault(day, set()).add(host)
    return faulty
