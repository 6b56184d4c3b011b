"""The days on which the MTA-STS policy of a domain changed, as its senders saw it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from tlsrpt_analysis.analyses.sessions import grouped, session_counts
from tlsrpt_analysis.standards.mta_sts import read_max_age, read_mode, read_mx_patterns
from tlsrpt_analysis.tables import DAY, ReportTables

LASTING_DAYS = 3
"""A policy that was the commonest on fewer days was a slip, or seen by late senders only."""

COLUMNS = ["policy_domain", "change_day", "change"]


def policy_changes(tables: ReportTables) -> pd.DataFrame:
    """Find the days from which most sessions of a domain were under another policy.

    Parameters
    ----------
    tables : ReportTables
        The reports; what counts is the policy text that they state (RFC 8460 §4.5).

    Returns
    -------
    DataFrame
        ``policy_domain``, ``change_day`` (the first day under the new policy, if that lasted three
        days with reports) and ``change``, such as ``mode: testing → enforce``.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> list(policy_changes(empty_tables()).columns)
    ['policy_domain', 'change_day', 'change']
    """
    frame = tables.policies
    told = frame[
        ((frame["policy_type"] == "sts") & frame["policy_string"].notna()).to_numpy("bool")
    ]
    seen = told[["policy_domain", "day", "policy_string"]].assign(count=session_counts(told))
    seen = seen[seen["policy_domain"].notna()]
    keys = ["policy_domain", "day", "policy_string"]
    counts = grouped(seen, keys)["count"].sum().reset_index()
    texts = counts["policy_string"].astype("str")
    counts = counts.assign(policy_string=texts).sort_values(["policy_domain", "day", "count"])
    commonest = counts.drop_duplicates(["policy_domain", "day"], keep="last")
    rows = [
        (domain, day, change)
        for domain, its in commonest.groupby("policy_domain", observed=True)
        for day, change in _changes(its)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"policy_domain": "str", "change_day": DAY, "change": "str"}
    )


def _changes(commonest: pd.DataFrame) -> Iterator[tuple[object, str]]:
    policies = [_seen(text) for text in commonest["policy_string"]]
    runs: list[list[int]] = []
    for number, policy in enumerate(policies):
        if runs and policies[runs[-1][0]] == policy:
            runs[-1].append(number)
        else:
            runs.append([number])
    lasting = [run[0] for run in runs if len(run) >= LASTING_DAYS]
    days = commonest["day"].tolist()
    for old, new in pairwise(lasting):
        change = policies[new].differs_from(policies[old])
        if change:
            yield days[new], change


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a policy text says, the order of its lines aside."""

    mode: str | None
    mx: frozenset[str]
    max_age: int | None

    def differs_from(self, old: "_Seen") -> str:
        """Tell what changed."""
        told = [
            f"{name}: {before} → {after}"
            for name, before, after in (
                ("mode", old.mode, self.mode),
                ("max_age", old.max_age, self.max_age),
            )
            if before != after
        ]
        told += [f"mx added: {name}" for name in sorted(self.mx - old.mx)]
        told += [f"mx taken away: {name}" for name in sorted(old.mx - self.mx)]
        return "; ".join(told)


def _seen(text: str) -> _Seen:
    lines = text.splitlines()
    mx = frozenset(name.lower() for name in read_mx_patterns(lines))
    return _Seen(read_mode(lines), mx, read_max_age(text))
