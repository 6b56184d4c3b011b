"""Mailboxes with OAuth 2 on a real Dovecot, which asks a server on loopback about each token."""

import logging
import pickle
from base64 import b64encode
from collections.abc import Iterator

import pytest
from support.mail_servers import USER, Introspection, MailServer, dovecot
from support.scripted_imap import READ_LINE, scripted_imap
from support.token_servers import introspected, service
from support.wrappings import REPORT, mailed

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.imap_folders import ImapFolder
from tlsrpt_analysis.intake.sources.mailbox_access import MailboxAccess
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.loading.load import load_reports

GOOD = "good-token-of-the-mailbox"
BAD = "token-that-has-expired"


@pytest.fixture(scope="module", params=["oauthbearer xoauth2", "xoauth2"])
def mailbox(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    """Yield a server for each way of taking tokens, with one report."""
    with service(is_tls=False) as authority:
        introspected(authority, GOOD)
        introspection = Introspection(
            f"{authority.url.replace('localhost', '127.0.0.1')}/introspect", request.param
        )
        with dovecot({"": [mailed(REPORT)]}, introspection) as running:
            yield running


@pytest.fixture(autouse=True)
def _trusted(mailbox: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(mailbox.certificate))


def _refusal(address: str, command: str = "") -> str:
    with pytest.raises(SourceError) as raised:
        find_sources(address, access=MailboxAccess(command))
    assert GOOD not in str(raised.value)
    assert BAD not in str(raised.value)
    return str(raised.value)


def test_a_mailbox_is_read_with_a_token(
    mailbox: MailServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """From the environment, and no log holds it."""
    monkeypatch.setenv("TLSRPT_IMAP_TOKEN", GOOD)
    with caplog.at_level(logging.DEBUG):
        assert load_reports(mailbox.address()).balance.reports == 1

    assert caplog.records
    assert GOOD not in caplog.text
    assert b64encode(GOOD.encode()).decode()[2:20] not in caplog.text


def test_a_token_that_is_refused_is_said_with_the_way_out(
    mailbox: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the server's code for it."""
    monkeypatch.setenv("TLSRPT_IMAP_TOKEN", BAD)

    message = _refusal(mailbox.address())

    assert f"localhost refuses the token of the user '{USER}' (status " in message
    assert "set TLSRPT_IMAP_TOKEN to a new token" in message


def test_a_token_that_has_expired_is_renewed_once(
    mailbox: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A command is asked again, and not a third time."""
    folder = tmp_path_factory.mktemp("command")
    script = folder / "tokens.sh"
    script.write_text(
        f"echo asked >> {folder}/asked\n"
        f"[ $(wc -l < {folder}/asked) = 2 ] && echo {GOOD} || echo {BAD}\n"
    )
    command = f"sh {script}"

    assert load_reports(mailbox.address(), token_command=command).balance.reports == 1
    assert (folder / "asked").read_text().splitlines() == ["asked"] * 2
    assert "run the token command by hand" in _refusal(mailbox.address(), command)
    assert len((folder / "asked").read_text().splitlines()) == 4


def test_a_folder_that_is_sent_to_a_worker_holds_no_token(mailbox: MailServer) -> None:
    """The worker asks for its own."""
    access = MailboxAccess(f"echo {GOOD}")
    (folder,) = find_sources(mailbox.address(), access=access)
    assert isinstance(folder, ImapFolder)
    assert folder.account.tokens is not None
    assert folder.account.tokens._token == GOOD

    sent = pickle.loads(pickle.dumps(folder))  # noqa: S301 - our own

    assert GOOD not in repr(folder) + repr(access) + repr(folder.account)
    assert sent.account.tokens._token == ""
    assert sent.account.tokens.token() == GOOD


def test_a_hostile_refusal_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may hold the token, controls, or anything else."""
    monkeypatch.setenv("TLSRPT_IMAP_TOKEN", GOOD)
    for challenge in (
        b'{"status": "%b"}' % GOOD.encode(),
        b'{"status": "400", "scope": "x %b"}' % GOOD[3:].encode(),
        b'{"status": "\\u001b[31m"}',
        b"[" * 1_000,
        b"[]",
        b"\xff",
    ):
        answers = {
            "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n",
            "AUTHENTICATE": b"+ \r\n+ " + b64encode(challenge) + b"\r\nTAG NO no\r\n",
        }
        with scripted_imap(answers) as server:
            monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
            message = _refusal(server.address)
        assert "refuses the token of the user 'me'" in message
        assert message.replace("\n", "").isprintable()


def test_an_odd_question_of_a_server_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not base64."""
    monkeypatch.setenv("TLSRPT_IMAP_TOKEN", GOOD)
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n",
        "AUTHENTICATE": b"+ x\r\n",
    }
    with scripted_imap(answers) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        assert "localhost refused the login (Error)" in _refusal(server.address)


def test_a_server_that_never_stops_asking_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the token and the empty answer the client gives up."""
    monkeypatch.setenv("TLSRPT_IMAP_TOKEN", GOOD)
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER\r\n",
        "AUTHENTICATE": [b"+ \r\n", READ_LINE, b"+ \r\n" * 49 + b"TAG NO no\r\n"],
    }
    with scripted_imap(answers) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        assert "refuses the token" in _refusal(server.address)
        assert sum(len(line) > len(GOOD) * 2 for line in server.heard) == 1
