"""Like is compared with like: which policy texts and which result types mean the same."""

import re

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import group_numbers
from tlsrpt_analysis.analyses.policy.reported import mx_patterns
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, ResultType

CATCH_ALL = str(ResultType.VALIDATION_FAILURE)

FAMILIES = (
    frozenset(map(str, POLICY_UNAVAILABLE)),
    frozenset(
        {
            *map(str, (ResultType.CERTIFICATE_HOST_MISMATCH, ResultType.CERTIFICATE_EXPIRED)),
            *map(str, (ResultType.CERTIFICATE_NOT_TRUSTED, ResultType.TLSA_INVALID)),
        }
    ),
)
"""Result types of one fault: a sender that checks in another order gives it another name."""


def may_be_same(cause: str | None, other: str | None) -> bool:
    """Whether two reporters may mean one fault by these result types.

    Senders use ``validation-failure`` for whatever failed at the host (RFC 8460 §4.3.3), and a
    certificate with two faults has the name of the one that is checked first.

    Examples
    --------
    >>> may_be_same("certificate-expired", "validation-failure")
    True
    >>> may_be_same("certificate-expired", "starttls-not-supported")
    False
    """
    if cause == other or other is None or cause is None:
        return True
    if CATCH_ALL in {cause, other}:
        return not {cause, other} & FAMILIES[0]
    return any(cause in family and other in family for family in FAMILIES)


_TEXT = ["policy_type", "policy_mode", "policy_string", "mx_host"]
_TLSA = re.compile(r"(?<!\d)\d{1,3}\s{1,9}\d{1,3}\s{1,9}\d{1,3}\s{1,9}[0-9a-f]+", re.IGNORECASE)


def policy_text_numbers(policies: pd.DataFrame, group: Integers, day: Integers) -> Integers:
    """Return the number of the policy text of each row of ``policies``.

    Parameters
    ----------
    policies : DataFrame
        Rows of ``policies``, with ``sessions``.
    group, day : array of int
        The number of each row's domain and policy type, and of its day.

    Returns
    -------
    array of int
        Equal for texts that mean the same: the mode and the ``mx`` patterns of MTA-STS, or the
        TLSA records. A row without a text (Microsoft states none when the fetch fails) has that
        which most sessions of its domain were under on the day, or on the last day before that
        has one, or the first after.
    """
    codes = _stated_text_numbers(policies)
    if (codes >= 0).all():
        return codes
    seen = policies["sessions"].to_numpy("int64")
    rows = pd.DataFrame({"group": group, "day": day, "text": codes, "seen": seen})
    stated = rows[rows["text"] >= 0].groupby(["group", "day", "text"])["seen"].sum().reset_index()
    main = stated.sort_values(["seen", "text"]).drop_duplicates(["group", "day"], keep="last")
    days = rows[["group", "day"]].drop_duplicates().merge(main, how="left", on=["group", "day"])
    days = days.sort_values(["group", "day"])
    by_group = days.groupby("group")["text"]
    days["main"] = by_group.ffill().fillna(by_group.bfill()).fillna(-1).astype("int64")
    filled = rows.merge(days[["group", "day", "main"]], how="left", on=["group", "day"])
    return np.where(codes >= 0, codes, filled["main"].to_numpy("int64")) + 1


def lists_one_host(policies: pd.DataFrame) -> Booleans:
    """Whether the policy text of each row lists one MX host, by its name; or is not stated."""
    texts, first = group_numbers(policies, ["policy_string", "mx_host"])
    pairs = policies[["policy_string", "mx_host"]].take(first).itertuples(index=False, name=None)
    listed = [mx_patterns(*pair) for pair in pairs]
    is_one = [not names or (len(names) == 1 and "*" not in names[0]) for names in listed]
    return np.array(is_one, dtype="bool")[texts]


def _stated_text_numbers(policies: pd.DataFrame) -> Integers:
    """Return the number of the text that each row states, in their order; -1 where none is."""
    columns = [policies[name].cat.codes.to_numpy("int64") + 1 for name in _TEXT]
    key = np.zeros(len(policies), "int64")
    for codes in columns:
        key = np.unique(key * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1]
    _, firsts, place = np.unique(key, return_index=True, return_inverse=True)
    meanings = [
        _meaning(*values) for values in policies.iloc[firsts][_TEXT].itertuples(index=False)
    ]
    order = {
        text: number for number, text in enumerate(sorted({text for text in meanings if text}))
    }
    return np.array([order.get(text, -1) for text in meanings], "int64")[place]


def _meaning(policy_type: object, mode: object, policy_string: object, mx_host: object) -> str:
    """Return what a text means: the order of its lines, its case and its max_age do not matter."""
    if policy_type == "sts":
        patterns = mx_patterns(policy_string, mx_host)
        listed = sorted({pattern.lower() for pattern in patterns})
        return "\n".join([str(mode), *listed]) if patterns else ""
    records = _TLSA.findall(policy_string) if isinstance(policy_string, str) else []
    return "\n".join(sorted({" ".join(record.lower().split()) for record in records}))
