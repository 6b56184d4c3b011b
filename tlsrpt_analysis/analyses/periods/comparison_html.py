"""How a comparison of two periods shows itself in a notebook."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.result_html import MOST_ROWS, result_html, sentence, table
from tlsrpt_analysis.shown_texts import counted, joined

WORST_FIRST = {
    "worse": "worse",
    "no clear change": "without a clear change",
    "better": "better",
    "too little data": "with too little data",
}
"""The verdicts, and how a sentence counts them."""

TITLES = ("Domain", "Before", "After", "Failed before", "after", "Verdict", "Refused before", "after",
    "Verdict", "Reporters that vanished", "appeared")  # fmt: skip
SHARES = (
    "Failed: of the sessions that looked for a policy or met DANE. Refused: at most, of the tested"
    " sessions. by_reporter has each sender."
)


def comparison_html(by_domain: pd.DataFrame) -> str:
    """Return the verdicts, counted, and then each domain, those that became worse first."""
    verdicts = by_domain["would_block_verdict"].astype("str")
    rank = verdicts.map({name: place for place, name in enumerate(WORST_FIRST)})
    rows = by_domain.assign(rank=rank).sort_values("rank", kind="stable").head(MOST_ROWS)
    shown = table(TITLES, map(_cells, rows.to_dict("records")), count=len(by_domain))
    return result_html(_headline(verdicts), shown, sentence(SHARES if shown else ""))


def _cells(row: Mapping[Any, Any]) -> Sequence[object]:
    periods = [
        f"{row[f'{side}_first_day']:%Y-%m-%d} to {row[f'{side}_last_day']:%Y-%m-%d}"
        for side in ("before", "after")
    ]
    measured = [
        cell
        for measure in ("failed", "would_block")
        for cell in (
            percent(row[f"{measure}_share_before"]),
            percent(row[f"{measure}_share_after"]),
            row[f"{measure}_verdict"],
        )
    ]
    names = ("policy_domain", "vanished_reporters", "appeared_reporters")
    domain, vanished, appeared = ("none" if pd.isna(row[name]) else row[name] for name in names)
    return domain, *periods, *measured, vanished, appeared


def _headline(verdicts: pd.Series) -> str:
    counts = verdicts.value_counts()
    found = [f"{counts[name]:,} {words}" for name, words in WORST_FIRST.items() if counts.get(name)]
    if not found:
        return "No domain has reports in these periods."
    return (
        f"What enforce mode would refuse, {counted(len(verdicts), 'comparison')}: {joined(found)}"
    )
