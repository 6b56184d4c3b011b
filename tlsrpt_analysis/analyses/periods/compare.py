"""Two periods side by side, as before and after a fix or the move to enforce mode."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.ledger import Untested, ledger
from tlsrpt_analysis.analyses.periods.comparison_html import comparison_html
from tlsrpt_analysis.analyses.periods.periods import Day, Period, PeriodPair, period_pairs
from tlsrpt_analysis.analyses.periods.shares import (
    MEASURES,
    SESSIONS,
    SIDE_DAYS,
    SIDES,
    share_columns,
)
from tlsrpt_analysis.analyses.refusals import daily_refusals
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, count_once, grouped
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.tables import DAY, ReportTables

KEYS = ["policy_domain", "reporter"]
CANNOT_FAIL = [Untested.NO_POLICY.value, Untested.MODE_NONE.value, Untested.UNKNOWN_TYPE.value]
"""Why a session that looked for no policy, or had none to apply, says nothing about a fix."""

PERIODS = [f"{side}_{end}_day" for side in SIDES for end in ("first", "last")]


@dataclass(frozen=True, slots=True)
class PeriodComparison:
    """Two periods side by side; the columns are those that `compare` describes."""

    by_domain: pd.DataFrame
    by_reporter: pd.DataFrame

    def _repr_html_(self) -> str:
        """Show how many domains became better or worse, then each domain, the worse ones first."""
        return comparison_html(self.by_domain)


def compare(
    tables: ReportTables,
    change: Day | None = None,
    *,
    before: Period | Day | None = None,
    after: Period | Day | None = None,
) -> PeriodComparison:
    """Put two periods side by side, and say whether it became better or worse.

    Parameters
    ----------
    tables : ReportTables
        The reports of both periods.
    change : datetime.date or str, optional
        The day of a change, such as ``2026-08-14``: all days before it, and all from it on; or
        ``"policy"``: for each domain the days under each policy text, and those under the next.
    before, after : pair of datetime.date or str, optional
        Instead, the first and the last day of each, both included; a text is a day such as
        ``2026-08-31``. A single day means all days before it, or all from it on.
        The periods may have different lengths and must not overlap; days outside do not count.

    Returns
    -------
    PeriodComparison
        ``by_domain`` has one row per ``policy_domain``, ``by_reporter`` one per ``policy_domain``
        and ``reporter`` (with ``"policy"``: and change); each column below ends in ``_before`` or
        ``_after`` where it says "each":

        - ``session_count`` each: sessions reported, each once; ``policy_session_count`` each: those
          that looked for a policy or met DANE, so that they could fail; ``tested_session_count``
          each: those to which an MTA-STS policy was applied (see ``docs/ledger.md``);
        - ``reported_days`` each: days with a session;
        - ``failed_session_count`` each: failed sessions by the summaries; ``failed_share`` each:
          of ``policy_session_count``, with ``_low`` and ``_high``, the ends of an interval of 95 %
          (days as clusters; missing with fewer than 8 days);
        - ``failed_difference``: the share after less that before, so negative is better, with
          ``_low`` and ``_high``, an interval of 95 %; each reporter has the same part of both;
        - ``failed_verdict``: ``better`` or ``worse`` where that interval is all on one side of 0;
          ``no clear change`` where it holds 0 and reaches no farther than 10 points from it;
          ``too little data`` otherwise;
        - ``would_block_high`` each, ``would_block_share`` each, ``would_block_difference``,
          ``would_block_verdict``: the same for the sessions that enforce mode would refuse at
          most, of ``tested_session_count``;
        - ``vanished_reporters``, ``appeared_reporters`` (``by_domain``): those with sessions in
          one of the periods only, joined by ", "; missing where there are none;
        - ``presence`` (``by_reporter``): ``both``, ``vanished`` or ``appeared``;
        - ``before_first_day`` to ``after_last_day``: the periods; ``change_day`` and ``change``:
          when and what changed between them, where it is known.

    Raises
    ------
    ValueError
        A period ends before it begins, the two overlap, or what is given is no day.

    Notes
    -----
    The difference and the verdict of a domain are standardised by reporter (Mantel-Haenszel): a
    failing reporter that falls silent, or a clean one that becomes louder, makes nothing better.
    Nor do days without a policy, or with one of mode ``none``. No report is not zero traffic.
    Under enforce mode a failed session may be a retry of the one before (RFC 8461 §5), so that
    failed shares of testing and of enforce mode are not of the same messages.
    Each verdict errs in about 5 of 100 cases without a change, so some of many rows do by chance.
    A new policy is dated by most sessions; some senders keep the old one for its max_age.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> tables = tlsrpt.load_reports("sample_reports/mail-ru")
    >>> change = tlsrpt.compare(tables.select(policy_domains="example.com"), "2026-09-01")
    >>> change.by_domain[["failed_share_before", "failed_share_after", "failed_verdict"]].round(2)
       failed_share_before  failed_share_after   failed_verdict
    0                 0.33                0.31  too little data
    >>> july, august = ("2026-07-01", "2026-07-31"), ("2026-08-01", "2026-08-31")
    >>> len(tlsrpt.compare(tables, before=july, after=august).by_domain)
    7
    """
    pairs = period_pairs(tables, change, before, after)
    days = _days(tables)
    rows = _side_rows(days, pairs)
    reported = grouped(days, KEYS[:1])["day"].agg(["min", "max"])
    return PeriodComparison(
        by_domain=_with_periods(_by_domain(rows), pairs, KEYS[:1], reported),
        by_reporter=_with_periods(_by_reporter(rows), pairs, KEYS, reported),
    )


def _days(tables: ReportTables) -> pd.DataFrame:
    """Count each reporter's days about each domain by what could fail, and what did."""
    policies, counted = tables.policies, ledger(tables)
    could_fail = ~counted["untested_reason"].isin(CANNOT_FAIL).to_numpy("bool")
    once = counted["session_count"]
    sessions = policies[DOMAIN_DAY].assign(
        session_count=once,
        policy_session_count=once.where(could_fail, 0),
        tested_session_count=counted["tested_session_count"],
    )
    days = grouped(sessions, DOMAIN_DAY)[list(SESSIONS)].sum().reset_index()
    failed = policies.loc[could_fail, [*DOMAIN_DAY, "policy_type"]].assign(
        failed_session_count=policies["total_failure_session_count"]
    )
    texts = dict.fromkeys(KEYS, "str")
    days = days.astype(texts)
    for counts in (count_once(failed, DOMAIN_DAY), daily_refusals(tables)):
        days = days.merge(counts.astype(texts), on=DOMAIN_DAY, how="left")
    measured = [count for count, _ in MEASURES.values()]
    days[measured] = days[measured].fillna(0).astype("int64")
    # What a reporter counts beside its totals has no sessions of its own to be a share of.
    days["would_block_high"] = np.minimum(days["would_block_high"], days["tested_session_count"])
    return days[list(SIDE_DAYS)]


