"""Zstandard data inflated while it is read (RFC 8878 §3.1), by the library that Arrow brings."""

import io
from typing import TYPE_CHECKING

from tlsrpt_analysis.intake.wrappings.streams import ASK_AGAIN, Budget, Stream, Unreadable

if TYPE_CHECKING:
    import pyarrow as pa

_FRAME = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = (bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60))
_STARTS = (_FRAME, *_SKIPPABLE)


def is_zstandard(head: bytes) -> bool:
    """Whether bytes start as a frame of Zstandard data."""
    return head.startswith(_STARTS)


class ZstandardReader:
    """Reads Zstandard data, of which Arrow refuses a window of more than 128 MB."""

    def __init__(self, packed: Stream, budget: Budget) -> None:
        self._packed = _CountedBytes(packed)
        self._budget = budget
        self._unpacked_bytes = 0
        self._inflating: pa.CompressedInputStream | None = None

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next unpacked bytes, and ``b""`` at the end."""
        try:
            chunk: bytes = self._stream().read(size)
        except OSError as error:
            message = f"the zstd data is damaged or cut off ({error}): {ASK_AGAIN}"
            raise Unreadable("archive", message) from error
        self._budget.unpack(len(chunk))
        self._unpacked_bytes += len(chunk)
        self._budget.check_ratio(self._packed.count, self._unpacked_bytes)
        return chunk

    def _stream(self) -> "pa.CompressedInputStream":
        if self._inflating is None:
            import pyarrow as pa  # noqa: PLC0415 - few readers meet Zstandard data

            file = pa.PythonFile(self._packed, mode="r")
            self._inflating = pa.CompressedInputStream(file, "zstd")
        return self._inflating


class _CountedBytes(io.RawIOBase):
    """A stream as a file that counts what is read."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = self._stream.read(65_536 if size is None or size < 0 else size)
        self.count += len(chunk)
        return chunk
