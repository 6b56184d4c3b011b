"""Whether another reporter is clean of a fault, by that name and by any that may mean the same."""

from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.arrays import Booleans, Floats

CLEAN_RATIO = 0.1
"""A clean reporter fails at most a tenth as often as the failing one."""

OWN_PART = 0.5
"""Counting all that may be the same fault, the failing one's surplus is half its share or more."""

RARE_RATIO = 0.2
"""By other names it fails a fifth as often at most, as senders have favourite MX hosts …"""

BESIDE_RATIO = 2.0
"""… or meets another fault, which the failing one meets half as often at least."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The shares of a fault with the failing reporter and with another one, one pair a place.

    The family shares count all failures that may be the same fault. ``is_one_host`` says that the
    domain has one MX host, so that nobody can prefer another; ``is_own_name``, that the failures
    have a type and are listed under no other; ``has_beside``, that the rest of the failing one's
    family can be another fault.
    """

    share: Floats
    other_share: Floats
    family_share: Floats
    other_family_share: Floats
    is_one_host: Booleans
    is_own_name: Booleans
    has_beside: Booleans

    @property
    def is_met(self) -> Booleans:
        """Whether the other meets it by the same name, even if seldom."""
        return np.asarray(self.other_share > CLEAN_RATIO * self.share)

    @property
    def is_cleaner(self) -> Booleans:
        """Whether the other fails so much less often that the fault is not its own too."""
        surplus = self.family_share - self.other_family_share
        beside = np.where(self.has_beside, np.maximum(0.0, self.family_share - self.share), 0.0)
        rare = np.where(self.is_own_name, RARE_RATIO, CLEAN_RATIO) * self.share
        is_other_fault = self.other_family_share <= rare + BESIDE_RATIO * beside
        return np.asarray(
            ~self.is_met
            & (surplus >= OWN_PART * self.share)
            & (is_other_fault | (self.is_one_host & self.is_own_name))
        )
