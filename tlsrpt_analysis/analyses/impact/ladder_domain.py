"""What the ladder of one domain is computed from: its refused sessions, by what they need.

Only as many fixes are tried as `MOST_FIXES`; needs that are alike to all of these are one, so that
a step costs as little for a report that names a thousand hosts as for one that names ten.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import NOT_GIVEN, parse_fix
from tlsrpt_analysis.analyses.impact.ladder_choice import MOST_FIXES, first_of
from tlsrpt_analysis.analyses.impact.needs import Needs
from tlsrpt_analysis.analyses.impact.step_words import StepWords
from tlsrpt_analysis.analyses.numbering import numbered, summed
from tlsrpt_analysis.analyses.refusal_bounds import MEASURES, bounds_of_parts
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.arrays import Booleans, Integers, Objects

_NEVER = 1
"""The position of all fixes that are not tried; 0 is the empty text of no need."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """Counts of details by policy result and by need, added up; one entry a cell."""

    result: Integers
    need: Integers
    count: Integers
    largest: Integers
    unknown: Integers

    def part(self, chosen: Booleans | Integers) -> "_Cells":
        """Return a selection of the cells."""
        columns = (self.result, self.need, self.count, self.largest, self.unknown)
        return _Cells(*(column[chosen] for column in columns))

    def sums(self, what: str, needs: Booleans, join: np.ufunc = np.add) -> Integers:
        """Return the sums of the cells of some needs in each result, for each column of needs."""
        values = getattr(self, what)[:, None] * needs[self.need]
        starts = np.flatnonzero(np.diff(self.result, prepend=-1))
        return np.asarray(join.reduceat(values, starts) if len(starts) else values, "int64")

    def by(self, results: Integers, needs: Integers, size: int) -> "_Cells":
        """Add the cells up under other numbers of their results and needs, of which `size` exist."""
        number, first = numbered(results * max(1, size) + needs)
        largest = np.zeros(len(first), "int64")
        np.maximum.at(largest, number, self.largest)
        return _Cells(
            results[first],
            needs[first],
            summed(number, self.count, len(first)),
            largest,
            summed(number, self.unknown, len(first)),
        )


@dataclass(frozen=True, slots=True)
class LadderDomain:
    """What one domain's refused sessions need, with the counts that its fixes change.

    The arrays about needs have one entry for all needs that are alike; ``line`` and ``repair`` are
    positions in ``fixes``; ``options`` has a column for each of ``fixes`` and marks those that are
    perhaps the one, ``hidden`` those that may be needed beside.
    ``exact`` are the counts in policy results whose bounds are sums; ``cells`` those in the others,
    which ``measures`` are about.
    """

    tried: tuple[str, ...]
    droppable: tuple[str, ...]
    touched: dict[str, int]
    words: StepWords
    _fixes: tuple[str, ...]
    _line: Integers
    _repair: Integers
    _host: Objects
    _options: Booleans
    _hidden: Booleans
    _is_closed: Booleans
    _is_resolved: Booleans
    _is_sure: Booleans
    _exact: Integers
    _cells: _Cells
    _measures: dict[str, Integers]
    _unexplained: int
    _alike: Integers

    @property
    def untried_fix_count(self) -> int:
        """How many fixes are not tried."""
        return len(self.touched) - len(self.tried)

    def unnamed_by(self, done: Collection[str]) -> str:
        """Return who names no host where one of the fixes is perhaps the one, for a sentence."""
        is_done = self._are_done(done)
        chosen = self._options & is_done
        is_all = self._is_closed & (chosen == self._options).all(axis=1)
        is_fixed = is_all | is_done[self._repair] & is_done[self._line]
        return self.words.reporters((chosen.any(axis=1) & ~is_fixed)[self._alike])

    def after(self, done: Collection[str], dropped: str | None = None) -> tuple[int, int]:
        """Bound the refused sessions that are left after some fixes, or without one host."""
        return self._after(self._are_done(done)[None, :], self._host == dropped)[0]

    def after_each(self, done: Collection[str], more: Collection[str]) -> list[tuple[int, int]]:
        """Bound the refused sessions that are left after some fixes and one of more fixes."""
        place = {fix: position for position, fix in enumerate(self._fixes)}
        are_done = np.tile(self._are_done(done), (len(more), 1))
        are_done[np.arange(len(more)), [place[fix] for fix in more]] = True
        return self._after(are_done, np.zeros(len(self._host), "bool"))

    def _are_done(self, done: Collection[str]) -> Booleans:
        return np.array([not fix or fix in done for fix in self._fixes], dtype="bool")

    def _after(self, are_done: Booleans, is_dropped: Booleans) -> list[tuple[int, int]]:
        """Return the bounds for each row of fixes that are done."""
        done, left = are_done.T.astype("float32"), (~are_done).T.astype("float32")
        needs_any = (self._line > 0) | (self._repair > 0)
        is_met = needs_any[:, None] & are_done.T[self._line] & are_done.T[self._repair]
        has_hidden = self._hidden.astype("float32") @ left > 0
        fixed = (is_met & ~has_hidden) | self._is_resolved[:, None]
        options = self._options.astype("float32")
        is_any, is_open = options @ done > 0, options @ left > 0
        fixed |= self._is_closed[:, None] & is_any & ~is_open
        perhaps = is_any | is_dropped[:, None] | is_met
        is_sure = self._is_sure[:, None] & ~fixed & ~perhaps
        return self._bounds(~fixed, is_sure, fixed | perhaps)

    def _bounds(self, kept: Booleans, sure: Booleans, touched: Booleans) -> list[tuple[int, int]]:
        """Return the bounds for each column of needs that are kept, for sure, or touched."""
        cells = self._cells
        part = {name: values[:, None] for name, values in self._measures.items()} | {
            "sure": cells.sums("count", sure),
            "possible": cells.sums("count", kept),
            "unknown_sure": cells.sums("unknown", sure),
            "unknown_possible": cells.sums("unknown", kept),
            "is_partly_fixed": (
                cells.sums("count", touched) + cells.sums("unknown", touched) > 0
            ).astype("int64"),
            "largest_sure": cells.sums("largest", sure, np.maximum),
        }
        lows, highs = (bounds.sum(axis=0) for bounds in bounds_of_parts(part))
        lows = lows + self._exact @ sure.astype("int64")
        highs = highs + self._exact @ kept.astype("int64") + self._unexplained
        return list(zip(lows.tolist(), highs.tolist(), strict=True))


def ladder_domains(refused: Refusals, needed: Needs) -> Iterator[tuple[str, LadderDomain]]:
    """Yield each domain that has a name and a refused session, in the order of their names."""
    cells, is_sure = _cells(refused, needed)
    columns = (*MEASURES, "day_key")
    results = {name: refused.results[name].to_numpy("int64") for name in columns}
    unexplained = refused.results["unexplained"].to_numpy("int64")
    number, names = pd.factorize(refused.results["policy_domain"].astype("str").fillna(""))
    rests = summed(np.asarray(number, "int64"), unexplained, len(names))
    rest = dict(zip(names, rests.tolist(), strict=True))
    domain_of, own = pd.factorize(needed.policy_domain, sort=True)
    needs_of = _grouped(domain_of, len(own))
    cells_of = _grouped(domain_of[cells.need], len(own))
    for name, chosen, of_domain in zip(own.tolist(), needs_of, cells_of, strict=True):
        if name:
            part = cells.part(of_domain)
            yield name, _domain(needed, chosen, part, is_sure, results, rest.get(name, 0))


def _grouped(numbers: Integers, size: int) -> list[Integers]:
    """Return the places of each number."""
    if not size:
        return []
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.searchsorted(numbers[order], np.arange(1, size)))


def _cells(refused: Refusals, needed: Needs) -> tuple[_Cells, Booleans]:
    """Return the details by policy result and combination, and which combinations surely refuse."""
    details = refused.details
    is_unknown = details["is_unknown"].to_numpy("int64")
    result, count = (details[name].to_numpy("int64") for name in ("result", "count"))
    of_details = _Cells(result, needed.combination, count, count, is_unknown)
    is_sure = np.zeros(len(needed.host), "bool")
    is_sure[needed.combination] = details["is_refusing"].to_numpy("bool")
    return of_details.by(result, needed.combination, len(needed.host)), is_sure


def _domain(  # noqa: PLR0913, PLR0917 - all that is known about one domain
    needed: Needs,
    chosen: Integers,
    cells: _Cells,
    is_sure: Booleans,
    results: dict[str, Integers],
    unexplained: int,
) -> LadderDomain:
    column = np.searchsorted(chosen, cells.need)
    counts = summed(column, cells.count, len(chosen))
    line, repair, host = needed.mx_line[chosen], needed.repair[chosen], needed.host[chosen]
    touched = _touched(line, repair, counts)
    day = results["day_key"][cells.result]
    both = np.concatenate([line, repair])
    twice = (np.append(column, column + len(chosen)), np.tile(day, 2), np.tile(cells.count, 2))
    tried = tuple(first_of(both, *twice)[:MOST_FIXES])
    where = np.where(needed.is_droppable[chosen], host, "").astype("object")
    droppable = first_of(where, column, day, cells.count)[:MOST_FIXES]
    fixes = ("", NOT_TRIED, *tried)
    position = {fix: place for place, fix in enumerate(fixes)}
    options, has_all = _marked(needed.options[chosen], fixes, [])
    hidden, _ = _marked(needed.hidden[chosen], fixes, [_NEVER])
    arrays = [
        np.array([position.get(fix, _NEVER) for fix in line], "int64"),
        np.array([position.get(fix, _NEVER) for fix in repair], "int64"),
        np.array([droppable.index(name) if name in droppable else -1 for name in host], "int64"),
        needed.is_closed[chosen] & has_all,
        needed.is_resolved[chosen],
        is_sure[chosen],
    ]
    table = np.column_stack([*arrays, options, hidden]).astype("int64")
    _, first, alike = np.unique(table, axis=0, return_index=True, return_inverse=True)
    lines, repairs, hosts, is_closed, is_resolved, are_sure = (array[first] for array in arrays)
    is_exact = _is_exact(cells, results)
    inexact = cells.part(~is_exact)
    distinct, row = np.unique(inexact.result, return_inverse=True)
    return LadderDomain(
        tried=tried,
        droppable=tuple(sorted(droppable)),
        touched=touched,
        words=StepWords(needed, chosen, counts),
        _fixes=fixes,
        _line=lines,
        _repair=repairs,
        _host=np.array([*droppable, ""], dtype=object)[hosts],
        _options=options[first],
        _hidden=hidden[first],
        _is_closed=is_closed,
        _is_resolved=is_resolved,
        _is_sure=are_sure,
        _exact=summed(alike[column[is_exact]], cells.count[is_exact], len(first)),
        _cells=inexact.by(row, alike[column[~is_exact]], len(first)),
        _measures={name: results[name][distinct] for name in MEASURES},
        _unexplained=unexplained,
        _alike=alike,
    )


NOT_TRIED = "(not tried)"
"""Stands for each fix that is not tried, so that nothing ends it."""


def _touched(line: Objects, repair: Objects, counts: Integers) -> dict[str, int]:
    """Return how many sessions each fix is needed for."""
    touched: dict[str, int] = {}
    for own_line, own_repair, count in zip(line, repair, counts.tolist(), strict=True):
        for fix in (own_line, own_repair):
            if fix:
                touched[fix] = touched.get(fix, 0) + count
    return touched


def _marked(
    options: Objects, fixes: tuple[str, ...], otherwise: list[int]
) -> tuple[Booleans, Booleans]:
    """Return which of the fixes each need's options are, and whether all its options are fixes.

    An option that is neither a fix nor the kind of some marks the columns `otherwise`.
    """
    places = {fix: place for place, fix in enumerate(fixes)}
    of_kind: dict[str, list[int]] = {}
    for place, fix in enumerate(fixes[2:], start=2):
        of_kind.setdefault(parse_fix(fix)[0], []).append(place)
    known: dict[tuple[str, ...], int] = {}
    number = np.array([known.setdefault(one, len(known)) for one in options], "int64")
    marks = np.zeros((max(1, len(known)), len(fixes)), "bool")
    has_all = np.ones(len(marks), "bool")
    for one, row in known.items():
        for fix in one:
            marks[row, places.get(fix, of_kind.get(fix, otherwise))] = True
            has_all[row] &= fix in places
    return marks[number], has_all[number]


def _is_exact(cells: _Cells, results: dict[str, Integers]) -> Booleans:
    """Return which cells are in policy results whose bounds are plain sums."""
    result = cells.result
    is_within = results["explained"][result] <= results["total"][result]
    is_plain = (results["is_beside"][result] == 0) & (results["unknown"][result] == 0)
    return np.asarray(is_within & is_plain)


def is_unnamed(fix: str) -> bool:
    """Whether a fix is at a host that the senders do not name."""
    return parse_fix(fix)[1] == NOT_GIVEN
