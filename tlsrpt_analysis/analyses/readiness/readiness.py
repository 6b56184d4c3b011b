"""How ready each domain was for enforce mode, week by week, and since when it is."""

import datetime as dt
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.question import daily_policy_unavailable, untested_days
from tlsrpt_analysis.analyses.impact.set_apart import out_of_proportion, without_days
from tlsrpt_analysis.analyses.impact.verdict import ENFORCED_CLEAN, READY
from tlsrpt_analysis.analyses.ledger import ledger
from tlsrpt_analysis.analyses.numbering import day_numbers, day_of
from tlsrpt_analysis.analyses.readiness.moments import DAY_WIDTH, Moments
from tlsrpt_analysis.analyses.readiness.policy_history import PolicyHistory
from tlsrpt_analysis.analyses.readiness.verdicts import Counted, verdicts
from tlsrpt_analysis.analyses.readiness.weeks import WEEK, causes_by_week, sums_by_week, week_of
from tlsrpt_analysis.analyses.refusals import BOUNDS, Refusals, refusals
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped, sessions_by_day
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.tables import DAY, ReportTables

FINE = (READY, ENFORCED_CLEAN)
"""The verdicts of a domain whose mail enforce mode would not refuse."""

DOMAIN_COLUMNS = {"policy_domain": "str", "verdict": "str", "ready_since": DAY, "summary": "str"}


@dataclass(frozen=True, slots=True)
class Readiness:
    """The refused share and the verdict of each domain, week by week.

    Attributes
    ----------
    by_week : DataFrame
        ``policy_domain week policy_mode verdict tested_session_count untested_session_count
        would_block_low would_block_high would_block_share would_block_share_low
        would_block_share_high change``: a row for each week with a report, named by its Monday.
        The share is that of ``would_block_high``, of the week's tested sessions; its interval is of
        95 %, days as clusters. ``verdict`` and ``policy_mode`` are those of the week's last day,
        with the reports until then; ``change`` says what was new in the policy in that week.
    by_cause : DataFrame
        ``policy_domain week result_type failure_reason_code would_block_low would_block_high
        would_block_share``, of the week's tested sessions.
    policy_changes : DataFrame
        ``policy_domain day policy_mode mx change``: the day from which most sessions saw it.
    by_domain : DataFrame
        ``policy_domain verdict ready_since summary``: the first day of the days until today on
        which the verdict was ``ready`` or ``enforced, clean``, missing where it is neither.
    """

    by_week: pd.DataFrame
    by_cause: pd.DataFrame
    policy_changes: pd.DataFrame
    by_domain: pd.DataFrame

    def _repr_html_(self) -> str:
        """Show each domain in a sentence, then the weeks; everything is escaped."""
        sentences = "".join(f"<li>{escape(text)}</li>" for text in self.by_domain["summary"])
        return (
            f'<div class="tex2jax_ignore mathjax_ignore"><ul>{sentences}</ul>'
            f"{self.by_week.to_html(index=False)}</div>"
        )


def readiness(tables: ReportTables) -> Readiness:
    """Say how ready each domain was for enforce mode, week by week, and since when it is.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    Readiness
        Frames by week, by cause, of the changes of the policy, and by domain.

    Notes
    -----
    The verdict of a week is that of `enforce_impact` on its last day, with the reports until then
    and without MX records or mail logs.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(readiness(empty_tables()).by_week)
    0
    """
    counted = ledger(tables)
    seen = _weeks_seen(tables, counted)
    facts = _facts(tables, counted, seen)
    moments = _week_ends(seen.weeks, seen.names)
    judged = seen.weeks.assign(
        verdict=pd.Series(verdicts(facts, moments), dtype="str"),
        policy_mode=pd.Series(_modes(seen.history, moments), dtype="str"),
        change=_changes_of(seen.weeks, seen.changes),
    )
    order = [*WEEK, "policy_mode", "verdict", *seen.weeks.columns[2:], "change"]
    return Readiness(
        judged[order],
        causes_by_week(without_days(seen.refused, seen.set_apart), seen.weeks),
        seen.changes,
        _by_domain(facts, judged, seen.names),
    )


def last_verdicts(tables: ReportTables, days: int) -> dict[str, tuple[str, ...]]:
    """Return the verdicts of each domain on its last days, those with the reports until then.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    days : int
        So many days until the domain's last report, fewer where its reports begin later.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> last_verdicts(empty_tables(), 7)
    {}
    """
    counted = ledger(tables)
    seen = _weeks_seen(tables, counted)
    number = pd.Index(seen.names).get_indexer(pd.Index(seen.days["policy_domain"].astype("str")))
    day = day_numbers(seen.days["day"])
    first, last = np.full(len(seen.names), 2**62), np.full(len(seen.names), -1, "int64")
    np.minimum.at(first, number, day)
    np.maximum.at(last, number, day)
    count = np.minimum(last - first + 1, days)
    domain = np.repeat(np.arange(len(seen.names)), count)
    ago = np.concatenate([np.arange(each)[::-1] for each in count] or [count])
    moments = Moments(seen.names, domain, last[domain] - ago)
    judged = np.array(verdicts(_facts(tables, counted, seen), moments), object)
    parts = np.split(judged, np.cumsum(count)[:-1])
    return {name: tuple(part) for name, part in zip(seen.names, parts, strict=bool(seen.names))}


