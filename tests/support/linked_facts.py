"""Counts for the linked views, as many as a test wants."""

import pandas as pd

from tlsrpt_analysis.tables import DAY
from tlsrpt_analysis.views.page.linked import TESTED


def facts_of(domains: int, senders: int, days: int) -> pd.DataFrame:
    """Return one tested and one refused connection of each domain, sender and day."""
    day = pd.date_range("2025-11-01", periods=days, unit="s")
    names = [f"d{place:05}.example" for place in range(domains)]
    reporters = [f"sender {place}" for place in range(senders)]
    every = pd.MultiIndex.from_product([names, reporters, day]).to_frame(index=False)
    every.columns = ["policy_domain", "reporter", "day"]
    both = [every.assign(cause=cause, count=1) for cause in (TESTED, 2)]
    return pd.concat(both, ignore_index=True).astype({"day": DAY})
