"""What clean days leave possible is one figure, wherever it is shown."""

import pytest
from support.made_reports import month, policy, tables

from tlsrpt_analysis import enforce_impact


def test_14_clean_days_of_30_sessions_have_one_limit():
    """2.4 %: in the frame for the whole period and for today, and in the reasons of the verdict."""
    reports = [*month(policy(15), days=14), *month(policy(15), reporter="Microsoft", days=14)]
    row = enforce_impact(tables(*reports)).by_domain.iloc[0]
    ends = ["would_block_share_high", "today_would_block_share_high", "lost_interval_high"]
    assert row[ends].tolist() == pytest.approx([0.0241] * 3, abs=5e-5)
    assert row[ends].nunique() == 1
    assert "at most 2.4 % with 95 % confidence" in row["reasons"]
