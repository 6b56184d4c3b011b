"""Folders of mails on a real Dovecot, which is left as it was."""

import dataclasses
import socketserver
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import msgspec
import pytest
from support.mail_servers import PASSWORD, USER, MailServer, dovecot
from support.wrappings import REPORT, gzipped, mailed, ordinary_mail, report_document

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.sources import imap_folders, imap_sessions
from tlsrpt_analysis.intake.sources.imap_accounts import PASSWORD as VARIABLE
from tlsrpt_analysis.intake.sources.imap_accounts import parse_imap_address
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.intake.tolerant.reader import read_source
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store
from tlsrpt_analysis.tables import Balance

LARGE = 60_000


def _with_attachment(content: bytes, media_type: str, text: str = "See the picture.") -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "someone@example.net", "holiday"
    message.set_content(text, cte="base64" if text.startswith("{") else None)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    maintype, subtype = media_type.split("/")
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename="it")
    return message.as_bytes()


MAILS = [
    mailed(gzipped(REPORT)),
    ordinary_mail(),
    mailed(gzipped(REPORT)),  # sent again
    _with_attachment(b"\x89PNG" + bytes(LARGE), "image/png"),
    _with_attachment(gzipped(report_document(report_id="2")) + bytes(LARGE), "application/gzip"),
    _with_attachment(
        b"\x89PNG" + bytes(LARGE), "image/png", report_document(report_id="3").decode()
    ),
    mailed(gzipped(REPORT)[:50]),
]
BALANCE = Balance(members=7, reports=3, duplicates=1, rejected=1, skipped=2)


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    """Yield a server with three folders."""
    folders = {"": [ordinary_mail()], "TLS reports": MAILS, "B&APw-cher": [], "Empty": []}
    with dovecot(folders) as running:
        yield running


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the password, and take away the machine's keyring."""
    monkeypatch.setenv(VARIABLE, PASSWORD)
    kept = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(kept)


