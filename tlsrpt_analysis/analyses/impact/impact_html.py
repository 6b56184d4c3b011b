"""How an impact shows itself in a notebook."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.result_html import MOST_ROWS, result_html, sentence, table
from tlsrpt_analysis.shown_texts import counted, joined

URGENT_FIRST = (
    "enforced, refusing mail",
    "not ready",
    "too little data",
    "ready",
    "enforced, clean",
)
TITLES = ("Domain", "Verdict", "In one sentence", "Refused today, at most")
MORE = "The frames by_domain, by_reporter, by_mx and by_cause, and fixes, have the details."


def impact_html(by_domain: pd.DataFrame, more: str = MORE) -> str:
    """Return the verdicts, counted, then each domain, the most urgent first, and where more is.

    Examples
    --------
    >>> rows = pd.DataFrame({"policy_domain": ["example.com"], "verdict": ["ready"],
    ...     "headline": ["All is well."], "today_would_block_share": [0.0]})
    >>> impact_html(rows).partition("</strong>")[0].partition("<strong>")[2]
    '1 domain: 1 ready'
    """
    rank = (
        by_domain["verdict"]
        .astype("str")
        .map({name: place for place, name in enumerate(URGENT_FIRST)})
    )
    share = by_domain["today_would_block_share"]
    order = by_domain.assign(rank=rank, share=share).sort_values(
        ["rank", "share"], ascending=[True, False], kind="stable"
    )
    rows = [_cells(row) for row in order.head(MOST_ROWS).to_dict("records")]
    shown = table(TITLES, rows, count=len(by_domain))
    return result_html(_headline(by_domain["verdict"]), shown, sentence(more if rows else ""))


def _cells(row: Mapping[Any, Any]) -> Sequence[object]:
    domain = "(not given)" if pd.isna(row["policy_domain"]) else row["policy_domain"]
    return domain, row["verdict"], row["headline"], percent(row["today_would_block_share"])


def _headline(verdicts: pd.Series) -> str:
    counts = verdicts.astype("str").value_counts()
    found = [f"{counts[name]:,} {name}" for name in URGENT_FIRST if counts.get(name)]
    return (
        f"{counted(len(verdicts), 'domain')}: {joined(found)}"
        if found
        else "No report has a policy."
    )
