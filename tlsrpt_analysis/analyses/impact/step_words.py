"""What a step of the ladder says beside its figures: its cause, who has to act, and the cure."""

from collections import Counter

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, safe_name
from tlsrpt_analysis.analyses.cause_catalogue.certificate import CERTIFICATE_HOST_MISMATCH
from tlsrpt_analysis.analyses.cause_catalogue.encryption import STARTTLS_MISSING
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import (
    ADD_MX,
    CERTIFICATE,
    DROP_MX,
    NOT_GIVEN,
    STARTTLS,
    WITHOUT_HOST,
    parse_fix,
)
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import MX_MISMATCH
from tlsrpt_analysis.analyses.cause_catalogue.unexplained import UNEXPLAINED
from tlsrpt_analysis.analyses.causes.detail_causes import DetailCause
from tlsrpt_analysis.analyses.impact.needs import Needs
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.arrays import Booleans, Floats, Integers
from tlsrpt_analysis.shown_texts import listed

_OTHERWISE: dict[str, Cause] = {
    ADD_MX: MX_MISMATCH,
    CERTIFICATE: CERTIFICATE_HOST_MISMATCH,
    STARTTLS: STARTTLS_MISSING,
}
"""The cause of a step that no failure calls for by itself: another step at its host comes first."""

FIXES = [
    "policy_domain",
    "step",
    "fix",
    "kind",
    "receiving_mx_hostname",
    "cause",
    "responsible",
    "cure",
    "left",
    "would_block_low_before",
    "would_block_high_before",
    "would_block_low_after",
    "would_block_high_after",
    "won_back_low",
    "won_back_high",
    "would_block_share_before",
    "would_block_share_after",
    "untried_fix_count",
]
"""The columns of the ladder."""

DROP = "remove {host} from the MX records, and from the policy once its old max_age has passed"


class StepWords:
    """The causes of one domain's needs, by the steps that end them."""

    def __init__(self, needed: Needs, chosen: Integers, counts: Integers) -> None:
        self._causes = [
            needed.causes[number] if number >= 0 else None for number in needed.cause[chosen]
        ]
        self._fixes = list(zip(needed.mx_line[chosen], needed.repair[chosen], strict=True))
        self._counts = counts.tolist()

    def of(self, fix: str) -> dict[str, object]:
        """Return the cells of a step that are words."""
        kind, name = parse_fix(fix)
        host = None if kind in WITHOUT_HOST or name == NOT_GIVEN else name
        words: dict[str, object] = {"fix": fix, "kind": kind, "receiving_mx_hostname": host}
        if kind == DROP_MX:
            cure = DROP.replace("{host}", safe_name(host) or "the host")
            return words | {"cause": None, "responsible": "you", "cure": cure}
        causes = self._of_step(fix, kind)
        if not causes:
            cause = _OTHERWISE.get(kind, UNEXPLAINED)
            cure = cause.step_for("", safe_name(host) or "the host")
            return words | {
                "cause": cause.code,
                "responsible": str(cause.responsible),
                "cure": cure,
            }
        return words | {
            "cause": ", ".join(dict.fromkeys(cause.code for cause in causes)),
            "responsible": causes[0].responsible,
            "cure": "; ".join(dict.fromkeys(cause.cure for cause in causes)),
        }

    def reporters(self, chosen: Booleans) -> str:
        """Return who met some of the failures, for a sentence."""
        causes = [cause for cause, is_in in zip(self._causes, chosen, strict=True) if is_in]
        return listed(sorted({name for cause in causes if cause for name in cause.reporters}))

    def _of_step(self, fix: str, kind: str) -> list[DetailCause]:
        """Return the causes that a step ends, those with the most sessions first."""
        sessions: Counter[DetailCause] = Counter()
        for cause, fixes, count in zip(self._causes, self._fixes, self._counts, strict=True):
            if cause and cause.kind == kind and fix in fixes:
                sessions[cause] += count
        return [cause for cause, _ in sessions.most_common()]


def with_shares(rows: pd.DataFrame, per_session: Floats) -> pd.DataFrame:
    """Add the shares before and after each step, and in words what is left after it.

    Parameters
    ----------
    rows : DataFrame
        The ladder.
    per_session : array of float
        The share of the domain's mail that one session is, for each row.
    """
    low, high = (rows[f"would_block_{end}_after"] * per_session for end in ("low", "high"))
    left = [
        _left(least, most, unnamed_by)
        for least, most, unnamed_by in zip(low, high, rows["unnamed_by"], strict=True)
    ]
    shares = rows.assign(
        left=pd.Series(left, index=rows.index, dtype="str"),
        would_block_share_before=rows["would_block_high_before"] * per_session,
        would_block_share_after=high,
    )
    return shares[FIXES]


def _left(low: float, high: float, unnamed_by: object) -> str:
    least, most = percent(low), percent(high)
    if least == most:
        return most
    because = f": {unnamed_by} named no host" if isinstance(unnamed_by, str) and unnamed_by else ""
    return f"{least} to {most}{because}"
