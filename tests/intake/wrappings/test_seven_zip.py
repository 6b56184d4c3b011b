"""7z archives, as 7-Zip writes them and as nobody does."""

import random
from pathlib import Path

import pytest
from support.seven_zips import COPY, LZMA2, Plan, around, directory, packed, seven_zipped
from support.wrappings import REPORT, gzipped, report_document

from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.tolerant.reader import read_content

DATA = Path(__file__).parents[2] / "data" / "7z"
"""By 7-Zip 26.02: three reports, a mail with another, and an empty file, packed in many ways."""


def read(content, limits=DEFAULT_LIMITS):
    """Return what becomes of each member."""
    return list(read_content("a.7z", content, limits))


def kinds(outcomes):
    """Return how many of each outcome there are."""
    return [
        sum(isinstance(each, kind) for each in outcomes) for kind in (ReportRead, Rejected, Skipped)
    ]


@pytest.mark.parametrize("name", ["lzma", "bzip2", "deflate", "copy", "bcj", "delta", "not-solid"])
def test_what_seven_zip_packs_is_read(name):
    """By each method that the standard library has, in one stream or in several."""
    outcomes = read((DATA / f"{name}.7z").read_bytes())
    assert kinds(outcomes) == [4, 0, 1]
    reports = [each for each in outcomes if isinstance(each, ReportRead)]
    assert sorted(each.report.report_id for each in reports) == ["r0", "r1", "r2", "r3"]
    assert all(each.source.startswith("a.7z!") for each in reports)
    (empty,) = (each for each in outcomes if isinstance(each, Skipped))
    assert empty.problem.source == "a.7z!empty.txt"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ppmd", "packed by the method 030401, which is not read: unpack it with `7z x`"),
        ("bcj2", "packed by several methods at once, which is not read"),
        ("encrypted", "it is encrypted: unpack it with its password"),
    ],
)
def test_what_is_not_read_is_named_member_by_member(name, message):
    """With the way out."""
    outcomes = read((DATA / f"{name}.7z").read_bytes())
    assert kinds(outcomes) == [0, 4, 1]
    for outcome in outcomes:
        assert isinstance(outcome, Skipped) or message in outcome.problem.message


def test_an_archive_with_encrypted_names_is_one_member():
    """Nobody knows what is in it."""
    (outcome,) = read((DATA / "encrypted-names.7z").read_bytes())
    assert "its directory is encrypted" in outcome.problem.message
    (outcome,) = read((DATA / "none.7z").read_bytes())
    assert "an archive without files" in outcome.problem.message


def test_a_damaged_member_leaves_the_others():
    """Those behind it as well, if only its content is wrong."""
    files = [report_document(report_id=f"r{each}") for each in range(3)]
    outcomes = read(seven_zipped(*files, method=COPY).replace(b'"r1"', b'"rX"'))
    assert kinds(outcomes) == [2, 1, 0]
    assert "this member of the 7z is damaged" in outcomes[1].problem.message


def test_what_lies_behind_damaged_data_is_named():
    """It cannot be reached, and no member is hidden."""
    chance = random.Random(7)  # noqa: S311 - nobody is to be kept from guessing it
    noise = [chance.randbytes(40_000).hex().encode() for _ in range(3)]
    files = [report_document(contact_info=each.decode()) for each in noise]
    content = packed(b"".join(files), LZMA2)
    torn = bytearray(content)
    middle = len(content) // 2
    torn[middle : middle + 2_000] = bytes(2_000)
    outcomes = read(around(bytes(torn), directory(Plan(tuple(files)), len(content))))
    assert kinds(outcomes) == [1, 2, 0]
    assert "the 7z is damaged" in outcomes[1].problem.message
    assert "lies behind damaged data in the same 7z" in outcomes[2].problem.message


@pytest.mark.parametrize("cut", [10, 31, 40, 200, -1])
def test_an_archive_that_is_cut_off_is_one_member(cut):
    """Its directory comes last."""
    (outcome,) = read(seven_zipped(REPORT)[:cut])
    assert "the 7z is damaged or cut off" in outcome.problem.message


def test_bombs_cost_next_to_nothing():
    """They are refused by what they unpack to, as zips are."""
    bomb = seven_zipped(b'{"' + b" " * 30_000_000)
    (outcome,) = read(bomb)
    assert "it unpacks to more than 200 times its size" in outcome.problem.message
    (outcome,) = read(seven_zipped(REPORT, unpacked_bytes=1 << 60))
    assert isinstance(outcome, ReportRead | Rejected)
    many = seven_zipped(*[gzipped(REPORT)] * 20)
    (outcome,) = read(many, Limits(free_members=10, archive_members=10))
    assert "more than 10 members" in outcome.problem.message


@pytest.mark.parametrize("claim", [{"file_count": 1 << 50}, {"file_count": 3}, {"file_count": 0}])
def test_claims_that_are_not_true_are_refused(claim):
    """Before anything of that size is held."""
    (outcome,) = read(seven_zipped(REPORT, REPORT, **claim))
    assert isinstance(outcome, Rejected)


def test_no_damage_in_a_directory_ends_the_reading():
    """Also where its checksum is right, as of one that somebody wrote on purpose."""
    chance = random.Random(7)  # noqa: S311 - as above
    content = packed(REPORT + REPORT, LZMA2)
    header = directory(Plan((REPORT, REPORT)), len(content))
    for _ in range(1_500):
        damaged = bytearray(header)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice(
                (0, 1, 0xFF, chance.randrange(256))
            )
        outcomes = read(around(content, bytes(damaged[: chance.choice((None, None, -3))])))
        assert outcomes
        assert not any("unexpectedly" in p.message for o in outcomes for p in problems(o))


def problems(outcome):
    """Return the problems of an outcome."""
    return outcome.problems if isinstance(outcome, ReportRead) else [outcome.problem]
