"""How much untrusted input is read: each limit with its reason."""

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one input may cost; anything beyond is rejected with a row in `problems`.

    Sizes stated in headers are never trusted: bytes are counted as they are read.

    Attributes
    ----------
    document_bytes : int
        The largest unpacked report. 20 MB, as mox allows; real reports are a few kilobytes.
    mail_bytes : int
        The largest mail. 15 MB, as mox allows; base64 makes a compressed report a third larger.
    json_containers : int
        Objects and arrays in one document; a report with 100,000 failure details has fewer.
        Each takes about 200 bytes once decoded, whatever the size of the document.
    json_depth : int
        Nesting of objects and arrays; a report has 6 levels.
    inflation_ratio : int
        How many times its compressed size data may unpack to, beyond `ratio_free_bytes`;
        reports reach 3 to 30 times, zeros 1,000.
    ratio_free_bytes : int
        Unpacked size up to which a high ratio does no harm.
    nested_zip_bytes : int
        The largest zip inside another wrapping, which is held in memory as a whole.
    unpacked_bytes : int
        Bytes that one source may unpack to: two million reports, and about ten seconds of
        inflating for a bomb.
    ratio_free_total_bytes : int
        Bytes that a small source may unpack to, over all its wrappings; a larger one may unpack
        to `inflation_ratio` times its size twice, as reports in archives are packed twice.
    archive_members : int
        Members of all archives in one source, including folders: more than 16 reporters send
        about a thousand domains in a month.
    free_members : int
        Members that a source of any size may have, over all archives in it.
    member_bytes : int
        Bytes of the source for each member beyond `free_members`: alike reports in one archive
        pack to several times as many.
    header_bytes : int
        The largest directory that is held in memory: that of a zip with `archive_members` long
        names.
    tar_header_bytes : int
        The largest header of a member in a tar, with its long name and its attributes.
    depth : int
        Nesting of wrappings: a tar.gz of gzipped mboxes of mails with a gzipped report has 6.
    mail_multiparts : int
        Multiparts in one mail, nested or not.
    mail_depth : int
        Nesting of parts and attached mails in one mail: a report that was forwarded ten times has
        about 20.
    mail_line_checks : int
        Lines of a mail times its multiparts, as each line may be compared with each boundary.
        A mail of the largest size with ten multiparts has two million; ten million take seconds.
    mail_parts : int
        Lines of a mail that may start a part; each part takes memory.
    xz_memory_bytes : int
        Memory for unpacking xz; ``xz -9`` needs 65 MB.

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
    ratio_free_total_bytes: int = 50 * MEGABYTE
    archive_members: int = 500_000
    free_members: int = 10_000
    member_bytes: int = 10
    header_bytes: int = 64 * MEGABYTE
    tar_header_bytes: int = 65_536
    depth: int = 8
    mail_multiparts: int = 100
    mail_depth: int = 100
    mail_line_checks: int = 10_000_000
    mail_parts: int = 10_000
    xz_memory_bytes: int = 100 * MEGABYTE

    def most_unpacked_bytes(self, source_bytes: int | None) -> int:
        """Return how many bytes a source of some size may unpack to; None is an unknown size."""
        if source_bytes is None:
            return self.unpacked_bytes
        most = max(self.ratio_free_total_bytes, 2 * self.inflation_ratio * source_bytes)
        return min(self.unpacked_bytes, most)

    def most_members(self, source_bytes: int | None) -> int:
        """Return how many members the archives in a source of some size may have."""
        if source_bytes is None:
            return self.archive_members
        return min(self.archive_members, self.free_members + source_bytes // self.member_bytes)


DEFAULT_LIMITS = Limits()
