"""What the reports say about one domain: all that its verdict and its headline are made of."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from tlsrpt_analysis.analyses.policy.availability import Availability
from tlsrpt_analysis.analyses.policy.other_policies import OtherPolicy
from tlsrpt_analysis.analyses.policy.vanished import Vanished
from tlsrpt_analysis.analyses.today import WINDOW


@dataclass(frozen=True, slots=True)
class Period:
    """Some days of a domain: their tested sessions, and those that would be refused.

    The shares are of the whole that `DomainFacts.denominator` names, those of the interval with
    days as clusters; `because` says why the period begins on `since`, as in
    `tlsrpt_analysis.analyses.today`.
    """

    since: dt.date
    until: dt.date
    tested: int
    refused_low: int
    refused_high: int
    share_low: float
    share: float
    limit_low: float = float("nan")
    limit: float = float("nan")
    days: int = 0
    because: str = WINDOW


@dataclass(frozen=True, slots=True)
class ReporterFacts:
    """Tested and refused sessions of one reporter, at most, on today's days.

    `since` is the day on which it began to fail as it does today, where that shows.
    """

    reporter: str
    tested: int
    refused: int
    share_of_mail: float
    since: dt.date | None = None

    @property
    def refused_share(self) -> float:
        """The refused sessions per tested session."""
        return self.refused / self.tested if self.tested else 0.0


@dataclass(frozen=True, slots=True)
class SilentReporter:
    """A reporter that failed when it was last tested, and has not been since."""

    reporter: str
    tested: int
    refused: int
    last_day: dt.date


@dataclass(frozen=True, slots=True)
class SetApart:
    """A day of a reporter whose tested sessions are out of proportion."""

    reporter: str
    day: dt.date
    tested: int


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """The facts of one domain; counts are sessions.

    Attributes
    ----------
    policy_domain, policy_mode : str or None
        The domain, and the latest reported mode of its policy.
    first_day, last_day : date
        The days of its reports; `newest_day` is that of the newest report of any domain.
    session_count : int
        All sessions; `untested` has those that were not tested, by reason, the most first.
    whole, today : Period
        All days, and those that speak of today.
    last_tested_day, last_refused_day : date or None
        The last days with a tested and with a refused session.
    reporters : tuple of ReporterFacts
        Those with tested sessions today, the most refused first.
    silent : tuple of SilentReporter
        Reporters that failed and fell silent, and that matter to the domain.
    ready_on : date or None
        The day on which the domain can be ready if its mail stays as it is since the last repair.
    tested_since : date or None
        The first of today's days on which a session was tested.
    clean_days : int or None
        How many days without a refusal make the domain ready; none where there is too little mail.
    clean_at_the_end : int
        How many of today's last days had no refusal, where chance does not explain that.
    last_tested_by : mapping of str to date
        When a session of the expected reporters was tested for the last time.
    failures_only_by : tuple of str
        Reporters that have reports about days with failures only.
    rising : (date, float) or None
        The last days since which the refused share is above the limit, and that share.
    hosts : tuple of (str or None, int)
        The hosts that would be refused today with their counts, most first; `None` for not named.
    uncovered_hosts : frozenset of str
        Those of them that the policy does not list.
    ways_out : tuple of str
        MX hosts that could have taken the refused sessions, by what was seen on the same days.
    has_success_beside : bool
        Whether nearly all refused sessions are of reporters whose other sessions of the same day
        succeeded under the policy.
    vanished : Vanished or None
        Who is silent since enforce mode began.
    is_single_mx : bool
        Whether the policy lists one host only.
    listed_hosts : tuple of str
        The hosts that the policy names without a wildcard.
    set_apart : tuple of SetApart
        Days of reporters that are out of proportion, and count in nothing else here.
    other_policies : tuple of OtherPolicy
        Policies that too few reports show to be believed, or to be sure of.
    without_policy : tuple of str
        The reporters that could not get or read the policy.
    refused_a_week : (float, float) or None
        The messages of a week that are refused, at least and at most, where mail logs count them.
    lost_low, lost_high : float
        The part of the messages that bounces today.
    per_message, per_message_in_testing : (float, float)
        The sessions that a refused message takes, at least and at most, under either mode.
    """

    policy_domain: str | None
    policy_mode: str | None
    first_day: dt.date
    last_day: dt.date
    newest_day: dt.date
    session_count: int
    untested: tuple[tuple[str, int], ...]
    whole: Period
    today: Period
    last_tested_day: dt.date | None = None
    last_refused_day: dt.date | None = None
    reporters: tuple[ReporterFacts, ...] = ()
    silent: tuple[SilentReporter, ...] = ()
    ready_on: dt.date | None = None
    tested_since: dt.date | None = None
    clean_days: int | None = None
    clean_at_the_end: int = 0
    last_tested_by: Mapping[str, dt.date] = field(default_factory=dict)
    failures_only_by: tuple[str, ...] = ()
    rising: tuple[dt.date, float] | None = None
    hosts: tuple[tuple[str | None, int], ...] = ()
    uncovered_hosts: frozenset[str] = frozenset()
    ways_out: tuple[str, ...] = ()
    has_success_beside: bool = False
    vanished: Vanished | None = None
    is_single_mx: bool = False
    listed_hosts: tuple[str, ...] = ()
    set_apart: tuple[SetApart, ...] = ()
    other_policies: tuple[OtherPolicy, ...] = ()
    availability: Availability = field(default_factory=Availability)
    has_dane: bool = False
    without_policy: tuple[str, ...] = ()
    dane_refused_count: int = 0
    dane_refused_until: dt.date | None = None
    denominator: str = "tested sessions"
    refused_a_week: tuple[float, float] | None = None
    lost_low: float = 0.0
    lost_high: float = 0.0
    enforced_refused_count: int = 0
    per_message: tuple[float, float] = (1.0, 1.0)
    per_message_in_testing: tuple[float, float] = (1.0, 1.0)
    has_mx_records: bool = False

    @property
    def is_dane_refusing(self) -> bool:
        """Whether DANE refused sessions, and nothing shows that it is over."""
        return self.dane_refused_count > 0 and self.dane_refused_until is None

    @property
    def untested_count(self) -> int:
        """All sessions that were not tested."""
        return sum(count for _, count in self.untested)
