"""Sources into batches, in order, with the sources that each batch begins and finishes."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from tlsrpt_analysis.intake.fast.archives import read_archive
from tlsrpt_analysis.intake.fast.files import (
    LARGEST_FILE,
    FastRead,
    NotExact,
    exact_report,
    small_file,
)
from tlsrpt_analysis.intake.fast.mails import exact_mail
from tlsrpt_analysis.intake.fast.mbox_pieces import MboxPiece, read_piece
from tlsrpt_analysis.intake.fast.members import FastReader
from tlsrpt_analysis.intake.fast.tar_pieces import TarPiece, read_tar_piece
from tlsrpt_analysis.intake.fast.zip_pieces import ZipPiece, read_zip_piece
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.sources.files import MailEnd, MailFolder
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import MemberReader, read_folder, read_source
from tlsrpt_analysis.intake.wrappings.streams import Used
from tlsrpt_analysis.loading.batches import (
    BATCH_BYTES,
    BATCH_MEMBERS,
    Batch,
    BatchBuilder,
    ReportRules,
)

FoundSource = Source | Rejected | Skipped
"""A file to read, or the outcome of a path that leads to no file."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a folder of mails was read, and which of its mails hold nothing but good reports."""

    folder: MailFolder
    position: str
    mails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A batch, the sources it comes from, and those of them that are finished."""

    batch: Batch
    begun: tuple[FoundSource, ...]
    finished: tuple[FoundSource, ...]
    reached: tuple[Reached, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How sources are read: their limits, and the rules for their reports."""

    limits: Limits = DEFAULT_LIMITS
    rules: ReportRules = field(default_factory=ReportRules)


def gathered(
    sources: Iterable[FoundSource], options: ReadingOptions, *, on_read: Callable[[int], object]
) -> Generator[Gathered, None, None]:
    """Yield batches of a few hundred members, reading sources one after the other.

    Parameters
    ----------
    sources : iterable of Source, Rejected or Skipped
        As `tlsrpt_analysis.intake.sources.walk.find_sources` yields them.
    options : ReadingOptions
        Limits, expectations and authentication.
    on_read : callable
        Called with the number of bytes that each read of a large source takes.
    """
    current = _Current(options)
    for source in sources:
        current.begun.append(source)
        if not isinstance(source, Source):
            current.builder.take(source)
        elif isinstance(source, MailFolder) and source.start is not None:
            yield from _mails_gathered(source, current, options, on_read)
        elif not current.has_read_exactly(source):
            for outcome in _outcomes(source, options, on_read):
                current.take(outcome)
                if current.is_full:
                    yield current.cut(source)
        current.finished.append(source)
        if current.is_full:
            yield current.cut()
    yield current.cut()


def _mails_gathered(
    folder: MailFolder,
    current: "_Current",
    options: ReadingOptions,
    on_read: Callable[[int], object],
) -> Iterator[Gathered]:
    """Yield batches that end where a mail ends, so that reading can continue after each of them."""
    position, good_mails = "", []
    outcomes: list[Outcome] = []
    rules = options.rules
    for outcome in read_folder(
        folder, options.limits, on_read=on_read, authentication=rules.authentication
    ):
        if not isinstance(outcome, MailEnd):
            outcomes.append(outcome)
            current.take(outcome)
            continue
        if outcomes and all(isinstance(each, ReportRead) for each in outcomes):
            good_mails.append(outcome.mail)
        outcomes = []
        position = outcome.position
        if current.is_full:
            current.reached.append(Reached(folder, position, tuple(good_mails)))
            good_mails = []
            yield current.cut(folder)
    if position:
        current.reached.append(Reached(folder, position, tuple(good_mails)))


@dataclass(frozen=True, slots=True)
class PieceRead:
    """The batches of a piece of a source, and what it cost; an odd piece has none."""

    parts: list[Gathered]
    used: Used
    is_odd: bool = False

    @property
    def count(self) -> int:
        """The number of its members."""
        batches = [part.batch for part in self.parts]
        return sum(len(batch.reports) + batch.rejected + batch.skipped for batch in batches)


def read_mbox_piece(piece: MboxPiece, options: ReadingOptions, used: Used) -> PieceRead:
    """Read a piece of an mbox, whose earlier pieces have used some of its budget."""
    reader = MemberReader(options.limits, used, source_bytes=piece.source.size)
    outcomes = read_piece(piece, options.limits, reader)
    parts = list(_gathered_from(piece.source, outcomes, options, is_end=piece.is_last))
    return PieceRead(parts, reader.budget.used)


