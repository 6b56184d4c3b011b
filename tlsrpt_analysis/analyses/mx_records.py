"""The MX records and the MX traffic that a user or a probe knows, in one form."""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.standards.domain_names import normalize_domain

RECORD_KEYS = ["policy_domain", "mx_hostname"]
RECORD_COLUMNS = [*RECORD_KEYS, "preference"]


def mx_records(given: pd.DataFrame | ProbeFindings) -> pd.DataFrame:
    """Bring MX records into one form: ``policy_domain mx_hostname preference is_bad``.

    Parameters
    ----------
    given : DataFrame or findings of a probe
        A frame ``policy_domain mx_hostname preference``, a frame of checks, or an object with a
        method ``checks()`` that returns one.
        From checks, the hosts are those that were checked, their preference is unknown, and a
        host with a failed check is bad.

    Examples
    --------
    >>> records = mx_records(pd.DataFrame({"policy_domain": ["Example.com"],
    ...     "mx_hostname": ["MX1.example.com."], "preference": [10]}))
    >>> records.values.tolist()
    [['example.com', 'mx1.example.com', 10.0, False]]
    """
    if not isinstance(given, pd.DataFrame) and not hasattr(given, "checks"):
        raise PolicyError(
            f"mx_preferences is a {type(given).__name__}: pass a frame with"
            f" {', '.join(RECORD_COLUMNS)}, or the findings of a probe"
        )
    frame = given if isinstance(given, pd.DataFrame) else given.checks()
    if missing := [column for column in RECORD_KEYS if column not in frame.columns]:
        raise PolicyError(
            f"mx_preferences has no column {', '.join(missing)}: pass a frame with"
            f" {', '.join(RECORD_COLUMNS)}, or the findings of a probe"
        )
    frame = frame[frame[RECORD_KEYS].notna().all(axis=1)]
    is_failed = frame["outcome"].eq("failed") if "outcome" in frame else False
    unknown = pd.Series(np.nan, index=frame.index)
    records = _normalized_keys(frame).assign(
        preference=frame.get("preference", unknown).to_numpy("float64"),
        is_bad=np.asarray(is_failed, dtype="bool"),
    )
    by_host = records.groupby(RECORD_KEYS)
    return by_host.agg({"preference": "min", "is_bad": "any"}).reset_index()


def mx_traffic_shares(given: pd.DataFrame) -> pd.DataFrame:
    """Return each MX host's share of its domain's sessions.

    Parameters
    ----------
    given : DataFrame
        ``policy_domain mx_hostname`` and ``traffic_share`` or ``session_count``.

    Returns
    -------
    DataFrame
        ``policy_domain mx_hostname traffic_share``; the shares of a domain add up to 1.
    """
    measure = "traffic_share" if "traffic_share" in given.columns else "session_count"
    if missing := [column for column in [*RECORD_KEYS, measure] if column not in given.columns]:
        raise PolicyError(f"mx_traffic has no column {', '.join(missing)}")
    traffic = _normalized_keys(given).assign(traffic_share=given[measure].to_numpy("float64"))
    by_host = traffic.groupby(RECORD_KEYS)["traffic_share"].sum().reset_index()
    of_domain = by_host.groupby("policy_domain")["traffic_share"].transform("sum")
    return by_host.assign(traffic_share=by_host["traffic_share"] / of_domain.clip(lower=1e-12))


def _normalized_keys(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {key: [normalize_domain(str(name)) for name in frame[key]] for key in RECORD_KEYS}
    )
