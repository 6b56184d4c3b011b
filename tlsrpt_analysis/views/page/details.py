"""All about one domain, from what to do to what it rests on."""

import datetime as dt
from collections.abc import Iterator, Sequence

from tlsrpt_analysis.shown_texts import counted, shown
from tlsrpt_analysis.views.page import dates_in_words, sentences
from tlsrpt_analysis.views.page.analysed import Analysed, Row
from tlsrpt_analysis.views.page.cure_text import command_blocks
from tlsrpt_analysis.views.page.milestones import milestones
from tlsrpt_analysis.views.page.overview import (
    NAME_LETTERS,
    NEEDS_NOTHING,
    SHARE,
    SHARE_ENDS,
    bar,
    is_refused,
    name_of,
    refused_bar,
    scale_of,
    whose,
)
from tlsrpt_analysis.views.page.page_model import (
    Comparison,
    DomainDetails,
    Host,
    Sender,
    TimeChart,
)
from tlsrpt_analysis.views.page.steps import (
    dane_fix,
    history_of,
    main_causes,
    steps_of,
    untried_fix_count,
)
from tlsrpt_analysis.views.page.time_chart import time_chart
from tlsrpt_analysis.views.shares_in_words import (
    is_missing,
    nice_top,
    of_hundred,
    rough_percent,
)

MOST_SENDERS, MOST_HOSTS = 20, 12
"""The most rows of a table within the details; the smallest are summed in its last row."""

MOST_GAPS = 3

CLEAN_AT_THE_END = dt.timedelta(days=2)
FIRST_DAYS = dt.timedelta(days=7)
"""What is seen in the first week may have begun before the first report."""


def domain_details(analysed: Analysed, row: Row, anchor: str) -> DomainDetails:
    """Return the details of a domain.

    Parameters
    ----------
    analysed : Analysed
        All results.
    row : dict
        The domain's row of ``by_domain``.
    anchor : str
        Its address on the page.
    """
    domain, verdict = str(row["policy_domain"]), str(row["verdict"])
    senders = analysed.senders.of(domain)
    refused = refused_bar(row, scale_of([row]))
    steps = steps_of(analysed, row)
    dane_refuses = bool(dane_fix(analysed, row))
    return DomainDetails(
        domain=shown(domain, NAME_LETTERS),
        anchor=anchor,
        verdict=verdict,
        summary=sentences.summary_for(
            verdict,
            refused.text,
            refused.range_text,
            whose(senders),
            is_refused=is_refused(row),
            dane_refuses=dane_refuses,
            has_steps=bool(steps),
        ),
        refused=refused,
        steps=steps,
        milestones=milestones(analysed.plan.of(domain)),
        chart=_chart(analysed, row),
        senders=tuple(_senders(senders)),
        hosts=tuple(_hosts(analysed.hosts.of(domain))),
        comparisons=tuple(_comparisons(analysed.selective.of(domain))),
        sureness=tuple(_sureness(row, analysed.covered.of(domain))),
        exact=(shown(row["headline"]), shown(row["reasons"])),
        history=history_of(analysed, row),
        is_clean=verdict in NEEDS_NOTHING and not is_refused(row) and not dane_refuses,
        untried=sentences.untried(untried_fix_count(analysed, domain)),
    )


def _chart(analysed: Analysed, row: Row) -> TimeChart | None:
    domain = str(row["policy_domain"])
    weeks, causes = analysed.weeks.of(domain), main_causes(analysed, row)
    began = [cause["first_day"] for cause in causes[:1]]
    later = [day for day in began if not is_missing(day) and day > row["first_day"] + FIRST_DAYS]
    until = row["last_blocked_day"]
    is_going_on = is_refused(row) and not _is_clean_at_the_end(row)
    title = sentences.time_title(
        is_refused=is_refused(row),
        since=dates_in_words.day_text(later[0].date()) if later else "",
        until="" if is_going_on or is_missing(until) else dates_in_words.day_text(until.date()),
        weeks=len(weeks),
    )
    return time_chart(weeks, analysed.changes.of(domain), causes, title=title)


