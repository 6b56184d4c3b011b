"""The shares of the parts of a total, with intervals by resampling days."""

import functools
from collections.abc import Sequence

import numpy as np

from tlsrpt_analysis.analyses.statistics.intervals import FEWEST_DAYS
from tlsrpt_analysis.arrays import Floats

BOOTSTRAP_REPEATS = 2000
BOOTSTRAP_SEED = 8460
DRAWN_AT_ONCE = 64
"""So many totals with the same number of days share one product with the draws."""

BOOTSTRAP_DAYS = 512
"""Days for which draws are kept; for more days new ones are drawn."""


def part_intervals(parts: Floats) -> Floats:
    """Compute intervals of 95 % for the shares of a total, by resampling days.

    Parameters
    ----------
    parts : array of float, days by parts
        The count of each part on each day.

    Returns
    -------
    array of float, parts by 2
        Low and high end of each part's share of the total; not a number where fewer than
        `FEWEST_DAYS` days have any count.

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. *The Annals of Statistics*
    7 (1), 1-26.
    Hanley, J. A., and MacGibbon, B. (2006). Creating non-parametric bootstrap samples using
    Poisson frequencies. *Computer Methods and Programs in Biomedicine* 83 (1), 57-62.
    """
    return many_part_intervals([parts])[0]


def many_part_intervals(tables: Sequence[Floats]) -> list[Floats]:
    """Compute the intervals of the shares of several totals, each as `part_intervals` does.

    Examples
    --------
    >>> [ends.round(2).tolist() for ends in many_part_intervals([np.full((8, 2), 5.0)])]
    [[[0.5, 0.5], [0.5, 0.5]]]
    """
    ends = [np.full((table.shape[1], 2), np.nan) for table in tables]
    drawn = [table[table.sum(axis=1) > 0] for table in tables]
    by_length: dict[int, list[int]] = {}
    for at, table in enumerate(drawn):
        if len(table) >= FEWEST_DAYS:
            by_length.setdefault(len(table), []).append(at)
    for days, places in by_length.items():
        draws = _draws(max(days, BOOTSTRAP_DAYS))[:, :days]
        for begin in range(0, len(places), DRAWN_AT_ONCE):
            chosen = places[begin : begin + DRAWN_AT_ONCE]
            widths = np.cumsum([drawn[at].shape[1] for at in chosen])
            totals = np.split(draws @ np.hstack([drawn[at] for at in chosen]), widths[:-1], axis=1)
            for at, drawn_parts in zip(chosen, totals, strict=True):
                shares = drawn_parts / drawn_parts.sum(axis=1, keepdims=True)
                ends[at] = np.percentile(shares, [2.5, 97.5], axis=0).T
    return ends


@functools.lru_cache(maxsize=1)
def _draws(days: int) -> Floats:
    """Draw how often each day counts in each repeat: Poisson counts, of which any part serves."""
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    draws = generator.poisson(1.0, (BOOTSTRAP_REPEATS, days)).astype("float64")
    nothing = draws[:, :FEWEST_DAYS].sum(axis=1) == 0
    draws[nothing, 0] = 1.0
    return draws
