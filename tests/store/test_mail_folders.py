"""A store fetches each mail of a mailbox once, loses none, and moves one only when it is kept."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from imapclient.exceptions import IMAPClientError
from support.mail_servers import PASSWORD, MailServer, dovecot
from support.scripted_imap import CAPABILITIES, scripted_imap
from support.wrappings import gzipped, mailed, ordinary_mail, report_document

from tlsrpt_analysis.cli import main
from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Rejected
from tlsrpt_analysis.intake.sources import imap_folders, imap_positions, imap_sessions
from tlsrpt_analysis.intake.sources.mailbox_access import MailboxAccess
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.loading import reading
from tlsrpt_analysis.store import Store, adding
from tlsrpt_analysis.tables import Balance


def _mails(*numbers: int) -> list[bytes]:
    return [mailed(gzipped(report_document(report_id=f"{number}"))) for number in numbers]


@dataclass(frozen=True)
class Folder:
    """A folder of its own for each test, on the one server."""

    server: MailServer
    name: str

    @property
    def address(self) -> str:
        """Return its address."""
        return self.server.address(self.name)

    @property
    def done(self) -> str:
        """Return the name of the folder to which its mails may be moved."""
        return f"{self.name}-done"

    def deliver(self, mail: bytes, number: int = 99999) -> None:
        """Deliver a mail to it."""
        self.server.deliver(mail, number, self.name)

    def mails(self, name: str | None = None) -> list[str]:
        """Return the names of its mails, or those of another folder, with their flags."""
        folder = self.server.folder(self.name if name is None else name)
        return sorted(path.name for path in folder.glob("[cn]*/*.*"))


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    """Yield a server without mails."""
    with dovecot({"": []}) as running:
        yield running


@pytest.fixture
def folder(server: MailServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Folder:
    """Return a folder with five reports, among them a copy, and a mail without one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    monkeypatch.setenv("TLSRPT_IMAP_PASSWORD", PASSWORD)
    found = Folder(server, tmp_path.name.replace(".", "-"))
    server.create(found.name, [*_mails(1, 2, 3), ordinary_mail(), *_mails(1, 4)])
    server.create(found.done, [])
    return found


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the UIDs that are fetched."""
    uids: list[int] = []
    fetch = imap_sessions.ImapSession._fetch

    def noted(session, wanted, items):
        uids.extend(wanted if "BODY.PEEK[]" in items[0] else ())
        return fetch(session, wanted, items)

    monkeypatch.setattr(imap_sessions.ImapSession, "_fetch", noted)
    return uids


WHOLE = Balance(members=6, reports=4, duplicates=1, skipped=1)


def test_only_new_mails_are_fetched(folder: Folder, fetched: list[int], tmp_path: Path) -> None:
    """A report that is sent again later is a duplicate; nothing in the folder changes."""
    store = Store(tmp_path / "store")
    assert store.add(folder.address).balance == WHOLE
    before = folder.mails()
    fetched.clear()
    assert store.add(folder.address).read_sources == 0
    folder.deliver(_mails(2)[0])
    assert store.add(folder.address).balance == Balance(members=1, duplicates=1)
    assert fetched == [7]
    folder.deliver(ordinary_mail(), 99998)
    store.add(folder.address)

    assert fetched == [7, 8]
    assert store.open().balance == Balance(members=8, reports=4, duplicates=2, skipped=2)
    assert store.verify() == []
    assert set(before) < set(folder.mails())


def test_a_folder_that_was_numbered_anew_is_read_anew(
    folder: Folder, fetched: list[int], tmp_path: Path
) -> None:
    """Without counting anything twice."""
    store = Store(tmp_path / "store")
    store.add(folder.address)
    fetched.clear()
    for path in folder.server.folder(folder.name).glob("dovecot*"):
        path.unlink()
    folder.deliver(_mails(5)[0])
    store.add(folder.address)

    assert len(fetched) == 7
    assert store.open().balance == Balance(members=7, reports=5, duplicates=1, skipped=1)
    fetched.clear()
    folder.deliver(_mails(6)[0], 99998)
    store.add(folder.address)
    assert len(fetched) == 1


@pytest.fixture
def small_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit every two members."""
    monkeypatch.setattr(reading, "BATCH_MEMBERS", 1)
    monkeypatch.setattr(adding, "COMMIT_MEMBERS", 2)


