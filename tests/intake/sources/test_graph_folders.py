"""Folders at Microsoft 365, read from a server on loopback that speaks as Graph does."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from support.token_servers import Answer, Asked, Service, json_answer, service
from support.wrappings import REPORT, gzipped, mailed, ordinary_mail, report_document

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.sources import (
    graph_folders,
    graph_positions,
    graph_sessions,
    web_connections,
)
from tlsrpt_analysis.intake.sources.mailbox_access import MailboxAccess
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store
from tlsrpt_analysis.tables import Balance

TOKEN = "token-of-graph"
ADDRESS = "graph://reports@example.com/Inbox"
USER = "/v1.0/users/reports%40example.com"
DELTA = f"{USER}/mailFolders/inbox-id/messages/delta"


class Mailbox:
    """A mailbox that lists its mails in pages, and those that came after a link."""

    def __init__(self, running: Service, mails: list[bytes], page: int = 2) -> None:
        self.server = running
        self.mails = {f"id/{number}=": mail for number, mail in enumerate(mails)}
        self.page = page
        self.moved: list[str] = []
        running.answers[f"{USER}/mailFolders/inbox"] = json_answer({"id": "inbox-id"})
        running.answers[f"{USER}/mailFolders"] = self.folders
        running.answers[DELTA] = self.delta

    def folders(self, asked: Asked) -> Answer:
        """List the folders of a name."""
        is_there = "displayName eq 'It''s done'" in unquote(asked.path)
        return json_answer({"value": [{"id": "done-id"}] if is_there else []})

    def delta(self, asked: Asked) -> Answer:
        """Return a page of the list."""
        query = urlsplit(asked.path).query
        start = int(query.partition("start=")[2] or 0)
        names = list(self.mails)[start : start + self.page]
        for name in names:
            place = f"{USER}/messages/{name.replace('/', '%2F').replace('=', '%3D')}"
            self.server.answers[f"{place}/$value"] = (200, {}, self.mails[name])
            self.server.answers[f"{place}/move"] = self.move
        end = start + len(names)
        link = "next" if end < len(self.mails) else "delta"
        listed = [{"id": name, "receivedDateTime": "2026-08-01T06:00:00Z"} for name in names]
        url = f"{self.server.url}{DELTA}?start={end}"
        return json_answer({"value": listed, f"@odata.{link}Link": url})

    def move(self, asked: Asked) -> Answer:
        """Note which mail was moved."""
        self.moved.append(unquote(asked.path).split("/messages/")[1].removesuffix("/move"))
        return json_answer({}, 201)

    def listed(self) -> int:
        """Return how many mails were fetched so far."""
        return sum("$value" in asked.path for asked in self.server.asked)


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Yield a server that stands for Graph, and a token for it."""
    with service() as running:
        monkeypatch.setenv("TLSRPT_GRAPH", running.url)
        monkeypatch.setenv("TLSRPT_GRAPH_TOKEN", TOKEN)
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
        yield running


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made, none of which takes time."""
    pauses: list[float] = []
    monkeypatch.setattr(graph_sessions.time, "sleep", pauses.append)
    return pauses


def _mails(*numbers: int) -> list[bytes]:
    return [mailed(gzipped(report_document(report_id=f"{number}"))) for number in numbers]


def _refusal() -> str:
    with pytest.raises(SourceError) as raised:
        find_sources(ADDRESS)
    assert TOKEN not in str(raised.value)
    return str(raised.value)


def _problem() -> str:
    tables = load_reports(ADDRESS)
    assert TOKEN not in tables.problems.to_csv()
    return str(tables.problems["message"].iloc[-1])


def test_every_mail_of_a_folder_is_accounted_for(graph: Service) -> None:
    """Page by page, with the token and nothing else."""
    Mailbox(graph, [mailed(gzipped(REPORT)), ordinary_mail(), mailed(gzipped(REPORT))])
    tables = load_reports(ADDRESS)

    assert tables.balance == Balance(members=3, reports=1, duplicates=1, skipped=1)
    assert tables.reports["source"].iloc[0].startswith(f"{ADDRESS}!mail 2026-08-01T06:00:00Z ")
    assert {asked.method for asked in graph.asked} == {"GET"}
    assert {asked.fields["Authorization"] for asked in graph.asked} == {f"Bearer {TOKEN}"}


def test_a_folder_without_mails_is_a_row(graph: Service) -> None:
    """As on an IMAP server."""
    Mailbox(graph, [])

    assert load_reports(ADDRESS).balance == Balance(members=1, skipped=1)


def test_only_new_mails_are_fetched_into_a_store(graph: Service, tmp_path: Path) -> None:
    """A mail that comes again later is a duplicate then, too."""
    mailbox = Mailbox(graph, _mails(1, 2, 3))
    store = Store(tmp_path / "store")
    store.add(ADDRESS)
    assert store.add(ADDRESS).balance == Balance()
    assert mailbox.listed() == 3
    mailbox.mails["id/new="] = _mails(3)[0]

    assert store.add(ADDRESS).balance == Balance(members=1, duplicates=1)
    assert mailbox.listed() == 4
    assert store.open().balance == Balance(members=4, reports=3, duplicates=1)


def test_reading_continues_after_the_last_mail_that_was_kept(
    graph: Service, tmp_path: Path, waits: list[float]
) -> None:
    """In the middle of a page; that the reading ended is a row until it goes on."""
    mailbox = Mailbox(graph, _mails(1, 2, 3, 4, 5), page=4)
    mailbox.delta(Asked("GET", DELTA, {}, {}))
    place = f"{USER}/messages/id%2F2%3D/$value"
    honest = graph.answers[place]
    graph.answers[DELTA] = [mailbox.delta(Asked("GET", DELTA, {}, {}))]
    graph.answers[place] = json_answer({}, 503)
    store = Store(tmp_path / "store")
    store.add(ADDRESS)
    assert store.open().balance == Balance(members=3, reports=2, rejected=1)
    assert "stays busy" in store.open().problems["message"].iloc[0]
    graph.answers |= {DELTA: mailbox.delta, place: honest}
    before = mailbox.listed()
    store.add(ADDRESS)

    assert mailbox.listed() - before == 3
    assert store.open().balance == Balance(members=5, reports=5)
    assert len(waits) == graph_sessions.MOST_WAITS


def test_a_mail_at_which_graph_fails_is_tried_again(graph: Service, tmp_path: Path) -> None:
    """Until it works; it is a row as long, and the others are not fetched again."""
    mailbox = Mailbox(graph, _mails(1, 2, 3))
    honest = mailbox.delta(Asked("GET", DELTA, {}, {}))
    place = f"{USER}/messages/id%2F1%3D/$value"
    mail = graph.answers[place]
    graph.answers |= {DELTA: [honest, mailbox.delta(Asked("GET", f"{DELTA}?start=2", {}, {}))]}
    graph.answers[place] = json_answer({"error": {"code": "ErrorInternal"}}, 500)
    store = Store(tmp_path / "store")
    store.add(ADDRESS)
    assert store.open().balance == Balance(members=3, reports=2, rejected=1)
    assert "(HTTP status 500, ErrorInternal)" in store.open().problems["message"].iloc[0]
    graph.answers[DELTA] = mailbox.delta
    store.add(ADDRESS)
    assert store.open().balance == Balance(members=3, reports=2, rejected=1)
    before = mailbox.listed()
    graph.answers[place] = mail
    store.add(ADDRESS)

    assert mailbox.listed() - before == 1
    assert store.open().balance == Balance(members=3, reports=3)


def test_graph_that_fails_at_many_mails_is_left(
    graph: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is passed over for that."""
    mailbox = Mailbox(graph, _mails(1, 2, 3), page=4)
    honest = mailbox.delta(Asked("GET", DELTA, {}, {}))
    monkeypatch.setattr(graph_positions, "MOST_FAILED", 1)
    places = [f"{USER}/messages/id%2F{number}%3D/$value" for number in (0, 2)]
    mails = [graph.answers[place] for place in places]
    graph.answers |= dict.fromkeys(places, json_answer({}, 500)) | {DELTA: honest}
    store = Store(tmp_path / "store")
    store.add(ADDRESS)
    assert "fails at many mails" in store.open().problems["message"].iloc[-1]
    graph.answers |= dict(zip(places, mails, strict=True)) | {DELTA: mailbox.delta}
    store.add(ADDRESS)

    assert store.open().balance == Balance(members=3, reports=3)


