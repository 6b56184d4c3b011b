"""How much of a stranger's input is taken in, each limit with its reason."""

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one input may cost; what goes beyond is rejected with a row, never silently.

    No size that a header states is ever trusted: the bytes are counted as they come.

    Attributes
    ----------
    document_bytes : int
        The largest unpacked report. 20 MB, as mox allows; real reports have a few kilobytes.
    mail_bytes : int
        The largest mail. 15 MB, as mox allows; base64 makes a packed report a third larger.
    json_containers : int
        Objects and arrays in one document: a report with 100,000 failure details has fewer.
        Each takes some 200 bytes once decoded, whatever the document's size.
    json_depth : int
        Objects and arrays within each other; a report has 6.
    inflation_ratio : int
        How many times its packed size a thing may unpack to, once it is beyond
        `ratio_free_bytes`; reports come to 3 to 30 times, zeros to 1,000.
    ratio_free_bytes : int
        Up to here a high ratio does no harm.
    nested_zip_bytes : int
        The largest zip inside another wrapping, which must be held in memory as a whole.
    unpacked_bytes : int
        All bytes that one source may unpack to: two million reports, and some ten seconds
        of inflating for a bomb.
    archive_members : int
        All members of the archives in one source, folders too: more than 16 reporters send
        on a thousand domains in a month.
    header_bytes : int
        The largest header or directory that an archive may ask to be held in memory: the
        directory of a zip with `archive_members` long names.
    depth : int
        Wrappings within each other. A tar.gz of gzipped mboxes of mails with a gzipped report has 6.
    mail_multiparts : int
        Multiparts in one mail, which may stand within each other.
    mail_line_checks : int
        Lines of a mail times its multiparts: each line may be compared with each boundary.
        A mail of the largest size and ten multiparts has two million; ten million take seconds.
    mail_parts : int
        Lines of a mail that may start a part, each of which takes memory.
    xz_memory_bytes : int
        What unpacking xz may hold; ``xz -9`` needs 65 MB.

    Examples
    --------
    >>> Limits(document_bytes=1_000).depth
    8
    """

    document_bytes: int = 20 * MEGABYTE
    mail_bytes: int = 15 * MEGABYTE
    json_containers: int = 200_000
    json_depth: int = 64
    inflation_ratio: int = 200
    ratio_free_bytes: int = 5 * MEGABYTE
    nested_zip_bytes: int = 100 * MEGABYTE
    unpacked_bytes: int = 4_000 * MEGABYTE
    archive_members: int = 500_000
    header_bytes: int = 64 * MEGABYTE
    depth: int = 8
    mail_multiparts: int = 100
    mail_line_checks: int = 10_000_000
    mail_parts: int = 10_000
    xz_memory_bytes: int = 100 * MEGABYTE


DEFAULT_LIMITS = Limits()
