"""The results of the analyses as a page: about all domains, about one, or a list of pages."""

import datetime as dt
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.views.page import dates_in_words, overview, sentences, words
from tlsrpt_analysis.views.page.analysed import Analysed, Row
from tlsrpt_analysis.views.page.bases import Basis
from tlsrpt_analysis.views.page.details import domain_details
from tlsrpt_analysis.views.page.linked import Linked, linked
from tlsrpt_analysis.views.page.page_model import Origin, OtherRow, Page

MOST_ROWS = 2_000
"""The most domains in the table; a CSV file beside the page has all."""

MOST_DETAILS, DETAILS_OF_MANY = 150, 40
"""With more domains than the first, only so many have details."""

MOST_REJECTED = 5

PACKAGES = ("tlsrpt-analysis", "numpy", "pandas")


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What its author says about a page."""

    made_on: dt.date
    name: str = ""
    author: str = ""
    csv_name: str = ""
    """The file beside the page that has what the page leaves out."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class _Content:
    """What differs between a page about all, a page about one, and a list of pages."""

    rows: Sequence[Row]
    addresses: Mapping[str, str]
    detailed: Sequence[Row]
    basis: Basis
    origin: Origin
    others: tuple[OtherRow, ...] = ()


def page_of(analysed: Analysed, options: PageOptions, *, most_details: int = MOST_DETAILS) -> Page:
    """Return the page about all domains of the results, the most urgent ones with details."""
    rows = overview.own_rows(analysed)
    most = most_details if len(rows) <= MOST_DETAILS else min(most_details, DETAILS_OF_MANY)
    detailed = rows[:most]
    content = _Content(
        rows,
        {str(row["policy_domain"]): f"#{_anchor(place)}" for place, row in enumerate(detailed)},
        detailed,
        analysed.bases.whole,
        _origin(analysed),
        overview.other_rows(analysed),
    )
    return _page(analysed, content, options)


def page_of_domain(analysed: Analysed, row: Row, options: PageOptions) -> Page:
    """Return the page about one domain, which holds nothing about the others or their files."""
    basis = analysed.bases.by_domain.get(str(row["policy_domain"]), Basis())
    return _page(analysed, _Content([row], {}, [row], basis, Origin()), options)


def page_of_pages(analysed: Analysed, addresses: Mapping[str, str], options: PageOptions) -> Page:
    """Return the list of the pages of all domains, for whoever may see all of them."""
    rows = [row for row in overview.all_rows(analysed) if str(row["policy_domain"]) in addresses]
    content = _Content(rows, addresses, (), analysed.bases.whole, _origin(analysed))
    return _page(analysed, content, options)


def is_cut(page: Page) -> bool:
    """Whether the page leaves out domains, or details of domains."""
    return bool(page.cut)


def _page(analysed: Analysed, content: _Content, options: PageOptions) -> Page:
    table = content.rows[:MOST_ROWS]
    return Page(
        name=shown(options.name or words.NAME),
        title=overview.title(content.rows),
        dates=overview.dates(content.rows),
        author=shown(options.author),
        language=words.LANGUAGE,
        made_on=options.made_on,
        tiles=overview.tiles(content.rows),
        rows=overview.domain_rows(analysed, table, content.addresses),
        scale=sentences.scale(overview.scale_of(table)),
        has_search=len(table) >= overview.MANY_DOMAINS,
        folded_count=_folded(table),
        cut=_cut(content, options.csv_name),
        basis=overview.basis(content.basis, content.rows, options.made_on),
        details=tuple(
            domain_details(analysed, row, _anchor(place))
            for place, row in enumerate(content.detailed)
        ),
        others=content.others,
        origin=content.origin,
        linked=_linked(analysed, content),
        code=options.code,
    )


def _linked(analysed: Analysed, content: _Content) -> Linked:
    """Return the linked views of a page with details; a list of pages has none."""
    if not content.detailed:
        return Linked()
    domains = [str(row["policy_domain"]) for row in content.rows]
    return linked(analysed.linked_facts, domains, content.addresses)


def _anchor(place: int) -> str:
    return f"domain-{place + 1}"


def _cut(content: _Content, csv_name: str) -> str:
    total = len(content.rows)
    shown_count = min(total, MOST_ROWS)
    return (
        sentences.cut(shown_count, total, shown_count - len(content.addresses), csv_name)
        if (total > 1)
        else ""
    )


def _folded(rows: Sequence[Row]) -> int:
    if len(rows) < overview.MANY_DOMAINS:
        return 0
    return sum(str(row["verdict"]) in overview.NEEDS_NOTHING for row in rows)


def _origin(analysed: Analysed) -> Origin:
    tables = analysed.tables
    rejected = tables.problems[tables.problems["severity"] == "rejected"]
    first = rejected.head(MOST_REJECTED)
    named = [
        f"{_file_name(source)}: {shown(message)}"
        for source, message in zip(first["source"], first["message"], strict=True)
    ]
    more = len(rejected) - len(named)
    facts = tuple((what, dates_in_words.readable(text)) for what, text in tables.summary().items())
    return Origin(facts, tuple(named), sentences.more(more) if more else "")


def _file_name(source: str) -> str:
    """Return the name of an input without the folders of its author's machine."""
    outer, *inner = source.split("!")
    name = outer.replace("\\", "/").rsplit("/", 1)[-1]
    return shown("!".join([name, *inner]), overview.NAME_LETTERS)


def versions() -> tuple[tuple[str, str], ...]:
    """Return what the page is made with."""
    packages = [(name, importlib.metadata.version(name)) for name in PACKAGES]
    return (("Python", platform.python_version()), *packages)
