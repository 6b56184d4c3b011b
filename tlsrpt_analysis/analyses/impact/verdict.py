"""Whether a domain is ready for enforce mode, by its last weeks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers
from tlsrpt_analysis.analyses.statistics.intervals import (
    FEWEST_DAYS,
    design_effect,
    wilson_interval,
)
from tlsrpt_analysis.arrays import Floats

TOO_LITTLE_DATA = "too little data"

RECENT_DAYS = 28
"""The verdict looks at the last four weeks of a domain: older faults may have been fixed."""

NEGLIGIBLE_SHARE = 0.005
"""Up to one would-block session in 200 of these weeks does not speak against enforce mode."""

READY_LIMIT = 0.02
"""Ready needs enough sessions to show, with 95 % confidence, that the share is below 2 %."""

COUNTS = ["session_count", "would_block_high"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict, its reasons, and the days and sessions under MTA-STS that it is based on."""

    verdict: str
    reasons: str
    evidence_days: int
    recent_session_count: int
    recent_would_block_high: int


def verdict_of(days: pd.DataFrame | None) -> Verdict:
    """Return the verdict on a domain from the last 28 days of reports about an MTA-STS policy.

    Parameters
    ----------
    days : DataFrame or None
        One row or more a day: ``day``, ``session_count`` (sessions under an MTA-STS policy) and
        ``would_block_high`` (those of them that enforce mode would refuse, upper bound).

    Returns
    -------
    Verdict
        ``not ready`` when more than 0.5 % of the sessions would be refused; ``ready`` when fewer
        would be and, with 95 % confidence and days as clusters, the share is below 2 %;
        ``too little data`` otherwise, and with fewer than 8 reported days and no failure.

    Examples
    --------
    >>> import datetime as dt
    >>> month = [dt.date(2026, 8, day) for day in range(1, 29)]
    >>> verdict_of(pd.DataFrame({"day": month, "session_count": 20, "would_block_high": 0})).verdict
    'ready'
    """
    if days is None or not days["session_count"].sum():
        reason = "no session under an MTA-STS policy was reported"
        return Verdict(TOO_LITTLE_DATA, reason, 0, 0, 0)
    number = day_numbers(days["day"])
    is_recent = number > number.max() - RECENT_DAYS
    _, day = np.unique(number[is_recent], return_inverse=True)
    sessions, refused = (
        np.bincount(day, days[name].to_numpy("float64")[is_recent]).astype("float64")
        for name in COUNTS
    )
    evidence = int((sessions > 0).sum()), int(sessions.sum()), int(refused.sum())
    return Verdict(*_with_reasons(sessions, refused), *evidence)


def _with_reasons(sessions: Floats, refused: Floats) -> tuple[str, str]:
    days = int((sessions > 0).sum())
    share = refused.sum() / sessions.sum()
    evidence = (
        f"{refused.sum():,.0f} of {sessions.sum():,.0f} sessions of the last {RECENT_DAYS} days"
        f" ({days} reported) would be refused"
    )
    if share > NEGLIGIBLE_SHARE:
        return "not ready", f"{evidence}: {100 * share:.1f} %, and more than 0.5 % is too many"
    if days < FEWEST_DAYS:
        return TOO_LITTLE_DATA, f"{evidence}: {FEWEST_DAYS} reported days are needed"
    effect = design_effect(sessions, refused)
    _, high = wilson_interval(refused.sum() / effect, sessions.sum() / effect)
    limit = f"at most {100 * high:.1f} % with 95 % confidence"
    if high < READY_LIMIT:
        return "ready", f"{evidence}: {limit}, and below 2 % is ready"
    return TOO_LITTLE_DATA, f"{evidence}: {limit}, and more sessions must show that it is below 2 %"
