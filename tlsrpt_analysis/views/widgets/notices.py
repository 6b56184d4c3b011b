"""What the explorer says about a choice: days without reports, and what cannot follow it."""

import datetime as dt

from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views.style import NOT_GIVEN
from tlsrpt_analysis.views.widgets.explored import MOST_HOST_DOMAINS, Choice

Days = tuple[dt.date, dt.date]

NOT_BY_HOST = (
    "Failures are those at the MX host {}. Sessions, days with reports and the chart over time do"
    " not follow the MX host, as no report counts sessions by host."
)


def notices(choice: Choice, whole: Days | None, selection: ReportTables) -> list[str]:
    """Return sentences on what a choice leaves out.

    Parameters
    ----------
    choice : Choice
        What is chosen.
    whole : tuple of two datetime.date, optional
        The first and the last day with reports.
    selection : ReportTables
        The reports that the choice leaves.

    Returns
    -------
    list of str
        About days outside the reports, a choice that leaves nothing, and views that do not follow.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> whole = dt.date(2026, 7, 1), dt.date(2026, 10, 31)
    >>> notices(Choice(since=dt.date(2026, 11, 2)), whole, empty_tables())
    ['The reports end on 2026-10-31: none is as late as 2026-11-02.']
    """
    about_days = _about_days(choice, whole) if whole else []
    if selection.policies.empty and not about_days:
        nothing = (
            "No session failed at this MX host in this choice."
            if choice.mx_hostnames
            else "No report matches this choice."
        )
        about_days = [nothing if whole else "There are no reports."]
    return [*about_days, *_about_hosts(choice, selection)]


def _about_days(choice: Choice, whole: Days) -> list[str]:
    first, last = whole
    since, until = choice.since or first, choice.until or last
    if since > last:
        return [f"The reports end on {last}: none is as late as {since}."]
    if until < first:
        return [f"The reports begin on {first}: none is as early as {until}."]
    if since > until:
        return [f"The first day, {since}, is after the last, {until}: no day is chosen."]
    if since < first or until > last:
        return [f"The reports are about {first} to {last}: nothing is known of other days."]
    return []


def _about_hosts(choice: Choice, selection: ReportTables) -> list[str]:
    if choice.mx_hostnames:
        host = NOT_GIVEN if choice.mx_hostnames[0] is None else shown(choice.mx_hostnames[0])
        return [NOT_BY_HOST.format(host)]
    failed = selection.policies["total_failure_session_count"] > 0
    domains = selection.policies.loc[failed.to_numpy("bool"), "policy_domain"].nunique()
    if domains > MOST_HOST_DOMAINS:
        return [
            f"The chart of MX hosts shows the {MOST_HOST_DOMAINS} domains of {domains} with the most failures."
        ]
    return []
