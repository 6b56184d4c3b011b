"""Files behind addresses: a file system in memory, and a web server on loopback."""

import http.server
import pickle
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from support.wrappings import REPORT, gzipped, mailed, mbox, ordinary_mail, report_document, zipped

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.outcomes import Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.sources.files import shown_address
from tlsrpt_analysis.intake.sources.walk import Source, find_sources
from tlsrpt_analysis.intake.tolerant.reader import read_source
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store, open_store
from tlsrpt_analysis.tables import Balance

SECRET = "s3cret"


@pytest.fixture
def bucket() -> Iterator[str]:
    """Yield the address of a folder in memory, with four files."""
    memory = fsspec.filesystem("memory")
    root = f"/{uuid.uuid4().hex}"
    memory.pipe(f"{root}/a.json", REPORT)
    memory.pipe(f"{root}/2026/b.zip", zipped(gzipped(report_document(report_id="2")), REPORT))
    memory.pipe(f"{root}/2026/c.mbox", mbox([ordinary_mail(), mailed(gzipped(REPORT))]))
    memory.pipe(f"{root}/empty.json", b"")
    yield f"memory:/{root}"
    memory.rm(root, recursive=True)


BALANCE = Balance(members=6, reports=2, duplicates=2, skipped=2)


def _names(*paths: str) -> list[str]:
    found = find_sources(*paths)
    return [one.name if isinstance(one, Source) else one.problem.message for one in found]


def test_a_remote_folder_is_read_with_all_below_it(bucket: str) -> None:
    """As one on the disk; also a zip, which is read from its end."""
    tables = load_reports(bucket)

    assert tables.balance == BALANCE
    assert tables.reports["source"].iloc[0].startswith(f"{bucket}/2026/b.zip!folder/0-")


def test_remote_files_and_globs_are_found_once(bucket: str) -> None:
    """In the order of the paths, sorted within each."""
    assert _names(f"{bucket}/a.json", bucket) == [
        f"{bucket}/a.json",
        f"{bucket}/2026/b.zip",
        f"{bucket}/2026/c.mbox",
        f"{bucket}/empty.json",
    ]
    assert _names(f"{bucket}/**/*.json") == [f"{bucket}/a.json", f"{bucket}/empty.json"]


def test_remote_and_local_paths_mix(bucket: str, tmp_path) -> None:
    """An address of the disk is a path."""
    (tmp_path / "a b.json").write_bytes(REPORT)

    assert _names(f"{bucket}/a.json", str(tmp_path), (tmp_path / "a b.json").as_uri()) == [
        f"{bucket}/a.json",
        str(tmp_path / "a b.json"),
    ]


def test_what_is_not_there_is_reported(bucket: str) -> None:
    """All of it at once."""
    with pytest.raises(SourceError) as raised:
        find_sources(f"{bucket}/none", f"{bucket}/*.eml", "file:///no/such/file")

    assert str(raised.value).splitlines()[:4] == [
        "3 addresses cannot be read:",
        f"  '{bucket}/none': it cannot be read (no such file or folder)",
        f"  '{bucket}/*.eml': it cannot be read (no such file or folder)",
        "  'file:///no/such/file': no such file or folder",
    ]


def test_an_empty_remote_folder_is_a_row(bucket: str) -> None:
    """As an empty one on the disk."""
    fsspec.filesystem("memory").mkdir(f"{bucket}/nothing")

    (found,) = find_sources(f"{bucket}/nothing")

    assert isinstance(found, Skipped)


def test_a_remote_file_that_vanishes_is_a_row(bucket: str) -> None:
    """Between being found and being read."""
    (found,) = find_sources(f"{bucket}/a.json")
    fsspec.filesystem("memory").rm(f"{bucket}/a.json")
    assert isinstance(found, Source)

    (outcome,) = read_source(found)

    assert isinstance(outcome, Rejected)
    assert outcome.problem.message.startswith("it cannot be read (no such file or folder)")


