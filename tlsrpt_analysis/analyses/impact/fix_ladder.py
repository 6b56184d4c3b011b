"""What each fix wins back, one after the other.

The bounds of a policy result whose details do not overlap are plain sums, so those results are
added up together; only the others are bounded one by one for each fix that is tried.
"""

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import DROP_MX
from tlsrpt_analysis.analyses.impact.ladder_domain import (
    LadderDomain,
    is_unnamed,
    ladder_domains,
)
from tlsrpt_analysis.analyses.impact.needs import Needs
from tlsrpt_analysis.analyses.impact.step_words import FIXES
from tlsrpt_analysis.analyses.refusals import Refusals

_TYPES = {
    "step": "Int64",
    "untried_fix_count": "int64",
    **dict.fromkeys(("cause", "responsible", "cure", "left", "unnamed_by"), "str"),
}


def ladder(refused: Refusals, needed: Needs) -> pd.DataFrame:
    """Order the fixes of every domain, each step the one that wins back most after those before.

    Returns
    -------
    DataFrame
        `FIXES`, without the shares, and ``unnamed_by``; dropping a host has a missing ``step``, as it is an alternative
        and is measured against the state before all fixes. Of a domain with more than 40 fixes or
        hosts at fault, those are tried whose faults the most reports show;
        ``untried_fix_count`` is how many others there are.
    """
    rows: list[dict[str, object]] = []
    for name, domain in ladder_domains(refused, needed):
        of_domain = {"policy_domain": name, "untried_fix_count": domain.untried_fix_count}
        rows += [{**of_domain, **row} for row in _steps(domain)]
    columns = [*FIXES, "unnamed_by"]
    return pd.DataFrame(rows, columns=columns).astype(_TYPES)


def _steps(domain: LadderDomain) -> list[dict[str, object]]:
    """Return the greedy ladder of one domain, then the hosts that could be dropped instead."""
    touched = domain.touched
    left = list(domain.tried)
    start = before = domain.after(())
    done: list[str] = []
    rows: list[dict[str, object]] = []
    while left:
        after = dict(zip(left, domain.after_each(done, left), strict=True))
        best = min(
            left,
            key=lambda fix: (is_unnamed(fix), after[fix][1], after[fix][0], -touched[fix], fix),
        )
        left.remove(best)
        if is_unnamed(best) and after[best] == before:
            continue  # the steps before it have ended this too
        done.append(best)
        effect = _effect(before, after[best])
        unnamed_by = domain.unnamed_by(done)
        rows.append(
            {"step": len(done), **domain.words.of(best), **effect, "unnamed_by": unnamed_by}
        )
        before = after[best]
    for host in domain.droppable:
        effect = _effect(start, domain.after((), dropped=host))
        rows.append({"step": None, **domain.words.of(f"{DROP_MX} {host}"), **effect})
    return rows


def _effect(before: tuple[int, int], after: tuple[int, int]) -> dict[str, object]:
    gains = sorted(max(0, b - a) for b, a in zip(before, after, strict=True))
    return {
        "would_block_low_before": before[0],
        "would_block_high_before": before[1],
        "would_block_low_after": after[0],
        "would_block_high_after": after[1],
        "won_back_low": gains[0],
        "won_back_high": gains[1],
    }
