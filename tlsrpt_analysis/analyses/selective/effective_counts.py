"""Counts divided by their design effect, and Fisher's test of them (Rao and Scott)."""

from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.statistics.exact_test import fisher_p_values
from tlsrpt_analysis.arrays import Floats


@dataclass(frozen=True, slots=True)
class Sides:
    """The effective sessions of the failing reporter and of the other, of each pair."""

    own_sessions: Floats
    sessions: Floats

    def p_values(self, share: Floats, other_share: Floats) -> Floats:
        """Return the chance of so many more failures of the failing one, if both fail alike."""
        failed, other_failed = (
            np.round(part * whole)
            for part, whole in ((share, self.own_sessions), (other_share, self.sessions))
        )
        own, others = (
            np.maximum(np.round(whole), part)
            for whole, part in ((self.own_sessions, failed), (self.sessions, other_failed))
        )
        return fisher_p_values(failed, own, other_failed, others)


def design_effects_of(added: dict[str, Floats]) -> Floats:
    """Return the design effect of the others, from sums of squares."""
    sessions, days = np.maximum(added["sessions"], 1e-300), added["days"]
    share = added["failures"] / sessions
    squares = added["failure_squares"] - 2 * share * added["products"] + share**2 * added["squares"]
    is_known = (share > 0) & (share < 1) & (days >= 2)
    within = np.where(is_known, share * (1 - share) * sessions, 1.0)
    between = days / np.maximum(days - 1, 1) * squares
    return np.where(is_known, np.maximum(1.0, between / within), 1.0)