def _side_rows(days: pd.DataFrame, pairs: Iterable[PeriodPair]) -> pd.DataFrame:
    """Return the days of every pair of periods, with its number and the side: 0 is before, 1 after."""
    parts = [days.iloc[:0].assign(number=0, side=0)]
    of_domain = dict(iter(days.groupby("policy_domain"))) if pairs else {}
    for number, pair in enumerate(pairs):
        chosen_days = (
            days if pair.policy_domain is None else of_domain.get(pair.policy_domain, days.iloc[:0])
        )
        for side, (first, last) in enumerate((pair.before, pair.after)):
            is_within = chosen_days["day"].between(pd.Timestamp(first), pd.Timestamp(last))
            chosen = chosen_days[is_within.to_numpy("bool")]
            parts.append(chosen.assign(number=number, side=side))
    return pd.concat(parts, ignore_index=True)


def _by_domain(rows: pd.DataFrame) -> pd.DataFrame:
    groups, place = _groups(rows, ["policy_domain", "number"])
    _, reporter = _groups(rows, [*KEYS, "number"])
    sides = _sides(rows, reporter)
    frame = groups.join(share_columns(rows, place, len(groups), reporter=reporter))
    named = rows.assign(place=place, sides=sides[reporter])
    for name, side in (("vanished_reporters", 1), ("appeared_reporters", 2)):
        silent = named[named["sides"] == side].drop_duplicates(["place", "reporter"])
        joined = silent.sort_values("reporter").groupby("place")["reporter"].agg(", ".join)
        frame[name] = joined.reindex(frame.index).astype("str")
    return frame


