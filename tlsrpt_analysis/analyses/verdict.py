"""Whether a domain is ready for enforce mode, judged on its last weeks."""

import datetime as dt

import pandas as pd

from tlsrpt_analysis.analyses.proportions import FEWEST_DAYS, design_effect, wilson_interval

TOO_LITTLE_DATA = "too little data"

RECENT_DAYS = 28
"""The verdict looks at the last four weeks of a domain: older faults may have been mended."""

NEGLIGIBLE_SHARE = 0.005
"""Up to one would-block session in 200 of these weeks does not speak against enforce mode."""

READY_LIMIT = 0.02
"""Ready needs so many sessions that the share is below 2 % with 95 % confidence."""


COUNTS = ["session_count", "would_block_high"]


def verdict(days: pd.DataFrame) -> str:
    """Judge a domain on the last 28 days of its reports about an MTA-STS policy.

    Parameters
    ----------
    days : DataFrame
        One row or more a day: ``day``, ``session_count`` (sessions under an MTA-STS policy) and
        ``would_block_high`` (those of them that enforce mode would refuse, upper bound).

    Returns
    -------
    str
        ``not ready`` when more than 0.5 % of the sessions would be refused; ``ready`` when fewer
        would be and, with 95 % confidence and days as clusters, the share is below 2 %;
        ``too little data`` otherwise, and with fewer than 8 reported days and no failure.

    Examples
    --------
    >>> month = [dt.date(2026, 8, day) for day in range(1, 29)]
    >>> verdict(pd.DataFrame({"day": month, "session_count": 20, "would_block_high": 0}))
    'ready'
    """
    if not days["session_count"].sum():
        return TOO_LITTLE_DATA
    first = days["day"].max() - dt.timedelta(days=RECENT_DAYS - 1)
    recent = days[(days["day"] >= first).astype("bool")].groupby("day")[COUNTS].sum()
    sessions = recent["session_count"].to_numpy("float64")
    blocked = recent["would_block_high"].to_numpy("float64")
    if blocked.sum() > NEGLIGIBLE_SHARE * sessions.sum():
        return "not ready"
    effect = design_effect(sessions, blocked)
    _, high = wilson_interval(blocked.sum() / effect, sessions.sum() / effect)
    enough_days = (sessions > 0).sum() >= FEWEST_DAYS
    return "ready" if enough_days and high < READY_LIMIT else TOO_LITTLE_DATA
