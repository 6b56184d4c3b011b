"""What becomes of refused mail while it waits in the queue of its sender.

A sender keeps mail for four to five days and tries again (RFC 5321 §4.5.4.1), so one refused attempt
is no loss. On a hopeless day each attempt of a sender was refused at every host; mail surely bounces
only if such days go on for as long as the longest queue. It bounces at most as often as every
attempt fails within the shortest queue, one on each of its days at least, where attempts are
assumed to be independent: each fails as often as the sender's sessions of that day do.
"""

from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.numbering import changes
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

QUEUE_DAYS = 5
"""The longest usual queue: after so many days without a success, mail has surely bounced."""

SHORTEST_QUEUE_DAYS = 4
"""The shortest one: mail that meets a success within so many days was surely tried again."""


@dataclass(frozen=True, slots=True)
class SenderDays:
    """The days of senders, one entry for each ``day_key``: a sender's day about a domain.

    Attributes
    ----------
    series : array of int
        The number of the domain and reporter.
    day : array of int
        Days since 1970; -1 where domain, reporter or day is missing.
    sessions, refused : array of int
        The tested sessions, and those of them that are refused, at most.
    """

    series: Integers
    day: Integers
    sessions: Integers
    refused: Integers

    def bounced(self, hopeless: Booleans) -> Booleans:
        """Return the hopeless days whose refused mail surely bounces.

        The hopeless days of a sender form a run until one that is not, or until it was not seen
        for as long as a queue lasts.
        """
        order = np.lexsort((self.day, self.series))
        series, day, is_bad = self.series[order], self.day[order], hopeless[order]
        is_new = changes(series) | ~is_bad | ~np.append(False, is_bad[:-1])[: len(is_bad)]
        is_new[1:] |= np.diff(day) > QUEUE_DAYS
        run = np.cumsum(is_new) - 1
        last = np.full(int(run.max(initial=-1)) + 1, -1, "int64")
        np.maximum.at(last, run, day)
        found = np.zeros(len(hopeless), "bool")
        found[order] = is_bad & (last[run] - day >= QUEUE_DAYS)
        return found

    def bouncing_share(self, is_telling: Booleans) -> Floats:
        """Return the part of each day's refused mail that bounces, at most.

        Parameters
        ----------
        is_telling : array of bool
            Whether the sessions of each day are like the attempts of mail that waits.

        Notes
        -----
        A day of which nothing is known makes no attempt succeed. On the others one more session
        than seen is taken to fail, so that a few sessions prove little, and a day on which all of
        them failed proves nothing.
        """
        fails = (self.refused + 1) / (self.sessions + 1)
        fails = np.where(is_telling & (self.day >= 0), np.minimum(1.0, fails), 1.0)
        order = np.lexsort((self.day, self.series))
        code = (self.series * 2**22 + self.day)[order]
        sorted_fails = np.append(fails[order], 1.0)
        product = fails[order].astype("float64")
        for later in range(1, SHORTEST_QUEUE_DAYS):
            at = np.searchsorted(code, code + later)
            is_seen = np.append(code, -1)[at] == code + later
            product *= np.where(is_seen, sorted_fails[at], 1.0)
        share = np.ones(len(fails))
        share[order] = product
        return share