def test_an_empty_folder_is_a_row_until_a_mail_comes(graph: Service, tmp_path: Path) -> None:
    """One, however often it is looked at."""
    mailbox = Mailbox(graph, [])
    store = Store(tmp_path / "store")
    store.add(ADDRESS)
    store.add(ADDRESS)
    assert store.open().balance == Balance(members=1, skipped=1)
    mailbox.mails["id/new="] = _mails(1)[0]
    store.add(ADDRESS)

    assert store.open().balance == Balance(members=1, reports=1)


def test_a_list_that_graph_has_forgotten_is_read_anew(graph: Service, tmp_path: Path) -> None:
    """Without counting anything twice."""
    mailbox = Mailbox(graph, _mails(1, 2))
    store = Store(tmp_path / "store")
    store.add(ADDRESS)
    graph.answers[DELTA] = json_answer({"error": {"code": "SyncStateNotFound"}}, 410)
    store.add(ADDRESS)
    assert "Graph has forgotten" in store.open().problems["message"].iloc[0]
    graph.answers[DELTA] = mailbox.delta
    mailbox.mails["id/new="] = _mails(3)[0]
    store.add(ADDRESS)

    assert store.open().balance == Balance(members=3, reports=3)


def test_mails_are_moved_only_once_they_are_in_the_store(graph: Service, tmp_path: Path) -> None:
    """Those that hold a report."""
    mailbox = Mailbox(graph, [*_mails(1), ordinary_mail(), *_mails(2)])
    store = Store(tmp_path / "store")
    added = store.add(ADDRESS, move_to="It's done")

    assert (added.moved_mails, added.failed_moves) == (2, ())
    assert mailbox.moved == ["id/0=", "id/2="]
    assert graph.asked[-1].method == "POST"
    (folder,) = find_sources(ADDRESS)
    assert isinstance(folder, graph_folders.GraphFolder)
    folder.move(["gone", "id/0="], "It's done")  # someone else was faster
    assert mailbox.moved[2:] == ["id/0="]
    graph.answers[f"{USER}/messages/gone/move"] = json_answer({}, 410)
    with pytest.raises(SourceError, match="moves no mails"):
        folder.move(["gone"], "It's done")


