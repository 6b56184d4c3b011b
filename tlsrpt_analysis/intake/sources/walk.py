"""Finds what to read: paths, folders, globs and addresses become a list of sources.

Addresses are looked up by `imap_folders`, `graph_folders`, `web_files` and `remote_files`.
"""

import glob
import os
import stat
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tlsrpt_analysis.errors import MissingExtraError, SourceError
from tlsrpt_analysis.extras import needed_extra
from tlsrpt_analysis.intake.outcomes import Problem, Rejected, Skipped
from tlsrpt_analysis.intake.sources.files import Source, scheme_of, shown_address
from tlsrpt_analysis.intake.sources.mailbox_access import AS_IT_IS, MailboxAccess
from tlsrpt_analysis.intake.sources.standard_input import STANDARD_INPUT, read_standard_input
from tlsrpt_analysis.intake.wrappings.streams import readable_name

__all__ = ["Source", "find_sources", "walk_sources"]

_MAILDIR = frozenset({"cur", "new", "tmp"})


def find_sources(
    *paths: str | os.PathLike[str], access: MailboxAccess = AS_IT_IS
) -> list[Source | Rejected | Skipped]:
    """Return the files that paths, folders and globs lead to, each file once.

    Parameters
    ----------
    *paths : str or os.PathLike
        Files, folders and globs, with ``~`` and ``**`` expanded.
        Folders are read recursively, and links to folders are followed once.
        Also addresses: ``imaps://user@host/folder``, ``graph://user/folder``, and those that fsspec
        reads, for example ``s3://bucket/folder``; and ``https://host/file``.
        ``-`` is standard input, which is read at once.
    access : MailboxAccess
        How mailboxes are read.

    Returns
    -------
    list of Source, Rejected or Skipped
        In the order of the paths, sorted within each. Anything that is not a readable file is
        an outcome: an empty folder, a pipe or a device (never opened), a broken link, a folder
        without permission, and files in the ``tmp`` of a Maildir, which are unfinished
        deliveries.

    Raises
    ------
    SourceError
        When a path does not exist or a glob matches nothing; all of them are reported at once,
        before anything is read.

    Examples
    --------
    >>> find_sources("no-such-folder/")
    Traceback (most recent call last):
    ...
    tlsrpt_analysis.errors.SourceError: 1 path leads nowhere:
      'no-such-folder/': no such file or folder
    Check the spelling; a relative path starts at the current folder.
    """
    return list(walk_sources(*paths, access=access))


def walk_sources(
    *paths: str | os.PathLike[str], access: MailboxAccess = AS_IT_IS
) -> Iterator[Source | Rejected | Skipped]:
    """Yield one by one what `find_sources` returns; wrong paths are reported before the first."""
    roots: list[str | Source | Skipped] = []
    wrong: list[str] = []
    failed: list[str] = []
    for path in paths:
        text = os.fsdecode(path)
        if scheme_of(text) or text == STANDARD_INPUT:
            try:
                roots += _behind(text, access)
            except (SourceError, MissingExtraError) as error:
                failed.append(f"  {shown_address(text)!r}: {error}")
            continue
        found = _expanded(text)
        roots += found
        if not found:
            wrong.append(f"  {text!r}: {_complaint(text)}")
    if wrong or failed:
        raise SourceError("\n".join(_complaints(wrong, failed)))
    if not roots:
        raise SourceError("no path given: name the files, folders or globs to read")
    walk = _Walk()
    return (found for root in roots for found in walk.below(root))


def _complaints(wrong: list[str], failed: list[str]) -> Iterator[str]:
    if wrong:
        yield f"{'1 path leads' if len(wrong) == 1 else f'{len(wrong)} paths lead'} nowhere:"
        yield from wrong
        yield "Check the spelling; a relative path starts at the current folder."
    if failed:  # each has its own reason: a name, a password, a server, a missing package
        count = "1 address" if len(failed) == 1 else f"{len(failed)} addresses"
        yield f"{count} cannot be read:"
        yield from failed


