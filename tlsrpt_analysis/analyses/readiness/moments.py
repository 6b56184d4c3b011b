"""Moments: a domain on a day, with the reports until then.

All moments are judged at once. Each stands for a domain of its own, whose rows are those of its
domain until that day, so that what judges domains judges moments.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.arrays import Integers

DAY_WIDTH = 2**22
"""More days than there are: a domain and a day make one key."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Domains on days, in the order of both; `names` are the domains that `domain` numbers."""

    names: tuple[str, ...]
    domain: Integers
    day: Integers

    @property
    def keys(self) -> Integers:
        """The domain and the day of each moment as one number, in order."""
        return np.asarray(self.domain * DAY_WIDTH + self.day)

    @property
    def labels(self) -> list[str]:
        """The name of each moment as a domain."""
        return [str(number) for number in range(len(self.domain))]

    def part(self, begin: int, end: int) -> "Moments":
        """Return some moments."""
        return Moments(self.names, self.domain[begin:end], self.day[begin:end])

    def rows_until(self, frame: pd.DataFrame, day: Integers) -> pd.DataFrame:
        """Return the rows of each moment, its label as their ``policy_domain``.

        Parameters
        ----------
        frame : DataFrame
            Rows with a ``policy_domain``.
        day : array of int
            The day of each row.
        """
        domain = self.numbers_of(frame["policy_domain"])
        begin = np.searchsorted(self.keys, domain * DAY_WIDTH + day)
        end = np.searchsorted(self.keys, (domain + 1) * DAY_WIDTH)
        count = np.where(domain < 0, 0, end - begin)
        row = np.repeat(np.arange(len(frame)), count)
        first = np.cumsum(count) - count
        moment = np.arange(len(row)) - np.repeat(first, count) + np.repeat(begin, count)
        label = pd.Categorical.from_codes(moment, categories=pd.Index(self.labels, dtype="str"))
        return frame.take(row).reset_index(drop=True).assign(policy_domain=label)

    def numbers_of(self, domains: pd.Series) -> Integers:
        """Return the number of the domain of each row, -1 where it has no moment."""
        categorical = pd.Categorical(domains)
        numbers = pd.Index(self.names).get_indexer(pd.Index(categorical.categories))
        return np.asarray(np.append(numbers, -1)[categorical.codes], dtype="int64")

    def positions_in(self, keys: Integers) -> Integers:
        """Return the last of some keys of each moment's domain until its day, -1 without one."""
        position = np.searchsorted(keys, self.keys, side="right") - 1
        domains = np.append(keys // DAY_WIDTH, -1)  # its last one for the position -1
        is_own = (position >= 0) & (domains[position] == self.domain)
        return np.where(is_own, position, -1).astype("int64")
