"""From files to tables: everything is counted once, and nothing disappears."""

import json
import os
import random
import subprocess
import sys
import tempfile
import warnings
from itertools import count
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.same_tables import assert_same_cells
from support.signed_mails import MAIL, SIGNED, keys, signed
from support.strategies import damaged, json_values, past_moments, reports
from support.wrappings import (
    REPORT,
    WRAPPINGS,
    gzipped,
    mailed,
    mbox,
    ordinary_mail,
    report_document,
    tarred,
    zipped,
)

from tlsrpt_analysis.errors import SourceError, StoreError
from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.intake.tolerant.documents import read_document
from tlsrpt_analysis.loading import joining, reading
from tlsrpt_analysis.loading.load import load_reports, tables_of
from tlsrpt_analysis.standards.report import (
    FailureDetails,
    PolicyResult,
    Report,
    ReportedPolicy,
    Summary,
    render_report,
)
from tlsrpt_analysis.store import Store
from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables, empty_tables


def _load(folder: Path, *contents: bytes) -> ReportTables:
    for number, content in enumerate(contents):
        (folder / f"{number:03}").write_bytes(content)
    return load_reports(folder)


def test_every_field_arrives_in_its_column(tmp_path: Path, data: Path) -> None:
    """The example of RFC 8460 Appendix B, as rows."""
    tables = _load(tmp_path, (data / "rfc8460-appendix-b.json").read_bytes())

    day = pd.Timestamp("2016-04-01")
    assert tables.reports.to_dict("records") == [
        {
            "report_key": 0,
            "reporter": "Company-X",
            "organization_name": "Company-X",
            "contact_info": "sts-reporting@company-x.example",
            "report_id": "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
            "start_datetime": pd.Timestamp("2016-04-01T00:00:00Z"),
            "end_datetime": pd.Timestamp("2016-04-01T23:59:59Z"),
            "day": day,
            "source": f"{tmp_path}/000",
            "authenticity": "unknown",
            "is_duplicate": False,
        }
    ]
    shared = {
        "policy_key": 0,
        "report_key": 0,
        "reporter": "Company-X",
        "day": day,
        "policy_domain": "company-y.example",
        "policy_type": "sts",
        "policy_mode": "testing",
    }
    assert tables.policies.to_dict("records") == [
        {
            **shared,
            "policy_string": (
                "version: STSv1\nmode: testing\nmx: *.mail.company-y.example\nmax_age: 86400"
            ),
            "mx_host": "*.mail.company-y.example",
            "total_successful_session_count": 5326,
            "total_failure_session_count": 303,
        }
    ]
    assert len(tables.failures) == 3
    assert tables.failures.loc[2].dropna().to_dict() == {
        **shared,
        "result_type": "validation-failure",
        "failure_reason_code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
        "receiving_mx_hostname": "mx-backup.mail.company-y.example",
        "receiving_ip": "203.0.113.58",
        "sending_mta_ip": "198.51.100.62",
        "failed_session_count": 3,
    }
    assert tables.failures.loc[1, "additional_information"] == (
        "https://reports.company-x.example/report_info?id=5065427c-23d3#StarttlsNotSupported"
    )
    assert tables.problems.to_dict("records") == [
        {
            "source": f"{tmp_path}/000",
            "stage": "report",
            "severity": "forgiven",
            "message": "mx-host is a text instead of an array (erratum 6241)",
        }
    ]


@pytest.mark.parametrize("content", WRAPPINGS.values(), ids=WRAPPINGS)
def test_the_tables_are_equal_whatever_the_wrapping(tmp_path: Path, content: bytes) -> None:
    """Only the way to the report differs."""
    plain = tables_of([])
    for name, wrapped in (("plain", REPORT), ("wrapped", content)):
        folder = tmp_path / name
        folder.mkdir()
        tables = _load(folder, wrapped)
        if name == "plain":
            plain = tables

    pd.testing.assert_frame_equal(
        tables.reports.drop(columns="source"), plain.reports.drop(columns="source")
    )
    pd.testing.assert_frame_equal(tables.policies, plain.policies)
    pd.testing.assert_frame_equal(tables.failures, plain.failures)
    assert tables.balance == plain.balance


