"""The dated way to enforce mode, as the page shows it."""

from collections.abc import Iterator, Sequence

from tlsrpt_analysis.views.page import dates_in_words, sentences
from tlsrpt_analysis.views.page.analysed import Row
from tlsrpt_analysis.views.page.cure_text import POLICY_FILE, POLICY_RECORD
from tlsrpt_analysis.views.page.page_model import Block, Milestone
from tlsrpt_analysis.views.shares_in_words import is_missing


def milestones(rows: Sequence[Row]) -> tuple[Milestone, ...]:
    """Return the steps of a domain's plan, the earliest first."""
    return tuple(
        Milestone(
            when=dates_in_words.day_text(row["date"].date()),
            what=dates_in_words.readable(row["title"]),
            blocks=tuple(_how(row)),
            back=tuple(_back(row)),
        )
        for row in rows
    )


def _how(row: Row) -> Iterator[Block]:
    yield Block(dates_in_words.readable(row["instructions"]))
    yield from _policy(row, "policy_text", "txt_record")
    if row["go_on_when"]:
        yield Block(sentences.go_on_when(dates_in_words.readable(row["go_on_when"])))


def _back(row: Row) -> Iterator[Block]:
    if not row["roll_back_when"]:
        return
    yield Block(dates_in_words.readable(row["roll_back_when"]))
    yield Block(dates_in_words.readable(row["roll_back_how"]))
    yield from _policy(row, "roll_back_policy_text", "roll_back_txt_record")


def _policy(row: Row, text: str, record: str) -> Iterator[Block]:
    if is_missing(row[text]):
        return
    yield Block(row[text].replace("\r", "").rstrip("\n"), POLICY_FILE, is_code=True)
    yield Block(row[record], POLICY_RECORD, is_code=True)