def _behind(address: str, access: MailboxAccess) -> Sequence[str | Source | Skipped]:
    if address == STANDARD_INPUT:
        return [read_standard_input()]
    scheme = scheme_of(address)
    if scheme in {"imap", "imaps"}:
        with needed_extra("mailbox", "reading a mailbox"):
            from tlsrpt_analysis.intake.sources.imap_folders import find_imap_folder  # noqa: PLC0415 - as below

        return [find_imap_folder(address, access)]
    if scheme == "graph":
        with needed_extra("mailbox", "reading a mailbox"):
            from tlsrpt_analysis.intake.sources.graph_folders import find_graph_folder  # noqa: PLC0415 - as below

        return [find_graph_folder(address, access)]
    if scheme == "file":
        path = url2pathname(urlsplit(address).path)
        if not os.path.exists(path):  # noqa: PTH110
            raise SourceError("no such file or folder")
        return [path]
    if scheme in {"http", "https"}:
        from tlsrpt_analysis.intake.sources.web_files import find_web_file  # noqa: PLC0415 - as below

        return [find_web_file(address)]
    with needed_extra("remote", f"reading {scheme}://"):
        from tlsrpt_analysis.intake.sources.remote_files import find_remote_files  # noqa: PLC0415 - few need it

    return find_remote_files(address)


def _expanded(text: str) -> list[str]:
    path = os.path.expanduser(text)  # noqa: PTH111 - Path would drop the trailing slash and "./"
    if text and os.path.exists(path):  # noqa: PTH110 - a real name may hold "[" and the like
        return [path]
    return sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else []  # noqa: PTH207


def _complaint(text: str) -> str:
    if glob.has_magic(text):
        return "no file matches this pattern"
    if os.path.islink(text):  # noqa: PTH114
        return "a link to something that does not exist"
    return "no such file or folder"


class _Walk:
    """Walks down from the roots and remembers what it has visited, so nothing comes twice."""

    def __init__(self) -> None:
        self._seen: set[object] = set()
        self._numbers: dict[int, dict[int, int]] = defaultdict(dict)
        """The visited inodes by device, 64 in one integer: neighbours are created together, so a
        million files take a few megabytes."""

    def below(self, root: str | Source | Skipped) -> Iterator[Source | Rejected | Skipped]:
        """Yield what is at and below a path; a stack, not recursion, as folders can be deep."""
        if not isinstance(root, str):
            identity = root.path if isinstance(root, Source) else root
            if identity not in self._seen:
                self._seen.add(identity)
                yield root
            return
        above = os.path.dirname(root)  # noqa: PTH120
        waiting = [("", iter([root]), _is_unfinished_delivery(above))]
        while waiting:
            prefix, children, is_unfinished = waiting[-1]
            for child in children:
                path = prefix + child
                try:
                    found = os.stat(path)  # noqa: PTH116 - a string is a third of the cost of a Path
                    if self._is_seen(path, found):
                        continue
                    if stat.S_ISDIR(found.st_mode):
                        names = sorted(os.listdir(path))  # noqa: PTH208
                        if not names and not _is_in_maildir(path):
                            yield _skipped(readable_name(path), "an empty folder")
                        below = os.path.join(path, "")  # noqa: PTH118
                        waiting.append((below, iter(names), _is_unfinished_delivery(path)))
                        break
                except OSError as error:
                    yield _rejected(readable_name(path), error)
                else:
                    yield _outcome(path, found, is_unfinished=is_unfinished)
            else:
                waiting.pop()

    def _is_seen(self, path: str, found: os.stat_result) -> bool:
        if found.st_ino == 0:  # some network file systems have no inodes
            real = os.path.realpath(path)
            is_seen = real in self._seen
            self._seen.add(real)
            return is_seen
        pages = self._numbers[found.st_dev]
        page, bit = found.st_ino >> 6, 1 << (found.st_ino & 63)
        seen = pages.get(page, 0)
        pages[page] = seen | bit
        return bool(seen & bit)


def _is_unfinished_delivery(folder: str) -> bool:
    path = Path(folder)  # whatever slashes it ends in
    return path.name == "tmp" and _is_in_maildir(folder)


def _is_in_maildir(path: str) -> bool:
    folder = Path(path)
    return folder.name in _MAILDIR and all(
        (folder.parent / name).is_dir() for name in ("cur", "new")
    )


def _outcome(path: str, found: os.stat_result, *, is_unfinished: bool) -> Source | Skipped:
    name = readable_name(path)
    if not stat.S_ISREG(found.st_mode):
        return _skipped(name, "a pipe, a device or something similar, which is never opened")
    if is_unfinished:
        return _skipped(name, "in the tmp of a Maildir: an unfinished delivery")
    return Source(name, path, found.st_size)


def _skipped(name: str, message: str) -> Skipped:
    return Skipped(Problem(name, "source", "skipped", message))


def _rejected(name: str, error: OSError) -> Rejected:
    message = f"it cannot be read ({error.strerror}): check the link, or the permissions"
    return Rejected(Problem(name, "source", "rejected", message))