def test_the_balance_of_a_mixed_folder_adds_up(tmp_path: Path) -> None:
    """Every input is counted here by hand, and must be found again."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "void").write_bytes(b"")  # 1 skipped, and 1 for the empty folder
    (tmp_path / "link").symlink_to("nowhere")  # 1 rejected
    os.mkfifo(tmp_path / "pipe")  # 1 skipped
    tables = _load(
        tmp_path,
        REPORT,  # 1 report
        gzipped(REPORT),  # 1 duplicate
        zipped(report_document(report_id="a"), REPORT, b"text"),  # 1 report, duplicate, skipped
        tarred(report_document(report_id="b"), b"{", mode="w:gz"),  # 1 report, 1 rejected
        mbox(
            [
                ordinary_mail(),
                mailed(report_document(report_id="c"), subtype="tlsrpt+json"),
                mailed(b""),
            ]
        ),
        # 1 skipped, 1 report, 1 rejected
        REPORT[:100],  # 1 rejected
        report_document(policies=3),  # 1 rejected
        b'{"a": 1}',  # 1 skipped
        b"\x89PNG",  # 1 skipped
        zipped(),  # 1 skipped
        zipped(REPORT)[:50],  # 1 rejected
        gzipped(REPORT)[:50],  # 1 rejected
    )

    expected = Balance(members=21, reports=4, duplicates=2, rejected=7, skipped=8)
    assert tables.balance == expected
    assert tables.balance.adds_up
    assert len(tables.reports) == 6
    assert tables.reports["is_duplicate"].sum() == 2
    assert tables.problems["severity"].value_counts().to_dict() == {
        "rejected": 7,
        "skipped": 8,
    }
    assert tables.policies["total_failure_session_count"].sum() == 2 * 4


def test_a_duplicate_adds_a_row_to_reports_and_nowhere_else(tmp_path: Path) -> None:
    """A reporter may send a report again for 24 hours (RFC 8460 §5.5)."""
    lenient = report_document(organization_name=None)
    again = json.dumps(json.loads(lenient), indent=1, sort_keys=True).encode()

    tables = _load(tmp_path, lenient, mailed(gzipped(again)), REPORT)

    assert tables.reports["is_duplicate"].tolist() == [False, True, False]
    assert tables.reports["report_key"].tolist() == [0, 1, 2]
    assert tables.policies["report_key"].tolist() == [0, 2]
    assert tables.balance == Balance(members=3, reports=2, duplicates=1)


def test_the_same_identity_with_other_content_is_kept_and_noted(tmp_path: Path) -> None:
    """One of the two is wrong, and only a person can tell which."""
    other = json.loads(REPORT)
    other["policies"][0]["summary"]["total-successful-session-count"] = 41

    tables = _load(tmp_path, REPORT, json.dumps(other).encode(), json.dumps(other).encode())

    assert tables.balance == Balance(members=3, reports=2, duplicates=1)
    assert tables.policies["total_successful_session_count"].sum() == 81
    (problem,) = tables.problems.to_dict("records")
    assert (problem["source"], problem["stage"]) == (f"{tmp_path}/001", "duplicate")
    assert problem["severity"] == "forgiven"
    assert f"as {tmp_path}/000, with other content" in problem["message"]


@pytest.mark.parametrize(
    "changed",
    [
        {"report_id": "other"},
        {"contact_info": "a@microsoft.com"},
        {"policies": []},
        {
            "date_range": {
                "start-datetime": "2026-07-02T00:00:00Z",
                "end-datetime": "2026-07-02T23:59:59Z",
            }
        },
    ],
)
def test_another_identity_is_another_report(tmp_path: Path, changed: dict[str, object]) -> None:
    """Reporter, report-id, policy domains and dates make the identity."""
    tables = _load(tmp_path, REPORT, report_document(**changed))

    assert tables.balance == Balance(members=2, reports=2)
    assert len(tables.problems) == 0


def test_what_is_missing_is_missing(tmp_path: Path) -> None:
    """Never an empty text, never a one, never dropped."""
    document = report_document(
        organization_name="",
        contact_info=None,
        report_id=None,
        policies=[
            {
                "policy": {"policy-type": "no-policy-found"},
                "summary": {},
                "failure-details": [{"result-type": "validation-failure"}],
            }
        ],
    )

    tables = _load(tmp_path, document)

    missing = ["organization_name", "contact_info", "report_id"]
    assert tables.reports[missing].isna().all(axis=None)
    assert tables.reports["reporter"].tolist() == ["(not given)"]
    missing = ["policy_domain", "policy_mode", "policy_string", "mx_host"]
    assert tables.policies[missing].isna().all(axis=None)
    missing = ["receiving_mx_hostname", "receiving_ip", "failed_session_count", "policy_mode"]
    assert tables.failures[missing].isna().all(axis=None)


def test_keys_lead_from_frame_to_frame(tmp_path: Path) -> None:
    """Keys count up in the order of the sources."""
    policies = json.loads(REPORT)["policies"]
    tables = _load(
        tmp_path,
        *(report_document(report_id=f"{n}", policies=policies * n) for n in range(4)),
    )

    assert tables.policies["policy_key"].tolist() == [0, 1, 2, 3, 4, 5]
    assert tables.policies["report_key"].tolist() == [1, 2, 2, 3, 3, 3]
    assert tables.failures["policy_key"].tolist() == [0, 1, 2, 3, 4, 5]
    assert tables.failures["report_key"].tolist() == [1, 2, 2, 3, 3, 3]


def test_the_day_is_the_utc_date_of_most_of_a_report(tmp_path: Path) -> None:
    """A reporter east of Greenwich starts its day on our yesterday, for an hour."""
    dates = {
        "start-datetime": "2026-07-02T01:00:00+02:00",
        "end-datetime": "2026-07-03T00:59:59+02:00",
    }

    tables = _load(tmp_path, report_document(date_range=dates))

    assert tables.reports["day"].tolist() == [pd.Timestamp("2026-07-02")]
    assert tables.reports["start_datetime"].tolist() == [pd.Timestamp("2026-07-01T23:00:00Z")]


def test_reporters_are_distinguished_by_their_contact(tmp_path: Path) -> None:
    """The name stays as it was sent."""
    tables = _load(
        tmp_path,
        REPORT,
        report_document(organization_name="Google LLC", report_id="2"),
        report_document(contact_info="a@evil.example"),
    )

    assert tables.reports["reporter"].tolist() == [
        "Google",
        "Google",
        "Google Inc. (evil.example)",
    ]
    assert tables.reports["organization_name"].tolist() == [
        "Google Inc.",
        "Google LLC",
        "Google Inc.",
    ]


def test_a_wrong_path_stops_before_anything_is_read(tmp_path: Path) -> None:
    """A typing error should not cost an hour."""
    (tmp_path / "r.json").write_bytes(REPORT)

    with pytest.raises(SourceError, match="2 paths lead nowhere"):
        load_reports(tmp_path, tmp_path / "x", str(tmp_path / "*.zip"))


def test_an_empty_folder_gives_empty_tables_and_says_so(tmp_path: Path) -> None:
    """Nothing to read is a finding and not an error."""
    tables = load_reports(tmp_path)

    assert tables.balance == Balance(members=1, skipped=1)
    assert tables.problems["message"].tolist() == ["an empty folder"]
    for name in ("reports", "policies", "failures"):
        pd.testing.assert_frame_equal(getattr(tables, name), getattr(empty_tables(), name))


def test_limits_are_passed_on(tmp_path: Path) -> None:
    """Whoever trusts an input may take in more of it, or less."""
    (tmp_path / "r.json").write_bytes(REPORT)

    assert load_reports(tmp_path, limits=Limits(document_bytes=9)).balance.rejected == 1


@pytest.mark.parametrize(("progress", "is_shown"), [(True, True), (False, False), (None, False)])
def test_a_bar_is_shown_when_asked_or_when_it_takes_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, progress: bool | None, is_shown: bool
) -> None:
    """A load of a moment shows nothing by itself."""
    (tmp_path / "r.json").write_bytes(REPORT)

    load_reports(tmp_path, progress=progress)

    assert ("Reading reports" in capsys.readouterr().err) is is_shown


def test_long_texts_that_stay_in_pieces_are_those_of_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load of so many reports that no column of theirs is copied to be in one piece."""
    for number in range(7):
        (tmp_path / f"{number}.json").write_bytes(report_document(report_id=f"r{number % 5}"))
    whole = load_reports(tmp_path)
    monkeypatch.setattr(joining, "LARGE", 0)
    monkeypatch.setattr(reading, "BATCH_MEMBERS", 2)

    assert_same_cells(load_reports(tmp_path, workers=1), whole)
    assert whole.balance.duplicates == 2


