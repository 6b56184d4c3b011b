"""What stands on the page, as values: everything is decided here, and the template only sets it.

Texts are plain text, not HTML; shares are parts of 1; positions and widths are percentages.
"""

import datetime as dt
from dataclasses import dataclass

from tlsrpt_analysis.views.page.linked import Linked


@dataclass(frozen=True, slots=True)
class Bar:
    """A share as a bar: its length and the ends of its range on the scale of its column."""

    text: str
    range_text: str = ""
    length: float = 0.0
    low: float = 0.0
    high: float = 0.0
    is_known: bool = True
    order: float = -1.0
    """The share itself, by which the column sorts; -1 where it is not known."""


@dataclass(frozen=True, slots=True)
class Tile:
    """How many domains have a verdict."""

    verdict: str
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain on the first screen."""

    domain: str
    verdict: str
    refused: Bar
    whose: str
    fix: str
    tested: str = ""
    address: str = ""
    """Where its details are, on the page or in a file; empty where there are none."""

    is_folded: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A part of an instruction: prose, or lines to copy with what they are for."""

    text: str
    label: str = ""
    note: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, who does it, and what is refused before and after."""

    title: str
    gain: str = ""
    wrong: str = ""
    who: str = ""
    status: str = ""
    blocks: tuple[Block, ...] = ()
    same_as: int = 0
    """The number of an earlier step with the same lines to copy, and with the same text where this
    one has none; or 0."""

    check: tuple[Block, ...] = ()
    evidence: str = ""
    is_alternative: bool = False
    """Whether it stands for another step instead of adding to it."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step of the way to enforce, with its day, and what to know when it comes."""

    when: str
    what: str
    blocks: tuple[Block, ...] = ()
    back: tuple[Block, ...] = ()
    """When to go back, and how."""


@dataclass(frozen=True, slots=True)
class Column:
    """A period of a chart over time, its position and height in percent of the plot."""

    left: float
    width: float
    height: float
    low: float
    high: float
    has_range: bool
    is_tested: bool
    text: str

    @property
    def area(self) -> str:
        """The whole height above the period as a path, in a plot of 10,000 by 1,000."""
        return self._path(0)

    @property
    def refused(self) -> str:
        """The bar as a path."""
        return self._path(round(1000 - 10 * self.height))

    @property
    def whisker(self) -> str:
        """The range as a path."""
        ends = (round(1000 - 10 * end) for end in (self.low, self.high))
        return "M{} {}V{}".format(round(100 * (self.left + self.width / 2)), *ends)

    def _path(self, top: int) -> str:
        return f"M{round(100 * self.left)} {top}h{round(100 * self.width)}V1000h-{round(100 * self.width)}z"


@dataclass(frozen=True, slots=True)
class Mark:
    """A day of a chart over time with a word: an onset, a repair, another policy."""

    left: float
    text: str
    kind: str
    is_right: bool = False
    """Whether the word stands to the left of its line, as there is no room to the right."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of an axis at its place."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class TimeChart:
    """The share refused over time; its title is its message."""

    title: str
    note: str
    columns: tuple[Column, ...]
    marks: tuple[Mark, ...]
    days: tuple[Tick, ...]
    shares: tuple[Tick, ...]
    today_left: float | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """A reporter: its connections of today, and those that it never tested."""

    name: str
    tested: str
    refused: Bar
    refused_count: str
    untested: str


@dataclass(frozen=True, slots=True)
class Host:
    """A mail server and its share of the failures."""

    name: str
    share: Bar
    note: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One sender that fails where others do not."""

    sentence: str
    bars: tuple[tuple[str, Bar], ...]
    check: tuple[Block, ...]
    points_to: str


@dataclass(frozen=True, slots=True)
class Past:
    """What was wrong once, and is over."""

    title: str
    period: str
    evidence: str


@dataclass(frozen=True, slots=True)
class DomainDetails:
    """All about one domain."""

    domain: str
    anchor: str
    verdict: str
    summary: str
    refused: Bar
    steps: tuple[Step, ...]
    milestones: tuple[Milestone, ...]
    chart: TimeChart | None
    senders: tuple[Sender, ...]
    hosts: tuple[Host, ...]
    comparisons: tuple[Comparison, ...]
    sureness: tuple[str, ...]
    exact: tuple[str, ...]
    history: tuple[Past, ...]
    is_clean: bool
    untried: str = ""
    """How many steps say nothing of what they win back."""


@dataclass(frozen=True, slots=True)
class OtherRow:
    """A name in the reports that is no domain with a verdict of its own."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What was read, and what could not be; empty on a page for one of many customers."""

    facts: tuple[tuple[str, str], ...] = ()
    rejected: tuple[str, ...] = ()
    rejected_more: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The page from top to bottom."""

    name: str
    title: str
    dates: str
    author: str
    language: str
    made_on: dt.date
    tiles: tuple[Tile, ...]
    rows: tuple[DomainRow, ...]
    scale: str
    has_search: bool
    folded_count: int
    cut: str
    basis: str
    details: tuple[DomainDetails, ...]
    others: tuple[OtherRow, ...]
    origin: Origin
    linked: Linked
    code: str = ""

    @property
    def is_about_one(self) -> bool:
        """Whether the page is about a single domain."""
        return len(self.rows) == 1
