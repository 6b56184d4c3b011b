"""The four frames: their schemas, what selects from them, and how they show themselves."""

import datetime as dt
import warnings
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from support.wrappings import report_document

from tlsrpt_analysis.errors import UnknownNameWarning
from tlsrpt_analysis.loading.frames import frame_of_columns
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.tables import (
    SCHEMAS,
    Balance,
    ReportTables,
    empty_tables,
    frame_of,
)


def _document(day: str, domain: str, *, contact: str, policy_type: str = "sts") -> bytes:
    return report_document(
        report_id=f"{day} {domain}",
        contact_info=contact,
        date_range={"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
        policies=[
            {
                "policy": {"policy-type": policy_type, "policy-domain": domain},
                "summary": {"total-successful-session-count": 1},
                "failure-details": [{"result-type": "dane-required", "failed-session-count": 1}],
            }
        ],
    )


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> ReportTables:
    """Return four reports of two reporters, two domains and three days, and a duplicate."""
    folder = tmp_path_factory.mktemp("reports")
    documents = [
        _document("2026-07-01", "a.example", contact="x@google.com"),
        _document("2026-07-02", "b.example", contact="x@google.com"),
        _document("2026-07-02", "a.example", contact="x@microsoft.com", policy_type="tlsa"),
        _document("2026-07-04", "a.example", contact="x@microsoft.com"),
        _document("2026-07-04", "a.example", contact="x@microsoft.com"),
    ]
    for number, document in enumerate(documents):
        (folder / f"{number}.json").write_bytes(document)
    return load_reports(folder)


SELECTIONS = [
    ({}, [0, 1, 2, 3]),
    ({"policy_domains": ["a.example"]}, [0, 2, 3]),
    ({"policy_domains": "a.example"}, [0, 2, 3]),  # one text is one value, not its letters
    ({"policy_domains": "B.Example."}, [1]),  # as people write domains
    ({"policy_domains": ["c.example"]}, []),
    ({"policy_domains": []}, []),
    ({"reporters": ["Google"]}, [0, 1]),
    ({"reporters": {"Google", "Microsoft"}}, [0, 1, 2, 3]),
    ({"policy_types": ["tlsa"]}, [2]),
    ({"since": "2026-07-02"}, [1, 2, 3]),
    ({"until": "2026-07-02"}, [0, 1, 2]),
    ({"since": dt.date(2026, 7, 2), "until": dt.date(2026, 7, 2)}, [1, 2]),
    ({"since": dt.datetime(2026, 7, 2, 12, tzinfo=dt.UTC)}, [1, 2, 3]),
    ({"since": pd.Timestamp("2026-07-02")}, [1, 2, 3]),
    ({"reporters": "Google", "policy_domains": "b.example"}, [1]),
]


@pytest.mark.parametrize(("wanted", "report_keys"), SELECTIONS)
def test_a_selection_keeps_the_rows_of_its_policies(
    tables: ReportTables, wanted: dict[str, object], report_keys: list[int]
) -> None:
    """In every frame, and with both ends of the period."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownNameWarning)
        selected = tables.select(**wanted)  # type: ignore[arg-type]

    assert selected.policies["report_key"].tolist() == report_keys
    assert selected.failures["report_key"].tolist() == report_keys
    counted = selected.reports[~selected.reports["is_duplicate"]]
    assert counted["report_key"].tolist() == report_keys
    assert selected.policies.index.tolist() == list(range(len(report_keys)))


def test_a_selection_keeps_problems_and_balance(tables: ReportTables) -> None:
    """They speak of the load."""
    selected = tables.select(policy_domains=[])

    assert selected.balance == tables.balance
    pd.testing.assert_frame_equal(selected.problems, tables.problems)


def test_a_selection_changes_nothing_in_what_it_was_made_from(tables: ReportTables) -> None:
    """Tables are frozen, and so are their frames by habit."""
    before = {name: getattr(tables, name).copy() for name in SCHEMAS}

    tables.select(policy_domains="a.example", since="2026-07-02")

    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(tables, name), frame)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"policy_domains": "aa.example"}, 'no report is about "aa.example": did you mean "a.exam'),
        ({"reporters": ["Google", "gogle"]}, 'no report is from "gogle": did you mean "Google"?'),
        ({"policy_types": "tls"}, 'no report has the policy type "tls": did you mean "tlsa"?'),
        ({"policy_domains": "\x1b[31m"}, 'no report is about "\ufffd'),
    ],
)
def test_a_name_in_no_report_is_warned_of_with_the_nearest(
    tables: ReportTables, wanted: dict[str, object], message: str
) -> None:
    """A domain may have no report yet, so that a script goes on."""
    with pytest.warns(UnknownNameWarning) as caught:
        tables.select(**wanted)  # type: ignore[arg-type]
    assert [str(each.message)[: len(message)] for each in caught] == [message]
    assert caught[0].filename == __file__


def test_a_name_that_was_selected_away_is_known(tables: ReportTables) -> None:
    """Its reports are of other days."""
    july = tables.select(since="2026-07-04")
    assert july.select(policy_domains="b.example").policies.empty


def test_reversed_days_are_refused(tables: ReportTables) -> None:
    """No day is both, in no archive."""
    with pytest.raises(ValueError, match=r"since \(2026-07-02\) is after until \(2026-07-01\)"):
        tables.select(since="2026-07-02", until="2026-07-01")


def test_a_day_that_is_none_is_refused(tables: ReportTables) -> None:
    """A typing error must not give an empty selection."""
    with pytest.raises(ValueError, match="July"):
        tables.select(since="July")


def test_frames_that_are_not_in_the_schema_are_refused(tables: ReportTables) -> None:
    """A column means one thing everywhere."""
    with pytest.raises(TypeError, match="problems must have the columns"):
        replace(tables, problems=tables.problems.drop(columns="stage"))
    with pytest.raises(TypeError, match=r"wrong type: \{'report_key': 'float64'\}"):
        replace(tables, policies=tables.policies.astype({"report_key": "float64"}))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_frame_has_its_schema_also_when_it_is_empty(name: str) -> None:
    """Nothing loaded is no other kind of table."""
    frame = frame_of(name, {})

    assert list(frame.columns) == list(SCHEMAS[name])
    assert [frame[column].dtype == dtype for column, dtype in SCHEMAS[name].items()] == [
        True for _ in SCHEMAS[name]
    ]


def test_missing_values_are_missing_in_every_type() -> None:
    """None is no text and no count."""
    failures = frame_of(
        "failures",
        {column: [1] if "key" in column else [None] for column in SCHEMAS["failures"]},
    )

    assert failures.drop(columns=["policy_key", "report_key"]).isna().all(axis=None)


def test_the_summary_tells_what_is_there(tables: ReportTables) -> None:
    """Reports, days, domains, reporters, problems; a duplicate is no report."""
    assert tables.summary() == {
        "Reports": "4",
        "Days": "2026-07-01 to 2026-07-04, 3 with reports",
        "Domains": "2: a.example, b.example",
        "Reporters": "2: Google, Microsoft",
        "Problems": "4 forgiven",
        "Balance": "5 inputs = 4 reports + 1 duplicate + 0 rejected + 0 skipped",
    }
    assert "Reports: 4; Days: 2026-07-01" in repr(tables)


def test_nothing_is_summarized_too() -> None:
    """Empty tables do not fail where they are shown."""
    assert empty_tables().summary() == {
        "Reports": "0",
        "Days": "none",
        "Domains": "none",
        "Reporters": "none",
        "Problems": "none",
        "Balance": "0 inputs = 0 reports + 0 duplicates + 0 rejected + 0 skipped",
    }


@pytest.mark.parametrize(("count", "is_whole"), [(8, True), (9, False)])
def test_eight_domains_are_listed_and_more_in_part(
    tmp_path: Path, count: int, *, is_whole: bool
) -> None:
    """A thousand domains would fill the screen."""
    for number in range(count):
        document = _document("2026-07-01", f"{number}.example", contact="x@google.com")
        (tmp_path / f"{number}.json").write_bytes(document)

    domains = load_reports(tmp_path).summary()["Domains"]

    assert domains.startswith(f"{count}: 0.example, ")
    assert domains.endswith("7.example" if is_whole else "7.example, …")


def test_what_strangers_wrote_is_escaped_in_a_notebook(tmp_path: Path) -> None:
    """A report may carry HTML in any text."""
    evil = "<script>alert(1)</script>"
    document = report_document(organization_name=evil, contact_info="a@evil.example")
    (tmp_path / "r.json").write_bytes(document)

    shown = load_reports(tmp_path)._repr_html_()

    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_balance_tells_whether_it_adds_up() -> None:
    """Members seen = reports + duplicates + rejected + skipped."""
    assert Balance(10, 1, 2, 3, 4).adds_up
    assert not Balance(10, 1, 2, 3, 3).adds_up
    assert str(Balance(10, 1, 2, 3, 4)) == (
        "10 inputs = 1 report + 2 duplicates + 3 rejected + 4 skipped"
    )


@pytest.mark.parametrize("sizes", [(2, 1), (3,), (0, 1, 2, 0), (1, 1, 1)])
def test_columns_in_pieces_become_a_frame_in_any_order(sizes: tuple[int, ...]) -> None:
    """A missing text stays missing, and the columns are taken away."""
    rows = [("b", "zip"), (None, "json"), ("a", None)]
    pieces: list[list[pa.Array]] = [[], []]
    for size in sizes:
        part, rows = rows[:size], rows[size:]
        for place, column in enumerate(pieces):
            column.append(pa.array([row[place] for row in part], pa.string()))
    names = ("source", "stage", "severity", "message")
    chunked = [pa.chunked_array(pieces[name != "source"]) for name in names]
    columns = dict(zip(names, chunked, strict=True))

    frame = frame_of_columns("problems", columns.pop, pa.array([2, 0, 1]))

    assert columns == {}
    assert frame.dtypes.astype(str).to_dict() == SCHEMAS["problems"]
    plain = frame.astype(object).where(frame.notna(), None)
    assert plain["source"].tolist() == ["a", "b", None]
    assert plain["stage"].tolist() == plain["message"].tolist() == [None, "zip", "json"]


def test_a_balance_shows_whether_it_adds_up() -> None:
    """The answer first, then the sum."""
    shown = Balance(members=3, reports=2, skipped=1)._repr_html_()
    assert "<strong>Every input is accounted for</strong>" in shown
    assert "3 inputs = 2 reports + 0 duplicates + 0 rejected + 1 skipped" in shown
    assert "Some inputs are not accounted for" in Balance(members=3)._repr_html_()
