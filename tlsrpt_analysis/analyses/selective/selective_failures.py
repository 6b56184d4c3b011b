"""Which reporter fails where others do not: selective failures, as opposed to chance."""

from dataclasses import replace

import pandas as pd

from tlsrpt_analysis.analyses.numbering import group_numbers, result_positions, summed
from tlsrpt_analysis.analyses.policy.reported import latest_mx_patterns
from tlsrpt_analysis.analyses.selective.columns import PAIRS, SELECTIVE_FAILURES, no_rows
from tlsrpt_analysis.analyses.selective.comparison import Comparer
from tlsrpt_analysis.analyses.selective.counts import DomainCounts, domain_counts
from tlsrpt_analysis.analyses.selective.pointers import pointers
from tlsrpt_analysis.analyses.selective.reporter_faults import ReporterFaults, faults_of, joined
from tlsrpt_analysis.analyses.selective.rows import table_rows
from tlsrpt_analysis.analyses.selective.verdicts import with_verdicts
from tlsrpt_analysis.tables import ReportTables

ALPHA = 0.05

REPORT_SUCCESSES = ("Google", "Microsoft")
"""Reporters that send a report about every day with sessions, whether some failed or not."""

ORDER = ["policy_domain", "policy_type", "failing_reporter", "result_type"]
"""The keys of a row; the row of a type comes before those of it at one host."""


def selective_failures(tables: ReportTables) -> pd.DataFrame:
    """Find reporters that fail where others, with enough traffic to tell, do not.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    DataFrame
        One row per ``policy_domain``, ``policy_type``, ``failing_reporter`` and ``result_type``
        that it failed with (missing where its details do not say), compared on the days of the
        fault: from its onset (between ``since_low`` and ``since_high``; missing where the failures
        have no clear beginning, then from the first day) to its end, and only under policy texts
        that both saw. Where a type is selective at one of several MX hosts, and as a whole is not or
        is met by others, that host has a row of its own beside it. A reporter that fails in many ways, none of them selective by itself, has a
        row without a ``result_type`` where all together are.

        - ``clean_reporters``: those that fail so at most a tenth as often, and for sure less,
          joined by ", "; ``clean_share``, ``expected_in_clean`` (failures they would have had at
          the failing share) and ``observed_in_clean`` are theirs together, or where none is clean
          those of all other reporters;
        - ``receiving_mx_hostname``: what most of its failures name;
        - ``verdict``: ``selective`` (also for a fault that is over, if it lasted three weeks),
          ``not selective`` (also for a shorter burst that is over) or ``too little data``;
        - ``failing_share``, ``clean_share``: sessions failed so per session of these reporters and
          this domain that could have shown it, with the ends of their intervals of 95 % (days as
          clusters; ``failing_share_low failing_share_high clean_share_low clean_share_high``):
          tested sessions, for failures to get the policy all for which it was looked
          for, and under ``tlsa`` those that it lists;
        - ``failing_days`` of ``active_days``: days with such a failure, of those with sessions;
        - ``p_value``: the smallest of its comparisons; ``q_value``: the same by
          Benjamini-Hochberg over all pairs of reporters and causes of the domain;
        - ``points_to``: a likely cause, a code of `tlsrpt_analysis.analyses.cause_catalogue.causes`, a
          hypothesis until a probe confirms it; missing when the verdict is not ``selective`` or no
          signature fits; ``confirm``: the command that would;
        - ``explanation``: the row as a sentence;
        - ``over_since``: the day after the last failure of a fault that is over, else missing.

    Notes
    -----
    Sessions are those of the summaries (RFC 8460 §4.2): successes and failures of the whole policy,
    as reports do not count the successes of each MX host. A reporter whose failures are at other MX
    hosts only counts as clean of these.
    Nothing depends on the other domains that are loaded. The smallest ``q_value`` of each domain is
    a p-value for the domain, which Benjamini-Hochberg over domains corrects for a whole fleet.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> tables = tlsrpt.load_reports("sample_reports/mail-ru", "sample_reports/lantern-telecom")
    >>> found = tlsrpt.selective_failures(tables)
    >>> found.loc[found["verdict"] == "selective", ["policy_domain", "failing_reporter", "points_to"]]
       policy_domain failing_reporter         points_to
    1  chain.example          Mail.ru  incomplete-chain
    """
    tables = _of_failing_domains(tables)
    counts = domain_counts(tables)
    if counts is None:
        return no_rows(SELECTIVE_FAILURES)
    faults, pairs = _compared(counts)
    judged = with_verdicts(counts, faults, pairs, ALPHA)
    rows = table_rows(judged)
    found = pointers(judged, latest_mx_patterns(tables))
    for name in ("points_to", "confirm"):
        texts = {fault: getattr(pointer, name) for fault, pointer in found.items()}
        rows[name] = pd.Series(texts, dtype="str").reindex(rows.index)
    shown = rows[judged.is_shown][list(SELECTIVE_FAILURES)].astype(SELECTIVE_FAILURES)
    return shown.sort_values(ORDER, ignore_index=True, kind="stable")


def _of_failing_domains(tables: ReportTables) -> ReportTables:
    """Leave out domains without a failure, about which there is nothing to compare."""
    policies = tables.policies
    number, first = group_numbers(policies, ["policy_domain"])
    is_failed = policies["total_failure_session_count"].to_numpy("int64") > 0
    position = result_positions(policies, tables.failures)
    is_failed[position[position >= 0]] = True
    is_kept = (summed(number, is_failed, len(first)) > 0)[number]
    return tables if is_kept.all() else replace(tables, policies=policies[is_kept])


def _compared(counts: DomainCounts) -> tuple[ReporterFaults, pd.DataFrame]:
    """Find the faults, and compare each with all others of its domain and policy type."""
    parts: list[ReporterFaults] = []
    frames: list[pd.DataFrame] = []
    for strata in counts.strata():
        faults = faults_of(strata, counts.calendar, counts.causes)
        before = sum(len(part.series) for part in parts)
        found = Comparer.of(strata, counts.causes).pairs(faults)
        frames += [pairs.assign(fault=pairs["fault"] + before) for pairs in found]
        parts.append(faults)
    return _of_known_reporters(joined(parts), counts), pd.concat(
        frames or [no_rows(PAIRS)], ignore_index=True
    )


def _of_known_reporters(faults: ReporterFaults, counts: DomainCounts) -> ReporterFaults:
    """Trust days of failures only of reporters that are known to report successes as well."""
    is_known = counts.names["reporter"].isin(REPORT_SUCCESSES).to_numpy("bool")[faults.series]
    return replace(faults, reports_failures_only=faults.reports_failures_only & ~is_known)
