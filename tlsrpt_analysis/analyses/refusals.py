"""How many sessions enforce mode would refuse at the host they met, as bounds from each report.

Only tested sessions count: those to which an MTA-STS policy was applied (`ledger`).
A policy that was unavailable refuses nothing (RFC 8461 §3.3), and DANE has no testing mode.
`tlsrpt_analysis.analyses.refusal_bounds` explains the bounds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.detail_counts import counted_beside, detail_counts
from tlsrpt_analysis.analyses.ledger import ledger
from tlsrpt_analysis.analyses.numbering import first_rows, numbered, result_positions, summed
from tlsrpt_analysis.analyses.refusal_bounds import MEASURES, bounds_of_parts
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, is_registered, would_block
from tlsrpt_analysis.tables import DAY, ReportTables, assert_schema

BOUNDS = ["would_block_low", "would_block_high"]
PARTS = ["receiving_mx_hostname", "result_type", "failure_reason_code"]
MODE_DAY = [*DOMAIN_DAY, "is_enforced"]
"""A day of a reporter and domain, by whether the policy was in enforce mode already."""

SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "results": {
        "policy_key": "int64",
        "policy_domain": "category",
        "reporter": "category",
        "day": DAY,
        "policy_string": "category",
        "mx_host": "category",
        "is_enforced": "bool",  # the policy was in enforce mode already
        "total": "int64",  # failed tested sessions
        "sessions": "int64",  # tested sessions, successful and failed
        "explained": "int64",  # the counts of all details, added up
        "largest": "int64",  # the largest count of a detail
        "unknown": "int64",  # details without a count
        "unexplained": "int64",  # failed sessions that no detail can stand for
        "day_key": "int64",  # the number of the reporter's day about the domain, in their order
        "is_beside": "bool",  # the details are counted beside the total
        "is_partly_fixed": "bool",  # a fix may have removed some of its details
        "day_successes": "int64",  # tested sessions of that day that passed
    },
    "details": {
        **dict.fromkeys(PARTS, "category"),
        "result": "int64",  # the position of its policy result in ``results``
        "count": "int64",  # 0 where unknown
        "is_unknown": "bool",  # it has no count
        "failure": "int64",  # its position in the failures of the tables
        "is_refusing": "bool",  # its type is registered, and enforce mode refuses such sessions
    },
}
"""The columns of both frames of `Refusals`."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """The policy results with tested sessions, and those of their details that may refuse one.

    ``results`` has a row for each policy result, ``details`` one for each detail; `SCHEMAS` has
    their columns.
    """

    results: pd.DataFrame
    details: pd.DataFrame

    def __post_init__(self) -> None:
        for name, schema in SCHEMAS.items():
            assert_schema(name, getattr(self, name), schema)

    def without(self, fixed: Booleans, perhaps: Booleans) -> "Refusals":
        """Return what remains when some details are fixed, and others perhaps."""
        is_refusing = self.details["is_refusing"] & ~perhaps
        is_partly_fixed = self.results["is_partly_fixed"].to_numpy("bool").copy()
        is_partly_fixed[self.details["result"].to_numpy("int64")[fixed | perhaps]] = True
        return replace(
            self,
            results=self.results.assign(is_partly_fixed=is_partly_fixed),
            details=self.details.assign(is_refusing=is_refusing)[~fixed],
        )

    def of_results(self, is_kept: Booleans) -> "Refusals":
        """Return a selection of the policy results with their details."""
        place = np.cumsum(is_kept) - 1
        result = self.details["result"].to_numpy("int64")
        is_in = is_kept[result]
        results = self.results[is_kept].reset_index(drop=True)
        day_key, _ = numbered(results["day_key"].to_numpy("int64"))
        return Refusals(
            results.assign(day_key=day_key), self.details[is_in].assign(result=place[result[is_in]])
        )

    def by_day(self, parts: Sequence[str] = ()) -> pd.DataFrame:
        """Return the bounds as `daily_refusals` does, by ``is_enforced`` as well.

        ``day_key`` numbers the days of reporters and domains as in ``results``.
        """
        widths = [len(self.details[part].cat.categories) + 1 for part in parts]
        key = self.details["result"].to_numpy("int64")
        for part, width in zip(parts, widths, strict=True):
            key = key * width + np.asarray(self.details[part].cat.codes, dtype="int64") + 1
        bounded = _bounded_parts(self, key, int(np.prod(widths, dtype="int64")))
        unexplained = self.results["unexplained"].to_numpy("int64")
        rest = np.flatnonzero(unexplained)
        nothing = np.zeros(len(rest), "int64")
        added = (rest, nothing, nothing, unexplained[rest])
        columns = tuple(np.concatenate(pair) for pair in zip(bounded, added, strict=True))
        return _by_day(self, parts, widths, columns)

    def by_result(self) -> dict[str, Integers]:
        """Return the bounds of each policy result, in their order."""
        size = len(self.results)
        result, _, low, high = _bounded_parts(self, self.details["result"].to_numpy("int64"), 1)
        highs = summed(result, high, size) + self.results["unexplained"].to_numpy("int64")
        return dict(zip(BOUNDS, (summed(result, low, size), highs), strict=True))

    def tested_days(self) -> pd.DataFrame:
        """Count the tested sessions of each day.

        Returns
        -------
        DataFrame
            ``policy_domain``, ``reporter``, ``day``, ``session_count`` and ``success_count`` (those
            that passed); a row for each ``day_key``.
        """
        day = self.results["day_key"].to_numpy("int64")
        size = int(day.max(initial=-1)) + 1
        rows = self.results.take(first_rows(day, size)).reset_index(drop=True)
        return rows[DOMAIN_DAY].assign(
            session_count=summed(day, self.results["sessions"], size),
            success_count=rows["day_successes"],
        )


def daily_refusals(tables: ReportTables, parts: Sequence[str] = ()) -> pd.DataFrame:
    """Bound the sessions that enforce mode would refuse, by domain, reporter, day and more.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    parts : sequence of str, default ()
        Further columns of ``failures`` to group by, for example ``["receiving_mx_hostname"]``.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day``, `parts`, ``would_block_low`` and
        ``would_block_high`` in sessions; no rows where the upper bound is 0.
        Failed sessions that no detail explains have missing `parts`.
        The lower bounds of several parts may add up to less than the bound of the whole.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(daily_refusals(empty_tables()))
    0
    """
    days = refusals(tables).by_day(parts).astype(dict.fromkeys(parts, "str"))
    return grouped(days, [*DOMAIN_DAY, *parts])[BOUNDS].sum().reset_index()


def refusals(tables: ReportTables, counted: pd.DataFrame | None = None) -> Refusals:
    """Collect the policy results with tested sessions and those of their details that may refuse.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    counted : DataFrame, optional
        The `ledger` of them, where it is known already.
    """
    rows = ledger(tables) if counted is None else counted
    is_tested = (rows["tested_session_count"] > 0).to_numpy("bool")
    policies, failures = tables.policies[is_tested], tables.failures
    rows = rows[is_tested]
    position = result_positions(policies, failures)
    is_in = position >= 0
    is_in[is_in] = _is_of_tested(rows, failures[is_in], position[is_in])
    total = rows["failed_session_count"].to_numpy("int64")
    count, is_unknown = detail_counts(
        failures.loc[is_in, "failed_session_count"], position[is_in], total
    )
    details = failures.loc[is_in, PARTS].assign(
        result=position[is_in],
        count=count,
        is_unknown=is_unknown,
        failure=np.flatnonzero(is_in),
    )
    result_types = details["result_type"].cat.categories
    number = details["result_type"].cat.codes.to_numpy()
    may_refuse = np.array([*map(would_block, result_types), would_block(None)])[number]
    is_known = np.array([*map(is_registered, result_types), False])[number]
    results = _results(policies, rows, details, may_refuse)
    results["is_beside"] = counted_beside(
        results, (position[is_in], count), details["failure_reason_code"], total
    )
    return Refusals(results, details.assign(is_refusing=may_refuse & is_known)[may_refuse])


def _is_of_tested(rows: pd.DataFrame, failures: pd.DataFrame, result: Integers) -> Booleans:
    """Return which details are about tested sessions: all but fetches without a cached policy."""
    is_partly = (rows["untested_session_count"] > 0).to_numpy("bool")[result]
    is_unavailable = failures["result_type"].isin(list(POLICY_UNAVAILABLE)).to_numpy("bool")
    return np.asarray(~(is_partly & is_unavailable))


def _results(
    policies: pd.DataFrame, rows: pd.DataFrame, details: pd.DataFrame, may_refuse: Booleans
) -> pd.DataFrame:
    size = len(policies)
    result, counts = (details[name].to_numpy("int64") for name in ("result", "count"))
    is_unknown = details["is_unknown"].to_numpy("bool")
    largest = np.zeros(size, "int64")
    np.maximum.at(largest, result, counts)
    explained, total = summed(result, counts, size), rows["failed_session_count"].to_numpy("int64")
    rest = np.maximum(total - explained, 0)
    others = np.minimum(summed(result, is_unknown & ~may_refuse, size), rest)
    can_stand = summed(result, is_unknown & may_refuse, size) > 0
    columns = ["policy_key", *DOMAIN_DAY, "policy_string", "mx_host"]
    results = policies[columns].reset_index(drop=True)
    day_key = np.asarray(grouped(results, DOMAIN_DAY).ngroup(), dtype="int64")
    days = int(day_key.max(initial=-1)) + 1
    return results.assign(
        is_enforced=policies["policy_mode"].eq("enforce").to_numpy("bool"),
        total=total,
        sessions=rows["tested_session_count"].to_numpy("int64"),
        explained=explained,
        largest=largest,
        unknown=summed(result, is_unknown, size),
        unexplained=np.where(can_stand, 0, rest - others),
        day_key=day_key,
        is_beside=False,
        is_partly_fixed=False,
        day_successes=summed(day_key, rows["passed_session_count"], days)[day_key],
    )


def _bounded_parts(refused: Refusals, key: Integers, width: int) -> tuple[Integers, ...]:
    """Return the result, part number, lower and upper bound of each part of each policy result."""
    details, results = refused.details, refused.results
    group, keys = pd.factorize(key)
    size = len(keys)
    count, unknown = (details[name].to_numpy() for name in ("count", "is_unknown"))
    is_refusing = details["is_refusing"].to_numpy()
    sure = np.where(is_refusing, count, 0)
    largest_sure = np.zeros(size, "int64")
    np.maximum.at(largest_sure, group, sure)
    result = (keys // width).astype("int64")
    part = {
        **{name: results[name].to_numpy()[result] for name in MEASURES},
        "sure": summed(group, sure, size),
        "largest_sure": largest_sure,
        "possible": summed(group, count, size),
        "unknown_sure": summed(group, unknown & is_refusing, size),
        "unknown_possible": summed(group, unknown, size),
    }
    return result, (keys % width).astype("int64"), *bounds_of_parts(part)


def _by_day(
    refused: Refusals, parts: Sequence[str], widths: Sequence[int], bounded: tuple[Integers, ...]
) -> pd.DataFrame:
    """Add up the bounds of all policy results of one day, and name the parts."""
    results = refused.results
    result, part, low, high = (values[bounded[3] > 0] for values in bounded)
    width = int(np.prod(widths, dtype="int64"))
    day_mode = results["day_key"].to_numpy("int64") * 2 + results["is_enforced"].to_numpy()
    group, first = numbered(day_mode[result] * width + part)
    frame = results[[*MODE_DAY, "day_key"]].take(result[first]).reset_index(drop=True)
    number = part[first]
    for name, part_width in reversed(list(zip(parts, widths, strict=True))):
        frame[name] = pd.Categorical.from_codes(
            number % part_width - 1,
            dtype=refused.details[name].dtype,  # type: ignore[call-overload]
        )
        number = number // part_width
    bounds = dict(
        zip(BOUNDS, (summed(group, each, len(first)) for each in (low, high)), strict=True)
    )
    return frame[[*MODE_DAY, "day_key", *parts]].assign(**bounds)
