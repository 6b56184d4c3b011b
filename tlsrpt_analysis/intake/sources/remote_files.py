"""Files at addresses like ``s3://`` or ``sftp://``, through fsspec.

An address can contain a secret, and so can the text of an error: neither is ever shown.
"""

import errno
import io
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec.core import url_to_fs

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.outcomes import Problem, Skipped
from tlsrpt_analysis.intake.sources.files import (
    Source,
    change_number,
    scheme_of,
    shown_address,
)

_CHANGES = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime", "created")
_WITH_HOST = frozenset({"ftp", "sftp", "ssh", "smb", "webdav"})
_MAGIC = re.compile(r"[*?\[]")
_BLOCK_BYTES = 1_048_576
"""Bytes requested at a time; reports have kilobytes, archives megabytes."""

_INSTALL = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "az": "adlfs",
    "sftp": "paramiko",
    "ssh": "paramiko",
    "smb": "smbprotocol",
}


class RemoteFile(Source, frozen=True, gc=True):
    """A file on a file system that fsspec supports."""

    filesystem: Any
    version: int  # from its attributes on the server when it was found

    def state(self) -> tuple[int, int]:
        """Return its size, and a number that changes when the file changes on the server.

        Raises
        ------
        OSError
            When the server gives no attribute that shows changes.
        """
        if not self.version:
            raise OSError(errno.ENODATA, "nothing shows whether it has changed")
        return self.size, self.version

    def open(self, *, on_read: Callable[[int], object] | None = None) -> io.RawIOBase:
        """Open the file; `on_read` is called with the number of bytes of each read."""
        try:
            file = self.filesystem.open(self.path, "rb", block_size=_BLOCK_BYTES)
        except Exception as error:  # noqa: BLE001 - each file system has its own errors
            raise _plain(error) from None
        return _RemoteReader(file, on_read)


def find_remote_files(address: str) -> list[Source | Skipped]:
    """Return the files at an address: one file, all files below a folder, or the matches of a glob.

    Raises
    ------
    SourceError
        When nothing is there, or a package is missing.
    """
    scheme = scheme_of(address) or ""
    filesystem, path = _filesystem(address, scheme)
    try:
        found = _infos(filesystem, path)
    except ImportError:
        raise _not_installed(scheme) from None
    except Exception as error:  # noqa: BLE001 - each file system has its own errors
        raise SourceError(f"it cannot be read ({_plain(error).strerror})") from None
    if not found:
        return [Skipped(Problem(shown_address(address), "source", "skipped", "an empty folder"))]
    root = address[: len(address) - len(urlsplit(address).path or "")]
    return [
        RemoteFile(
            shown_address(_address(scheme, name, root)),
            name,
            int(info.get("size") or 0),
            filesystem,
            _version(info),
        )
        for name, info in sorted(found.items())
    ]


def _version(info: Mapping[str, Any]) -> int:
    """Return a number for the attributes that change with a file, in any file system."""
    attributes = [f"{key}={info[key]}" for key in _CHANGES if info.get(key)]
    return change_number(attributes)


def _filesystem(address: str, scheme: str) -> tuple[Any, str]:
    if scheme not in fsspec.available_protocols():
        raise SourceError(f"reading {scheme}:// is not supported")
    try:
        filesystem, path = url_to_fs(address)
    except ImportError:
        raise _not_installed(scheme) from None
    except Exception as error:  # noqa: BLE001 - each file system has its own errors
        raise SourceError(f"it cannot be opened ({_plain(error).strerror})") from None
    return filesystem, path


def _infos(filesystem: Any, path: str) -> dict[str, Mapping[str, Any]]:
    if _MAGIC.search(path) and not filesystem.exists(path):
        matches: dict[str, Mapping[str, Any]] = filesystem.glob(path, detail=True)
        found = {name: info for name, info in matches.items() if info.get("type") == "file"}
        if not found:
            raise FileNotFoundError(errno.ENOENT, "no file matches this pattern")
        return found
    if filesystem.isdir(path):
        below: dict[str, Mapping[str, Any]] = filesystem.find(path, detail=True)
        return below
    return {path: filesystem.info(path)}


def _address(scheme: str, name: str, root: str) -> str:
    host = urlsplit(root).netloc.rpartition("@")[2] if scheme in _WITH_HOST else ""
    return f"{scheme}://{host}/{name.lstrip('/')}" if host else f"{scheme}://{name.lstrip('/')}"


def _not_installed(scheme: str) -> SourceError:
    package = _INSTALL.get(scheme)
    what = f"pip install {package}" if package else "install the fsspec package for it"
    return SourceError(f"reading {scheme}:// needs a package that is not installed: {what}")


def _plain(error: Exception) -> OSError:
    """Return an error without the original text, which can contain the address."""
    if isinstance(error, FileNotFoundError):
        return OSError(errno.ENOENT, "no such file or folder")
    if isinstance(error, PermissionError):
        return OSError(errno.EACCES, "permission denied")
    return OSError(errno.EIO, f"the server failed: {type(error).__name__}")


class _RemoteReader(io.RawIOBase):
    """A remote file whose errors contain no address."""

    def __init__(self, file: Any, on_read: Callable[[int], object] | None) -> None:
        super().__init__()
        self._file = file
        self._on_read = on_read

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            content: bytes = self._file.read(-1 if size is None else size)
        except Exception as error:  # noqa: BLE001 - each file system has its own errors
            raise _plain(error) from None
        if self._on_read is not None:
            self._on_read(len(content))
        return content

    def readinto(self, buffer: Any, /) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