def test_a_store_reads_a_remote_file_once(bucket: str, tmp_path: Path) -> None:
    """And again when it has changed."""
    store = Store(tmp_path / "store")
    added = [store.add(f"{bucket}/*.json").read_sources for _ in range(2)]
    fsspec.filesystem("memory").pipe(f"{bucket}/a.json", report_document(report_id="new"))

    assert [*added, store.add(f"{bucket}/*.json").read_sources] == [2, 0, 1]
    assert open_store(store.directory).balance.reports == 2


def test_a_remote_file_can_be_sent_to_a_worker(bucket: str) -> None:
    """Files in memory are in this process only, but their sources can be pickled."""
    (found,) = find_sources(f"{bucket}/a.json")

    copy = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own

    assert [type(outcome) for outcome in read_source(copy)] == [ReportRead]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense://a/b", "reading nonsense:// is not supported"),
        (
            f"s3://key:{SECRET}@bucket/a",
            "reading s3:// needs a package that is not installed: pip install s3fs",
        ),
        ("abfs://a/b", "pip install adlfs"),
    ],
)
def test_what_is_missing_is_reported(
    address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And how to get it; also where this machine has it."""
    for module in ("s3fs", "adlfs"):
        monkeypatch.setitem(__import__("sys").modules, module, None)

    with pytest.raises(SourceError) as error:
        find_sources(address)

    assert message in str(error.value)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"https://me:{SECRET}@a.example/b.json?token={SECRET}#x", "https://a.example/b.json?…"),
        ("s3://bucket/a.json", "s3://bucket/a.json"),
        (f"ftp://me:{SECRET}@[a/b", "ftp://…"),
        (
            "https://a.example/\x1b[31m\u202e",
            "https://a.example/\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}",
        ),
    ],
)
def test_secrets_in_addresses_are_not_shown(address: str, shown: str) -> None:
    """Users, passwords and queries; and what a terminal would act on."""
    assert shown_address(address) == shown


FILES = {
    "/a.json": REPORT,
    "/b.zip": zipped(gzipped(REPORT)),
    "/cut.json": REPORT,
    "/gone-later.json": REPORT,
}


class _Web(http.server.BaseHTTPRequestHandler):
    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def _answer(self, *, has_body: bool) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(self.command)
        content = FILES.get(path)
        if content is None or (path.startswith("/gone") and has_body):
            self.send_error(503 if content else 404, SECRET)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if has_body:
            self.wfile.write(content[:50] if path == "/cut.json" else content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    """Yield the address of a web server."""
    _Web.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Web) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://me:{SECRET}@127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["a.json", "b.zip"])
def test_files_of_a_web_server_are_read(web: str, name: str) -> None:
    """With a query, as signed addresses have one; neither it nor the password is shown."""
    tables = load_reports(f"{web}/{name}?signature={SECRET}")

    assert tables.balance == Balance(members=1, reports=1)
    assert tables.reports["source"].iloc[0].startswith("http://127.0.0.1")
    assert f"/{name}?…" in tables.reports["source"].iloc[0]
    assert SECRET not in tables.reports["source"].iloc[0]


def test_what_a_web_server_does_not_have_is_reported(web: str) -> None:
    """Without the secrets of the address, and without the server's words."""
    with pytest.raises(SourceError) as raised:
        find_sources(f"{web}/none.json?token={SECRET}", "http://127.0.0.1:1/a.json")

    assert "it cannot be read (HTTP status 404)" in str(raised.value)
    assert "it cannot be read (no connection: Connection refused)" in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("name", ["cut.json", "gone-later.json"])
def test_a_web_server_that_fails_midway_is_a_row(web: str, name: str) -> None:
    """The load goes on."""
    tables = load_reports(f"{web}/{name}", f"{web}/a.json")

    assert tables.balance == Balance(members=2, reports=1, rejected=1)
    assert SECRET not in tables.problems["message"].iloc[0]
