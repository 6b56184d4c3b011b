"""MX records and MX traffic, brought into one form."""

import numpy as np
import pandas as pd
import pytest

from tlsrpt_analysis.analyses.mx_records import mx_records, mx_traffic_shares
from tlsrpt_analysis.errors import PolicyError

CHECKS = pd.DataFrame(
    {
        "policy_domain": "example.com",
        "mx_hostname": ["mx1.example.com", "mx1.example.com", "mx2.example.com", None],
        "outcome": ["passed", "failed", "passed", "failed"],
    }
)


class Findings:
    """Findings of a probe, as far as MX records are concerned."""

    def checks(self):
        """Return the checks of two hosts and of the domain itself."""
        return CHECKS


def test_a_host_listed_twice_has_its_best_preference():
    """Names are compared in lower case and without a trailing dot."""
    listed = pd.DataFrame(
        {
            "policy_domain": ["example.com", "Example.com."],
            "mx_hostname": ["mx1.example.com", "MX1.example.com"],
            "preference": [20, 10],
        }
    )
    assert mx_records(listed).to_numpy().tolist() == [
        ["example.com", "mx1.example.com", 10.0, False]
    ]


@pytest.mark.parametrize("given", [CHECKS, Findings()], ids=["frame", "findings"])
def test_a_host_with_a_failed_check_is_bad_and_has_no_preference(given):
    """Checks of the domain itself, without a host, add no row."""
    records = mx_records(given)
    assert records["mx_hostname"].tolist() == ["mx1.example.com", "mx2.example.com"]
    assert records["is_bad"].tolist() == [True, False]
    assert np.isnan(records["preference"]).all()


@pytest.mark.parametrize("measure", ["traffic_share", "session_count"])
def test_traffic_becomes_shares_of_each_domain(measure):
    """Rows of one host are added up first."""
    traffic = pd.DataFrame(
        {
            "policy_domain": ["a.example", "a.example", "a.example", "b.example"],
            "mx_hostname": ["mx1", "MX1", "mx2", "mx1"],
            measure: [2, 4, 2, 7],
        }
    )
    assert mx_traffic_shares(traffic)["traffic_share"].tolist() == [0.75, 0.25, 1.0]


def test_a_missing_column_is_named():
    """The message says which one, and what to pass."""
    with pytest.raises(PolicyError, match="no column mx_hostname: pass a frame with policy_domain"):
        mx_records(pd.DataFrame({"policy_domain": ["example.com"]}))
    with pytest.raises(PolicyError, match="mx_traffic has no column session_count"):
        mx_traffic_shares(pd.DataFrame({"policy_domain": ["a"], "mx_hostname": ["b"]}))


def test_a_list_of_names_is_no_frame():
    """The records of a domain are easily taken for a list of host names."""
    with pytest.raises(PolicyError, match="mx_preferences is a list: pass a frame with"):
        mx_records(["mx1.example.com"])
