"""The results of the analyses as one page, from top to bottom."""

import datetime as dt
import importlib.metadata
import platform
from collections.abc import Sequence
from dataclasses import dataclass

from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.views.page import overview, sentences
from tlsrpt_analysis.views.page.analysed import Analysed, Row
from tlsrpt_analysis.views.page.details import domain_details
from tlsrpt_analysis.views.page.page_model import Origin, Page

MOST_ROWS = 2_000
"""The most domains in the table; a CSV file beside the page has all."""

MOST_DETAILS = 120
"""The most domains with details: those that need something, the most urgent ones."""

MOST_REJECTED = 5

PACKAGES = ("tlsrpt-analysis", "pandas", "scipy")


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What its author says about a page."""

    made_on: dt.date
    name: str = ""
    author: str = ""
    language: str = sentences.LANGUAGE
    csv_name: str = ""
    is_confidential: bool = False
    """Whether nothing about the other inputs may be shown, as the reader is one of many customers."""

    code: str = ""


def page_of(analysed: Analysed, options: PageOptions) -> Page:
    """Return the page about all domains of the results."""
    rows = overview.own_rows(analysed)
    table = rows[:MOST_ROWS]
    anchors = {
        str(row["policy_domain"]): f"domain-{place + 1}"
        for place, row in enumerate(table[:MOST_DETAILS])
    }
    name = options.name or sentences.NAME
    return Page(
        name=shown(name),
        title=overview.title(rows),
        dates=overview.dates(analysed.tables),
        author=shown(options.author),
        language=options.language,
        made_on=options.made_on,
        tiles=overview.tiles(rows),
        rows=overview.domain_rows(analysed, table, anchors),
        scale=sentences.scale(overview.scale_of(table)),
        has_search=len(table) >= overview.MANY_DOMAINS,
        folded_count=_folded(table),
        cut=sentences.cut(len(table), len(rows), len(table) - len(anchors), options.csv_name),
        basis=overview.basis(analysed.tables, rows),
        details=tuple(
            domain_details(analysed, row, anchors[str(row["policy_domain"])])
            for row in table[:MOST_DETAILS]
        ),
        others=overview.other_rows(analysed),
        origin=_origin(analysed, options),
        code=options.code,
    )


def _folded(rows: Sequence[Row]) -> int:
    if len(rows) < overview.MANY_DOMAINS:
        return 0
    return sum(str(row["verdict"]) in overview.NEEDS_NOTHING for row in rows)


def _origin(analysed: Analysed, options: PageOptions) -> Origin:
    versions = [("Python", platform.python_version())]
    versions += [(package, importlib.metadata.version(package)) for package in PACKAGES]
    if options.is_confidential:
        return Origin((), (), "", tuple(versions))
    tables = analysed.tables
    rejected = tables.problems[tables.problems["severity"] == "rejected"]
    named = [
        f"{_file_name(source)}: {shown(message)}"
        for source, message in zip(
            rejected["source"][:MOST_REJECTED], rejected["message"][:MOST_REJECTED], strict=True
        )
    ]
    more = len(rejected) - len(named)
    facts = tuple((what, shown(text)) for what, text in tables.summary().items())
    return Origin(facts, tuple(named), sentences.more(more) if more else "", tuple(versions))


def _file_name(source: str) -> str:
    """Return the name of an input without the folders of its author's machine."""
    outer, *inner = source.split("!")
    return shown(
        "!".join([outer.replace("\\", "/").rsplit("/", 1)[-1], *inner]), overview.NAME_LETTERS
    )
