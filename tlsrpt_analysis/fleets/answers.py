"""What is said of each domain of a group, by the same analyses as of a domain alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import pandas as pd

from tlsrpt_analysis.analyses.causes.diagnose import causes_of
from tlsrpt_analysis.analyses.impact.enforce_impact import impact_of_each
from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
from tlsrpt_analysis.fleets.groups import Group
from tlsrpt_analysis.tables import ReportTables

DOMAIN_COLUMNS = [
    "whose_mail",
    "today_refused_reporter_count",
    "today_tested_reporter_count",
    "top_cause",
    "top_host",
    "first_fix",
    "first_fix_left",
    "before_since",
    "before_tested_session_count",
    "before_would_block_high",
    "before_would_block_share",
    "would_block_change",
    "would_block_change_low",
    "would_block_change_high",
]
"""The columns beside those of `EnforceImpact.by_domain`."""

CAUSE_COLUMNS = [
    "policy_domain",
    "cause",
    "title",
    "receiving_mx_hostname",
    "reporters",
    "responsible",
    "status",
    "is_over",
    "first_day",
    "last_day",
    "failed_session_count",
    "share_of_failures",
]
REPORTER_COLUMNS = [
    "policy_domain",
    "reporter",
    "session_count",
    "tested_session_count",
    "untested_session_count",
    "today_tested_session_count",
    "today_would_block_low",
    "today_would_block_high",
]
SELECTIVE_COLUMNS = [
    "policy_domain",
    "policy_type",
    "failing_reporter",
    "clean_reporters",
    "receiving_mx_hostname",
    "result_type",
    "verdict",
    "failing_share",
    "since_low",
    "since_high",
    "p_value",
    "q_value",
    "points_to",
]
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Answers:
    """Frames about some domains; each has the column ``policy_domain``."""

    domains: pd.DataFrame
    causes: pd.DataFrame
    reporters: pd.DataFrame
    selective: pd.DataFrame

    def frames(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield each frame with its name."""
        for each in fields(self):
            yield each.name, getattr(self, each.name)

    @classmethod
    def of(cls, frames: Mapping[str, pd.DataFrame]) -> "Answers":
        """Return answers from frames by name."""
        return cls(**{each.name: frames[each.name] for each in fields(cls)})


def answers_of_group(group: Group) -> Answers:
    """Analyse the domains of a group."""
    return answers(group.tables())


def answers(tables: ReportTables) -> Answers:
    """Analyse the domains in tables.

    Returns
    -------
    Answers
        ``domains`` has the columns of `EnforceImpact.by_domain` and `DOMAIN_COLUMNS`: the
        reporters whose sessions enforce mode would refuse today and their number, the number of those
        that tested today, the cause with most failures that
        is not over and its host, the first step of the fixes with what is then left, and what was
        refused in the period before today's.
    """
    impact = impact_of_each(tables, only_domains=True)
    domains = impact.by_domain
    causes = _with_end(causes_of(impact.diagnosed.diagnoses), domains)
    found = [_whose_mail(impact), _top_causes(causes), _first_fixes(impact), impact.before_today]
    for each in found:
        domains = domains.merge(each, on="policy_domain", how="left")
    return Answers(
        _typed(domains),
        causes[CAUSE_COLUMNS],
        impact.by_reporter[REPORTER_COLUMNS],
        impact.diagnosed.selective[SELECTIVE_COLUMNS],
    )


def _typed(domains: pd.DataFrame) -> pd.DataFrame:
    """Return the domains with texts of one type, also where all of a group are missing."""
    counts = ["today_refused_reporter_count", "today_tested_reporter_count"]
    domains = domains.assign(**domains[counts].fillna(0).astype("int64"))
    return domains.astype({name: "str" for name in domains if domains[name].dtype == object})


def _with_end(causes: pd.DataFrame, domains: pd.DataFrame) -> pd.DataFrame:
    """Add to what is over the causes that ended before the days that today's answer rests on."""
    today = domains.set_index("policy_domain")["today_since"].reindex(causes["policy_domain"])
    is_past = causes["last_day"].to_numpy() < today.to_numpy()
    return causes.assign(is_over=causes["is_over"] | is_past)


def _whose_mail(impact: EnforceImpact) -> pd.DataFrame:
    order = ["policy_domain", "today_would_block_high", "reporter"]
    rows = impact.by_reporter[impact.by_reporter["today_tested_session_count"] > 0]
    rows = rows.sort_values(order, ascending=[True, False, True])
    is_refused = rows["today_would_block_high"] > 0
    refused = rows[is_refused].groupby("policy_domain", observed=True)["reporter"]
    counts = rows.assign(is_refused=is_refused).groupby("policy_domain", observed=True)
    sums = counts["is_refused"].agg(
        today_refused_reporter_count="sum", today_tested_reporter_count="size"
    )
    names = pd.Series({key: _joined(part) for key, part in refused}, dtype="str")
    found: pd.DataFrame = sums.assign(whose_mail=names).reset_index()
    return found


def _joined(names: pd.Series) -> str:
    first = [str(name) for name in names[:MOST_NAMED]]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")


def _top_causes(causes: pd.DataFrame) -> pd.DataFrame:
    rows = causes[~causes["is_over"]].sort_values(
        ["policy_domain", "failed_session_count"], ascending=[True, False], kind="stable"
    )
    first = rows.drop_duplicates("policy_domain")
    names = {"cause": "top_cause", "receiving_mx_hostname": "top_host"}
    return first[["policy_domain", *names]].rename(columns=names)


def _first_fixes(impact: EnforceImpact) -> pd.DataFrame:
    steps = impact.fixes
    first = steps[steps["step"] == 1]
    names = {"cure": "first_fix", "left": "first_fix_left"}
    return first[["policy_domain", *names]].rename(columns=names)
