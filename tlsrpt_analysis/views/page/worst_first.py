"""The order in which domains stand on a page: those that lose mail first."""

import pandas as pd

VERDICTS = ("enforced, refusing mail", "not ready", "too little data", "ready", "enforced, clean")
"""From the verdict that is most urgent to the one that is least."""


def worst_first(by_domain: pd.DataFrame) -> pd.DataFrame:
    """Return the domains of an impact, the most urgent verdict and the largest share first.

    Parameters
    ----------
    by_domain : DataFrame
        ``by_domain`` of `tlsrpt_analysis.EnforceImpact`.

    Returns
    -------
    DataFrame
        The same rows: by verdict, then by ``today_would_block_share``, then by the sessions tested
        today; those without a policy domain last.

    Examples
    --------
    >>> rows = pd.DataFrame({"policy_domain": ["a", "b"], "verdict": ["ready", "not ready"],
    ...     "today_would_block_share": [0.0, 0.3], "today_tested_session_count": [9, 9]})
    >>> worst_first(rows)["policy_domain"].tolist()
    ['b', 'a']
    """
    verdicts = by_domain["verdict"].astype("str")
    rank = verdicts.map({verdict: place for place, verdict in enumerate(VERDICTS)})
    keys = by_domain.assign(
        is_unnamed=by_domain["policy_domain"].isna(), rank=rank.fillna(len(VERDICTS))
    )
    by = ["is_unnamed", "rank", "today_would_block_share", "today_tested_session_count"]
    ordered = keys.sort_values(by, ascending=[True, True, False, False], kind="stable")
    return by_domain.loc[ordered.index]