@pytest.mark.parametrize("backend", pa.supported_memory_backends())
def test_the_allocator_is_that_of_before(tmp_path: Path, backend: str) -> None:
    """After a load, and after a store that cannot be opened."""
    before = pa.default_memory_pool()
    pa.set_memory_pool(getattr(pa, f"{backend}_memory_pool")())
    try:
        _load(tmp_path, REPORT)
        Store(tmp_path / "store").add(tmp_path / "000", progress=False)
        next((tmp_path / "store").glob("policies*")).write_bytes(b"")
        with pytest.raises((StoreError, pa.ArrowInvalid)):
            Store(tmp_path / "store").open()
        assert pa.default_memory_pool().backend_name == backend
    finally:
        pa.set_memory_pool(before)


def test_a_load_of_a_moment_does_not_even_load_the_bar(tmp_path: Path) -> None:
    """It would cost more than the load."""
    (tmp_path / "r.json").write_bytes(REPORT)
    code = (
        "import sys; from tlsrpt_analysis import load_reports;"
        f" load_reports({str(tmp_path)!r}); sys.exit('tqdm' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("is_terminal", "disabled", "is_shown"),
    [(True, "", True), (False, "", False), (True, "1", False)],
)
def test_a_load_that_lasts_shows_a_bar(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_terminal: bool,
    disabled: str,
    is_shown: bool,
) -> None:
    """From its second second on, on a terminal: the log of a schedule holds no bars."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    monkeypatch.setenv("TQDM_DISABLE", disabled)
    for number in range(3):
        (tmp_path / f"{number}.json").write_bytes(REPORT)
    clock = SimpleNamespace(monotonic=count().__next__)  # a second for each look at it
    monkeypatch.setattr("tlsrpt_analysis.loading.load.time", clock)
    load_reports(tmp_path)

    assert ("Reading reports" in capsys.readouterr().err) is is_shown


@pytest.mark.parametrize(("workers", "fewest_steps"), [(1, 2), (2, 5)])
def test_the_bar_goes_forward_to_its_end(
    workers: int, fewest_steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a large file is read, and with small ones beside it."""
    seen: list[int] = []

    class Bar:
        total: int | None = None

        def update(self, count: int) -> None:
            seen.append(count)

        def close(self) -> None:
            pass

    monkeypatch.setattr("tlsrpt_analysis.loading.load._bar", lambda *_words, **_options: Bar())
    monkeypatch.setattr("tlsrpt_analysis.loading.reading.BATCH_MEMBERS", 2)
    monkeypatch.setattr("tlsrpt_analysis.loading.workers.LARGE_FILE", 1)
    monkeypatch.setattr("tlsrpt_analysis.intake.fast.mbox_pieces.PIECE_BYTES", 3_000)
    (tmp_path / "b.mbox").write_bytes(mbox([mailed(gzipped(REPORT))] * 20))
    for name in ("a", "c"):
        (tmp_path / f"{name}.json").write_bytes(REPORT)
    load_reports(tmp_path, progress=True, workers=workers)

    assert min(seen) >= 0
    assert sum(seen) == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert sum(count > 0 for count in seen) >= fewest_steps


