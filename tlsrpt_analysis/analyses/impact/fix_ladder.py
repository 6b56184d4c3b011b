"""What each fix wins back, one after the other.

The bounds of a policy result whose details do not overlap are plain sums, so those results are
added up together; only the others are bounded one by one for each fix that is tried.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import (
    ADD_MX,
    DROP_MX,
    NOT_GIVEN,
    parse_fix,
)
from tlsrpt_analysis.analyses.impact.needs import Needs
from tlsrpt_analysis.analyses.impact.step_words import FIXES, StepWords
from tlsrpt_analysis.analyses.numbering import numbered, summed
from tlsrpt_analysis.analyses.refusal_bounds import MEASURES, bounds_of_parts
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.arrays import Booleans, Floats, Integers, Objects

MOST_FIXES = 40
"""A domain has few servers; one report that names hundreds must not stop the ladder."""

_TEXTS = dict.fromkeys(("cause", "responsible", "cure", "left", "unnamed_by"), "str")


@dataclass(frozen=True, slots=True)
class _Cells:
    """The details of each policy result and combination, added up; one entry a cell."""

    result: Integers
    combination: Integers
    count: Integers
    largest: Integers
    unknown: Integers
    is_sure: Booleans


@dataclass(frozen=True, slots=True)
class _Domain:
    """What one domain's refused sessions need, with the counts that its fixes change.

    The arrays about needs have one entry a combination; ``line`` and ``repair`` are positions in
    ``fixes``, whose first entry is the empty text of no need; ``options`` has a column for each of
    ``fixes`` and marks those that are perhaps the one, ``hidden`` those that may be needed beside.
    ``exact`` are the counts in policy results whose bounds are sums; the tables have a row for
    each other result and a column for each combination.
    """

    fixes: list[str]
    line: Integers
    repair: Integers
    host: Objects
    options: Booleans
    hidden: Booleans
    is_closed: Booleans
    is_resolved: Booleans
    is_droppable: Booleans
    is_sure: Booleans
    touched: Integers
    exact: Floats
    count: Floats
    largest: Floats
    unknown: Floats
    measures: dict[str, Integers]
    unexplained: int
    words: StepWords

    def sessions_at(self, host: str) -> float:
        """Return the counts of the details that name a host."""
        is_here = self.host == host
        return float(self.exact[is_here].sum() + self.count[:, is_here].sum())

    def unnamed_by(self, done: Collection[str]) -> str:
        """Return who names no host where one of the fixes is perhaps the one, for a sentence."""
        is_done = np.array([not fix or fix in done for fix in self.fixes])
        chosen = self.options & is_done
        is_all = self.is_closed & (chosen == self.options).all(axis=1)
        is_fixed = is_all | is_done[self.repair] & is_done[self.line]
        return self.words.reporters(chosen.any(axis=1) & ~is_fixed)

    def after(self, done: Collection[str], dropped: str | None = None) -> tuple[int, int]:
        """Bound the refused sessions that are left after some fixes, or without one host."""
        return self._after(self._are_done(done)[None, :], self.host == dropped)[0]

    def after_each(self, done: Collection[str], more: Collection[str]) -> list[tuple[int, int]]:
        """Bound the refused sessions that are left after some fixes and one of more fixes."""
        place = {fix: position for position, fix in enumerate(self.fixes)}
        are_done = np.tile(self._are_done(done), (len(more), 1))
        are_done[np.arange(len(more)), [place[fix] for fix in more]] = True
        return self._after(are_done, np.zeros(len(self.host), "bool"))

    def _are_done(self, done: Collection[str]) -> Booleans:
        return np.array([not fix or fix in done for fix in self.fixes], dtype="bool")

    def _after(self, are_done: Booleans, is_dropped: Booleans) -> list[tuple[int, int]]:
        """Return the bounds for each row of fixes that are done."""
        done, left = are_done.T.astype("float32"), (~are_done).T.astype("float32")
        needs_any = (self.line > 0) | (self.repair > 0)
        is_met = needs_any[:, None] & are_done.T[self.line] & are_done.T[self.repair]
        has_hidden = self.hidden.astype("float32") @ left > 0
        fixed = (is_met & ~has_hidden) | self.is_resolved[:, None]
        options = self.options.astype("float32")
        is_any, is_open = options @ done > 0, options @ left > 0
        fixed |= self.is_closed[:, None] & is_any & ~is_open
        perhaps = is_any | is_dropped[:, None] | is_met
        return self._bounds(~fixed, self.is_sure[:, None] & ~fixed & ~perhaps, fixed | perhaps)

    def _bounds(self, kept: Booleans, sure: Booleans, touched: Booleans) -> list[tuple[int, int]]:
        """Return the bounds for each column of combinations that are kept, for sure, or touched."""
        low, high = self.exact @ sure.astype("float64"), self.exact @ kept.astype("float64")
        largest = [(self.largest * each).max(axis=1, initial=0) for each in sure.T]
        part = {name: values[:, None] for name, values in self.measures.items()} | {
            "sure": (self.count @ sure).astype("int64"),
            "possible": (self.count @ kept).astype("int64"),
            "unknown_sure": (self.unknown @ sure).astype("int64"),
            "unknown_possible": (self.unknown @ kept).astype("int64"),
            "is_partly_fixed": ((self.count + self.unknown) @ touched > 0).astype("int64"),
            "largest_sure": np.stack(largest, axis=1).astype("int64"),
        }
        lows, highs = (bounds.sum(axis=0) for bounds in bounds_of_parts(part))
        lows, highs = lows + low.astype("int64"), highs + high.astype("int64") + self.unexplained
        return list(zip(lows.tolist(), highs.tolist(), strict=True))


def ladder(refused: Refusals, needed: Needs) -> pd.DataFrame:
    """Order the fixes of every domain, each step the one that wins back most after those before.

    Returns
    -------
    DataFrame
        `FIXES`, without the shares, and ``unnamed_by``; dropping a host has a missing ``step``, as it is an alternative
        and is measured against the state before all fixes. Of a domain with more than 40 fixes or
        hosts at fault, those that touch the most sessions are tried.
    """
    rows: list[dict[str, object]] = []
    for name, domain in _domains(refused, needed):
        rows += [{"policy_domain": name, **row} for row in _steps(domain)]
    columns = [*FIXES, "unnamed_by"]
    return pd.DataFrame(rows, columns=columns).astype({"step": "Int64", **_TEXTS})


def _steps(domain: _Domain) -> list[dict[str, object]]:
    """Return the greedy ladder of one domain, then the hosts that could be dropped instead."""
    touched = dict(zip(domain.fixes, domain.touched.tolist(), strict=True))
    left = sorted(domain.fixes[1:], key=lambda fix: (-touched[fix], fix))[:MOST_FIXES]
    start = before = domain.after(())
    done: list[str] = []
    rows: list[dict[str, object]] = []
    while left:
        after = dict(zip(left, domain.after_each(done, left), strict=True))
        best = min(
            left,
            key=lambda fix: (is_unnamed(fix), after[fix][1], after[fix][0], -touched[fix], fix),
        )
        left.remove(best)
        if is_unnamed(best) and after[best] == before:
            continue  # the steps before it have ended this too
        done.append(best)
        effect = _effect(before, after[best])
        unnamed_by = domain.unnamed_by(done)
        rows.append(
            {"step": len(done), **domain.words.of(best), **effect, "unnamed_by": unnamed_by}
        )
        before = after[best]
    hosts = sorted(
        set(domain.host[domain.is_droppable]), key=lambda host: (-domain.sessions_at(host), host)
    )
    for host in sorted(hosts[:MOST_FIXES]):
        effect = _effect(start, domain.after((), dropped=host))
        rows.append({"step": None, **domain.words.of(f"{DROP_MX} {host}"), **effect})
    return rows


def is_unnamed(fix: str) -> bool:
    """Whether a fix is at a host that the senders do not name."""
    return parse_fix(fix)[1] == NOT_GIVEN


def _effect(before: tuple[int, int], after: tuple[int, int]) -> dict[str, object]:
    gains = sorted(max(0, b - a) for b, a in zip(before, after, strict=True))
    return {
        "would_block_low_before": before[0],
        "would_block_high_before": before[1],
        "would_block_low_after": after[0],
        "would_block_high_after": after[1],
        "won_back_low": gains[0],
        "won_back_high": gains[1],
    }


def _domains(refused: Refusals, needed: Needs) -> Iterator[tuple[str, _Domain]]:
    """Yield each domain that has a name and a refused session, in the order of their names."""
    cells = _cells(refused, needed)
    results = {name: refused.results[name].to_numpy("int64") for name in MEASURES}
    unexplained = refused.results["unexplained"].to_numpy("int64")
    domains = refused.results["policy_domain"].astype("str").fillna("").to_numpy(dtype=object)
    names, number = np.unique(domains.astype("str"), return_inverse=True)
    rests = summed(number, unexplained, len(names))
    rest = dict(zip(names.tolist(), rests.tolist(), strict=True))
    for name in sorted(set(needed.policy_domain) - {""}):
        chosen = needed.policy_domain == name
        yield name, _domain(needed, chosen, cells, results=results, unexplained=rest[name])


def _cells(refused: Refusals, needed: Needs) -> _Cells:
    details = refused.details
    size = len(needed.host)
    result = details["result"].to_numpy("int64")
    key = result * max(1, size) + needed.combination
    number, first = numbered(key)
    count = details["count"].to_numpy("int64")
    largest = np.zeros(len(first), "int64")
    np.maximum.at(largest, number, count)
    return _Cells(
        result[first],
        needed.combination[first],
        summed(number, count, len(first)),
        largest,
        summed(number, details["is_unknown"], len(first)),
        details["is_refusing"].to_numpy("bool")[first],
    )


def _domain(
    needed: Needs,
    chosen: Booleans,
    cells: _Cells,
    *,
    results: dict[str, Integers],
    unexplained: int,
) -> _Domain:
    line, repair = needed.mx_line[chosen], needed.repair[chosen]
    fixes = sorted({"", *line, *repair})
    options = [
        [fix in of_row or (of_row == (ADD_MX,) and fix.startswith(ADD_MX)) for fix in fixes]
        for of_row in needed.options[chosen]
    ]
    has_all = [set(of_row) <= set(fixes) for of_row in needed.options[chosen]]
    number = {fix: position for position, fix in enumerate(fixes)}
    lines, repairs = (
        np.array([number[fix] for fix in wanted], dtype="int64") for wanted in (line, repair)
    )
    is_in = chosen[cells.combination]
    column = (np.cumsum(chosen) - 1)[cells.combination[is_in]]
    result, size = cells.result[is_in], int(chosen.sum())
    count, largest, unknown = (
        values[is_in] for values in (cells.count, cells.largest, cells.unknown)
    )
    is_sure = np.zeros(size, "bool")
    is_sure[column] = cells.is_sure[is_in]
    whole = summed(column, count, size)
    touched = np.array(
        [whole[(lines == place) | (repairs == place)].sum() for place in range(len(fixes))]
    )
    is_within = results["explained"][result] <= results["total"][result]
    is_plain = (results["is_beside"][result] == 0) & (results["unknown"][result] == 0)
    is_exact = is_within & is_plain
    distinct, row = np.unique(result[~is_exact], return_inverse=True)
    tables = [np.zeros((len(distinct), size)) for _ in range(3)]
    for table, values in zip(tables, (count, largest, unknown), strict=True):
        table[row, column[~is_exact]] = values[~is_exact]
    return _Domain(
        fixes,
        lines,
        repairs,
        needed.host[chosen],
        np.array(options, dtype="bool").reshape(size, len(fixes)),
        np.array(
            [[fix in of_row for fix in fixes] for of_row in needed.hidden[chosen]], dtype="bool"
        ).reshape(size, len(fixes)),
        needed.is_closed[chosen] & np.array(has_all, dtype="bool"),
        needed.is_resolved[chosen],
        needed.is_droppable[chosen],
        is_sure,
        touched,
        np.bincount(column[is_exact], count[is_exact], size).astype("float64"),
        tables[0],
        tables[1],
        tables[2],
        {name: values[distinct] for name, values in results.items()},
        unexplained,
        StepWords(needed, chosen, whole),
    )
