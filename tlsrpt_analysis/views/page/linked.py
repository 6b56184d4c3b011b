"""The counts behind the linked views, with which a reader looks around without Python.

Each count is that of one domain, sender, cause and period; texts stand once, and counts name them by
their place. The script of the page adds up what is chosen; all counts of the section follow.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.refusals import daily_refusals
from tlsrpt_analysis.analyses.sessions import daily_sessions
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views.charts.cause_families import FAMILY_COLOURS, refusal_families
from tlsrpt_analysis.views.charts.periods import FREQUENCIES, ends, period_names, starts
from tlsrpt_analysis.views.page import sentences, words
from tlsrpt_analysis.views.style import missing_as

MOST_DOMAINS = 200
"""The most domains that can be chosen, those with the most refused connections."""

MOST_SENDERS = 40
"""The most senders that can be chosen, those with the most tested connections."""

MOST_COUNTS = 150_000
"""The most counts in a page, about half a megabyte; with more, days are added up to weeks.

A year of 50 domains and 8 senders by day just fits, and is drawn again within 0.05 s.
"""

NAME_LETTERS = 120
TESTED = -1
"""The cause of tested connections: they have none."""

KEYS = ["domain", "sender", "cause", "period"]


@dataclass(frozen=True, slots=True)
class Linked:
    """What the script of the page needs; empty where no connection was tested."""

    content: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.content)


def linked_facts(tables: ReportTables, causes: pd.DataFrame) -> pd.DataFrame:
    """Return tested and refused connections by domain, sender, day and place of the cause.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    causes : DataFrame
        As `tlsrpt_analysis.diagnose` returns them.
    """
    sessions = daily_sessions(tables)
    sessions = sessions[sessions["session_count"] > 0]
    sessions = sessions.assign(cause=TESTED, count=sessions["tested_session_count"])
    refused = daily_refusals(tables, ["result_type"])
    families = {name: place for place, name in enumerate(FAMILY_COLOURS)}
    named = [families[name] for name in refusal_families(refused, causes)]
    refused = refused.assign(cause=named, count=refused["would_block_high"])
    columns = ["policy_domain", "reporter", "day", "cause", "count"]
    facts = pd.concat([sessions[columns], refused[columns]], ignore_index=True)
    return facts.assign(**{key: missing_as(facts[key]) for key in columns[:2]})


def linked(facts: pd.DataFrame, domains: Sequence[str], addresses: Mapping[str, str]) -> Linked:
    """Return the counts of the linked views.

    Parameters
    ----------
    facts : DataFrame
        As `linked_facts` returns them.
    domains : sequence of str
        The domains of the page: a page for one customer holds no other.
    addresses : mapping of str to str
        Where the page has the details of a domain.
    """
    facts = facts[facts["policy_domain"].isin(set(domains))]
    is_tested = facts["cause"] == TESTED
    if not facts.loc[is_tested, "count"].any():
        return Linked()
    domain, names = _largest(facts, "policy_domain", ~is_tested, most=MOST_DOMAINS)
    sender, senders = _largest(facts, "reporter", is_tested, most=MOST_SENDERS)
    more = facts.loc[domain.isna(), "policy_domain"].nunique()
    rare = facts.loc[sender.isna(), "reporter"].nunique()
    facts = facts.assign(domain=domain, sender=sender.fillna(len(senders)).astype("int64"))
    facts = facts.dropna(subset="domain").astype({"domain": "int64"})
    counts, periods = _by_period(facts)
    tested = counts[counts["cause"] == TESTED]
    return Linked(
        {
            "domains": [[shown(name, NAME_LETTERS), addresses.get(name, "")] for name in names],
            "more": sentences.more_domains(more) if more else "",
            "senders": [shown(name, NAME_LETTERS) for name in senders]
            + ([sentences.other_senders(rare)] if rare else []),
            "causes": [[name, colour] for name, colour in FAMILY_COLOURS.items()],
            "noun": periods.noun,
            "periods": periods.rows,
            "tested": [_dense(*run) for run in _runs(tested, KEYS[:2])],
            "refused": [_sparse(*run) for run in _runs(counts.drop(tested.index), KEYS[:3])],
            "words": dict(words.LINKED),
        }
    )


@dataclass(frozen=True, slots=True)
class _Periods:
    noun: str
    rows: list[list[str]]


def _largest(
    facts: pd.DataFrame, key: str, is_counted: pd.Series, *, most: int
) -> tuple[pd.Series, list[str]]:
    """Return the place of each row's name among the largest, missing for the others, and the names."""
    counted = facts["count"].where(is_counted, 0).groupby(facts[key]).sum()
    every = facts["count"].groupby(facts[key]).sum()
    order = pd.DataFrame({"counted": counted, "every": every, "name": counted.index})
    ranked = order.sort_values(["counted", "every", "name"], ascending=[False, False, True])
    names = ranked["name"].head(most).tolist()
    places: pd.Series = facts[key].map({name: place for place, name in enumerate(names)})
    return places, names


def _by_period(facts: pd.DataFrame) -> tuple[pd.DataFrame, _Periods]:
    """Add up the counts by the shortest period of which there are not too many."""
    day = facts["day"].astype("datetime64[s]")
    for noun in FREQUENCIES:
        start = starts(day, noun)
        keys = facts[KEYS[:3]].assign(start=start)
        counts = facts["count"].groupby([keys[name] for name in keys]).sum().reset_index()
        if len(counts) <= MOST_COUNTS:
            break
    first = pd.Series(_every_start(counts["start"], noun))
    places = {start: place for place, start in enumerate(first)}
    last = ends(first, noun) - pd.Timedelta(days=1)
    texts = zip(
        first.dt.strftime("%Y-%m-%d"), last.dt.strftime("%Y-%m-%d"), period_names(first, noun),
        strict=True,
    )  # fmt: skip
    counts = counts.assign(period=counts["start"].map(places).astype("int64"))
    return counts, _Periods(noun, [list(row) for row in texts])


def _every_start(found: pd.Series, noun: str) -> pd.DatetimeIndex:
    """Return all periods from the first to the last, also those without a report."""
    return pd.date_range(found.min(), found.max(), freq=FREQUENCIES[noun], unit="s")


def _runs(counts: pd.DataFrame, keys: Sequence[str]) -> Iterator[tuple[list[int], Integers]]:
    """Yield the keys of each run of rows, which are in their order, and its periods and counts."""
    places = counts[list(keys)].to_numpy("int64")
    pairs = counts[["period", "count"]].to_numpy("int64")
    begins = np.flatnonzero((np.diff(places, axis=0, prepend=-2) != 0).any(axis=1))
    for begin, end in itertools.pairwise([*begins.tolist(), len(places)]):
        yield places[begin].tolist(), pairs[begin:end]


def _dense(key: list[int], pairs: Integers) -> list[Any]:
    """Return domain, sender, first period, and a count for each period from there on."""
    period = pairs[:, 0] - pairs[0, 0]
    counts = np.zeros(int(period[-1]) + 1, "int64")
    counts[period] = pairs[:, 1]
    return [*key, int(pairs[0, 0]), counts.tolist()]


def _sparse(key: list[int], pairs: Integers) -> list[Any]:
    """Return domain, sender, cause, and period and count by turns."""
    return [*key, pairs.ravel().tolist()]
