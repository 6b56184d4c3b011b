"""What a choice leaves of the reports: from a choice to tables and frames, without widgets."""

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.mx_hosts.daily_failures import daily_failures_by_mx
from tlsrpt_analysis.analyses.mx_hosts.failure_share_by_mx import failure_share_by_mx
from tlsrpt_analysis.analyses.sessions import daily_sessions, grouped
from tlsrpt_analysis.tables import ReportTables

MOST_HOST_DOMAINS = 4
"""The most domains whose hosts are drawn, those with the most failures."""

FAILURE_KEYS = [
    "policy_domain",
    "reporter",
    "policy_type",
    "result_type",
    "receiving_mx_hostname",
    "failure_reason_code",
]
HOST = "receiving_mx_hostname"
Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice; an empty tuple means everything, `None` in a tuple a value that was not given."""

    policy_domains: Values = ()
    reporters: Values = ()
    policy_types: Values = ()
    mx_hostnames: Values = ()
    since: dt.date | None = None
    until: dt.date | None = None

    def at_every_mx(self) -> "Choice":
        """Return the choice with every MX host."""
        return dataclasses.replace(self, mx_hostnames=())

    def on_every_day(self) -> "Choice":
        """Return the choice with every day."""
        return dataclasses.replace(self, since=None, until=None)


class Explored:
    """The reports and what choices leave of them, with a cache of what several choices share.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    """

    def __init__(self, tables: ReportTables) -> None:
        self.tables = tables
        pairs = tables.failures[["policy_domain", HOST]].drop_duplicates()
        self._hosts = pairs.astype("object")
        self._daily: dict[Values, pd.DataFrame] = {}
        self._last: tuple[Choice, ReportTables] = (Choice(), tables)

    def selection(self, choice: Choice) -> ReportTables:
        """Return the reports that a choice leaves."""
        if self._last[0] != choice:
            self._last = (choice, self._selected(choice))
        return self._last[1]

    def _selected(self, choice: Choice) -> ReportTables:
        if choice.since and choice.until and choice.since > choice.until:
            return self.tables.select(policy_domains=[])  # a notice says that no day is chosen
        tables = self.tables.select(
            policy_domains=_given(choice.policy_domains),
            reporters=_given(choice.reporters),
            policy_types=_given(choice.policy_types),
            since=choice.since,
            until=choice.until,
        )
        return at_mx(tables, choice.mx_hostnames) if choice.mx_hostnames else tables

    def mx_hostnames(self, policy_domains: Values) -> list[str | None]:
        """Return the MX hosts at which sessions of the given domains failed."""
        hosts = self._hosts
        if policy_domains:
            hosts = hosts[hosts["policy_domain"].isin(policy_domains)]
        return [None if pd.isna(host) else str(host) for host in hosts[HOST].unique()]

    def daily_sessions(self, choice: Choice) -> pd.DataFrame:
        """Return the daily sessions of a choice at every MX host, filtered from those of all days.

        No report counts sessions by MX host.
        """
        key = choice.policy_types
        if key not in self._daily:
            self._daily = dict(list(self._daily.items())[-3:])
            self._daily[key] = daily_sessions(self._selected(Choice(policy_types=key)))
        rows = self._daily[key]
        kept = pd.Series(True, index=rows.index)  # noqa: FBT003 - a fill value
        if choice.policy_domains:
            kept &= rows["policy_domain"].isin(choice.policy_domains)
        if choice.reporters:
            kept &= rows["reporter"].isin(choice.reporters)
        if choice.since:
            kept &= rows["day"] >= pd.Timestamp(choice.since)
        if choice.until:
            kept &= rows["day"] <= pd.Timestamp(choice.until)
        return rows[kept]

    def hosts(self, choice: Choice) -> pd.DataFrame:
        """Return the share of each MX host in the failures of the domains with the most failures."""
        tables = self.selection(choice.at_every_mx())
        failed = grouped(tables.policies, ["policy_domain"])["total_failure_session_count"].sum()
        worst = failed[failed > 0].nlargest(MOST_HOST_DOMAINS).index.dropna()
        if len(worst) < len(failed):
            tables = tables.select(policy_domains=list(map(str, worst)))
        shares = failure_share_by_mx(tables)
        return shares[_is_at(shares[HOST], choice.mx_hostnames)] if choice.mx_hostnames else shares

    def daily_failures(self, choice: Choice) -> pd.DataFrame:
        """Return the failed sessions at the chosen MX hosts by domain, reporter and day, each once."""
        failed = daily_failures_by_mx(self.selection(choice.at_every_mx()))
        return failed[_is_at(failed[HOST], choice.mx_hostnames)]

    def failures(self, choice: Choice) -> pd.DataFrame:
        """Return the failures of a choice, most sessions first; a missing count adds nothing."""
        rows = grouped(self.selection(choice).failures, FAILURE_KEYS)["failed_session_count"].sum()
        return rows.reset_index().sort_values(
            "failed_session_count", ascending=False, kind="stable", ignore_index=True
        )

    def worst_mx(self, choice: Choice) -> Values:
        """Return the MX host with the most failed sessions of a choice, or nothing."""
        failures = self.selection(choice.at_every_mx()).failures
        counts = failures.groupby(HOST, observed=True)["failed_session_count"].sum()
        return (str(counts.astype("float64").idxmax()),) if len(counts) else ()


def at_mx(tables: ReportTables, hosts: Values) -> ReportTables:
    """Return the failures at the given MX hosts, with their policies and reports.

    Reports count successes per policy and not per MX host, so the sessions left are those of the
    policy results that name the host.
    """
    failures = tables.failures[_is_at(tables.failures[HOST], hosts)]
    policies = tables.policies[tables.policies["policy_key"].isin(failures["policy_key"])]
    reports = tables.reports[tables.reports["report_key"].isin(policies["report_key"])]
    return dataclasses.replace(
        tables,
        reports=reports.reset_index(drop=True),
        policies=policies.reset_index(drop=True),
        failures=failures.reset_index(drop=True),
    )


def _is_at(mx_hostnames: pd.Series, hosts: Values) -> pd.Series:
    is_at: pd.Series = mx_hostnames.isin([host for host in hosts if host is not None])
    return is_at | mx_hostnames.isna() if None in hosts else is_at


def _given(values: Values) -> Any:
    return [value for value in values if value is not None] or None