def _by_reporter(rows: pd.DataFrame) -> pd.DataFrame:
    groups, place = _groups(rows, [*KEYS, "number"])
    sides = _sides(rows, place)
    frame = groups.join(share_columns(rows, place, len(groups), reporter=place))
    presence = np.array(["both", "vanished", "appeared", "both"], object)[sides]
    return frame.assign(presence=pd.Series(presence, dtype="str"))


def _groups(rows: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, Integers]:
    """Return the different keys, sorted, and the place of each row among them."""
    place: Integers = np.asarray(rows.groupby(keys, dropna=False).ngroup(), "int64")
    first = rows[keys].assign(place=place).drop_duplicates("place").sort_values("place")
    return first[keys].reset_index(drop=True), place


def _sides(rows: pd.DataFrame, place: Integers) -> Integers:
    """Return on which sides each reporter has sessions: 1 before, 2 after, 3 both."""
    size = int(place.max()) + 1 if len(place) else 0
    has = (rows["session_count"] > 0).to_numpy("bool")
    seen = [
        np.bincount(place[has & (rows["side"] == side).to_numpy("bool")], minlength=size) > 0
        for side in (0, 1)
    ]
    return seen[0] * 1 + seen[1] * 2


def _with_periods(
    frame: pd.DataFrame, pairs: list[PeriodPair], keys: list[str], reported: pd.DataFrame
) -> pd.DataFrame:
    numbers = frame.pop("number").to_numpy("int64")
    days = {
        "before_first_day": [pair.before[0] for pair in pairs],
        "before_last_day": [pair.before[1] for pair in pairs],
        "after_first_day": [pair.after[0] for pair in pairs],
        "after_last_day": [pair.after[1] for pair in pairs],
        "change_day": [pair.change_day for pair in pairs],
    }
    periods = pd.DataFrame({name: pd.Series(values, dtype=DAY) for name, values in days.items()})
    periods["change"] = pd.Series([pair.change for pair in pairs], dtype="str")
    joined = frame.join(periods.iloc[numbers].reset_index(drop=True))
    joined = _within_reports(joined, [pairs[number] for number in numbers], reported)
    return joined.sort_values([*keys, "before_first_day"], ignore_index=True)


def _within_reports(
    rows: pd.DataFrame, pairs: list[PeriodPair], reported: pd.DataFrame
) -> pd.DataFrame:
    """Let open periods begin and end with the reports of their own domain, and last a day at least."""
    days = reported.reindex(rows["policy_domain"])
    ends = (
        ("before_first_day", "before_last_day", days["min"], min),
        ("after_last_day", "after_first_day", days["max"], max),
    )
    for side, (column, other, of_domain, nearest) in enumerate(ends):
        values = zip(pairs, rows[column], rows[other], of_domain, strict=True)
        made = [
            nearest(reported_day, last) if pair.is_open[side] else given
            for pair, given, last, reported_day in values
        ]
        rows[column] = pd.Series(made, index=rows.index, dtype=DAY)
    return rows
