"""Whether a domain is ready for enforce mode, judged on its last weeks."""

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
"""The verdict looks at the last four weeks of a domain: older faults may have been mended."""

NEGLIGIBLE_SHARE = 0.005
"""Up to one would-block session in 200 of these weeks does not speak against enforce mode."""

READY_LIMIT = 0.02
"""Ready needs so many sessions that the share is below 2 % with 95 % confidence."""


COUNTS = ["session_count", "would_block_high"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, why, and the days and sessions under MTA-STS that it stands on."""

    verdict: str
    reasons: str
    evidence_days: int
    recent_session_count: int
    recent_would_block_high: int


def judge(days: pd.DataFrame | None) -> Judgement:
    """Judge a domain on the last 28 days of its reports about an MTA-STS policy.

    Parameters
    ----------
    days : DataFrame or None
        One row or more a day: ``day``, ``session_count`` (sessions under an MTA-STS policy) and
        ``would_block_high`` (those of them that enforce mode would refuse, upper bound).

    Returns
    -------
    Judgement
        ``not ready`` when more than 0.5 % of the sessions would be refused; ``ready`` when fewer
        would be and, with 95 % confidence and days as clusters, the share is below 2 %;
        ``too little data`` otherwise, and with fewer than 8 reported days and no failure.

    Examples
    --------
    >>> import datetime as dt
    >>> month = [dt.date(2026, 8, day) for day in range(1, 29)]
    >>> judge(pd.DataFrame({"day": month, "session_count": 20, "would_block_high": 0})).verdict
    'ready'
    """
    if days is None or not days["session_count"].sum():
        reason = "no session under an MTA-STS policy was reported"
        return Judgement(TOO_LITTLE_DATA, reason, 0, 0, 0)
    number = day_numbers(days["day"])
    recent = number > number.max() - RECENT_DAYS
    _, day = np.unique(number[recent], return_inverse=True)
    sessions, blocked = (
        np.bincount(day, days[name].to_numpy("float64")[recent]).astype("float64")
        for name in COUNTS
    )
    evidence = int((sessions > 0).sum()), int(sessions.sum()), int(blocked.sum())
    return Judgement(*_verdict(sessions, blocked), *evidence)


def _verdict(sessions: Floats, blocked: Floats) -> tuple[str, str]:
    days = int((sessions > 0).sum())
    share = blocked.sum() / sessions.sum()
    told = (
        f"{blocked.sum():,.0f} of {sessions.sum():,.0f} sessions of the last {RECENT_DAYS} days"
        f" ({days} reported) would be refused"
    )
    if share > NEGLIGIBLE_SHARE:
        return "not ready", f"{told}: {100 * share:.1f} %, and more than 0.5 % is too many"
    effect = design_effect(sessions, blocked)
    _, high = wilson_interval(blocked.sum() / effect, sessions.sum() / effect)
    if days < FEWEST_DAYS:
        return TOO_LITTLE_DATA, f"{told}: {FEWEST_DAYS} reported days are needed"
    limit = f"at most {100 * high:.1f} % with 95 % confidence"
    if high < READY_LIMIT:
        return "ready", f"{told}: {limit}, and below 2 % is ready"
    return TOO_LITTLE_DATA, f"{told}: {limit}, and more sessions must show that it is below 2 %"
