"""Outlook messages written as MS-OXMSG and MS-CFB describe them; only streams of any size are used."""

import itertools
import struct

SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF


def ole_file(tree):
    """Write an OLE file of storages (dicts) and streams (bytes, padded beyond the short streams)."""
    entries = [("Root Entry", 5, tree)]
    links = [[_NONE, _NONE, _NONE]]

    def add(folder, parent):
        children = []
        for name, content in folder.items():
            children.append(len(entries))
            entries.append((name, 1 if isinstance(content, dict) else 2, content))
            links.append([_NONE, _NONE, _NONE])
        for left, right in itertools.pairwise(children):
            links[left][1] = right
        if children:
            links[parent][2] = children[0]
        for place, content in zip(children, folder.values(), strict=True):
            if isinstance(content, dict):
                add(content, place)

    add(tree, 0)
    return _written(entries, links)


def _written(entries, links):
    sectors, chains, directory = [], [], b""
    for (name, kind, content), link in zip(entries, links, strict=True):
        start, size = _END, 0
        if kind == 2:
            size = max(len(content), 4_096)  # shorter ones would lie elsewhere
            start = len(sectors)
            pieces = _pieces(content.ljust(size, b"\0"))
            chains += [start + each + 1 for each in range(len(pieces) - 1)] + [_END]
            sectors += pieces
        encoded = name.encode("utf-16-le")
        directory += struct.pack(
            "<64sHBB3I16sI16sIQ",
            encoded,
            len(encoded) + 2,
            kind,
            1,
            *link,
            b"",
            0,
            b"",
            start,
            size,
        )
    first = len(sectors)
    pieces = _pieces(directory)
    chains += [first + each + 1 for each in range(len(pieces) - 1)] + [_END]
    sectors += pieces
    count = 1
    while len(chains) + count > count * SECTOR // 4:
        count += 1
    fat_places = list(range(len(sectors), len(sectors) + count))
    fat = chains + [_FAT] * count
    fat += [_FREE] * (count * SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"",
        0, count, first, 0, 4_096, _END, 0, _END, 0,
        fat_places[0],
    )  # fmt: skip
    header += struct.pack("<108I", *fat_places[1:], *[_FREE] * (109 - count))
    return header + b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat)


def _pieces(content):
    return [content[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(content), SECTOR)]


def text(number, content):
    """Return a property that is a text."""
    return {f"__substg1.0_{number}001F": content.encode("utf-16-le")}


def message(attachments=(), headers="", *, inner=()):
    """Return the tree of a message; an attachment is its name and its content."""
    tree = {"__properties_version1.0": b"", **text("007D", headers)}
    for place, (name, content) in enumerate(attachments):
        tree[f"__attach_version1.0_#{place:08X}"] = {
            "__properties_version1.0": b"",
            "__substg1.0_37010102": content,
            **text("3707", name),
            **text("370E", "application/tlsrpt+gzip" if name.endswith(".gz") else "text/plain"),
        }
    for place, each in enumerate(inner, start=len(attachments)):
        tree[f"__attach_version1.0_#{place:08X}"] = {
            "__properties_version1.0": b"",
            "__substg1.0_3701000D": each,
        }
    return tree
