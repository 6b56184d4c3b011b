"""The page about all domains of a store: one table, then the hosts, the causes and the senders behind it."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Family
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_CODE
from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.views.csv_files import write_csv
from tlsrpt_analysis.views.page import dates_in_words, fleet_sentences, overview, sentences, words
from tlsrpt_analysis.views.page.analysed import Row
from tlsrpt_analysis.views.page.linked import Linked
from tlsrpt_analysis.views.page.page_html import STYLES, page_html
from tlsrpt_analysis.views.page.page_model import Bar, DomainRow, Origin, Page
from tlsrpt_analysis.views.page.page_of import MOST_ROWS, PageOptions
from tlsrpt_analysis.views.page.steps import capitalized
from tlsrpt_analysis.views.page.worst_first import worst_first
from tlsrpt_analysis.views.page.written_files import target_of, write_file
from tlsrpt_analysis.views.shares_in_words import is_missing, nice_top, rough_percent

MOST_FAULTS = 20
"""The most hosts and causes: what is behind fewer domains than these is in the table itself."""

MOST_SENDERS = 20

MOST_OTHERS = 20
"""The most names that are no domains: a host is named for each domain that it serves with DANE."""


class FleetFrames(Protocol):
    """What `tlsrpt_analysis.fleet` returns."""

    @property
    def by_domain(self) -> pd.DataFrame:
        """A row per domain, or other name in the reports."""

    @property
    def domains(self) -> pd.DataFrame:
        """Its rows that are about domains."""

    @property
    def other_names(self) -> pd.DataFrame:
        """Its other rows."""

    @property
    def by_host(self) -> pd.DataFrame:
        """A row per MX host and cause."""

    @property
    def by_cause(self) -> pd.DataFrame:
        """A row per cause."""

    @property
    def by_reporter(self) -> pd.DataFrame:
        """A row per reporter."""


@dataclass(frozen=True, slots=True)
class FleetRow(DomainRow):
    """A domain of the table, with its main cause and what was refused in the period before."""

    cause: str = ""
    before: str = ""
    change: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is behind some domains; the host is empty in the list of causes."""

    title: str
    who: str
    main: str
    not_ready: str
    every: str
    examples: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class FleetSender:
    """A sender, and what it reports of all domains."""

    name: str
    domains: str
    tested: str
    refused: Bar


@dataclass(frozen=True, slots=True)
class FleetPage(Page):
    """The page from top to bottom."""

    hosts: tuple[Fault, ...] = ()
    hosts_cut: str = ""
    causes: tuple[Fault, ...] = ()
    senders: tuple[FleetSender, ...] = ()


def write_fleet_report(  # noqa: PLR0913 - each is a choice of its own, by keyword
    found: FleetFrames,
    output: str | Path,
    *,
    addresses: Mapping[str, str] | None = None,
    title: str = "",
    author: str = "",
    made_on: dt.date | None = None,
) -> Path:
    """Write all domains of a store as one HTML file that needs neither Python nor a network.

    Parameters
    ----------
    found : Fleet
        What `tlsrpt_analysis.fleet` returned.
    output : str or Path
        The file to write; with thousands of domains, a CSV file of the same name has those that the
        page leaves out, and every column.
    addresses : mapping of str to str, optional
        The page of each domain that has one of its own, relative to `output`.
    title, author, made_on
        As for `write_html_report`.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ExportError
        When a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import tlsrpt_analysis as tlsrpt
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     added = tlsrpt.Store(f"{folder}/store").add("sample_reports/mail-ru", progress=False)
    ...     found = tlsrpt.fleet(f"{folder}/store", workers=1)
    ...     page = write_fleet_report(found, f"{folder}/fleet.html")
    ...     "chain.example" in page.read_text()
    True
    """
    target = target_of(output)
    beside = target.with_suffix(".csv")
    day = made_on or dt.datetime.now(tz=dt.UTC).date()
    page = fleet_page(found, PageOptions(day, title, author, beside.name), addresses or {})
    if page.cut:
        write_csv(found.by_domain, beside)
    html = page_html(page, template="fleet.html.j2", styles=(*STYLES, "fleet.css"))
    return write_file(target, html.encode())


def fleet_page(found: FleetFrames, options: PageOptions, addresses: Mapping[str, str]) -> FleetPage:
    """Return the page about all domains of a fleet."""
    every = worst_first(found.domains)
    titles = dict(found.by_cause[["cause", "title"]].itertuples(index=False, name=None))
    table = every.head(MOST_ROWS).to_dict("records")
    hosts = found.by_host[found.by_host["not_ready_domain_count"] > 0]
    counts = Counter(every["verdict"].astype("str"))
    top = overview.scale_of(table)
    return FleetPage(
        name=shown(options.name or fleet_sentences.NAME),
        title=overview.title(table) if len(every) < 2 else sentences.answer(counts),
        dates=_dates(every),
        author=shown(options.author),
        language=words.LANGUAGE,
        made_on=options.made_on,
        tiles=overview.tiles_of(counts),
        rows=_rows(table, top, titles, addresses),
        scale=sentences.scale(top),
        has_search=len(table) >= overview.MANY_DOMAINS,
        folded_count=_folded_count(table),
        cut=fleet_sentences.cut(len(table), len(every), options.csv_name),
        basis=_basis(every, len(found.by_reporter), options.made_on),
        details=(),
        others=overview.named(found.other_names.head(MOST_OTHERS).to_dict("records")),
        origin=Origin(),
        linked=Linked(),
        hosts=tuple(_fault(row) for row in hosts.head(MOST_FAULTS).to_dict("records")),
        hosts_cut=fleet_sentences.more_hosts(max(0, len(hosts) - MOST_FAULTS)),
        causes=tuple(_fault(row) for row in found.by_cause.head(MOST_FAULTS).to_dict("records")),
        senders=_senders(found.by_reporter),
    )