@pytest.mark.parametrize(
    ("target", "why"), [("Inbox", "name another"), ("Nowhere", "no folder 'Nowhere'")]
)
def test_a_folder_that_mails_cannot_be_moved_to_is_said_first(
    graph: Service, target: str, why: str
) -> None:
    """Before any mail is read."""
    Mailbox(graph, [])
    with pytest.raises(SourceError, match=why):
        find_sources(ADDRESS, access=MailboxAccess(move_to=target))


def test_a_busy_server_is_asked_again_when_it_wishes(graph: Service, waits: list[float]) -> None:
    """In seconds, or at a time, or with longer and longer pauses."""
    mailbox = Mailbox(graph, _mails(1))
    listed = mailbox.delta(Asked("GET", DELTA, {}, {}))
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    graph.answers[DELTA] = [
        *(json_answer({}, 429, Retry_After=wish) for wish in ("7", past, "soon")),
        json_answer({}, 503),
        listed,
    ]

    assert load_reports(ADDRESS).balance.reports == 1
    assert waits == [7, 0, 4, 8]


@pytest.mark.parametrize("wish", ["99999999", "301", "9" * 5_000, "-1", ""])
def test_waiting_is_bounded(graph: Service, waits: list[float], wish: str) -> None:
    """Whatever the server wishes."""
    Mailbox(graph, [])
    graph.answers[DELTA] = json_answer({}, 429, Retry_After=wish)

    assert "busy" in _problem()
    assert sum(waits) < 1_000