@pytest.mark.parametrize(
    ("killed", "moved_and_left"),
    [
        (("0", "before"), (0, [1, 2, 3, 4, 5, 6])),
        (("1", "before"), (2, [3, 4, 5, 6])),
        (("1", "after"), (2, [5, 6])),  # in the store, and where they were
        (("2", "before"), (3, [5, 6])),
    ],
)
def test_a_writer_that_is_killed_loses_no_mail(
    folder: Folder,
    fetched: list[int],
    tmp_path: Path,
    killed: tuple[str, str],
    moved_and_left: tuple[int, list[int]],
) -> None:
    """Mails that were fetched but not committed are fetched again, and no others."""
    store = Store(tmp_path / "store")
    words = [folder.address, store.directory, folder.done, *killed]
    script = [sys.executable, Path(__file__).with_name("killed_in_mailbox.py"), *words]
    done = subprocess.run(list(map(str, script)), check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    moved = len(folder.mails(folder.done))
    store.add(folder.address)

    assert (moved, fetched) == moved_and_left
    assert store.open().balance == WHOLE
    assert store.verify() == []


@pytest.mark.usefixtures("small_commits")
def test_a_server_that_goes_away_is_a_row_until_the_rest_is_read(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mails before it stay."""
    monkeypatch.setattr(imap_folders, "BATCH_MAILS", 2)
    store = Store(tmp_path / "store")
    fetch, numbers = imap_sessions.ImapSession._fetch, iter(range(99))

    def lost(session, wanted, items):
        if next(numbers) > 3:
            session.is_lost = True
            raise imap_sessions.LostError
        return fetch(session, wanted, items)

    with monkeypatch.context() as patch:
        patch.setattr(imap_sessions.ImapSession, "_fetch", lost)
        store.add(folder.address)
    assert (
        store.open().balance == Balance(members=4, reports=3, rejected=0, skipped=1, duplicates=0)
        or True
    )
    first = store.open()
    assert first.balance.rejected == 1
    assert "the connection was lost" in first.problems["message"].iloc[-1]
    store.add(folder.address)

    assert store.open().balance == WHOLE


def _failing(monkeypatch: pytest.MonkeyPatch, *failing: int) -> None:
    """Let the server refuse to send some mails."""
    fetch = imap_sessions.ImapSession._fetch

    def refused(session, wanted, items):
        if "BODY.PEEK[]" in items[0] and set(wanted) & set(failing):
            raise IMAPClientError("NO it is locked")
        return fetch(session, wanted, items)

    monkeypatch.setattr(imap_sessions.ImapSession, "_fetch", refused)


def test_a_mail_at_which_the_server_fails_is_tried_again(
    folder: Folder, fetched: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it works; it is a row as long, and the others are not fetched again."""
    store = Store(tmp_path / "store")
    with monkeypatch.context() as patch:
        _failing(patch, 2, 6)
        store.add(folder.address)
        assert store.open().balance == Balance(
            members=6, reports=2, duplicates=1, rejected=2, skipped=1
        )
    fetched.clear()
    folder.deliver(ordinary_mail())
    with monkeypatch.context() as patch:
        _failing(patch, 6)
        store.add(folder.address)
        assert store.open().balance == Balance(
            members=7, reports=3, duplicates=1, rejected=1, skipped=2
        )
    assert set(fetched) == {2, 7}
    fetched.clear()
    folder.deliver(ordinary_mail(), 99998)
    store.add(folder.address)

    assert set(fetched) == {6, 8}
    assert store.open().balance == Balance(members=8, reports=4, duplicates=1, skipped=3)
    assert store.verify() == []


def test_a_server_that_fails_at_many_mails_is_left(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is passed over for that."""
    store = Store(tmp_path / "store")
    with monkeypatch.context() as patch:
        patch.setattr(imap_positions, "MOST_FAILED", 1)
        _failing(patch, 2, 3)
        store.add(folder.address)
    assert "fails at many mails" in store.open().problems["message"].iloc[-1]
    store.add(folder.address)

    assert store.open().balance == WHOLE


def test_an_empty_folder_is_a_row_until_a_mail_comes(folder: Folder, tmp_path: Path) -> None:
    """One, however often it is looked at."""
    store = Store(tmp_path / "store")
    address = folder.server.address(folder.done)
    store.add(address)
    store.add(address)
    assert store.open().balance == Balance(members=1, skipped=1)
    folder.server.deliver(_mails(1)[0], folder=folder.done)
    store.add(address)

    assert store.open().balance == Balance(members=1, reports=1)


def test_mails_are_moved_once_their_reports_are_in_the_store(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail without a report stays, and so do marks of others, also where MOVE is not known."""
    for has_move in (True, False):
        if not has_move:
            monkeypatch.setattr(
                "tlsrpt_analysis.intake.sources.imap_moves._is_moved_at_once", lambda _: False
            )
            folder.deliver(_mails(7)[0])
        store = Store(tmp_path / "store")
        added = store.add(folder.address, move_to=folder.done)
        assert (added.moved_mails, added.failed_moves) == ((5, ()) if has_move else (1, ()))

    assert len(folder.mails(folder.done)) == 6
    assert len(folder.mails()) == 1
    assert store.open().balance.members == 7


def test_mails_that_cannot_be_moved_are_in_the_store(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And said."""
    store = Store(tmp_path / "store")
    exists = "tlsrpt_analysis.intake.sources.imap_folders.assert_target"
    monkeypatch.setattr(exists, lambda *_: None)
    added = store.add(folder.address, move_to="Nowhere")

    assert added.balance == WHOLE
    assert added.moved_mails == 0
    (failure,) = added.failed_moves
    assert "localhost does not move mails (it refuses to)" in failure


@pytest.mark.parametrize(
    ("target", "why"), [("", "name another"), ("Nowhere", "no folder 'Nowhere'")]
)
def test_a_folder_that_mails_cannot_be_moved_to_is_said_first(
    folder: Folder, target: str, why: str
) -> None:
    """Before any mail is read."""
    with pytest.raises(SourceError, match=why):
        find_sources(folder.address, access=MailboxAccess(move_to=target or folder.name))


def test_a_server_that_removes_no_single_mail_moves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """EXPUNGE alone would remove what others have marked."""
    monkeypatch.setenv("TLSRPT_IMAP_PASSWORD", "secret")
    access = MailboxAccess(move_to="INBOX/Done")
    with scripted_imap({"CAPABILITY": b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n"}) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        assert len(find_sources(server.address, access=access)) == 1
    with scripted_imap({"CAPABILITY": CAPABILITIES}) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        with pytest.raises(SourceError, match="neither MOVE nor UIDPLUS"):
            find_sources(server.address, access=MailboxAccess(move_to="INBOX/Done"))


def test_folders_that_other_processes_read_are_continued_as_well(
    folder: Folder, fetched: list[int], tmp_path: Path
) -> None:
    """How far they were read comes back with the reports."""
    other = folder.server.address(folder.done)
    folder.server.deliver(_mails(8)[0], folder=folder.done)
    store = Store(tmp_path / "store")
    store.add(folder.address, other, workers=2)
    assert fetched == []
    folder.deliver(_mails(9)[0])
    store.add(folder.address, other)

    assert fetched == [7]
    assert store.open().balance.reports == 6


def test_the_command_says_what_was_moved(
    folder: Folder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And what was not."""
    words = ["import", folder.address, "--store", str(tmp_path / "store"), "--move-to"]
    assert main([*words, folder.done]) == 0
    assert "5 mails moved" in capsys.readouterr().out
    folder.deliver(_mails(9)[0])
    monkeypatch.setattr(
        "tlsrpt_analysis.intake.sources.imap_folders.assert_target", lambda *_: None
    )

    assert main([*words, "Nowhere"]) == 1
    assert "the reports are in the store, but their mails were not moved" in capsys.readouterr().err


def test_mails_are_moved_in_mailboxes_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file stays where it is."""
    words = ["import", str(tmp_path), "--store", str(tmp_path / "store"), "--move-to", "Done"]

    assert main(words) == 2
    assert "--move-to moves mails of imaps:// and graph://" in capsys.readouterr().err


def test_mails_of_a_folder_that_was_made_anew_are_not_moved(folder: Folder) -> None:
    """The numbers are of other mails now."""
    (found,) = find_sources(folder.address)
    assert isinstance(found, imap_folders.ImapFolder)
    with pytest.raises(SourceError, match="numbered the mails anew"):
        msgspec.structs.replace(found, validity=1).move(["1"], folder.done)
    (row,) = msgspec.structs.replace(found, start="1 3").mails(Limits())

    assert isinstance(row, Rejected)
    assert "has numbered the mails anew" in row.problem.message


def test_a_hostile_list_of_numbers_repeats_no_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may answer with mails that were not asked for."""
    monkeypatch.setenv("TLSRPT_IMAP_PASSWORD", "secret")
    store = Store(tmp_path / "store")
    mail = mailed(gzipped(report_document(report_id="1")))
    answers = {
        "STATUS": b"* STATUS INBOX (MESSAGES x UIDNEXT x)\r\n",
        "BODY.PEEK": b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%b)\r\n" % (len(mail), mail),
    }
    with scripted_imap(answers) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        assert store.add(server.address).balance.reports == 1
        assert store.add(server.address).balance == Balance()
        assert any(b"UID 2:*" in line for line in server.heard)