def _rows(
    table: list[Row], top: float, titles: Mapping[str, str], addresses: Mapping[str, str]
) -> tuple[FleetRow, ...]:
    is_long = len(table) >= overview.MANY_DOMAINS
    return tuple(
        _row(row, place, top, titles, addresses, is_long=is_long) for place, row in enumerate(table)
    )


def _row(  # noqa: PLR0913 - one row of everything
    row: Row,
    place: int,
    top: float,
    titles: Mapping[str, str],
    addresses: Mapping[str, str],
    *,
    is_long: bool,
) -> FleetRow:
    domain, verdict = overview.name_of(row["policy_domain"]), str(row["verdict"])
    needs_nothing = verdict in overview.NEEDS_NOTHING
    is_told = not needs_nothing or _is_of_dane(row["top_cause"])
    cause = titles.get(row["top_cause"], "") if is_told else ""
    change = row["would_block_change"]
    return FleetRow(
        domain=shown(domain, overview.NAME_LETTERS),
        verdict=verdict,
        refused=overview.refused_bar(row, top),
        whose=_whose(row),
        fix="" if needs_nothing else capitalized(_text(row["first_fix"])),
        address=addresses.get(domain, ""),
        is_folded=is_long and needs_nothing,
        place=place,
        cause=cause,
        before=fleet_sentences.before(
            row["before_would_block_share"],
            (row["would_block_change_low"], row["would_block_change_high"]),
        ),
        change=0.0 if is_missing(change) else float(change),
    )


def _is_of_dane(code: object) -> bool:
    """Whether DANE refuses mail by a cause, whatever the mode of the policy."""
    cause = BY_CODE.get(code) if isinstance(code, str) else None
    return cause is not None and cause.family == Family.DNS


def _whose(row: Row) -> str:
    names, count = _text(row["whose_mail"]), int(row["today_refused_reporter_count"])
    parts = names.split(", ") if names.count(", ") == 1 else [names]
    known = parts if len(parts) == count else [names] * count
    return sentences.whose_mail(known, int(row["today_tested_reporter_count"]))


def _text(value: object) -> str:
    return shown(value) if isinstance(value, str) else ""


def _fault(row: Row) -> Fault:
    host = row.get("receiving_mx_hostname", "")
    return Fault(
        title=str(row["title"]),
        who=sentences.who(str(row["responsible"])),
        main=f"{int(row['healed_domain_count']):,}",
        not_ready=f"{int(row['not_ready_domain_count']):,}",
        every=f"{int(row['domain_count']):,}",
        examples=_text(row["examples"]),
        host=shown(overview.name_of(host), overview.NAME_LETTERS),
    )


def _senders(by_reporter: pd.DataFrame) -> tuple[FleetSender, ...]:
    rows = by_reporter.head(MOST_SENDERS).to_dict("records")
    ends = [row["today_would_block_share_high"] for row in rows]
    top = nice_top(max((end for end in ends if not is_missing(end)), default=0.0))
    return tuple(
        FleetSender(
            shown(overview.name_of(row["reporter"]), overview.NAME_LETTERS),
            f"{int(row['domain_count']):,}",
            f"{int(row['today_tested_session_count']):,}",
            _share(row["today_would_block_share_high"], top),
        )
        for row in rows
    )


def _share(share: float, top: float) -> Bar:
    return overview.bar(share, float("nan"), float("nan"), top=top)


def _dates(rows: pd.DataFrame) -> str:
    first, last = rows["first_day"].min(), rows["last_day"].max()
    return "" if is_missing(first) else dates_in_words.period_text(first.date(), last.date())


def _folded_count(table: list[Row]) -> int:
    is_long = len(table) >= overview.MANY_DOMAINS
    return is_long * sum(str(row["verdict"]) in overview.NEEDS_NOTHING for row in table)


def _basis(rows: pd.DataFrame, senders: int, made_on: dt.date) -> str:
    sessions, untested = (int(rows[f"{name}session_count"].sum()) for name in ("", "untested_"))
    rests_on = fleet_sentences.basis(
        sessions=sessions,
        domains=len(rows),
        senders=senders,
        untested=rough_percent(untested / max(1, sessions)),
    )
    last = rows["last_day"].max()
    age = "" if is_missing(last) else sentences.stale(last.date(), made_on)
    return f"{rests_on} {age}".rstrip()