def refused_by_week(tables: ReportTables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the weeks and the policy changes of `readiness` without judging any week, so quickly.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    tuple of DataFrame
        ``by_week`` without ``verdict``, ``policy_mode`` and ``change``, and ``policy_changes``.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> [len(frame) for frame in refused_by_week(empty_tables())]
    [0, 0]
    """
    seen = _weeks_seen(tables, ledger(tables))
    return seen.weeks, seen.changes


@dataclass(frozen=True, slots=True)
class _WeeksSeen:
    """What the reports count by day and by week, and the policies that they saw."""

    refused: Refusals
    days: pd.DataFrame
    names: tuple[str, ...]
    history: PolicyHistory
    set_apart: pd.DataFrame
    weeks: pd.DataFrame
    changes: pd.DataFrame


def _facts(tables: ReportTables, counted: pd.DataFrame, seen: _WeeksSeen) -> Counted:
    return Counted(
        seen.days,
        untested_days(tables, counted),
        daily_policy_unavailable(tables),
        seen.refused.results,
        seen.history,
    )


def _weeks_seen(tables: ReportTables, counted: pd.DataFrame) -> _WeeksSeen:
    sessions = sessions_by_day(tables.policies, counted)
    sessions = sessions[sessions["policy_domain"].notna().to_numpy("bool")].reset_index(drop=True)
    refused = refusals(tables, counted)
    days = _days(sessions, refused)
    names = tuple(sorted(days["policy_domain"].astype("str").unique()))
    nobody = Moments(names, np.zeros(0, "int64"), np.zeros(0, "int64"))
    history = PolicyHistory.of(tables.policies, nobody)
    is_apart = out_of_proportion(sessions)
    weeks = sums_by_week(days[~is_apart])
    changes = history.changes(names)
    return _WeeksSeen(refused, days, names, history, sessions[is_apart], weeks, changes)


def _days(sessions: pd.DataFrame, refused: Refusals) -> pd.DataFrame:
    """Return the tested, untested and refused sessions of each reporter's day about a domain."""
    bounds = grouped(refused.by_day(), DOMAIN_DAY)[BOUNDS].sum().reset_index()
    columns = [*DOMAIN_DAY, "tested_session_count", "untested_session_count"]
    rows = sessions[columns].merge(bounds, on=DOMAIN_DAY, how="left")
    counts = rows[BOUNDS].fillna(0).astype("int64")
    return rows.assign(**counts, refused_count=counts[BOUNDS[1]])


def _week_ends(weeks: pd.DataFrame, names: tuple[str, ...]) -> Moments:
    number = pd.Index(names).get_indexer(pd.Index(weeks["policy_domain"])).astype("int64")
    return Moments(names, number, day_numbers(weeks["week"]) + 6)


def _modes(history: PolicyHistory, moments: Moments) -> list[str | None]:
    return [history.modes[at] if at >= 0 else None for at in moments.positions_in(history.keys)]


def _changes_of(weeks: pd.DataFrame, changes: pd.DataFrame) -> "pd.Series[str]":
    """Return what changed in each week, missing where nothing did."""
    rows = changes.assign(week=week_of(changes["day"]))
    joined = rows.groupby(WEEK)["change"].agg("; ".join).reset_index()
    return weeks[WEEK].merge(joined, on=WEEK, how="left")["change"].astype("str")


def _by_domain(facts: Counted, weeks: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the last verdict of each domain, and the first day of the days on which it held."""
    fine = weeks["verdict"].isin(FINE).to_numpy("bool")
    verdict_of: list[str] = []
    asked: list[tuple[int, int]] = []
    for number, name in enumerate(names):
        own = np.flatnonzero((weeks["policy_domain"] == name).to_numpy("bool"))
        last_bad = np.flatnonzero(~fine[own])
        first = int(last_bad[-1]) + 1 if len(last_bad) else 0
        verdict_of.append(str(weeks["verdict"].iloc[own[-1]]))
        if first < len(own):
            monday = int(day_numbers(weeks["week"].iloc[[own[first]]])[0])
            asked += [(number, monday + day) for day in range(7)]
    since = _first_fine_days(facts, names, np.array(asked, dtype="int64").reshape(-1, 2))
    days = [day_of(since[at]) if at in since else None for at in range(len(names))]
    summaries = [_summary(*row) for row in zip(names, verdict_of, days, strict=True)]
    columns = (names, verdict_of, days, summaries)
    frame = pd.DataFrame(dict(zip(DOMAIN_COLUMNS, columns, strict=True)))
    return frame.astype(DOMAIN_COLUMNS)


def _first_fine_days(facts: Counted, names: tuple[str, ...], asked: Integers) -> dict[int, int]:
    """Return the first day of the last days of each asked week on which its domain was fine."""
    moments = Moments(names, asked[:, 0], asked[:, 1])
    found: dict[int, int] = {}
    judged = zip(moments.keys.tolist(), verdicts(facts, moments), strict=True)
    for key, verdict in reversed(list(judged)):
        domain, day = divmod(key, DAY_WIDTH)
        if verdict in FINE and found.get(domain, day + 1) == day + 1:
            found[domain] = day
    return found


def _summary(name: str, verdict: str, since: dt.date | None) -> str:
    return f"{name}: {verdict} since {since}" if since else f"{name}: {verdict}"
