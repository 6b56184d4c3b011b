"""What to do about a domain, in order: the ladder of fixes joined with the causes behind them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tlsrpt_analysis.analyses.cause_catalogue.cause import Responsible, safe_name
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_CODE
from tlsrpt_analysis.analyses.causes.letter import letter
from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.views.page import dates_in_words, sentences, words
from tlsrpt_analysis.views.page.analysed import Analysed, Row
from tlsrpt_analysis.views.page.cure_text import command_blocks, cure_blocks
from tlsrpt_analysis.views.page.page_model import Block, Past, Step
from tlsrpt_analysis.views.shares_in_words import is_missing, rough_percent

WRITTEN_TO = (str(Responsible.PROVIDER), str(Responsible.SENDER))
"""Who gets a letter."""

TODAY = dt.timedelta(days=27)
"""A cause seen in the last 28 days is one of today where no session says since when."""


def first_fix(analysed: Analysed, row: Row) -> str:
    """Return the first step for a domain in a few words."""
    steps = steps_of(analysed, row)
    return steps[0].title if steps else ""


def dane_fix(analysed: Analysed, row: Row) -> str:
    """Return the first step against what DANE refuses now, which no mode of the policy changes."""
    domain = str(row["policy_domain"])
    causes = [cause for cause in analysed.causes.of(domain) if _is_of(cause, "tlsa")]
    for cause in causes:
        if cause["failed_session_count"] and not _is_past(cause, row):
            return _step_of_cause(domain, cause).title
    return ""


def steps_of(analysed: Analysed, row: Row) -> tuple[Step, ...]:
    """Return the steps for a domain: the ladder, what else is wrong today, and ways around."""
    domain = str(row["policy_domain"])
    causes = [cause for cause in analysed.causes.of(domain) if not _is_past(cause, row)]
    fixes = analysed.fixes.of(domain)
    ladder = sorted(
        (fix for fix in fixes if not is_missing(fix["step"])), key=lambda fix: int(fix["step"])
    )
    named = {fix["fix"] for fix in ladder}
    behind = {name: [cause for cause in causes if cause["fix"] == name] for name in named}
    rest = [cause for cause in causes if cause["fix"] not in named]
    ways_around = [fix for fix in fixes if is_missing(fix["step"])]
    in_order = [
        *(_step(domain, fix, behind[fix["fix"]]) for fix in ladder),
        *(_step_of_cause(domain, cause) for cause in rest),
    ]
    return (*_without_repeated_lines(in_order), *(_way_around(fix) for fix in ways_around))


def untried_fix_count(analysed: Analysed, domain: str) -> int:
    """Return how many fixes of a domain the ladder left out."""
    return max((int(fix["untried_fix_count"]) for fix in analysed.fixes.of(domain)), default=0)


def _without_repeated_lines(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield steps, with the number of an earlier step in the place of the same text and lines."""
    numbers: dict[tuple[Block, ...], int] = {}
    for number, step in enumerate(steps, 1):
        prose = tuple(block for block in step.blocks if not block.is_code)
        lines = tuple(block for block in step.blocks if block.is_code)
        same, same_lines = (numbers.get(blocks, number) for blocks in (step.blocks, lines))
        if step.blocks and same < number:
            yield replace(step, blocks=(), same_as=same)
        elif lines and same_lines < number:
            yield replace(step, blocks=prose, same_as=same_lines)
        else:
            yield step
        for blocks in (step.blocks, lines):
            numbers.setdefault(blocks, number)


def main_causes(analysed: Analysed, row: Row) -> list[Row]:
    """Return what is wrong today under MTA-STS, or else what was, the most failures first."""
    causes = [
        cause for cause in analysed.causes.of(str(row["policy_domain"])) if _is_of(cause, "sts")
    ]
    causes.sort(key=lambda cause: (_is_past(cause, row), -cause["failed_session_count"]))
    return causes


def history_of(analysed: Analysed, row: Row) -> tuple[Past, ...]:
    """Return what was wrong with a domain and is over, the latest first."""
    past = [
        cause for cause in analysed.causes.of(str(row["policy_domain"])) if _is_past(cause, row)
    ]
    past.sort(key=lambda cause: cause["last_day"], reverse=True)
    return tuple(
        Past(
            shown(_titled(cause)),
            dates_in_words.period_text(cause["first_day"].date(), cause["last_day"].date()),
            shown(cause["evidence"]),
        )
        for cause in past
    )


def _titled(cause: Row) -> str:
    host = cause["receiving_mx_hostname"]
    return cause["title"] if is_missing(host) else f"{cause['title']}: {host}"


def _is_of(cause: Row, policy_type: str) -> bool:
    return not is_missing(cause["policy_type"]) and policy_type in cause["policy_type"]


def _is_past(cause: Row, row: Row) -> bool:
    """Whether a cause is over, or was last seen before the days that answer for today."""
    if cause["is_over"]:
        return True
    since = row["today_since"]
    if is_missing(since):
        since = row["last_day"] - TODAY
    return bool(not is_missing(cause["last_day"]) and cause["last_day"] < since)


def _step(domain: str, fix: Row, causes: Sequence[Row]) -> Step:
    gain = sentences.gain(
        rough_percent(fix["would_block_share_before"]), _left(fix["would_block_share_after"], fix)
    )
    step = _step_of_cause(domain, causes[0]) if causes else Step("")
    who = sentences.who(str(fix["responsible"]))
    return replace(step, title=capitalized(shown(fix["cure"])), gain=gain, who=who)


def _left(after: float, fix: Row) -> str:
    """Return what is left, at most and at least where these differ.

    These are counts, rounded like the share before the step, and no interval.
    """
    low, high = fix["would_block_low_after"], fix["would_block_high_after"]
    least, most = rough_percent(after * low / high if high else after), rough_percent(after)
    if least == most:
        return most
    return f"at most {most}" if not low else f"{least.removesuffix(' %')} to {most}"


def _way_around(fix: Row) -> Step:
    left = _left(fix["would_block_share_after"], fix)
    return Step(
        title=capitalized(shown(fix["cure"])),
        gain=sentences.gain(rough_percent(fix["would_block_share_before"]), left),
        who=sentences.who(str(fix["responsible"])),
        is_alternative=True,
    )


def _step_of_cause(domain: str, cause: Row) -> Step:
    host = cause["receiving_mx_hostname"]
    name = safe_name(None if is_missing(host) else host) or words.UNNAMED_HOST
    return Step(
        title=capitalized(BY_CODE[cause["cause"]].step_for(domain, name)),
        wrong=shown(cause["title"]),
        who=sentences.who(str(cause["responsible"])),
        status=str(cause["status"]),
        blocks=(*cure_blocks(cause["cure"]), *_letter(cause)),
        check=command_blocks(cause["confirm"]),
        evidence=shown(cause["evidence"]),
    )


def capitalized(text: str) -> str:
    """Return a text with a capital letter first."""
    return text[:1].upper() + text[1:]


def _letter(cause: Row) -> tuple[Block, ...]:
    """Return the letter to whoever else has to act, where anybody has to."""
    if cause["responsible"] not in WRITTEN_TO or cause["cure"].startswith("Nothing to do"):
        return ()
    return (Block(letter(cause), words.LETTER, is_code=True),)
