"""What to do about a domain, in order: the ladder of fixes joined with the causes behind them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.views.page import sentences
from tlsrpt_analysis.views.page.analysed import Analysed, Row
from tlsrpt_analysis.views.page.cure_text import command_blocks, cure_blocks
from tlsrpt_analysis.views.page.page_model import Block, Past, Step
from tlsrpt_analysis.views.page.shares_in_words import is_missing, rough_percent

TODAY = dt.timedelta(days=27)
"""A cause seen in the last 28 days is one of today where no session says since when."""


def first_fix(analysed: Analysed, row: Row) -> str:
    """Return the first step for a domain in a few words."""
    steps = steps_of(analysed, row)
    return steps[0].title if steps else ""


def steps_of(analysed: Analysed, row: Row) -> tuple[Step, ...]:
    """Return the steps for a domain: those that win something back, the rest of today, ways around."""
    domain = str(row["policy_domain"])
    causes = [cause for cause in analysed.causes.of(domain) if not _is_past(cause, row)]
    fixes = [fix for fix in analysed.fixes.of(domain) if not is_missing(fix["step"])]
    fixes.sort(key=lambda fix: int(fix["step"]))
    done: set[int] = set()
    steps = []
    for fix in fixes:
        behind = [place for place, cause in enumerate(causes) if _is_cured(cause, fix)]
        done.update(behind)
        steps.append(_step(domain, fix, [causes[place] for place in behind]))
    rest = [cause for place, cause in enumerate(causes) if place not in done]
    return (*steps, *(_step_of_cause(domain, cause) for cause in rest))


def history_of(analysed: Analysed, row: Row) -> tuple[Past, ...]:
    """Return what was wrong with a domain and is over, the latest first."""
    past = [
        cause for cause in analysed.causes.of(str(row["policy_domain"])) if _is_past(cause, row)
    ]
    past.sort(key=lambda cause: cause["last_day"], reverse=True)
    return tuple(
        Past(
            shown(_titled(cause)),
            sentences.period_text(cause["first_day"].date(), cause["last_day"].date()),
            shown(cause["evidence"]),
        )
        for cause in past
    )


def _titled(cause: Row) -> str:
    host = cause["receiving_mx_hostname"]
    return cause["title"] if is_missing(host) else f"{cause['title']}: {host}"


def _is_past(cause: Row, row: Row) -> bool:
    """Whether a cause was last seen before the days that answer for today."""
    since = row["today_since"]
    if is_missing(since):
        since = row["last_day"] - TODAY
    return bool(not is_missing(cause["last_day"]) and cause["last_day"] < since)


def _is_cured(cause: Row, fix: Row) -> bool:
    host = cause["receiving_mx_hostname"]
    return bool(is_missing(host) or host == fix["receiving_mx_hostname"])


def _step(domain: str, fix: Row, causes: Sequence[Row]) -> Step:
    before, after = (
        rough_percent(fix[f"would_block_share_{when}"]) for when in ("before", "after")
    )
    title = sentences.fix_title(str(fix["kind"]), str(fix["receiving_mx_hostname"]))
    step = _step_of_cause(domain, causes[0]) if causes else Step(title)
    return replace(step, title=shown(title), gain=sentences.gain(before, after))


def _step_of_cause(domain: str, cause: Row) -> Step:
    return Step(
        title=shown(cause["title"]),
        wrong=shown(cause["title"]),
        who=sentences.who(str(cause["responsible"])),
        status=str(cause["status"]),
        blocks=(*cure_blocks(cause["cure"]), *_letter(domain, cause)),
        check=command_blocks(cause["confirm"]),
        evidence=shown(cause["evidence"]),
    )


def _letter(domain: str, cause: Row) -> tuple[Block, ...]:
    """Return the letter to whoever else has to act."""
    if str(cause["responsible"]) not in {"your provider", "the sender"}:
        return ()
    host = "" if is_missing(cause["receiving_mx_hostname"]) else str(cause["receiving_mx_hostname"])
    text = sentences.letter(
        domain,
        host=host,
        wrong=str(cause["title"]),
        since=sentences.day_text(cause["first_day"].date())
        if not is_missing(cause["first_day"])
        else "",
        check=str(cause["confirm"]).partition(" # ")[0],
        wanted=str(cause["cure"]).split("\n")[0],
    )
    return (Block(text, sentences.LETTER, is_code=True),)
