"""The verdict on every domain of a store, and the faults that stand behind many of them."""

import datetime as dt
import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tlsrpt_analysis.analyses.impact.impact_html import impact_html
from tlsrpt_analysis.fleets import sums
from tlsrpt_analysis.fleets.answers import Answers, answers
from tlsrpt_analysis.fleets.fingerprints import fingerprints, rows_by_domain
from tlsrpt_analysis.fleets.groups import sorted_into_groups
from tlsrpt_analysis.fleets.kept import keep_answers, kept_answers, of_domains, together
from tlsrpt_analysis.fleets.running import answered
from tlsrpt_analysis.fleets.sorting_folder import sorting_folder
from tlsrpt_analysis.store.asked import Asked
from tlsrpt_analysis.store.commits import read_commit
from tlsrpt_analysis.store.directory import Store
from tlsrpt_analysis.store.opening import Wanted
from tlsrpt_analysis.tables import empty_tables

if TYPE_CHECKING:
    from distributed import Client

MORE = "The frames by_domain, by_host, by_cause, by_reporter and selective have the details."
_ORDER = {
    "enforced, refusing mail": 0,
    "not ready": 1,
    "too little data": 2,
    "ready": 3,
    "enforced, clean": 4,
}


@dataclass(frozen=True)
class Fleet:
    """All domains of a store, as `fleet` returns them.

    Attributes
    ----------
    by_domain : DataFrame
        One row per ``policy_domain``, worst first: the columns of `EnforceImpact.by_domain`, and
        ``whose_mail today_refused_reporter_count today_tested_reporter_count top_cause top_host
        first_fix first_fix_left before_since before_tested_session_count
        before_would_block_high before_would_block_share would_block_change would_block_change_low
        would_block_change_high``.
    domains, other_names : DataFrame
        The rows of ``by_domain`` that are about domains, and the rest: MX hosts under whose name DANE
        results are reported, and reports without a domain.
    analysed_domain_count : int
        Domains and other names that were analysed in this run; the answers about the others were kept.
    """

    answers: Answers
    analysed_domain_count: int

    @cached_property
    def by_domain(self) -> pd.DataFrame:
        """Return one row per domain, worst first."""
        rows = self.answers.domains
        order = rows.assign(order=rows["verdict"].map(_ORDER))
        keys = ["order", "today_would_block_share", "today_would_block_high", "policy_domain"]
        order = order.sort_values(keys, ascending=[True, False, False, True])
        return order.drop(columns="order").reset_index(drop=True)

    @cached_property
    def domains(self) -> pd.DataFrame:
        """Return the rows of `by_domain` that are about domains."""
        return self.by_domain[~sums.are_other_names(self.by_domain, self.answers)]

    @cached_property
    def other_names(self) -> pd.DataFrame:
        """Return the rows of `by_domain` about MX hosts with DANE results, and about no domain."""
        return self.by_domain[sums.are_other_names(self.by_domain, self.answers)]

    @cached_property
    def by_host(self) -> pd.DataFrame:
        """Return one row per MX host and cause, by the domains that its repair would heal."""
        return sums.by_host(self.answers)

    @cached_property
    def by_cause(self) -> pd.DataFrame:
        """Return one row per cause, by the domains that its repair would heal."""
        return sums.by_cause(self.answers)

    @cached_property
    def by_reporter(self) -> pd.DataFrame:
        """Return one row per reporter, the one with most sessions first."""
        return sums.by_reporter(self.answers)

    @cached_property
    def selective(self) -> pd.DataFrame:
        """Return the selective failures of all domains, judged over the whole fleet."""
        return sums.selective_over_fleet(self.answers)

    def where(self, verdicts: Collection[str]) -> "Fleet":
        """Return the fleet of the domains with one of the verdicts."""
        rows = self.answers.domains
        chosen = rows.loc[rows["verdict"].isin(list(verdicts)), "policy_domain"]
        return Fleet(of_domains(self.answers, pd.Index(chosen)), self.analysed_domain_count)

    def __repr__(self) -> str:
        """Count the verdicts."""
        counts = self.domains["verdict"].value_counts()
        parts = [f"{count:,} {verdict}" for verdict, count in counts.items()]
        return f"<Fleet: {', '.join([f'{len(self.domains):,} domains', *parts])}>"

    def _repr_html_(self) -> str:
        """Show how many domains have each verdict, then the most urgent ones."""
        return impact_html(self.domains, MORE)


def fleet(  # noqa: PLR0913 - each is a choice of its own, by keyword
    store: str | os.PathLike[str] | Store,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    workers: int | None = None,
    client: "Client | None" = None,
    keep: bool = True,
) -> Fleet:
    """Say of every domain of a store what enforce mode would cost it, in bounded memory.

    Parameters
    ----------
    store : str, os.PathLike or Store
        The store; see `open_store`.
    since, until : datetime.date or str, optional
        The first and the last day, both included.
    workers : int, optional
        Processes; all cores by default.
    client : distributed.Client, optional
        A Dask cluster instead, whose workers can read the folder for temporary files.
    keep : bool, default True
        Whether to keep the answers in the store's folder and to analyse only domains with new
        reports. Another version of the package, or other days, analyse all of them.

    Returns
    -------
    Fleet
        ``by_domain``, ``by_host``, ``by_cause``, ``by_reporter`` and ``selective``. Each cell of
        `by_domain` equals what `enforce_impact` and `diagnose` say of that domain alone.

    Raises
    ------
    StoreError
        When the folder is no store, or is damaged.

    Notes
    -----
    Reports are first sorted into groups of whole domains in temporary files of about the size of
    the store, and then analysed group by group.

    Examples
    --------
    >>> fleet("no-such-folder")
    Traceback (most recent call last):
    ...
    tlsrpt_analysis.errors.StoreError: no-such-folder is not a store of reports: create one with `tlsrpt-analysis import PATHS --store no-such-folder`
    """
    directory = store.directory if isinstance(store, Store) else Path(store)
    asked = Asked(directory, read_commit(directory), Wanted(since, until))
    rows = rows_by_domain(asked)
    prints = fingerprints(rows, asked.wanted)
    known = kept_answers(directory) if keep else None
    old, new = _sorted_out(prints, known)
    parts = [] if old is None else [old]
    if len(new):
        wanted = rows[rows["policy_domain"].isin(new)]
        with sorting_folder() as folder:
            groups = sorted_into_groups(asked, folder, wanted)
            parts += answered(groups, workers=workers, client=client)
    found = together(parts) or answers(empty_tables())
    if keep and len(new):
        keep_answers(directory, found, prints)
    return Fleet(found, len(new))


def _sorted_out(
    prints: pd.Series, known: tuple[Answers, pd.Series] | None
) -> tuple[Answers | None, pd.Index]:
    """Return the kept answers that still hold, and the domains to analyse."""
    if known is None:
        return None, prints.index
    found, before = known
    is_same = (before.reindex(prints.index) == prints).to_numpy("bool", na_value=False)
    same = prints.index[is_same]
    return (of_domains(found, same) if len(same) else None), prints.index[~is_same]
