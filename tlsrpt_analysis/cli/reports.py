"""The commands that answer from reports or a store: summary and report."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlsrpt_analysis.cli import formats, inputs, known_facts, mails, problems
from tlsrpt_analysis.cli.outputs import say
from tlsrpt_analysis.errors import UsageError
from tlsrpt_analysis.extras import needed_extra
from tlsrpt_analysis.shown_texts import shown

if TYPE_CHECKING:
    from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
    from tlsrpt_analysis.tables import ReportTables

SUMMARY_VERSION = 1
"""The version of what `summary --format json` prints; `docs/schemas/summary.json` describes it."""

OUTPUT = "enforce-impact.html"
LANGUAGES = ("en",)
"""The languages of the page; `words`, `sentences` and `dates_in_words` of `views.page` hold what is to be translated."""


def add_summary(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``summary``."""
    inputs.add_input(command)
    formats.add_option(command, _SUMMARY_WRITERS)
    problems.add_option(command)
    known_facts.add_options(command)
    command.set_defaults(run=_summary)


def add_report(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``report``."""
    inputs.add_input(command)
    command.add_argument("-o", "--output", default=OUTPUT, help=f"the page to write ({OUTPUT})")
    command.add_argument(
        "--pdf", metavar="FILE", help="also print the page to this PDF, with an installed Chromium"
    )
    command.add_argument(
        "--charts", metavar="FOLDER", help="also write each chart to this folder, as PNG and as SVG"
    )
    command.add_argument(
        "--per-domain",
        metavar="FOLDER",
        help="write one page per domain to this folder, with nothing about the others, and an index",
    )
    command.add_argument("--title", default="", help="what stands above the answer")
    command.add_argument("--author", default="", help="who signs the page")
    command.add_argument(
        "--lang", choices=LANGUAGES, default=LANGUAGES[0], help="the language of the page"
    )
    command.add_argument("--code", action="store_true", help="end the page with its Python")
    mails.add_options(command)
    problems.add_option(command)
    known_facts.add_options(command)
    command.set_defaults(run=_report)


def _summary(chosen: argparse.Namespace) -> int:
    inputs.check_input(chosen)
    tables = inputs.read_tables(chosen)
    problems.report_problems(tables, chosen)
    if chosen.format == formats.TEXT:
        _print_headlines(tables, chosen, known_facts.impact_arguments(chosen), print)
        return 0
    known = known_facts.impact_arguments(chosen)
    impact = _impact(inputs.chosen_tables(tables, chosen), known)
    print(_SUMMARY_WRITERS[chosen.format](tables, impact))
    return 0


def _impact(tables: "ReportTables", known: "dict[str, Any]") -> "EnforceImpact":
    from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact  # noqa: PLC0415 - --help is quick

    return enforce_impact(tables, **known)


def _authenticity(tables: "ReportTables") -> str:
    return tables.summary().get("Authenticity", "no report was authenticated")


def _summary_json(tables: "ReportTables", impact: "EnforceImpact") -> str:
    counts = {each.name: getattr(tables.balance, each.name) for each in fields(tables.balance)}
    content = {
        "schema_version": SUMMARY_VERSION,
        "balance": counts,
        "authenticity": _authenticity(tables),
        "domains": impact.by_domain,
    }
    return formats.json_text(content).rstrip("\n")


_SUMMARY_WRITERS: "dict[str, Callable[[ReportTables, EnforceImpact], str]]" = {
    "json": _summary_json,
    "csv": lambda _tables, impact: formats.csv_text(impact.by_domain).rstrip("\n"),
    "markdown": lambda _tables, impact: formats.markdown_text(
        impact.by_domain[["policy_domain", "verdict", "headline"]]
    ),
}


def _report(chosen: argparse.Namespace) -> int:
    """Print the headlines and write the pages after reading the reports once."""
    inputs.check_input(chosen)
    if chosen.per_domain and (chosen.pdf or chosen.charts):
        raise UsageError("--per-domain writes pages only: leave out --pdf and --charts")
    mailer = mails.mailer(chosen)
    tables = inputs.read_tables(chosen)
    problems.report_problems(tables, chosen)
    lines: list[str] = []

    def line(text: str) -> None:
        lines.append(text)
        say(text)

    known = known_facts.impact_arguments(chosen)
    tables, impact = _print_headlines(tables, chosen, known, line)
    say("\nWriting the page …")
    for path in _write_pages(chosen, tables, impact, known):
        say(f"Wrote {path}")
    if mailer:
        page = None if chosen.per_domain else Path(chosen.output)
        mails.send_text(mailer, _subject(impact), "\n".join(lines), page)
    return 0


def _subject(impact: "EnforceImpact") -> str:
    counts = impact.by_domain["verdict"].value_counts()
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in counts.items())
    return f"TLS reports: {verdicts}"


def _print_headlines(
    tables: "ReportTables",
    chosen: argparse.Namespace,
    known: "dict[str, Any]",
    line: Callable[[str], object],
) -> "tuple[ReportTables, EnforceImpact]":
    line(f"{tables.balance}")
    line(f"Authenticity: {_authenticity(tables)}")
    tables = inputs.chosen_tables(tables, chosen)
    impact = _impact(tables, known)
    for row in impact.by_domain.to_dict("records"):
        line(f"\n[{row['verdict']}] {shown(row['headline'])}")
    return tables, impact


def _write_pages(
    chosen: argparse.Namespace,
    tables: "ReportTables",
    impact: "EnforceImpact",
    known: "dict[str, Any]",
) -> Iterator[Path]:
    from tlsrpt_analysis.views.page.html_report import write_domain_reports, write_html_report  # noqa: PLC0415 - --help is quick

    choices = {
        "impact": impact,
        "findings": known["findings"],
        "mx_preferences": known["mx_preferences"],
        "title": chosen.title,
        "author": chosen.author,
    }
    if chosen.per_domain:
        yield from write_domain_reports(tables, chosen.per_domain, **choices)
        return
    code = _code(chosen) if chosen.code else ""
    page = write_html_report(tables, chosen.output, code=code, **choices)
    yield page
    if chosen.charts:
        with needed_extra("lab", "--charts"):
            from tlsrpt_analysis.views.page.report_charts import write_report_charts  # noqa: PLC0415 - loads altair

        write_report_charts(tables, impact, chosen.charts)
        yield Path(chosen.charts)
    if chosen.pdf:
        from tlsrpt_analysis.views.page.printing import print_page  # noqa: PLC0415 - seldom

        yield print_page(page, chosen.pdf)


def _code(chosen: argparse.Namespace) -> str:
    """Return the Python that writes the page; it names no path of this machine."""
    choice = {
        "policy_domains": chosen.domains,
        "reporters": chosen.reporters,
        "since": chosen.since,
        "until": chosen.until,
    }
    arguments = ", ".join(f"{name}={value!r}" for name, value in choice.items() if value)
    source = 'open_store("STORE")' if chosen.store else 'load_reports("REPORTS")'
    select = f"tables = tables.select({arguments})\n" if arguments else ""
    return (
        "import tlsrpt_analysis as tlsrpt\nfrom tlsrpt_analysis import views\n\n"
        f"tables = tlsrpt.{source}\n{select}"
        'views.write_html_report(tables, "enforce-impact.html")\n'
    )