def _is_clean_at_the_end(row: Row) -> bool:
    """Whether the last two days or more with reports of tested sessions had none that is refused."""
    last, until = row["last_tested_day"], row["last_blocked_day"]
    if is_missing(last) or is_missing(until):
        return False
    return bool(last - until >= CLEAN_AT_THE_END)


def _senders(rows: Sequence[Row]) -> Iterator[Sender]:
    ordered = sorted(rows, key=lambda row: (-row["today_would_block_high"], -row["session_count"]))[
        :MOST_SENDERS
    ]
    top = scale_of(ordered)
    for row in ordered:
        yield Sender(
            name=shown(name_of(row["reporter"]), NAME_LETTERS),
            tested=f"{int(row['today_tested_session_count']):,}",
            refused=bar(row[SHARE], *(row[end] for end in SHARE_ENDS), top=top),
            refused_count=f"{int(row['today_would_block_high']):,}",
            untested=f"{int(row['untested_session_count']):,}",
        )


def _hosts(rows: Sequence[Row]) -> Iterator[Host]:
    for row in rows[:MOST_HOSTS]:
        ends = (row["share_of_failures_low"], row["share_of_failures_high"])
        yield Host(
            name=shown(name_of(row["receiving_mx_hostname"]), NAME_LETTERS),
            share=bar(row["share_of_failures"], *ends, top=1.0),
            note=sentences.host_note(
                is_named=not is_missing(row["receiving_mx_hostname"]), in_policy=row["in_policy"]
            ),
        )


def _comparisons(rows: Sequence[Row]) -> Iterator[Comparison]:
    for number, row in enumerate(rows, start=1):
        shares = (row["failing_share"], row["clean_share"])
        top = nice_top(max(share for share in shares if not is_missing(share)))
        names = (row["failing_reporter"], row["clean_reporters"])
        bars = tuple(
            (
                shown(name_of(name), NAME_LETTERS),
                bar(
                    row[f"{kind}_share"],
                    row[f"{kind}_share_low"],
                    row[f"{kind}_share_high"],
                    top=top,
                ),
            )
            for kind, name in zip(("failing", "clean"), names, strict=True)
        )
        confirm = row["confirm"]
        is_last = confirm not in [later["confirm"] for later in rows[number:]]
        yield Comparison(
            sentence=dates_in_words.readable(row["explanation"]),
            bars=bars,
            check=command_blocks(confirm) if is_last and isinstance(confirm, str) else (),
            points_to="" if is_missing(row["points_to"]) else str(row["points_to"]),
        )


def _sureness(row: Row, covered: Sequence[Row]) -> Iterator[str]:
    """Yield what limits the answer, the worked example first."""
    low, high = (row[end] for end in SHARE_ENDS)
    if not is_missing(low) and not is_missing(high):
        yield sentences.worked_example(of_hundred(low, high))
    else:
        yield sentences.no_range(int(row["evidence_days"]))
    total, untested = int(row["session_count"]), int(row["untested_session_count"])
    yield sentences.untested(rough_percent(untested / max(1, total)), total)
    gaps = sorted(covered, key=lambda one: -one["longest_gap_days"])
    gaps = [one for one in gaps if one["longest_gap_days"] > 1][:MOST_GAPS]
    if gaps:
        yield sentences.gaps(
            [
                (shown(name_of(one["reporter"]), NAME_LETTERS), int(one["longest_gap_days"]))
                for one in gaps
            ]
        )
    echoes = [shown(name_of(one["reporter"]), NAME_LETTERS) for one in covered if one["is_echo"]]
    if echoes:
        yield sentences.echoes(echoes)
    yield sentences.evidence_days(counted(int(row["evidence_days"]), "day"))
