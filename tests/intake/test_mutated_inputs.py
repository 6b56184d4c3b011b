"""Thousands of damaged inputs end as members that add up; `mutated_inputs` reads as many as you like."""

import mutated_answers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutated_inputs import check, originals
from support.readings import ends_of

from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.tolerant.documents import read_documents
from tlsrpt_analysis.intake.tolerant.wrapped_reports import Wrapper
from tlsrpt_analysis.intake.wrappings import archives, mail, packings
from tlsrpt_analysis.intake.wrappings.streams import Budget, Stream, Unreadable
from tlsrpt_analysis.standards.mta_sts import covers, read_mode, read_mx_patterns

ORIGINALS = originals()
spliced = st.tuples(
    st.sampled_from(ORIGINALS), st.integers(0, 3_000), st.binary(max_size=20), st.integers(0, 9)
).map(lambda it: it[0][: it[1]] + it[2] + it[0][it[1] + it[3] :])


def test_mutated_inputs_add_up() -> None:
    """No exception, no hang, nothing unaccounted for."""
    totals = check(3_000, seed=1)

    assert set(totals) == {"ReportRead", "Rejected", "Skipped"}


@pytest.mark.parametrize("kind", mutated_answers.kinds())
def test_mutated_answers_raise_only_what_is_announced(kind: str) -> None:
    """Signatures, certificates, records and what an IMAP server describes."""
    assert mutated_answers.check(kind, 200, seed=1) < 1


@settings(max_examples=300, deadline=None)
@given(spliced)
def test_documents_end_as_outcomes(content: bytes) -> None:
    """Only `Unreadable` may leave the reader of documents; it is caught above."""
    try:
        outcomes = list(read_documents("it", Stream.of(content), DEFAULT_LIMITS))
    except Unreadable:
        return
    assert any(isinstance(outcome, Wrapper) for outcome in outcomes) or ends_of(outcomes)


@settings(max_examples=300, deadline=None)
@given(spliced)
def test_mails_are_taken_apart_or_unreadable(content: bytes) -> None:
    """The email package has raised on unusual headers before."""
    try:
        parsed = mail.parse_mail(content, DEFAULT_LIMITS)
    except Unreadable:
        return
    assert all(isinstance(part.content, bytes) for part in parsed.parts)


@settings(max_examples=300, deadline=None)
@given(spliced)
def test_archives_are_taken_apart_or_unreadable(content: bytes) -> None:
    """Whatever their headers claim, and in bounded memory."""
    budget = Budget(Limits(unpacked_bytes=1_000_000, header_bytes=1_000_000))
    for take_apart in (archives.unzipped, archives.untarred):
        try:
            members = 0
            for member in take_apart("it", Stream.of(content), budget):
                members += 1
                if isinstance(member, archives.Member):
                    member.stream.skip(10_000)
        except Unreadable:
            continue
        assert members >= 0
    if packings.is_packed(content):
        try:
            packings.unpacked(Stream.of(content), budget).skip(1_000_000)
        except Unreadable:
            return


@given(st.lists(st.text(max_size=40) | st.sampled_from(["mode: enforce", "mx: *.a"]), max_size=8))
def test_policies_are_read_whatever_their_lines(lines: list[str]) -> None:
    """Of a policy in a report nothing is certain."""
    assert read_mode(tuple(lines)) in {None, "enforce", "testing", "none"}
    assert covers(read_mx_patterns(lines), "mx1.example.com") in {True, False}
