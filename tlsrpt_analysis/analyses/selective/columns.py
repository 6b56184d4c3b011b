"""The columns of the frames that pass between the modules here, and of the one that is returned."""

from typing import Any

import pandas as pd

from tlsrpt_analysis.tables import DAY

PAIRS: dict[str, Any] = {
    **dict.fromkeys(("fault", "other"), "int64"),
    **dict.fromkeys(("sessions", "failures", "days", "expected", "family_share"), "float64"),
    **dict.fromkeys(("effect", "p_value"), "float64"),
    **dict.fromkeys(("is_comparable", "is_cleaner", "is_met"), "bool"),
}
"""A fault compared with one other reporter; `Comparer.pairs` describes each column."""

SELECTIVE_FAILURES: dict[str, Any] = {
    **dict.fromkeys(("policy_domain", "policy_type", "failing_reporter", "clean_reporters"), "str"),
    **dict.fromkeys(("receiving_mx_hostname", "result_type", "verdict"), "str"),
    **dict.fromkeys(("failing_share", "failing_share_low", "failing_share_high"), "float64"),
    **dict.fromkeys(("clean_share", "clean_share_low", "clean_share_high"), "float64"),
    "expected_in_clean": "float64",
    "observed_in_clean": "Int64",
    **dict.fromkeys(("failing_days", "active_days"), "int64"),
    **dict.fromkeys(("since_low", "since_high"), DAY),
    **dict.fromkeys(("p_value", "q_value"), "float64"),
    **dict.fromkeys(("points_to", "explanation"), "str"),
    "over_since": DAY,
    "confirm": "str",
}
"""A row of `selective_failures`, which describes each column."""


def no_rows(columns: dict[str, Any]) -> pd.DataFrame:
    """Return a frame of these columns without rows."""
    return pd.DataFrame(columns=list(columns)).astype(columns)