def read_piece_of_archive(piece: ZipPiece | TarPiece, options: ReadingOptions) -> PieceRead:
    """Read a piece of a zip or a tar."""
    reader = FastReader(options.limits, takes_mails=options.rules.authentication is None)
    if isinstance(piece, ZipPiece):
        outcomes = read_zip_piece(piece, reader)
    else:
        outcomes = read_tar_piece(piece, reader)
    try:
        parts = list(_gathered_from(piece.source, outcomes, options, is_end=piece.is_last))
    except (NotExact, OSError):
        return PieceRead([], reader.budget.used, is_odd=True)
    return PieceRead(parts, reader.budget.used)


def read_rest(source: Source, options: ReadingOptions, given: int) -> Iterator[Gathered]:
    """Read a source with the tolerant reader, and return what comes after so many outcomes."""
    outcomes = islice(_read_tolerantly(source, options, lambda _count: None), given, None)
    return _gathered_from(source, outcomes, options, is_end=True)


def _gathered_from(
    source: Source, outcomes: Iterator[FastRead | Outcome], options: ReadingOptions, *, is_end: bool
) -> Iterator[Gathered]:
    current = _Current(options)
    current.begun.append(source)
    for outcome in outcomes:
        current.take(outcome)
        if current.is_full:
            yield current.cut(source)
    if is_end:
        current.finished.append(source)
    yield current.cut()


def _outcomes(
    source: Source, options: ReadingOptions, on_read: Callable[[int], object]
) -> Iterator[FastRead | Outcome]:
    if options.limits != DEFAULT_LIMITS or type(source) is not Source:
        return _read_tolerantly(source, options, on_read)
    return read_archive(
        source,
        options.limits,
        lambda: _read_tolerantly(source, options, on_read),
        takes_mails=options.rules.authentication is None,
        on_read=on_read,
    )


def _read_tolerantly(
    source: Source, options: ReadingOptions, on_read: Callable[[int], object]
) -> Iterator[Outcome]:
    return read_source(
        source,
        options.limits,
        on_read=on_read,
        authentication=options.rules.authentication,
    )


class _Current:
    """The batch that is being filled, and the sources that it begins and finishes."""

    def __init__(self, options: ReadingOptions) -> None:
        self._reading = options.rules
        self._is_fast = options.limits == DEFAULT_LIMITS
        self._takes_mails = (
            options.rules.authentication is None
        )  # which only the tolerant reader verifies
        self.builder = BatchBuilder(options.rules)
        self.begun: list[FoundSource] = []
        self.finished: list[FoundSource] = []
        self.reached: list[Reached] = []

    @property
    def is_full(self) -> bool:
        """Whether the batch has as many members or bytes as it should hold."""
        builder = self.builder
        return len(builder) >= BATCH_MEMBERS or builder.report_bytes >= BATCH_BYTES

    def has_read_exactly(self, source: Source) -> bool:
        """Read a small local file that is exactly what reporters send; return False for any other."""
        if not self._is_fast or type(source) is not Source or source.size >= LARGEST_FILE:
            return False
        content = small_file(source.path, source.size)
        if content is None:
            return False
        if (report := exact_report(content)) is not None:
            self.builder.take_decoded(source.name, report)
            return True
        read = exact_mail(source.name, content) if self._takes_mails else None
        if read is None:
            return False
        self.take(read)
        return True

    def take(self, outcome: FastRead | Outcome) -> None:
        """Add the outcome of one member."""
        if isinstance(outcome, FastRead):
            self.builder.take_decoded(
                outcome.source, outcome.decoded, outcome.received_datetime, outcome.remarks
            )
        else:
            self.builder.take(outcome)

    def cut(self, unfinished: FoundSource | None = None) -> Gathered:
        """Return the batch and start the next one, which an unfinished source begins as well."""
        done = Gathered(
            self.builder.batch(), tuple(self.begun), tuple(self.finished), tuple(self.reached)
        )
        self.builder = BatchBuilder(self._reading)
        self.begun = [] if unfinished is None else [unfinished]
        self.finished = []
        self.reached = []
        return done
