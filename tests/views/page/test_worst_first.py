"""Domains in the order of their urgency."""

import pandas as pd

from tlsrpt_analysis import views
from tlsrpt_analysis.views.page.worst_first import VERDICTS
from tlsrpt_analysis.views.style import VERDICT_COLOURS


def test_those_that_lose_mail_stand_first_and_the_unnamed_last():
    """By verdict, then by what is refused today, then by sessions."""
    rows = pd.DataFrame(
        [
            ("clean", "enforced, clean", 0.0, 9),
            ("fine", "ready", 0.0, 9),
            (None, "not ready", 0.9, 9),
            ("unknown", "too little data", None, 0),
            ("bad", "not ready", 0.1, 9),
            ("worse", "not ready", 0.2, 9),
            ("larger", "not ready", 0.1, 99),
            ("losing", "enforced, refusing mail", 0.05, 9),
        ],
        columns=[
            "policy_domain",
            "verdict",
            "today_would_block_share",
            "today_tested_session_count",
        ],
    )
    ordered = views.worst_first(rows)["policy_domain"].tolist()
    assert ordered[:-1] == ["losing", "worse", "larger", "bad", "unknown", "fine", "clean"]
    assert pd.isna(ordered[-1])


def test_every_verdict_has_a_place_and_a_colour():
    """The order and the colours name the same verdicts."""
    assert set(VERDICTS) == set(VERDICT_COLOURS)
