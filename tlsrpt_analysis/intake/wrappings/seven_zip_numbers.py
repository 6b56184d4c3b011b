"""The numbers in the directory of a 7z archive, read one after another."""


class DirectoryError(Exception):
    """A directory that is damaged, or holds what is not read."""


def whole(content: bytes) -> int:
    """Return a number whose lowest byte comes first."""
    return int.from_bytes(content, "little")


class Reader:
    """Reads the numbers of a directory; beyond its end it is damaged."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def take(self, count: int) -> bytes:
        """Return so many bytes."""
        end = self._place + count
        if end > len(self._content):
            raise DirectoryError("its directory is cut off")
        found = self._content[self._place : end]
        self._place = end
        return found

    def byte(self) -> int:
        """Return one byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Return a number, whose first byte says how many follow."""
        first = self.byte()
        count = 8 - (first ^ 0xFF).bit_length()  # leading ones: further bytes
        high = first & (0x7F >> count) if count < 8 else 0
        return whole(self.take(count)) | high << 8 * count

    def count(self) -> int:
        """Return how many things follow, each of which takes a byte at least."""
        count = self.number()
        if count > len(self._content) - self._place:
            raise DirectoryError("its directory claims more than it holds")
        return count

    def rest(self) -> bytes:
        """Return what is left."""
        return self.take(len(self._content) - self._place)

    def bits(self, count: int) -> list[bool]:
        """Return so many flags."""
        packed = self.take((count + 7) // 8)
        return [bool(packed[each >> 3] & 0x80 >> (each & 7)) for each in range(count)]

    def digests(self, count: int) -> list[int | None]:
        """Return a checksum, or None, for each of so many streams."""
        is_known = [True] * count if self.byte() else self.bits(count)
        return [whole(self.take(4)) if known else None for known in is_known]