HOSTILE: list[tuple[Answer, str]] = [
    (json_answer({"value": [], "@odata.nextLink": "https://evil.example/x"}), "another host, evil"),
    (json_answer({"value": [], "@odata.nextLink": "http://localhost/x"}), "another host"),
    (json_answer({"value": [], "@odata.nextLink": "file:///etc/passwd"}), "a link that is none"),
    (json_answer({"value": [], "@odata.nextLink": "https://[/"}), "a link that is none"),
    (json_answer({"value": [], "@odata.nextLink": "x" * 9_000}), "is odd"),
    (json_answer({"value": []}), "is odd"),
    (json_answer({"value": "none", "@odata.deltaLink": "https://localhost"}), "is odd"),
    (json_answer({"value": [{}] * 1_001, "@odata.deltaLink": "https://localhost"}), "is odd"),
    (json_answer({"value": [1], "@odata.deltaLink": "https://localhost"}), "without an id"),
    (json_answer({"value": [{"id": 7}], "@odata.deltaLink": "x"}), "without an id"),
    (json_answer({"value": [{"id": "a\nb"}], "@odata.deltaLink": "x"}), "without an id"),
    (json_answer([]), "sent no JSON"),
    ((200, {}, b"[" * 100_000), "sent no JSON"),
    ((200, {}, b'{"value": "' + b"x" * 5_000_000), "sent no JSON"),
    ((302, {"Location": "https://evil.example/"}, b""), "HTTP status 302"),
    (json_answer({"error": {"code": "\x1b[31m"}}, 400), "HTTP status 400)"),
    (json_answer({"error": {"code": TOKEN.replace("-", ".")}}, 418), "HTTP status 418"),
    (json_answer({"error": {"code": "ErrorAccessDenied"}}, 403), "give it Mail.Read"),
    (json_answer({}, 404), "the folder is gone"),
]


@pytest.mark.parametrize(("answer", "why"), HOSTILE)
def test_a_hostile_list_is_a_plain_row(graph: Service, answer: Answer, why: str) -> None:
    """And the token goes nowhere else."""
    Mailbox(graph, [])
    graph.answers[DELTA] = answer

    assert why in _problem()


