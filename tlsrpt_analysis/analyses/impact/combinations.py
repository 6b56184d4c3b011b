"""The distinct failure details of a question: what they need is found once for equal ones."""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.detail_counts import MISMATCH_CODES
from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.analyses.numbering import group_numbers, numbered
from tlsrpt_analysis.analyses.policy.reported import mx_patterns
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.standards.mta_sts import covers
from tlsrpt_analysis.standards.result_types import ResultType


def combinations_of(question: Question) -> tuple[pd.DataFrame, Integers]:
    """Return the distinct domain, host, type, code, policy and cause of the details, and each one's."""
    refused = question.refused
    details = refused.details
    result = details["result"].to_numpy("int64")
    frame = pd.DataFrame(
        {
            "policy_domain": refused.results["policy_domain"].array.take(result),
            "host": details[HOST].array,
            "result_type": details["result_type"].array,
            "reason_code": _mismatch_codes(details["failure_reason_code"]).array,
            "policy": _policies(refused.results).array.take(result),
        }
    )
    number, first = group_numbers(frame, list(frame.columns))
    sees_tls = _sees_tls(refused, _is_fault_behind(frame.take(first))[number])
    causes, _ = question.diagnosed.details
    cause = causes[details["failure"].to_numpy("int64")]
    number, at = numbered((number * (cause.max(initial=0) + 2) + cause + 1) * 2 + sees_tls)
    named = frame.take(at).reset_index(drop=True).astype("str").fillna("")
    return named.assign(cause=cause[at], sees_tls=sees_tls[at]), number


def _mismatch_codes(reasons: "pd.Series[str]") -> "pd.Series[str]":
    """Return the reason codes that change what is needed; the others are numerous and alike."""
    return reasons.where(reasons.isin(list(MISMATCH_CODES)))


def _is_fault_behind(rows: pd.DataFrame) -> Booleans:
    """Return which combinations are a fault of TLS at a host that their policy did not list."""
    texts = rows[["host", "result_type", "policy"]].astype("str").fillna("")
    return np.array(
        [
            bool(host and policy)
            and result_type != ResultType.VALIDATION_FAILURE
            and not covers(policy.split("\n"), host)
            for host, result_type, policy in texts.itertuples(index=False, name=None)
        ],
        dtype="bool",
    )


def _sees_tls(refused: Refusals, is_fault_behind: Booleans) -> Booleans:
    """Return which details are of reporters that check TLS before names, by what they report."""
    result = refused.details["result"].to_numpy("int64")
    pair, first = group_numbers(refused.results, ["policy_domain", "reporter"])
    behind = np.zeros(len(first), "bool")
    behind[pair[result[is_fault_behind]]] = True
    return np.asarray(behind[pair[result]], dtype="bool")


def _policies(results: pd.DataFrame) -> "pd.Series[str]":
    """Return the ``mx`` patterns of each policy result, a line each."""
    texts, first = group_numbers(results, ["policy_string", "mx_host"])
    pairs = results[["policy_string", "mx_host"]].take(first).itertuples(index=False, name=None)
    lines = np.array(["\n".join(mx_patterns(*pair)) for pair in pairs], dtype=object)
    return pd.Series(lines[texts], dtype="category")
