"""Columns of Arrow tables, filled from reports: their policy results and failure details."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

import numpy as np
import pyarrow as pa

from tlsrpt_analysis.standards.addresses import normalize_address
from tlsrpt_analysis.standards.instants import main_day
from tlsrpt_analysis.standards.mta_sts import read_mode
from tlsrpt_analysis.standards.report_types import FailureDetails, PolicyResult

_REPEATED_TEXT = pa.dictionary(pa.int32(), pa.string())


def texts(values: Iterable[str | None]) -> pa.DictionaryArray:
    """Return texts that repeat as a dictionary and codes."""
    return pa.array(values, _REPEATED_TEXT)


def addresses(values: list[str | None]) -> pa.DictionaryArray:
    """Return IP addresses in one spelling each, as texts that repeat."""
    column = texts(values)
    spelled = column.dictionary.to_pylist()
    if all(normalize_address(address) == address for address in spelled):
        return column
    return texts(value and normalize_address(value) for value in values)


def policy_table(counts: list[int], results: list[PolicyResult]) -> pa.Table:
    """Return one row per policy result, with the number of its report in the batch.

    Parameters
    ----------
    counts : list of int
        How many policy results each report has.
    results : list of PolicyResult
        The policy results of all reports, in order.
    """
    summaries = [result.summary for result in results]
    successes = [summary.total_successful_session_count for summary in summaries]
    failures = [summary.total_failure_session_count for summary in summaries]
    # most reports of a domain share one policy, whose texts are then looked at once
    shared = {id(result.policy): result.policy for result in results}
    places = dict(zip(shared, range(len(shared)), strict=True))
    place = pa.array([places[id(result.policy)] for result in results], pa.int32())
    policies = shared.values()
    strings = [_policy_string(policy.policy_string) for policy in policies]
    return pa.table(
        {
            "report_key": np.repeat(np.arange(len(counts)), counts),
            "policy_domain": texts([policy.policy_domain for policy in policies]).take(place),
            "policy_type": texts([policy.policy_type for policy in policies]).take(place),
            "policy_mode": texts([mode for _, mode in strings]).take(place),
            "policy_string": texts([text for text, _ in strings]).take(place),
            "mx_host": texts(["\n".join(policy.mx_host) or None for policy in policies]).take(
                place
            ),
            "total_successful_session_count": pa.array(successes, pa.int64()),
            "total_failure_session_count": pa.array(failures, pa.int64()),
        }
    )


def failure_table(results: list[PolicyResult]) -> pa.Table:
    """Return one row per failure detail, with the number of its policy result in the batch."""
    counts = [len(result.failure_details) for result in results]
    entries: list[FailureDetails] = list(
        chain.from_iterable([result.failure_details for result in results])
    )
    sessions = [entry.failed_session_count for entry in entries]
    return pa.table(  # written out, as an attribute by name costs twice as much
        {
            "policy_key": np.repeat(np.arange(len(counts)), counts),
            "result_type": texts([entry.result_type for entry in entries]),
            "failure_reason_code": texts([entry.failure_reason_code for entry in entries]),
            "receiving_mx_hostname": texts([entry.receiving_mx_hostname for entry in entries]),
            "receiving_mx_helo": texts([entry.receiving_mx_helo for entry in entries]),
            "receiving_ip": addresses([entry.receiving_ip for entry in entries]),
            "sending_mta_ip": addresses([entry.sending_mta_ip for entry in entries]),
            "failed_session_count": pa.array(sessions, pa.int64()),
            "additional_information": texts([entry.additional_information for entry in entries]),
        }
    )


@lru_cache(maxsize=16_384)
def _policy_string(lines: tuple[str, ...]) -> tuple[str | None, str | None]:
    return "\n".join(lines) or None, read_mode(lines)


def instants(values: list[int]) -> pa.Array:
    """Return microseconds since 1970 as instants in UTC."""
    return pa.array(values, pa.int64()).cast(pa.timestamp("us", "UTC"))


def days(starts: list[int], ends: list[int]) -> pa.Array:
    """Return the UTC day that holds most of each range in microseconds since 1970."""
    numbers = np.fromiter(map(main_day, starts, ends), np.int32, len(starts))
    return pa.array(numbers).cast(pa.date32())
