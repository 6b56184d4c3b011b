"""The door to the disk: what paths, folders and globs lead to."""

import os
import socket
from pathlib import Path

import pytest
from support.wrappings import REPORT

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.outcomes import Rejected, Skipped
from tlsrpt_analysis.intake.sources.walk import Source, find_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with three files, which is the current folder's only child."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "reports"
    (root / "google").mkdir(parents=True)
    (root / "b.json").write_bytes(REPORT)
    (root / "a.json").write_bytes(REPORT)
    (root / "google" / "2026-07.zip").write_bytes(b"PK")
    return root


ALL = ["reports/a.json", "reports/b.json", "reports/google/2026-07.zip"]


def _told(*paths: str | Path) -> list[str | tuple[str, str]]:
    return [
        found.name
        if isinstance(found, Source)
        else (found.problem.source, found.problem.message.partition(" (")[0])
        for found in find_sources(*paths)
    ]


def test_a_folder_is_walked_in_order(folder: Path) -> None:
    """Names start with what the user gave."""
    assert _told("reports") == ALL
    assert _told("reports/") == ALL
    assert _told("./reports") == [f"./{name}" for name in ALL]
    assert _told(folder) == [str(folder.parent / name) for name in ALL]


@pytest.mark.usefixtures("folder")
def test_files_and_globs_are_found() -> None:
    """Any mix of them."""
    assert _told("reports/b.json", "reports/*.json") == ["reports/b.json", "reports/a.json"]
    assert _told("reports/**/*.zip") == ALL[2:]
    assert _told("rep*") == ALL
    assert _told(Path("reports/a.json")) == ALL[:1]


def test_the_home_folder_is_understood(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a shell."""
    monkeypatch.setenv("HOME", str(folder))

    assert _told("~/a.json") == _told("~/a.*") == [str(folder / "a.json")]


def test_a_name_that_looks_like_a_glob_is_a_name(folder: Path) -> None:
    """A file may be called so."""
    (folder / "[a].json").write_bytes(REPORT)

    assert _told("reports/[a].json") == ["reports/[a].json"]


def test_a_source_has_its_size_and_can_be_read(folder: Path) -> None:
    """The size is for the progress bar."""
    (source,) = find_sources(folder / "a.json")

    assert isinstance(source, Source)
    assert source.size == len(REPORT)
    with source.open() as file:
        assert file.read() == REPORT


def test_the_same_file_is_read_once(folder: Path) -> None:
    """By two paths, a link, or a link to its folder."""
    (folder / "c.json").symlink_to("a.json")
    (folder / "z").symlink_to("google")

    assert _told("reports", "reports/a.json", folder / "google", "rep*") == ALL


def test_files_without_a_number_are_told_apart_by_their_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems give every file the number 0."""
    real = os.stat

    def stat(path: str) -> os.stat_result:
        return os.stat_result(0 if at == 1 else number for at, number in enumerate(real(path)))

    (folder / "c.json").symlink_to("a.json")
    with monkeypatch.context() as patch:
        patch.setattr("tlsrpt_analysis.intake.sources.walk.os.stat", stat)
        found = _told("reports", "reports/./a.json")

    assert found == ALL


def test_a_circle_of_links_ends(folder: Path) -> None:
    """A link to a folder above, and one to itself."""
    (folder / "google" / "up").symlink_to("..")
    (folder / "self").symlink_to("self")

    assert _told("reports") == [*ALL, ("reports/self", "it cannot be read")]


def test_what_is_no_file_is_told_and_never_opened(folder: Path) -> None:
    """Opening a pipe would wait for ever."""
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(folder)
        listener.bind("socket")
        os.chdir("..")
    (folder / "broken").symlink_to("nowhere")
    (folder / "empty").mkdir()

    special = "a pipe, a device or something similar, which is never opened"
    assert _told("reports") == [
        *ALL[:2],
        ("reports/broken", "it cannot be read"),
        ("reports/empty", "an empty folder"),
        ALL[2],
        ("reports/pipe", special),
        ("reports/socket", special),
    ]
    assert _told("reports/pipe") == [("reports/pipe", special)]


def test_a_folder_that_cannot_be_listed_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are read."""
    listed = os.listdir

    def listdir(path: str) -> list[str]:
        if path.endswith("google"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "listdir", listdir)
    found = find_sources(folder)

    assert isinstance(found[2], Rejected)
    assert found[2].problem.message == (
        "it cannot be read (Permission denied): check the link, or the permissions"
    )


def test_a_maildir_is_its_delivered_mails(folder: Path) -> None:
    """What is in tmp was not delivered; empty folders of a Maildir are as they should be."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir()
    (folder / "cur" / "1:2,S").write_bytes(b"Subject: x\n\n")
    (folder / "tmp" / "2").write_bytes(b"Subj")

    found = find_sources(folder)

    assert [f.name for f in found if isinstance(f, Source)][2:] == [
        str(folder / "cur" / "1:2,S"),
        str(folder / "google" / "2026-07.zip"),
    ]
    (skipped,) = [f for f in found if not isinstance(f, Source)]
    assert isinstance(skipped, Skipped)
    assert skipped.problem.message == "in the tmp of a Maildir: an unfinished delivery"


def test_a_folder_called_tmp_is_a_folder(folder: Path) -> None:
    """Only next to cur and new is it part of a Maildir."""
    (folder / "tmp").mkdir()
    (folder / "tmp" / "r.json").write_bytes(REPORT)

    assert _told("reports/tmp") == ["reports/tmp/r.json"]


def test_all_wrong_paths_are_told_at_once(folder: Path) -> None:
    """Before anything is read: what, where, and what to do."""
    (folder / "broken").symlink_to("nowhere")

    with pytest.raises(SourceError) as refusal:
        find_sources("reports", "nowhere/", "", "*.eml", "reports/broken", "a\0b")

    assert str(refusal.value) == (
        "5 paths lead nowhere:\n"
        "  'nowhere/': no such file or folder\n"
        "  '': no such file or folder\n"
        "  '*.eml': no file matches this pattern\n"
        "  'reports/broken': a link to something that does not exist\n"
        "  'a\\x00b': no such file or folder\n"
        "Check the spelling; a relative path starts at the current folder."
    )


def test_no_path_at_all_is_reported() -> None:
    """A glob that a shell expanded to nothing."""
    with pytest.raises(SourceError, match="no path given"):
        find_sources()


def test_a_name_that_is_not_utf_8_can_be_shown(folder: Path) -> None:
    """A frame holds it, and a terminal prints it."""
    path = os.fsencode(folder) + b"/\xff\x1b.json"
    Path(os.fsdecode(path)).write_bytes(REPORT)

    (source,) = find_sources(os.fsdecode(path))

    assert source == Source(f"{folder}/?�.json", os.fsdecode(path), len(REPORT))
