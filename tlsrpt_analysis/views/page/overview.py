"""The first screen: the answer as a title, the tiles, the table, and what it all rests on."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views.page import dates_in_words, sentences, words
from tlsrpt_analysis.views.page.analysed import Analysed, Row
from tlsrpt_analysis.views.page.bases import Basis
from tlsrpt_analysis.views.page.page_model import Bar, DomainRow, OtherRow, Tile
from tlsrpt_analysis.views.page.steps import dane_fix, first_fix
from tlsrpt_analysis.views.page.worst_first import worst_first
from tlsrpt_analysis.views.shares_in_words import (
    is_missing,
    nice_top,
    rough_percent,
    rough_range,
)

SHARE = "today_would_block_share"
SHARE_ENDS = (f"{SHARE}_low", f"{SHARE}_high")

MANY_DOMAINS = 10
"""From so many on there is a search, and domains that need nothing are folded."""

NEEDS_NOTHING = (words.READY, words.CLEAN)

NAME_LETTERS = 120
"""The longest domain that is shown whole; DNS allows 253 letters, and strangers write more."""


def all_rows(analysed: Analysed) -> list[Row]:
    """Return the rows of all names in the reports, the worst first."""
    return worst_first(analysed.by_domain).to_dict("records")


def own_rows(analysed: Analysed) -> list[Row]:
    """Return the rows of the domains, the worst first, without names that are no domains."""
    hosts = _host_names(analysed.tables)
    return [row for row in all_rows(analysed) if not _is_other(row, hosts)]


def other_rows(analysed: Analysed) -> tuple[OtherRow, ...]:
    """Return what was reported without a domain, and about hosts instead of domains."""
    rows = analysed.by_domain.to_dict("records")
    hosts = _host_names(analysed.tables)
    return named([row for row in rows if _is_other(row, hosts)])


def named(rows: Iterable[Row]) -> tuple[OtherRow, ...]:
    """Return rows with what the analysis says of them in a sentence."""
    return tuple(
        OtherRow(shown(name_of(row["policy_domain"]), NAME_LETTERS), shown(row["headline"]))
        for row in rows
    )


def _host_names(tables: ReportTables) -> frozenset[str]:
    return frozenset(tables.failures["receiving_mx_hostname"].dropna().unique())


def _is_other(row: Row, hosts: frozenset[str]) -> bool:
    """Whether a row is about no domain, or about an MX host under whose name DANE is reported."""
    if is_missing(row["policy_domain"]):
        return True
    return not row["tested_session_count"] and row["policy_domain"] in hosts


def name_of(name: Any) -> str:
    """Return a name as text; a missing one has a word."""
    return words.NOT_GIVEN if is_missing(name) else str(name)


def tiles(rows: Sequence[Row]) -> tuple[Tile, ...]:
    """Return a tile for each verdict; the usual three stand there even when they count none."""
    return tiles_of(Counter(str(row["verdict"]) for row in rows))


def tiles_of(counts: Mapping[str, int]) -> tuple[Tile, ...]:
    """Return the tiles of domains that are counted by verdict."""
    always = (words.NOT_READY, words.TOO_LITTLE, words.READY)
    return tuple(
        Tile(verdict, counts.get(verdict, 0), label)
        for verdict, label in words.TILES.items()
        if counts.get(verdict) or verdict in always
    )


def title(rows: Sequence[Row]) -> str:
    """Return the answer in one sentence."""
    if not rows:
        return words.NO_DOMAIN
    if len(rows) > 1:
        return sentences.answer(Counter(str(row["verdict"]) for row in rows))
    (row,) = rows
    return sentences.answer_for_one(
        shown(name_of(row["policy_domain"]), NAME_LETTERS),
        str(row["verdict"]),
        rough_percent(row[SHARE]),
        int(row["today_tested_session_count"]),
        is_refused=is_refused(row),
    )


def is_refused(row: Row) -> bool:
    """Whether anything of today is or would be refused."""
    return bool(row["today_would_block_high"] > 0)


def scale_of(rows: Iterable[Row]) -> float:
    """Return the end of the axis on which all bars of a table stand."""
    ends = [row[name] for row in rows for name in (SHARE, SHARE_ENDS[1])]
    return nice_top(max((end for end in ends if not is_missing(end)), default=0.0))


def refused_bar(row: Row, top: float) -> Bar:
    """Return the share refused today as a bar."""
    return bar(row[SHARE], *(row[name] for name in SHARE_ENDS), top=top)


def bar(share: float, low: float, high: float, *, top: float) -> Bar:
    """Return a share and its range as a bar on an axis that ends at `top`."""
    if is_missing(share):
        return Bar(words.NOT_KNOWN, is_known=False)
    has_range = not is_missing(low) and not is_missing(high)
    ends = (low, high) if has_range else (share, share)
    length, left, right = (
        round(100 * min(1.0, max(0.0, place) / top), 2) for place in (share, *ends)
    )
    return Bar(
        text=rough_percent(share),
        range_text=rough_range(*ends) if has_range else "",
        length=length,
        low=left,
        high=right,
        order=float(share),
    )


def domain_rows(
    analysed: Analysed, rows: Sequence[Row], addresses: Mapping[str, str]
) -> tuple[DomainRow, ...]:
    """Return the rows of the table; ready domains are folded where there are many."""
    top, is_long = scale_of(rows), len(rows) >= MANY_DOMAINS
    return tuple(
        _domain_row(analysed, row, top, place, addresses, is_long=is_long)
        for place, row in enumerate(rows)
    )


def _domain_row(  # noqa: PLR0913 - one row of everything
    analysed: Analysed,
    row: Row,
    top: float,
    place: int,
    addresses: Mapping[str, str],
    *,
    is_long: bool,
) -> DomainRow:
    domain, verdict = name_of(row["policy_domain"]), str(row["verdict"])
    needs_nothing = verdict in NEEDS_NOTHING
    return DomainRow(
        domain=shown(domain, NAME_LETTERS),
        verdict=verdict,
        refused=refused_bar(row, top),
        whose=whose(analysed.senders.of(domain)) if is_refused(row) else "",
        fix=dane_fix(analysed, row) if needs_nothing else first_fix(analysed, row),
        tested=f"{int(row['today_tested_session_count']):,}",
        address=addresses.get(domain, ""),
        is_folded=is_long and needs_nothing,
        place=place,
    )


def whose(senders: Sequence[Row]) -> str:
    """Return whose connections of today would be refused."""
    tested = [row for row in senders if row["today_tested_session_count"] > 0]
    refused = [row for row in tested if row["today_would_block_high"] > 0]
    refused.sort(key=lambda row: -row["today_would_block_high"])
    names = [shown(name_of(row["reporter"]), NAME_LETTERS) for row in refused]
    return sentences.whose_mail(names, len(tested))


def basis(counts: Basis, rows: Sequence[Row], made_on: dt.date) -> str:
    """Return the line that says what the page rests on, and whether that is old."""
    sessions = sum(int(row["session_count"]) for row in rows)
    untested = sum(int(row["untested_session_count"]) for row in rows)
    rests_on = sentences.basis(
        reports=counts.reports,
        days=counts.days,
        reporters=counts.reporters,
        untested=rough_percent(untested / max(1, sessions)),
        authenticated=counts.authenticated,
        checked=counts.checked,
    )
    days = [row["last_day"].date() for row in rows if not is_missing(row["last_day"])]
    age = sentences.stale(max(days), made_on) if days else ""
    return f"{rests_on} {age}".rstrip()


def dates(rows: Sequence[Row]) -> str:
    """Return the period of the reports about some domains."""
    days = [row[end] for row in rows for end in ("first_day", "last_day")]
    known = [day.date() for day in days if not is_missing(day)]
    return dates_in_words.period_text(min(known), max(known)) if known else ""
