"""Formats that may hold reports and are not read: their names, and the way out."""

from tlsrpt_analysis.intake.outcomes import Problem, Rejected, Skipped

_WAYS_OUT = (
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it with `unrar x` and load the folder"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an OLE file, for example of Word or Excel, that is no Outlook message",
        "load the reports themselves",
    ),
    (b"!BDN", "an Outlook data file (.pst or .ost)", "convert it with `readpst` and load the mbox"),
    (b"\x78\x9f\x3e\x22", "a winmail.dat (TNEF)", "unpack it with `tnef` and load the folder"),
    (b"MSCF\0\0\0\0", "a cabinet (.cab)", "unpack it with `cabextract` and load the folder"),
    (b"\x04\x22\x4d\x18", "lz4 data", "unpack it with `lz4 -d` and load the result"),
    (b"\x1f\x9d", "data of compress (.Z)", "unpack it with `gzip -d` and load the result"),
    (b"LZIP", "lzip data", "unpack it with `lzip -d` and load the result"),
)


def unknown_member(name: str, head: bytes) -> Rejected | Skipped:
    """Return the outcome of a member that is nothing that is read."""
    if message := way_out(head):
        return Rejected(Problem(name, "archive", "rejected", message))
    message = "no JSON object, mail or archive, so no TLS report"
    return Skipped(Problem(name, "source", "skipped", message))


def way_out(head: bytes) -> str | None:
    r"""Return what a format is that is not read, and what to do; None for any other.

    Examples
    --------
    >>> way_out(b"Rar!\x1a\x07\x01\x00")
    'a RAR archive, which is not read: unpack it with `unrar x` and load the folder'
    """
    for start, name, way in _WAYS_OUT:
        if head.startswith(start):
            return f"{name}, which is not read: {way}"
    return None