@pytest.fixture
def trusted(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """Return the server, with a certificate that is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    return server


def _refusal(*addresses: str) -> str:
    with pytest.raises(SourceError) as raised:
        find_sources(*addresses)
    assert PASSWORD not in str(raised.value)
    return str(raised.value)


def test_every_mail_of_a_folder_is_accounted_for(trusted: MailServer) -> None:
    """The names say which mail it was."""
    tables = load_reports(trusted.address("TLS%20reports"))

    assert tables.balance == BALANCE
    assert tables.reports["report_id"].tolist()[2:] == ["2", "3"]
    name = "imaps://reports@example.com@localhost/TLS reports"
    assert tables.reports["source"].iloc[0].startswith(f"{name}!mail 1!google.com")
    unread = tables.problems[tables.problems["severity"] != "forgiven"]
    assert [source.partition("!")[2][:6] for source in unread["source"]] == [
        "mail 2",
        "mail 4",
        "mail 7",
    ]


def test_nothing_in_the_folder_is_changed(trusted: MailServer) -> None:
    """No mail is marked as read; a new one stays new."""
    before = trusted.mail_files()
    load_reports(trusted.address("TLS%20reports"))

    assert trusted.mail_files() == before
    assert len(before) == len(MAILS) + 1


def test_starttls_reads_the_same(trusted: MailServer) -> None:
    """On the older port."""
    address = f"imap://reports%40example.com@localhost:{trusted.starttls_port}/TLS%20reports"

    assert load_reports(address).balance == BALANCE


def test_a_large_mail_without_a_report_is_not_fetched(trusted: MailServer) -> None:
    """Its structure is enough."""
    (folder,) = find_sources(trusted.address("TLS%20reports"))
    assert isinstance(folder, imap_folders.ImapFolder)
    fetched: list[int] = []
    outcomes = list(read_source(folder, on_read=fetched.append))

    assert len(outcomes) == len(MAILS)
    assert folder.size == sum(len(mail) + mail.count(b"\n") for mail in MAILS)
    assert len(fetched) == len(MAILS) - 1
    assert sum(fetched) < folder.size - LARGE


def test_batches_give_what_one_gives(trusted: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether they end by their number or by their bytes."""
    for mails, size in ((1, 8_000_000), (2, 1), (3, 2_000)):
        monkeypatch.setattr(imap_folders, "BATCH_MAILS", mails)
        monkeypatch.setattr(imap_sessions, "BATCH_BYTES", size)
        assert load_reports(trusted.address("TLS%20reports")).balance == BALANCE


def test_of_a_mail_beyond_the_limit_no_more_is_fetched(trusted: MailServer) -> None:
    """It is a row of its own."""
    tables = load_reports(trusted.address("TLS%20reports"), limits=Limits(mail_bytes=50_000))

    assert tables.balance == Balance(members=7, reports=1, duplicates=1, rejected=1, skipped=4)


def test_without_a_folder_the_inbox_is_read(trusted: MailServer) -> None:
    """It has no report."""
    assert load_reports(trusted.address()).balance == Balance(members=1, skipped=1)


def test_folders_with_other_letters_are_found(trusted: MailServer) -> None:
    """An empty folder is a row."""
    tables = load_reports(trusted.address("B%C3%BCcher"), trusted.address("Empty"))

    assert tables.balance == Balance(members=2, skipped=2)
    assert set(tables.problems["message"]) == {"a folder without mails"}


def test_the_same_folder_is_read_once(trusted: MailServer) -> None:
    """As the same file is."""
    assert len(find_sources(trusted.address("Empty"), trusted.address("Empty"))) == 1


def test_a_wrong_password_is_reported(trusted: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to do, too."""
    monkeypatch.setenv(VARIABLE, "wrong")

    message = _refusal(trusted.address("Empty"))

    assert f"localhost refuses the user '{USER}'" in message
    assert "wrong" not in message


def test_a_password_of_the_keyring_is_used(
    trusted: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By host and user."""
    monkeypatch.delenv(VARIABLE)
    assert "no password for 'reports@example.com' at localhost: set" in _refusal(trusted.address())

    class Kept(keyring.backend.KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return {("localhost", USER): PASSWORD}.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

        def delete_password(self, service: str, username: str) -> None:
            raise NotImplementedError

    keyring.set_keyring(Kept())
    assert load_reports(trusted.address()).balance.members == 1


def test_a_server_that_takes_no_token_is_named(
    trusted: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not get it, either."""
    monkeypatch.setenv("TLSRPT_IMAP_TOKEN", "a-token")

    assert "localhost takes no OAuth 2 token" in _refusal(trusted.address())


def test_a_missing_folder_is_told_with_those_that_are_there(trusted: MailServer) -> None:
    """A folder's name is easily wrong."""
    message = _refusal(trusted.address("TLS"))

    assert "no folder 'TLS'; the account has: " in message
    assert "TLS reports" in message


def test_a_certificate_that_is_not_trusted_is_reported(server: MailServer) -> None:
    """No password is sent before it is."""
    message = _refusal(server.address())

    assert "the certificate of localhost is not trusted (self-signed certificate)" in message


def test_a_certificate_for_another_name_is_reported(trusted: MailServer) -> None:
    """An address is not its name."""
    message = _refusal(trusted.address(host="127.0.0.1"))

    assert "the certificate of 127.0.0.1 is not trusted (IP address mismatch" in message


def test_a_server_that_is_not_there_is_reported(trusted: MailServer) -> None:
    """All wrong addresses at once."""
    message = _refusal("imaps://me@localhost:1/", trusted.address("none"))

    assert "2 addresses cannot be read" in message
    assert "no connection to localhost port 1 (Connection refused)" in message


def test_a_server_without_starttls_gets_no_password() -> None:
    """The test's server reports what it received."""
    heard: list[bytes] = []

    class Plain(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
            for line in self.rfile:
                heard.append(line)
                tag = line.split()[0]
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Plain) as plain:
        thread = threading.Thread(target=plain.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        message = _refusal(f"imap://me@127.0.0.1:{plain.server_address[1]}/")
        plain.shutdown()
        thread.join()

    assert "127.0.0.1 offers no STARTTLS" in message
    assert PASSWORD.encode() not in b"".join(heard)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (f"imaps://me:{PASSWORD}@localhost/", "an address must not contain a password"),
        ("imaps://localhost/", "the user or the host is missing"),
        ("imaps://me@", "the user or the host is missing"),
        ("imaps://me@localhost:x/", "this is not an address"),
        ("imaps://me@[::1/", "this is not an address"),
    ],
)
def test_a_wrong_address_is_reported(address: str, message: str) -> None:
    """Nothing is asked."""
    assert message in _refusal(address)


def test_the_usual_ports_are_known() -> None:
    """993 for TLS from the first byte, 143 for STARTTLS."""
    assert parse_imap_address("imaps://me@a.example").port == 993
    assert parse_imap_address("imap://me@a.example/x").port == 143


def _first_and_rest(server: MailServer, interrupt: str) -> tuple[Outcome, list[Outcome]]:
    (folder,) = find_sources(server.address())
    assert not isinstance(folder, Rejected | Skipped)
    outcomes = read_source(folder)
    first = next(outcomes)
    server.kick()
    if interrupt == "terminate":
        server.process.terminate()
        server.process.wait(timeout=20)
    return first, list(outcomes)


def _many() -> dict[str, list[bytes]]:
    return {"": [mailed(gzipped(report_document(report_id=f"{n}"))) for n in range(9)]}


def test_a_connection_that_breaks_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers end long sessions."""
    monkeypatch.setattr(imap_folders, "BATCH_MAILS", 2)
    with dovecot(_many()) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
        first, rest = _first_and_rest(running, "kick")

    assert [type(outcome) for outcome in (first, *rest)] == [ReportRead] * 9


def test_of_a_server_that_goes_away_every_mail_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The balance still adds up."""
    monkeypatch.setattr(imap_folders, "BATCH_MAILS", 2)
    with dovecot(_many()) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
        first, rest = _first_and_rest(running, "terminate")

    assert [type(outcome) for outcome in (first, *rest)] == [ReportRead] * 2 + [Rejected] * 7
    assert isinstance(rest[-1], Rejected)
    assert "the connection was lost" in rest[-1].problem.message


def test_mails_that_vanish_are_rows(trusted: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone else may tidy up meanwhile."""
    (folder,) = find_sources(trusted.address("Empty"))
    assert isinstance(folder, imap_folders.ImapFolder)
    monkeypatch.setattr(imap_sessions.ImapSession, "uids", lambda *_: [1, 2])

    (first, second) = folder.mails(Limits())

    assert isinstance(first, Rejected)
    assert isinstance(second, Rejected)
    assert "it was deleted" in first.problem.message


def test_a_folder_that_cannot_be_opened_any_more_is_a_row(trusted: MailServer) -> None:
    """It was there when it was found."""
    (folder,) = find_sources(trusted.address("Empty"))
    assert isinstance(folder, imap_folders.ImapFolder)
    gone = msgspec.structs.replace(
        folder, account=dataclasses.replace(folder.account, folder="gone")
    )

    (outcome,) = read_source(gone)

    assert isinstance(outcome, Rejected)
    assert "no folder 'gone'" in outcome.problem.message


def test_a_store_reads_a_folder_again_only_if_mails_came(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Then only what is new is added."""
    store = Store(tmp_path / "store")
    with dovecot(_many()) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
        added = [store.add(running.address()) for _ in range(2)]
        running.deliver(mailed(gzipped(report_document(report_id="new"))))
        added.append(store.add(running.address()))

    assert [one.read_sources for one in added] == [1, 0, 1]
    assert [one.balance.reports for one in added] == [9, 0, 1]


def test_the_password_stays_out_of_what_is_shown(trusted: MailServer, tmp_path: Path) -> None:
    """Of names, of tables, and of what can be pickled for a worker."""
    (folder,) = find_sources(trusted.address("TLS%20reports"))
    tables = load_reports(trusted.address("TLS%20reports"), tmp_path)

    assert PASSWORD not in repr(folder)
    assert not tables.reports["source"].str.contains(PASSWORD).any()