def test_a_list_without_an_end_is_left(graph: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it repeats a link, or always has another empty page."""
    monkeypatch.setattr(graph_folders, "MOST_EMPTY_PAGES", 20)
    Mailbox(graph, [])
    numbers = iter(range(100))

    def next_page(_: Asked) -> Answer:
        return json_answer(
            {"value": [], "@odata.nextLink": f"{graph.url}{DELTA}?n={next(numbers)}"}
        )

    for answer in (next_page, json_answer({"value": [], "@odata.nextLink": f"{graph.url}{DELTA}"})):
        graph.answers[DELTA] = answer
        assert "has no end" in _problem()


def test_a_mail_that_vanished_or_is_too_large_is_a_row(graph: Service) -> None:
    """Of a large one no more is fetched than the limit."""
    Mailbox(graph, _mails(1, 2)).delta(Asked("GET", DELTA, {}, {}))
    mailbox = Mailbox(graph, [*_mails(1), bytes(2_000_000)])
    mailbox.delta(Asked("GET", DELTA, {}, {}))
    page = json_answer(
        {
            "value": [{"id": "gone"}, {"id": "id/1="}, {"@removed": {}, "id": "x"}],
            "@odata.deltaLink": f"{graph.url}/end",
        }
    )
    graph.answers[DELTA] = page
    tables = load_reports(ADDRESS, limits=Limits(mail_bytes=50_000))

    assert tables.balance == Balance(members=2, rejected=1, skipped=1)
    assert "it was deleted or moved" in tables.problems["message"].iloc[0]


def test_a_token_that_is_refused_is_renewed_once(
    graph: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And then named with the way out."""
    monkeypatch.delenv("TLSRPT_GRAPH_TOKEN")
    Mailbox(graph, _mails(1))
    (tmp_path / "old").write_text("old-token")
    command = (
        f"sh -c 'if rm {tmp_path}/old 2>/dev/null; then echo old-token; else echo {TOKEN}; fi'"
    )
    inbox = json_answer({"id": "inbox-id"})

    def answer(asked: Asked) -> Answer:
        is_good = asked.fields["Authorization"] == f"Bearer {TOKEN}"
        return inbox if is_good else json_answer({"error": {"code": "Expired"}}, 401)

    graph.answers[f"{USER}/mailFolders/inbox"] = answer
    assert load_reports(ADDRESS, token_command=command).balance.reports == 1
    with pytest.raises(SourceError, match="run the token command by hand") as raised:
        load_reports(ADDRESS, token_command="echo another-token")  # noqa: S106 - a test
    assert "another-token" not in str(raised.value)


@pytest.mark.usefixtures("graph")
def test_a_server_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second try."""
    monkeypatch.setenv("TLSRPT_GRAPH", "https://localhost:1")

    assert "no answer from localhost (no connection: Connection refused)" in _refusal()


@pytest.mark.parametrize(
    ("address", "base", "why"),
    [
        ("graph:///Inbox", "https://localhost", "the user is missing"),
        ("graph://me:secret@example.com/", "https://localhost", "the user is missing or odd"),
        ("graph://me%0a@example.com/", "https://localhost", "the user is missing or odd"),
        ("graph://me@example.com/", "http://localhost", "TLSRPT_GRAPH as https://host"),
        ("graph://[/", "https://localhost", "this is not an address"),
    ],
)
def test_a_wrong_address_is_said(
    monkeypatch: pytest.MonkeyPatch, address: str, base: str, why: str
) -> None:
    """Nothing is sent without TLS."""
    monkeypatch.setenv("TLSRPT_GRAPH", base)
    with pytest.raises(SourceError, match=why) as raised:
        find_sources(address)
    assert "secret" not in str(raised.value)


@pytest.mark.usefixtures("graph")
def test_without_a_token_the_ways_to_one_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are all in one place."""
    monkeypatch.delenv("TLSRPT_GRAPH_TOKEN")

    message = _refusal()

    for way in ("tlsrpt-analysis login graph://", "TLSRPT_CLIENT_ID", "--token-command"):
        assert way in message


def test_a_session_has_an_end(graph: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers slowly is left."""
    Mailbox(graph, [])
    (folder,) = find_sources(ADDRESS)
    monkeypatch.setattr(graph_sessions, "SESSION_SECONDS", 0)
    assert isinstance(folder, graph_folders.GraphFolder)
    (outcome,) = folder.mails(Limits())

    assert "the session took too long" in outcome.problem.message
    assert TOKEN.encode() not in pickle.dumps(folder)


def test_one_connection_serves_all_requests(
    graph: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two for the two sessions, of finding and of reading."""
    opened: list[str] = []
    over_tls = web_connections._over_tls
    monkeypatch.setattr(
        web_connections, "_over_tls", lambda *args: opened.append(args[1]) or over_tls(*args)
    )
    Mailbox(graph, _mails(1, 2, 3))
    load_reports(ADDRESS)

    assert opened == ["localhost"] * 2
