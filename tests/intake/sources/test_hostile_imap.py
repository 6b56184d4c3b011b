"""A hostile IMAP server costs its own folder, bounded time and memory, and no traceback."""

import itertools
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from support.scripted_imap import Answer, ScriptedServer, scripted_imap
from support.wrappings import REPORT, mailed

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.sources import imap_accounts, imap_connection, imap_sessions
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.intake.tolerant.reader import read_source


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test reaches soon."""
    monkeypatch.setenv("TLSRPT_IMAP_PASSWORD", "secret")
    monkeypatch.setattr(imap_connection, "LINE_BYTES", 100_000)
    monkeypatch.setattr(imap_connection, "COMMAND_BYTES", 1_000_000)
    monkeypatch.setattr(imap_sessions, "COMMAND_BYTES", 1_000_000)
    monkeypatch.setattr(imap_connection.Bounds.__init__, "__defaults__", (1_000_000,))


LIMITS = Limits(mail_bytes=500_000)


def _read(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> list[Outcome] | str:
    """Return the outcomes of its folder, or why there is none."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    try:
        (folder,) = find_sources(server.address)
    except SourceError as error:
        return str(error)
    assert not isinstance(folder, Rejected | Skipped)
    return list(read_source(folder, LIMITS))


def _fetched(mail: bytes) -> bytes:
    return b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%b)\r\n" % (len(mail), mail)


def test_the_script_is_read_as_an_honest_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the others would prove nothing."""
    with scripted_imap({"BODY.PEEK": _fetched(mailed(REPORT))}) as server:
        (outcome,) = _read(server, monkeypatch)

    assert isinstance(outcome, ReportRead)


ODD: list[tuple[str, Answer]] = [
    ("CAPABILITY", b"* CAPABILITY \xff\xfe\x00\r\n"),
    ("CAPABILITY", b"* CAPABILITY\r\n"),
    ("LOGIN", b"* NO {99999999999999999999}\r\n"),
    ("EXAMINE", b"* OK [UIDVALIDITY] none\r\n"),
    ("EXAMINE", b"* OK [UIDVALIDITY " + b"9" * 5_000 + b"] many\r\n"),
    ("EXAMINE", b"* OK [UIDVALIDITY -1] less\r\n"),
    ("EXAMINE", b"* x EXISTS\r\n* OK [UIDVALIDITY seven] a word\r\n"),
    ("EXAMINE", b"* OK [PERMANENTFLAGS (\xff\r\n"),
    ("EXAMINE", b"TAG BAD no\r\n"),
    ("EXAMINE", b"+ go on\r\n"),
    ("LIST", b"* LIST\r\n"),
    ("STATUS", b"* STATUS INBOX (SIZE x MESSAGES -1 UIDNEXT 99999999999999999999)\r\n"),
    ("STATUS", b"* STATUS\r\n* STATUS INBOX\r\n* STATUS INBOX (\r\n"),
    ("SEARCH", b"* SEARCH one two\r\n"),
    ("SEARCH", b"* SEARCH -1 99999999999999999999 0\r\n"),
    ("SEARCH", b"* SEARCH " + b"9" * 5_000 + b"\r\n"),
    ("SEARCH", b"* SEARCH (MODSEQ\r\n"),
    ("SEARCH", b"* SEARCH \xff\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH (UID 1)\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH (UID 1 RFC822.SIZE NIL)\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH (UID 1 RFC822.SIZE -99999999999999999999)\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH (UID 1 RFC822.SIZE (1 (2 (3))))\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH (UID one RFC822.SIZE many)\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH " + b"(" * 5_000 + b"\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH (UID {9}\r\n"),
    ("RFC822.SIZE", b"* 1 FETCH (UID {" + b"9" * 5_000 + b"}\r\n"),
    ("RFC822.SIZE", b'* 1 FETCH (UID 1 INTERNALDATE "99-Xxx-0 25:61:61")\r\n'),
    ("RFC822.SIZE", b"* 1 FETCH (UID 1 ENVELOPE (1 2 3))\r\n"),
    ("RFC822.SIZE", b"TAG OK\r\nTAG OK\r\n"),
    ("RFC822.SIZE", b"\x00\xff\r\n\r\n"),
    ("BODY.PEEK", b"* 1 FETCH (UID 1 BODY[]<0> NIL)\r\n"),
    ("BODY.PEEK", b"* 1 FETCH (UID 1 BODY[]<0> 17)\r\n"),
    ("BODY.PEEK", b"* 1 FETCH (UID 1 BODY[]<0> {-1}\r\nx)\r\n"),
    ("BODY.PEEK", b'* 1 FETCH (UID 1 BODY[]<0> "never ends\r\n'),
    ("BODY.PEEK", b"* BYE enough\r\n"),
]


@pytest.mark.parametrize(("word", "answer"), ODD)
def test_an_odd_answer_is_no_traceback(
    word: str, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every number and text may be wrong; the folder is then refused, or its mail."""
    monkeypatch.setattr(imap_accounts, "OPENING_SECONDS", 5)
    monkeypatch.setattr(imap_connection, "READ_SECONDS", 0.1)
    with scripted_imap({word: answer}) as server:
        outcomes = _read(server, monkeypatch)

    assert outcomes
    if not isinstance(outcomes, str):
        assert all(isinstance(outcome, Rejected | Skipped) for outcome in outcomes)


