"""7z archives written by the format's description, also such as no program writes."""

import lzma
import zlib
from dataclasses import dataclass, replace

COPY, LZMA2 = b"\0", b"\x21"


@dataclass(frozen=True)
class Plan:
    """What an archive claims, which need not be true."""

    files: tuple[bytes, ...]
    method: bytes = LZMA2
    file_count: int | None = None
    unpacked_bytes: int | None = None

    def claiming(self, **changed):
        """Return a plan that claims something else."""
        return replace(self, **changed)


def number(value):
    """Write a number in nine bytes, which is always allowed."""
    return b"\xff" + value.to_bytes(8, "little")


def packed(content, method):
    """Pack some bytes."""
    if method == COPY:
        return content
    return lzma.compress(
        content, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    )


def directory(plan, packed_bytes):
    """Write the directory of an archive of one folder."""
    content = b"".join(plan.files)
    count = len(plan.files) if plan.file_count is None else plan.file_count
    unpacked = len(content) if plan.unpacked_bytes is None else plan.unpacked_bytes
    properties = b"" if plan.method == COPY else b"\x01\x10"  # a dictionary of 1 MB
    flags = len(plan.method) | (0x20 if properties else 0)
    coder = bytes([flags]) + plan.method + properties
    sizes = b"".join(number(len(file)) for file in plan.files[:-1])
    digests = b"".join(zlib.crc32(file).to_bytes(4, "little") for file in plan.files)
    names = "".join(f"{place}.json\0" for place in range(len(plan.files))).encode("utf-16-le")
    return (
        b"\x01\x04"
         b"\x06" + number(0) + number(1) + b"\x09" + number(packed_bytes) + b"\0"
        + b"\x07\x0b" + number(1) + b"\0" + b"\x01" + coder + b"\x0c" + number(unpacked) + b"\0"
        + b"\x08\x0d" + number(len(plan.files)) + b"\x09" + sizes + b"\x0a\x01" + digests + b"\0"
        + b"\0"
        + b"\x05" + number(count) + b"\x11" + number(len(names) + 1) + b"\0" + names + b"\0"
        + b"\0"
    )  # fmt: skip


def around(packed_content, header):
    """Put the start before packed bytes and a directory."""
    place = len(packed_content).to_bytes(8, "little") + len(header).to_bytes(8, "little")
    place += zlib.crc32(header).to_bytes(4, "little")
    start = b"7z\xbc\xaf\x27\x1c\0\x04" + zlib.crc32(place).to_bytes(4, "little") + place
    return start + packed_content + header


def seven_zipped(*files, method=LZMA2, **claims):
    """Put files into one folder of an archive."""
    plan = Plan(files, method).claiming(**claims)
    content = packed(b"".join(files), method)
    return around(content, directory(plan, len(content)))
