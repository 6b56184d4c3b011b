"""Rows of charts over time: shares by period, gaps without a report, and changes of mode."""

import pandas as pd

from tlsrpt_analysis.views.charts.rows import COUNTS, LINE, bounded_sessions, largest
from tlsrpt_analysis.views.shares_in_words import rough_percent
from tlsrpt_analysis.views.style import missing_as

MOST_REPORTERS = 8
"""The most lines over time that an eye can follow."""

MOST_PERIODS = 1_500
"""The most periods of all reporters: half a year of days; longer times are summed by week."""

MOST_CHANGES = 24
"""The most changes of mode that can be marked without covering the lines."""


def reporters_over_time(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return daily sessions summed by reporter and period, stacked one above the other.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`.

    Returns
    -------
    DataFrame
        ``reporter start end period`` and the counts; ``middle`` of the period, and ``share``, which
        is missing where a gap begins.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-07-01", "2026-07-03"]).date
    >>> rows = reporters_over_time(pd.DataFrame({"policy_domain": "example.com",
    ...     "reporter": "Google", "day": days, "session_count": 4, "failed_session_count": 1}))
    >>> rows["share"].tolist()
    [0.25, nan, 0.25]
    """
    # one line over all domains, which the domain selector of the page leaves as it is
    named = sessions.assign(
        policy_domain="all", reporter=largest(sessions, "reporter", count=MOST_REPORTERS)
    )
    rows = bounded_sessions(named, most_rows=MOST_PERIODS).drop(columns="policy_domain")
    totals = rows.groupby("reporter")["session_count"].sum().sort_values(ascending=False)
    place = rows["reporter"].map({name: at for at, name in enumerate(totals.index)})
    rows = rows.assign(place=place, share=_share(rows), failures=failures_of_sessions(rows))
    rows = rows.sort_values(["place", "start"], ignore_index=True)
    following = rows.groupby("place")["start"].shift(-1)
    is_broken = following.notna() & (rows["end"] != following)
    breaks = rows.loc[is_broken, ["reporter", "place", "end"]].rename(columns={"end": "start"})
    rows = pd.concat([rows, breaks.assign(end=breaks["start"])], ignore_index=True)
    rows["middle"] = _middle(rows)
    return rows.sort_values(["place", "start"], kind="stable", ignore_index=True)


def together(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `reporters_over_time` summed over reporters, with a break at each gap."""
    keys = ["start", "end", "period"]
    known = rows.dropna(subset="session_count")
    summed = known.groupby(keys)[COUNTS].sum().astype("int64").reset_index()
    named = summed.assign(reporter="all senders", share=_share(summed))
    named["failures"] = failures_of_sessions(named)
    following = named["start"].shift(-1)
    is_broken = following.notna() & (named["end"] != following)
    breaks = named.loc[is_broken, ["reporter", "end"]].rename(columns={"end": "start"})
    both = pd.concat([named, breaks.assign(end=breaks["start"])], ignore_index=True)
    both["middle"] = _middle(both)
    return both.sort_values("start", kind="stable", ignore_index=True)


def _share(rows: pd.DataFrame) -> pd.Series:
    share: pd.Series = rows["failed_session_count"] / rows["session_count"].where(
        rows["session_count"] > 0
    )
    return share


def _middle(rows: pd.DataFrame) -> pd.Series:
    start, end = pd.to_datetime(rows["start"]), pd.to_datetime(rows["end"])
    middle: pd.Series = (start + (end - start) / 2).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return middle


def failures_of_sessions(rows: pd.DataFrame) -> list[str]:
    """Return as text how many of how many sessions failed."""
    return [
        f"{failed:,} of {counted:,} ({rough_percent(failed / max(counted, 1))})"
        for failed, counted in zip(rows["failed_session_count"], rows["session_count"], strict=True)
    ]


def runs(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the periods of each line, those that follow one another joined.

    Parameters
    ----------
    rows : DataFrame
        ``policy_domain reporter start end``, as `bounded_sessions` returns them.

    Returns
    -------
    DataFrame
        The four columns, one row per stretch of periods with reports.
    """
    rows = rows.sort_values([*LINE, "start"], kind="stable", ignore_index=True)
    begins = rows["start"] != rows.groupby(LINE)["end"].shift(1)
    stretch = begins.cumsum().rename("stretch")
    joined = rows.groupby([*LINE, stretch], sort=False).agg(
        start=("start", "min"), end=("end", "max")
    )
    return joined.reset_index().drop(columns="stretch")


def mode_changes(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the days on which the mode that most sessions were under changed.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`; senders cache a policy for its ``max_age``,
        so the mode of a day is the one of most of its sessions.

    Returns
    -------
    DataFrame
        ``policy_domain day mode change``; of many changes the last ones.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-07-01", "2026-07-02"]).date
    >>> mode_changes(pd.DataFrame({"policy_domain": "example.com", "reporter": "Google",
    ...     "day": days, "policy_mode": ["testing", "enforce"], "session_count": 4}))["change"][0]
    'testing → enforce'
    """
    with_mode = sessions[sessions["policy_mode"].notna() & (sessions["session_count"] > 0)]
    keys = ["policy_domain", "day", "policy_mode"]
    counted = (
        with_mode.groupby(keys, observed=True, dropna=False)["session_count"].sum().reset_index()
    )
    counted = counted.sort_values(["policy_domain", "day", "session_count"], kind="stable")
    daily = counted.groupby(["policy_domain", "day"], observed=True, dropna=False).tail(1)
    mode = daily["policy_mode"].astype("str")
    before = mode.groupby(missing_as(daily["policy_domain"])).shift(1)
    changed = before.notna() & (before != mode)
    found = pd.DataFrame(
        {
            "policy_domain": missing_as(daily["policy_domain"])[changed],
            "day": daily["day"][changed],
            "mode": mode[changed],
            "change": (before + " → " + mode)[changed],
        }
    )
    return found.sort_values("day").tail(MOST_CHANGES).reset_index(drop=True)
