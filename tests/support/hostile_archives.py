"""Archives and compressed files built to cost much, or to name what they should not."""

import base64
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

from support.wrappings import REPORT, report_document

LONG = b'{"report-id": "' + b"a" * 6_000_000
SOME_DAY = (2026, 7, 1, 0, 0, 0)


def hostile_archives() -> dict[str, bytes]:
    """Return each archive by its file name."""
    gzip_bomb = gzip.compress(LONG, 9, mtime=0)
    return {
        "bomb.json.gz": gzip_bomb,
        "bomb.json.bz2": bz2.compress(LONG),
        "bomb.json.xz": lzma.compress(LONG),
        "bomb.json.zst": _zstandard_bomb(),
        "bomb-in-base64.txt": base64.encodebytes(gzip_bomb),
        "bomb-in-zip.zip": zip_of({"report.json": LONG}),
        "empty-streams.bz2": bz2.compress(b"") * 1_500,
        "empty-members.gz": gzip.compress(b"", mtime=0) * 1_500,
        "overlapping.zip": _overlapping_zip(1_000),
        "nested.zip": _nested_zip(9),
        "climbing-names.zip": zip_of(
            {
                name: report_document(report_id=name)
                for name in ("../../climbed.json", "/etc/evil.json", "C:\\evil.json", "..\\evil")
            }
        ),
        "names-with-controls.zip": zip_of(
            {
                name: report_document(report_id=name)
                for name in ("two\nlines.json", "\x1b[31mred.json", "moc.\u202elive.json")
            }
        ),
        "name-with-nul.tar": _tar_file(b"evil.json\0.txt", REPORT) + _TAR_END,
        "many-attributes.tar.bz2": bz2.compress(_attributes(b"12 abcde=fg\n" * 100_000)),
        "large-attribute.tar.bz2": bz2.compress(
            _attributes(b"2000018 comment=" + b"x" * 2_000_002)
        ),
        "long-names.tar.bz2": bz2.compress(_chain(b"L", b"name")),
        "long-links.tar.bz2": bz2.compress(_chain(b"K", b"name")),
        "attribute-chain.tar.bz2": bz2.compress(_chain(b"x", b"12 abcde=fg\n")),
        "sparse.tar.bz2": bz2.compress(_sparse_chain()),
        "links-and-devices.tar": _links_and_devices(),
    }


def zip_of(files: dict[str, bytes]) -> bytes:
    """Put files into a zip under their names, all of the same day."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, SOME_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return target.getvalue()


def _zstandard_bomb() -> bytes:
    """Return a start and fifty blocks of 128 kB, each one byte to repeat (RFC 8878 §3.1.1)."""
    start, size, repeated = b'{"report-id": "', 131_072, 1
    frame = b"\x28\xb5\x2f\xfd" + b"\0" + bytes([7 << 3])  # a window of 128 kB
    blocks = [
        ((size << 3) | (repeated << 1) | (number == 49)).to_bytes(3, "little") + b"a"
        for number in range(50)
    ]
    return frame + (len(start) << 3).to_bytes(3, "little") + start + b"".join(blocks)


def _overlapping_zip(count: int) -> bytes:
    """Return a zip whose directory names one member many times, as Fifield's bomb does."""
    content = zlib.compress(LONG[:1_000_000], 9)[2:-4]
    fields = (20, 0, 8, 0, 0, zlib.crc32(LONG[:1_000_000]), len(content), 1_000_000, 4, 0)
    local = b"PK\x03\x04" + struct.pack("<5H3L2H", *fields) + b"a.js" + content
    entry = b"PK\x01\x02" + struct.pack("<6H3L5H2L", 20, *fields[:9], 0, 0, 0, 0, 0, 0) + b"a.js"
    end = struct.pack("<4H2LH", 0, 0, count, count, len(entry) * count, len(local), 0)
    return local + entry * count + b"PK\x05\x06" + end


def _nested_zip(levels: int) -> bytes:
    content = zip_of({"report.json": REPORT})
    for level in range(levels):
        content = zip_of({f"{level}.zip": content})
    return content


_TAR_END = bytes(1_024)


def _header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("name")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT)


def _block(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def _tar_file(name: bytes, content: bytes) -> bytes:
    """Return a file whose long name is exactly these bytes, which tarfile would cut at a NUL."""
    return (
        _header(b"L", len(name)) + _block(name) + _header(b"0", len(content)) + _block(content)
    )  # fmt: skip


def _attributes(content: bytes) -> bytes:
    return _header(b"x", len(content)) + _block(content) + _header(b"0", 0) + _TAR_END


def _chain(kind: bytes, content: bytes) -> bytes:
    """Return headers that each announce another, and no file."""
    return (_header(kind, len(content)) + _block(content)) * 1_500


def _sparse_chain() -> bytes:
    """Return a sparse file whose map says, block after block, that it goes on."""
    header = bytearray(_header(b"S", 100))
    header[482] = 1
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + b"\1" * 512_000


def _links_and_devices() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, kind in (
            ("/etc/evil.json", tarfile.REGTYPE),
            ("link", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("device", tarfile.CHRTYPE),
            ("pipe", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            info.size = len(REPORT) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(REPORT))
    return target.getvalue()
