"""What makes a readable report suspicious: a remark, or for a day that has not come a refusal."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.intake.reporters import claimed_organization, contact_domain
from tlsrpt_analysis.shown_texts import listed
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.instants import EPOCH, main_day, microseconds_of
from tlsrpt_analysis.standards.report_types import Report

LONGEST_RANGE = timedelta(days=2)
"""A report should cover one day (RFC 8460 §4.1)."""

OLDEST_AT_RECEIPT = timedelta(days=14)
"""Reports arrive within a day (RFC 8460 §5.5); two weeks allow for queues and holidays."""

CLOCKS_DIFFER = timedelta(days=1)
"""How far a day may lie after the day on which its report arrived: clocks and time zones differ."""

_MOST_DOMAINS = 3  # that one flag names
_SHOWN = 80  # letters of a domain


@dataclass(frozen=True, slots=True)
class Expectations:
    """What reports are checked against.

    Attributes
    ----------
    own_domains : frozenset of str
        The domains, including their subdomains, that reports may be about; empty means any.
    today : datetime.date or None
        The UTC day of the load; None skips the comparison of days with it.
    """

    own_domains: frozenset[str] = frozenset()
    today: date | None = None

    def covers(self, domain: str) -> bool:
        """Whether a domain is one of the user's own, or below one."""
        labels = domain.split(".")
        parents = (".".join(labels[start:]) for start in range(len(labels)))
        return not self.own_domains or any(parent in self.own_domains for parent in parents)


def expectations(own_domains: str | Collection[str], today: date | None) -> Expectations:
    """Return expectations with normalised domains; a single string is one domain."""
    domains = (own_domains,) if isinstance(own_domains, str) else own_domains
    return Expectations(frozenset(normalize_domain(domain) for domain in domains), today)


def future_day(read: ReportRead, expected: Expectations) -> str | None:
    """Return why a report is about a day that had not come when it arrived, if so.

    Such a report would be the latest of its domain, and so decide about today.

    Examples
    --------
    >>> from tlsrpt_analysis.standards.report import parse_report
    >>> parsed = parse_report(b'{"date-range": {"start-datetime": "2036-04-01T00:00:00Z",'
    ...     b' "end-datetime": "2036-04-01T23:59:59Z"}, "policies": [], "report-id": "1"}')
    >>> future_day(ReportRead("a.json", parsed.report), Expectations(today=date(2026, 7, 1)))
    'it is about 2036-04-01, and was read on 2026-07-01: check the clock here, or ask its sender'
    """
    day = _day(read.report)
    if expected.today and day - expected.today > CLOCKS_DIFFER:
        return (
            f"it is about {day}, and was read on {expected.today}: check the clock here, or ask"
            " its sender"
        )
    received = read.received_datetime
    if received and day - received.date() > CLOCKS_DIFFER:
        return f"it is about {day}, and arrived on {received.date()}: ask its sender"
    return None


def red_flags(read: ReportRead, expected: Expectations) -> Iterator[str]:
    """Yield the red flags of one report as messages.

    Examples
    --------
    >>> from tlsrpt_analysis.standards.report import parse_report
    >>> parsed = parse_report(b'{"date-range": {"start-datetime": "2036-04-01T00:00:00Z",'
    ...     b' "end-datetime": "2036-04-03T23:59:59Z"}, "policies": [], "report-id": "1"}')
    >>> list(red_flags(ReportRead("a.json", parsed.report), Expectations()))[-1]
    'it is about 2 days at once; a report is about one day (RFC 8460 §4.1)'
    """
    report = read.report
    start = report.start_datetime
    day = _day(report)
    if day != start.date():
        yield f"its day is not a UTC day (RFC 8460 §4.1): filed under {day}, which holds most of it"
    if report.end_datetime - start > LONGEST_RANGE:
        days = (report.end_datetime - start).days
        yield f"it is about {days:,} days at once; a report is about one day (RFC 8460 §4.1)"
    if read.received_datetime:
        age = read.received_datetime - report.end_datetime
        if age > OLDEST_AT_RECEIPT:
            yield f"it came {age.days:,} days after the time that it is about"
    if claimed := claimed_organization(report.organization_name, report.contact_info):
        where = contact_domain(report.contact_info) or "an unreadable contact"
        yield f"it claims to be from {claimed}, with a contact elsewhere ({where[:_SHOWN]})"
    if expected.own_domains:
        yield from _strange_domains(read, expected)


def _day(report: Report) -> date:
    ends = microseconds_of(report.start_datetime), microseconds_of(report.end_datetime)
    return (EPOCH + timedelta(days=main_day(*ends))).date()


def _strange_domains(read: ReportRead, expected: Expectations) -> Iterator[str]:
    strange = dict.fromkeys(
        domain[:_SHOWN]
        for domain in (result.policy.policy_domain for result in read.report.policies)
        if domain and not expected.covers(domain)
    )
    if strange:
        names = listed(list(strange), most=_MOST_DOMAINS)
        yield (
            f"it is about {names}, which is not among your own domains; for DANE the name is that"
            " of the MX host: name it as well if it is yours"
        )