def _endless(piece: bytes) -> Iterator[bytes]:
    return itertools.repeat(piece, 1_000)


BOUNDLESS: list[tuple[str, Answer]] = [
    ("BODY.PEEK", b"* 1 FETCH (UID 1 BODY[]<0> {10000000000}\r\n"),
    (
        "BODY.PEEK",
        lambda: _endless(b"* 1 FETCH (UID 1 BODY[]<0> {9000}\r\n" + bytes(9_000) + b")\r\n"),
    ),
    ("RFC822.SIZE", lambda: _endless(bytes(10_000))),
    ("RFC822.SIZE", lambda: _endless(b"* OK " + b"x" * 9_000 + b"\r\n")),
    ("EXAMINE", lambda: _endless(b"* FLAGS " + b"x" * 9_000 + b"\r\n")),
    ("SEARCH", lambda: itertools.chain([b"* SEARCH"], _endless(b" 1" * 5_000))),
]


@pytest.mark.parametrize(("word", "answer"), BOUNDLESS)
def test_a_boundless_answer_takes_bounded_memory(
    word: str, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A literal of 10 GB took 2.4 GB of memory in eight seconds."""
    with scripted_imap({word: answer}) as server:
        tracemalloc.start()
        outcomes = _read(server, monkeypatch)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert outcomes
    assert peak < 8_000_000


def _slowly() -> Iterator[bytes]:
    for _ in range(100):
        time.sleep(0.02)
        yield b"*"


@pytest.mark.parametrize("word", ["CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "BODY.PEEK"])
def test_a_session_ends_at_its_deadline(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends a letter at a time is never silent."""
    monkeypatch.setattr(imap_accounts, "OPENING_SECONDS", 0.3)
    monkeypatch.setattr(imap_sessions, "SESSION_SECONDS", 0.3)
    began = time.monotonic()
    with scripted_imap({word: _slowly}) as server:
        outcomes = _read(server, monkeypatch)
        seconds = time.monotonic() - began

    assert seconds < 1.5
    assert outcomes


def test_a_mail_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be loaded again."""
    monkeypatch.setattr(imap_sessions, "SESSION_SECONDS", 0.3)
    with scripted_imap({"BODY.PEEK": _slowly}) as server:
        (outcome,) = _read(server, monkeypatch)

    assert isinstance(outcome, Rejected)
    assert "could not be fetched (the session took too long)" in outcome.problem.message


def test_what_a_server_says_before_tls_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone in between may have said it."""
    with scripted_imap({}) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        client, _ = imap_accounts.parse_imap_address(server.address).open_folder()
        connection = client._imap
        connection._received += b"* CAPABILITY forged\r\n"
        connection._from = None  # as after STARTTLS
        answer = client.capabilities()
        imap_accounts.close(client)

    assert b"FORGED" not in answer