def test_a_notebook_without_widgets_is_not_warned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bar is then one of text."""

    class Notebook:
        config = ("IPKernelApp",)

    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setitem(sys.modules, "ipykernel.zmqshell", ModuleType("zmqshell"))
    for module in [name for name in sys.modules if name.startswith("tqdm.")]:
        monkeypatch.delitem(sys.modules, module)
    import IPython  # noqa: PLC0415 - only this test needs it

    monkeypatch.setattr(IPython, "get_ipython", Notebook)
    (tmp_path / "r.json").write_bytes(REPORT)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        tables = load_reports(tmp_path, progress=True)

    assert tables.balance.reports == 1
    assert warned == []


@given(st.lists(damaged(json.loads(REPORT)) | json_values, max_size=5))
@settings(max_examples=100)
def test_any_json_ends_in_tables_that_add_up(documents: list[object]) -> None:
    """Whatever stands in the place of a value, nothing is raised, and nothing disappears."""
    contents = [json.dumps(document).encode() for document in documents]
    tables = tables_of(read_document(f"{n}", content) for n, content in enumerate(contents))

    assert tables.balance.members == len(documents)
    assert tables.balance.adds_up


@given(reports(past_moments))
@settings(max_examples=50)
def test_what_is_written_is_loaded(report: Report) -> None:
    """A report read back from the tables is the report."""
    tables = tables_of([ReportRead("it", report)])
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "it").write_bytes(render_report(report))
        loaded = load_reports(folder)

    for name in ("reports", "policies", "failures"):
        pd.testing.assert_frame_equal(
            getattr(loaded, name).drop(columns="source", errors="ignore"),
            getattr(tables, name).drop(columns="source", errors="ignore"),
        )
    assert _policies(loaded) == report.policies
    (row,) = loaded.reports.itertuples()
    assert row.start_datetime.to_pydatetime() == report.start_datetime
    assert row.end_datetime.to_pydatetime() == report.end_datetime
    assert _given(row.report_id) == report.report_id
    assert _given(row.organization_name) == report.organization_name
    assert _given(row.contact_info) == report.contact_info


def _policies(tables: ReportTables) -> tuple[PolicyResult, ...]:
    return tuple(
        PolicyResult(
            policy=ReportedPolicy(
                policy_type=_given(row.policy_type),
                policy_domain=_given(row.policy_domain),
                policy_string=_lines(row.policy_string),
                mx_host=_lines(row.mx_host),
            ),
            summary=Summary(row.total_successful_session_count, row.total_failure_session_count),
            failure_details=_failures(tables, row.policy_key),
        )
        for row in tables.policies.itertuples()
    )


def _lines(value: object) -> tuple[str, ...]:
    return () if pd.isna(value) else tuple(str(value).split("\n"))


def _failures(tables: ReportTables, policy_key: int) -> tuple[FailureDetails, ...]:
    columns = list(FailureDetails.__struct_fields__)
    rows = tables.failures.loc[tables.failures["policy_key"] == policy_key, columns]
    return tuple(
        FailureDetails(**{column: _given(row[column]) for column in columns})
        for _, row in rows.astype(object).iterrows()
    )


def _given(value: object) -> object:
    return None if pd.isna(value) else value


@given(st.lists(reports(), min_size=1, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_splitting_or_shuffling_an_archive_changes_no_sum(
    made: list[Report], chance: random.Random
) -> None:
    """How reports were kept says nothing about mail."""
    documents = [render_report(report) for report in made]
    shuffled = chance.sample(documents, len(documents))
    cut = chance.randrange(len(documents) + 1)
    with tempfile.TemporaryDirectory() as folder:
        whole, parts = Path(folder, "whole.zip"), Path(folder, "parts")
        parts.mkdir()
        whole.write_bytes(zipped(*documents))
        (parts / "1.tar.gz").write_bytes(tarred(*shuffled[:cut], mode="w:gz"))
        (parts / "2.zip").write_bytes(zipped(*shuffled[cut:]))
        (parts / "3.mbox").write_bytes(mbox(mailed(gzipped(raw)) for raw in shuffled))
        once, again = load_reports(whole), load_reports(parts)

    assert again.balance.reports == once.balance.reports
    for frame, column in (
        ("policies", "total_successful_session_count"),
        ("policies", "total_failure_session_count"),
        ("failures", "failed_session_count"),
    ):
        assert getattr(again, frame)[column].sum() == getattr(once, frame)[column].sum()


def test_the_columns_are_those_of_the_schema(tmp_path: Path) -> None:
    """Loading and schema never part."""
    tables = _load(tmp_path, REPORT)

    for name, schema in SCHEMAS.items():
        assert list(getattr(tables, name).columns) == list(schema)


def _signed_load(folder: Path, *contents: bytes, include_failed: bool = False) -> ReportTables:
    for number, content in enumerate(contents):
        (folder / f"{number}").write_bytes(content)
    how = Authentication(keys=keys(), include_failed=include_failed)
    return load_reports(folder, authentication=how)


def test_a_report_that_fails_is_kept_and_counts_nowhere(tmp_path: Path) -> None:
    """And a forged copy does not make the true report a duplicate (RFC 8460 §3)."""
    forged = SIGNED.replace(b"aggregate", b"forged")

    tables = _signed_load(tmp_path, forged, MAIL, SIGNED, report_document(report_id="bare"))

    assert tables.reports["authenticity"].tolist() == ["failed", "unsigned", "verified", "unknown"]
    assert tables.reports["is_duplicate"].tolist() == [False, True, False, False]
    assert tables.policies["report_key"].tolist() == [2, 3]
    assert tables.failures["report_key"].tolist() == [2, 3]
    assert tables.balance == Balance(members=4, reports=3, duplicates=1)
    assert tables.problems["stage"].tolist() == ["authenticity"]
    assert tables.problems["severity"].tolist() == ["rejected"]
    assert tables.problems["message"].str.endswith("left out of the analyses").all()
    expected = "1 verified, 1 failed, 0 unsigned, 1 unknown (1 left out of the analyses)"
    assert tables.summary()["Authenticity"] == expected


def test_reports_that_fail_are_included_if_asked_for(tmp_path: Path) -> None:
    """They are marked all the same."""
    forged = signed(mailed(gzipped(report_document(report_id="forged"))), domain="evil.example")

    tables = _signed_load(tmp_path, forged, SIGNED, include_failed=True)

    assert tables.policies["report_key"].tolist() == [0, 1]
    assert tables.problems["severity"].tolist() == ["forgiven"]
    assert tables.problems["message"].str.endswith("kept anyway").all()
    assert tables.summary()["Authenticity"].endswith("(0 left out of the analyses)")


def test_the_domain_that_signed_names_the_reporter(tmp_path: Path) -> None:
    """Rather than the name, which anybody can take."""
    unnamed = report_document(organization_name="Acme", contact_info=None)

    tables = _signed_load(tmp_path, signed(mailed(unnamed)))

    assert tables.reports["reporter"].tolist() == ["Google"]
    assert "Authenticity" in tables.summary()


def test_red_flags_are_remarks(tmp_path: Path) -> None:
    """The report counts all the same."""
    (tmp_path / "it").write_bytes(REPORT)

    tables = load_reports(tmp_path, own_domains=["example.net"])

    assert tables.problems[["stage", "severity"]].to_numpy().tolist() == [["red flag", "forgiven"]]
    assert len(tables.policies) == 1
    assert "Authenticity" not in tables.summary()


def _google_form(sender: str, **changed: object) -> bytes:
    contact = f"tls-reports@{sender}"
    identity = "2026-07-01T00:00:00Z_example.com"
    return report_document(
        organization_name=sender, contact_info=contact, report_id=identity, **changed
    )


def test_googles_form_of_a_report_id_is_used_by_others_too(tmp_path: Path) -> None:
    """So the id alone never makes a duplicate."""
    tables = _load(tmp_path, _google_form("google.com"), _google_form("sender.example"))

    assert tables.balance == Balance(members=2, reports=2)
    assert tables.policies["total_failure_session_count"].sum() == 4


def test_a_report_by_mail_and_by_https_counts_once(tmp_path: Path) -> None:
    """As a file that was posted, in a mail, in an archive, and sent again a day later."""
    later = mailed(gzipped(REPORT)).replace(
        b"From:", b"Date: Fri, 03 Jul 2026 04:00:00 +0000\nFrom:"
    )

    tables = _load(tmp_path, gzipped(REPORT), mailed(gzipped(REPORT)), tarred(REPORT), later)

    assert tables.balance == Balance(members=4, reports=1, duplicates=3)
    assert tables.policies["total_failure_session_count"].sum() == 2


def test_the_same_policy_twice_in_a_report_counts_twice(tmp_path: Path) -> None:
    """The policy changed within the day, and each block has sessions of its own."""
    (policy,) = json.loads(REPORT)["policies"]

    tables = _load(tmp_path, report_document(policies=[policy, policy]))

    assert tables.policies["total_failure_session_count"].tolist() == [2, 2]


def test_a_mail_store_of_any_shape_is_read_whole(tmp_path: Path) -> None:
    """Maildir with subfolders, a tree of single mails, mboxes with either quoting."""
    mails = [mailed(gzipped(report_document(report_id=str(number)))) for number in range(6)]
    inbox, below = tmp_path / "Maildir", tmp_path / "Maildir/.tlsrpt.2026"
    for folder in (inbox, below):
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
    (inbox / "new/1.host").write_bytes(mails[0])
    (below / "cur/2.host:2,S").write_bytes(mails[1])
    (below / "dovecot-uidlist").write_text("3 V1 N2")
    (tmp_path / "tree/07").mkdir(parents=True)
    (tmp_path / "tree/07/one.eml").write_bytes(mails[2])
    quoted = mails[3].replace(b"This is", b"From now on this is\n>From here\nThis is")
    (tmp_path / "mboxrd").write_bytes(mbox([quoted, mails[4]]))
    unquoted = mails[5].replace(b"This is", b">From now on, as mboxo quotes,\nThis is")
    (tmp_path / "mboxo").write_bytes(b"From a Fri Jul  8 12:08:34 2011\n" + unquoted)

    tables = load_reports(tmp_path, progress=False)

    assert sorted(tables.reports["report_id"]) == [str(number) for number in range(6)]
    assert (tables.balance.rejected, tables.balance.skipped) == (0, 1)
