"""What is new since the last check, each thing once."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tlsrpt_analysis.analyses.alerts import sentences
from tlsrpt_analysis.analyses.alerts.alert import Alert
from tlsrpt_analysis.analyses.alerts.faults import ended, gone, grown, kept, with_onsets
from tlsrpt_analysis.analyses.alerts.known import POLICY, Fault, Known, is_dane
from tlsrpt_analysis.analyses.alerts.observed import Observed
from tlsrpt_analysis.analyses.alerts.onsets import onsets
from tlsrpt_analysis.analyses.alerts.renewals import due_renewals
from tlsrpt_analysis.analyses.alerts.silence import silences
from tlsrpt_analysis.analyses.alerts.verdict_changes import BAD, has_changed, refusing_domains
from tlsrpt_analysis.analyses.numbering import day_number

COOLDOWN_DAYS = 7
"""The same about the same subject is not announced again in a week."""

RENEWAL_SLACK = 10
"""Two due days so near to each other are one renewal."""


@dataclass(slots=True)
class _Cooldown:
    """What was announced when, so that nothing is announced twice within the cooldown."""

    today: int
    days: int
    announced: dict[str, int]
    alerts: list[Alert] = field(default_factory=list)

    def is_over(self, *subject: str) -> bool:
        """Whether a subject may be announced."""
        return self.today - self.announced.get("\t".join(subject), -self.days - 1) >= self.days

    def announce(self, alert: Alert, *subject: str) -> None:
        """Add an alert."""
        self.announced["\t".join(subject)] = self.today
        self.alerts.append(alert)


def new_alerts(
    seen: Observed,
    verdicts: Mapping[str, str],
    known: Known,
    today: dt.date,
    *,
    cooldown: int = COOLDOWN_DAYS,
) -> tuple[list[Alert], Known]:
    """Find what is new, and what is known from now on.

    Parameters
    ----------
    seen : Observed
        The counts, of complete days.
    verdicts : mapping of str to str
        The verdict of each domain on its last day.
    known : Known
        The state after the last check.
    today : datetime.date
        The day of this check, in UTC.
    cooldown : int, default 7
        On so many days the same about the same subject is announced once.

    Returns
    -------
    tuple of list of Alert and Known
        The alerts, none if nothing is known yet; and the state after this check.
    """
    day = day_number(today)
    waiting = _Cooldown(day, cooldown, dict(known.announced))
    last = min(day - 1, seen.newest)
    faults = _faults(seen, known, last, waiting)
    silent, waits = _silent(seen, known, waiting)
    at_fault = {
        each.policy_domain
        for each in faults
        if each.is_open and not all(map(is_dane, each.kinds))  # of no matter for MTA-STS
    }
    changed, pending = _verdicts((seen, verdicts), known, at_fault, last, waiting)
    after = Known(
        day,
        tuple(kept(faults, last)),
        silent,
        waits,
        changed,
        pending,
        _renewals(seen, known, waiting),
        _recent(waiting),
    )
    return ([] if known.is_empty else waiting.alerts), after


def _recent(waiting: _Cooldown) -> dict[str, int]:
    first = waiting.today - waiting.days
    return {subject: day for subject, day in waiting.announced.items() if day > first}


def _faults(seen: Observed, known: Known, last: int, waiting: _Cooldown) -> list[Fault]:
    found = onsets(seen, last, known.faults, is_first=known.is_empty)
    after, new = with_onsets(known.faults, found, waiting.today)
    faults = []
    for fault in after:
        is_new = any(fault is each for each in new)
        if is_new and not waiting.is_over("fault", *_subject(fault)):
            continue  # if it still stands after the cooldown, it is found again
        faults.append(_announced(seen, fault, last, waiting) if is_new else fault)
    return [
        fault if any(fault is each for each in new) else _followed(seen, fault, last, waiting)
        for fault in faults
    ]


def _subject(fault: Fault) -> tuple[str, ...]:
    return (fault.policy_domain, fault.kinds[0], *fault.hosts[:1])


def _announced(seen: Observed, fault: Fault, last: int, waiting: _Cooldown) -> Fault:
    if POLICY in fault.kinds and gone(seen, fault, last):
        waiting.announce(sentences.policy_vanished(fault), "fault", *_subject(fault))
        return replace(fault, is_gone=True)
    mode = seen.modes.get(fault.policy_domain, "")
    waiting.announce(sentences.fault_began(seen, fault, last, mode), "fault", *_subject(fault))
    return fault


def _followed(seen: Observed, fault: Fault, last: int, waiting: _Cooldown) -> Fault:
    """Return a known fault as it is now, and announce what is new about it."""
    if not fault.is_open:
        return fault
    over = ended(seen, fault, last)
    if over:
        if waiting.is_over("ended", *_subject(fault)):
            waiting.announce(sentences.fault_ended(over), "ended", *_subject(fault))
        return over
    if POLICY in fault.kinds:
        if not fault.is_gone and gone(seen, fault, last):
            waiting.announce(sentences.policy_vanished(fault), "gone", *_subject(fault))
            return replace(fault, is_gone=True)
        return fault
    more = grown(seen, fault, last)
    if more and waiting.is_over("grew", *_subject(fault)):
        mode = seen.modes.get(fault.policy_domain, "")
        waiting.announce(sentences.fault_grew(fault, more, mode, last), "grew", *_subject(fault))
        return more
    return fault


def _silent(
    seen: Observed, known: Known, waiting: _Cooldown
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[int, float, int]]]:
    """Return who is silent, and how long reports are waited for."""
    found, waits = silences(seen, waiting.today, known.waits)
    silent: dict[str, tuple[str, ...]] = {}
    for each in found:
        domain, reporter = each.policy_domain, each.reporter
        silent[domain] = (*silent.get(domain, ()), reporter)
        before = known.silent.get(domain, ())
        is_known = reporter in before or "" in before
        if not is_known and waiting.is_over("silent", domain, reporter):
            alert = sentences.silent(domain, reporter, each.last)
            waiting.announce(alert, "silent", domain, reporter)
    if "" in silent:  # what is known about domains stays until reports come again
        return dict(known.silent) | silent, dict(waits)
    return silent, dict(waits)


def _verdicts(
    said: tuple[Observed, Mapping[str, str]],
    known: Known,
    at_fault: set[str],
    last: int,
    waiting: _Cooldown,
) -> tuple[dict[str, str], dict[str, tuple[str, int]]]:
    """Return the verdicts that are announced, and those that have not stood for long enough."""
    seen, verdicts = said
    announced, pending = {**verdicts, **known.verdicts}, {}
    others = {domain: each for domain, each in verdicts.items() if each != announced[domain]}
    proven = at_fault | (refusing_domains(seen, last) if BAD & {*others.values()} else set())
    for domain, verdict in others.items():
        earlier, since = known.pending.get(domain, ("", waiting.today))
        since = since if earlier == verdict else waiting.today
        is_new = has_changed(verdict, waiting.today - since, is_proven=domain in proven)
        if is_new and waiting.is_over("verdict", domain):
            alert = sentences.verdict_changed(domain, announced[domain], verdict, last)
            waiting.announce(alert, "verdict", domain)
            announced[domain] = verdict
        else:
            pending[domain] = (verdict, since)
    return announced, pending


def _renewals(seen: Observed, known: Known, waiting: _Cooldown) -> dict[str, int]:
    after = dict(_still_due(known, waiting.today))
    for renewal in due_renewals(seen, waiting.today):
        key = f"{renewal.policy_domain}\t{renewal.host}"
        if abs(known.renewals.get(key, -RENEWAL_SLACK) - renewal.due) >= RENEWAL_SLACK:
            waiting.announce(sentences.renewal_due(renewal), "renewal", key)
        after[key] = renewal.due
    return after


def _still_due(known: Known, today: int) -> Iterator[tuple[str, int]]:
    for key, due in known.renewals.items():
        if due > today - RENEWAL_SLACK:
            yield key, due
