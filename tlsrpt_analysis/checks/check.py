"""What is new in a store since the last check of it."""

import datetime as dt
import os
from collections.abc import Collection
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path

import pandas as pd

from tlsrpt_analysis.analyses.alerts.alert import Alert
from tlsrpt_analysis.analyses.alerts.known import Known
from tlsrpt_analysis.analyses.alerts.new_alerts import COOLDOWN_DAYS, new_alerts
from tlsrpt_analysis.analyses.alerts.observed import Observed, observed
from tlsrpt_analysis.analyses.alerts.silence import RHYTHM_DAYS
from tlsrpt_analysis.analyses.alerts.together import together
from tlsrpt_analysis.analyses.numbering import day_number, day_of
from tlsrpt_analysis.analyses.readiness.readiness import last_verdicts
from tlsrpt_analysis.checks.parts import Parts, parts_of
from tlsrpt_analysis.checks.state_file import one_check, read_state, write_state
from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.selections import as_day
from tlsrpt_analysis.store.commits import read_commit
from tlsrpt_analysis.tables import DAY

LOOK_BACK_DAYS = RHYTHM_DAYS + 30


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found.

    Attributes
    ----------
    alerts : tuple of Alert
        What is new: each with ``kind severity policy_domain since message reporters mx_hostnames
        result_types``. None in a first check, which sets the base.
    is_first : bool
        Whether no check of the store came before.
    day : datetime.date
        The day of the check.
    last_day : datetime.date
        The last complete day with a report.
    open_fault_counts : dict of str to int
        The faults that last, by policy domain.
    domain_count : int
        The policy domains that were looked at.
    """

    alerts: tuple[Alert, ...]
    is_first: bool
    day: dt.date
    last_day: dt.date
    open_fault_counts: dict[str, int]
    domain_count: int

    def to_frame(self) -> pd.DataFrame:
        """Return the alerts as a frame, a row each; several names are joined by commas."""
        rows = [
            [_cell(getattr(alert, each.name)) for each in fields(Alert)] for alert in self.alerts
        ]
        frame = pd.DataFrame(rows, columns=[each.name for each in fields(Alert)])
        types = {each.name: DAY if each.name == "since" else "str" for each in fields(Alert)}
        return frame.astype(types)

    def _repr_html_(self) -> str:
        """Show the alerts, escaped."""
        if not self.alerts:
            what = "the base for later checks" if self.is_first else "nothing is new"
            return f"<p>{escape(f'{self.day}: {what}')}</p>"
        lines = [
            f"[{each.severity}] {each.policy_domain or 'all domains'}: {each.message}"
            for each in self.alerts
        ]
        rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
        return f'<ul class="tex2jax_ignore mathjax_ignore">{rows}</ul>'


@dataclass(frozen=True, slots=True)
class Checked:
    """A check with the reports that it looked at, and the state that is to be kept."""

    check: Check
    parts: Parts
    directory: Path
    known: Known

    def keep(self) -> None:
        """Keep the state, so that later checks do not say the same again."""
        write_state(self.directory, self.known)


def check(
    directory: str | os.PathLike[str],
    *,
    today: dt.date | str | None = None,
    own_domains: str | Collection[str] = (),
    cooldown: int = COOLDOWN_DAYS,
) -> Check:
    """Say what is new in a store since the last check, each thing once.

    Parameters
    ----------
    directory : str or os.PathLike
        The store. The state of its checks is kept in ``checks.json`` there.
    today : datetime.date or str, optional
        The day of the check, in UTC; by default that of the clock. Nothing is said about it, as its
        reports are not complete.
    own_domains : str or collection of str, optional
        Only these domains and those below them; give the same ones each time.
    cooldown : int, default 7
        On so many days the same about the same subject is said once.

    Returns
    -------
    Check
        The alerts: a fault began, grew or ended, the policy vanished, a reporter fell silent or all
        did, a verdict changed, a certificate's renewal is due. ``docs/alerts.md`` says when.

    Raises
    ------
    StoreError
        When the store or the state cannot be read or written, or has no reports of these months.

    Examples
    --------
    >>> check("no-such-folder")
    Traceback (most recent call last):
    ...
    tlsrpt_analysis.errors.StoreError: no-such-folder is not a store of reports: create one with `tlsrpt-analysis import PATHS --store no-such-folder`
    """
    path = Path(directory)
    read_commit(path)  # or a misspelt name would become a folder
    with one_check(path):
        checked = check_without_keeping(
            path, today=today, own_domains=own_domains, cooldown=cooldown
        )
        checked.keep()
    return checked.check


def check_without_keeping(
    directory: Path,
    *,
    today: dt.date | str | None = None,
    own_domains: str | Collection[str] = (),
    cooldown: int = COOLDOWN_DAYS,
) -> Checked:
    """Check as `check` does, but leave the state to be kept when all was said."""
    day = dt.datetime.now(dt.UTC).date() if today is None else as_day(today)
    since = day - dt.timedelta(LOOK_BACK_DAYS)
    known = read_state(directory)
    if known.checked_day > day_number(day):
        raise StoreError(
            f"{directory} was checked as on {day_of(known.checked_day)}, after {day}: check as on"
            " that day or later"
        )
    parts = parts_of(directory, since, day, own_domains)
    found: list[Observed] = []
    verdicts: dict[str, str] = {}
    for tables in parts:
        found.append(observed(tables))
        verdicts |= {name: each[-1] for name, each in last_verdicts(tables, 1).items() if each}
    if not found:
        about = " about your own domains" if own_domains else ""
        raise StoreError(f"{directory} has no report{about} since {since}: import reports into it")
    seen = together(found)
    alerts, after = new_alerts(seen, verdicts, known, day, cooldown=cooldown)
    return Checked(_check(alerts, known, after, seen, day), parts, directory, after)


def _check(alerts: list[Alert], known: Known, after: Known, seen: Observed, day: dt.date) -> Check:
    faults: dict[str, int] = {}
    for fault in after.faults:
        if fault.is_open:
            faults[fault.policy_domain] = faults.get(fault.policy_domain, 0) + 1
    return Check(tuple(alerts), known.is_empty, day, day_of(seen.newest), faults, len(seen.names))


def _cell(value: object) -> object:
    return ", ".join(value) if isinstance(value, tuple) else value
