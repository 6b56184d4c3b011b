"""Whether verdicts of `selective_failures` are right about simulated months, beside two references.

The references compare the sums of two senders for one result type: Fisher's exact test, and
Fisher's test on counts divided by their design effect, days as clusters (Rao and Scott).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from benchmarks.detail_habits import (
    COMPLETE,
    DOUBLED,
    FAILURES_ONLY,
    MICROSOFT,
    NO_HOST,
    POSTFIX,
    second_type,
)
from benchmarks.message_months import Fault, Month
from benchmarks.sender_reports import FIRST_DAY
from tlsrpt_analysis.analyses.statistics.day_clusters import design_effect

ALPHA = 0.05
STRONG_SHARE = 0.2
STRONG_FAILURES, STRONG_DAYS = 10, 5
STRONG_EXPECTED = 20
NEAR_DAYS = 2
PAUSE_DAYS = 7
RARE = 0.2

OURS, FISHER, RAO_SCOTT = range(3)


@dataclass(slots=True)
class Judged:
    """What one month adds to the table: a list of hits and misses for each measure."""

    month: Month
    false: list[tuple[bool, bool, bool]]
    found: list[tuple[bool, bool, bool]]
    onset: list[bool]
    inverted: list[bool]
    points: list[bool]

    @property
    def has_false(self) -> bool:
        """Whether any verdict on the domain is a false one."""
        return any(pair[OURS] for pair in self.false)


def judged(month: Month, rows: pd.DataFrame) -> Judged:
    """Compare the rows about a month with its truth."""
    made = Judged(month, [], [], [], [], [])
    records = rows[rows["policy_type"] == "sts"].to_dict("records")
    for record in records:
        made.false += list(_false_pairs(month, record))
        low, high = record["since_low"], record["since_high"]
        if pd.notna(high):
            made.inverted.append(bool(low > high))
    for fault in month.faults:
        for at in range(len(month.senders)):
            if is_strong(month, fault, at):
                _judge_strong(month, fault, at, records, made)
    return made


def types_of(month: Month, fault: Fault, at: int) -> set[str]:
    """Return the result types by which a sender lists a fault."""
    types = (types_of_day(month, fault, at, begin) for begin in month.senders[at].habits)
    return set().union(*types)


def types_of_day(month: Month, fault: Fault, at: int, day: int) -> set[str]:
    """Return the result types by which a sender lists a fault on a day."""
    own = fault.type_of(month.senders[at].name)
    types = {own}
    if month.senders[at].habit(day) == DOUBLED and fault.host is not None:
        types.add(second_type(own))
    return types


def _false_pairs(month: Month, record: dict[str, object]) -> Iterator[tuple[bool, bool, bool]]:
    """Yield the comparisons of a row in which nobody is spared, and who calls them selective."""
    at = _place(month, str(record["failing_reporter"]))
    kind = record["result_type"]
    met = [
        fault
        for fault in month.faults
        if fault.met_by(at) and (not isinstance(kind, str) or kind in types_of(month, fault, at))
    ]
    clean = (
        set(str(record["clean_reporters"]).split(", "))
        if record["verdict"] == "selective"
        else set()
    )
    for other, sender in enumerate(month.senders):
        if other == at or not month.reported[:, other].any():
            continue
        if any(
            _is_spared(month, fault, at, other) or _is_rare(month, fault, at, other)
            for fault in met
        ):
            continue
        yield sender.name in clean, *_references(month, met, at, other)


def _is_spared(month: Month, fault: Fault, at: int, other: int) -> bool:
    """Whether a lasting fault is met by one sender and not by the other, under the same policy."""
    days = np.flatnonzero(fault.expected[:, at])
    is_burst = len(days) < month.days and len(days) <= 21 and month.days - days[-1] > PAUSE_DAYS
    is_brief = len(days) < 3
    return not fault.is_mismatch and not fault.met_by(other) and not is_burst and not is_brief


def _is_rare(month: Month, fault: Fault, at: int, other: int) -> bool:
    """Whether a sender meets a fault much less often, as it prefers another host."""
    shares = month.share(fault)
    return bool(shares[:, other].sum() < RARE * shares[:, at].sum())


def _references(month: Month, met: list[Fault], at: int, other: int) -> tuple[bool, bool]:
    """Return whether Fisher's test and that of Rao and Scott see a difference in some faults."""
    numbers = [number for number, fault in enumerate(month.faults) if fault in met]
    failed = month.failed[numbers].sum(axis=0) * month.reported
    sessions = month.sessions * month.reported
    sides = [
        (failed[:, one].astype("float64"), sessions[:, one].astype("float64"))
        for one in (at, other)
    ]
    effects = [design_effect(whole, part) for part, whole in sides]
    effects[1] = max(effects)
    is_seen = []
    for divisors in ((1.0, 1.0), effects):
        table = []
        for (part, whole), by in zip(sides, divisors, strict=True):
            count = round(part.sum() / by)
            table.append([count, max(0, round(whole.sum() / by) - count)])
        is_seen.append(bool(fisher_exact(table, alternative="greater").pvalue < ALPHA))
    return is_seen[0], is_seen[1]


def is_strong(month: Month, fault: Fault, at: int) -> bool:
    """Whether a fault that others are spared is strong, and somebody can be compared."""
    if not fault.met_by(at) or fault.is_mismatch or is_failures_only(month, at):
        return False
    days = fault.expected[:, at] > 0
    seen = days & month.reported[:, at]
    number = month.faults.index(fault)
    failed = month.failed[number, seen, at]
    share = failed.sum() / max(1, month.sessions[seen, at].sum())
    if (
        share < STRONG_SHARE
        or failed.sum() < STRONG_FAILURES
        or np.count_nonzero(failed) < STRONG_DAYS
    ):
        return False
    return any(
        _is_spared(month, fault, at, other)
        and not is_failures_only(month, other)
        and (month.sessions[:, other] * month.reported[:, other])[days].sum() * share
        >= STRONG_EXPECTED
        and np.count_nonzero(month.reported[days, other]) >= STRONG_DAYS
        for other in range(len(month.senders))
        if other != at
    )


def is_failures_only(month: Month, at: int) -> bool:
    """Whether a sender reports on days with failures only, at least for a time."""
    return bool(set(month.senders[at].habits.values()) & set(FAILURES_ONLY))


def _judge_strong(
    month: Month, fault: Fault, at: int, records: list[dict[str, object]], made: Judged
) -> None:
    own = [
        record
        for record in records
        if record["failing_reporter"] == month.senders[at].name
        and (record["result_type"] in types_of(month, fault, at) or pd.isna(record["result_type"]))
    ]
    selective = [record for record in own if record["verdict"] == "selective"]
    references = [
        _references(month, [fault], at, other)
        for other in range(len(month.senders))
        if other != at and _is_spared(month, fault, at, other)
    ]
    made.found.append(
        (bool(selective), *(any(of_pair[one] for of_pair in references) for one in (0, 1)))
    )
    if not selective:
        return
    own_type = fault.type_of(month.senders[at].name)
    named = [record for record in selective if record["result_type"] == own_type]
    row = (named or selective)[0]
    first = int(np.flatnonzero(fault.expected[:, at])[0])
    if first >= 6 and month.days - first >= 7:
        made.onset.append(_is_near(row, first))
    code = _visible_code(month, fault, at)
    if code and named:
        made.points.append(any(record["points_to"] == code for record in named))


def _is_near(row: dict[str, object], day: int) -> bool:
    low, high = row["since_low"], row["since_high"]
    if pd.isna(low) or pd.isna(high):
        return False
    first = pd.Timestamp(FIRST_DAY)
    middle = ((low - first).days + (high - first).days) / 2  # type: ignore[operator]
    return bool(abs(middle - day) <= NEAR_DAYS)


def _visible_code(month: Month, fault: Fault, at: int) -> str:
    """Return the cause of a fault where the reports can show it."""
    sender = month.senders[at]
    habits = set(sender.habits.values())
    if fault.is_ipv6 and habits & {POSTFIX, NO_HOST}:
        return ""
    if fault.code in {"timeouts", "tls-parameters"} and (
        sender.name == "Google" or NO_HOST in habits or habits - {MICROSOFT} != habits
    ):
        return fault.code if habits == {MICROSOFT} else ""
    if fault.code == "cname-mx":
        google = _place(month, "Google")
        if len(month.faults) > 1 and set(month.senders[google].habits.values()) != {COMPLETE}:
            return ""
        days = month.reported[:, google] & (fault.expected[:, at] > 0)
        share = month.share(fault)[:, at].max()
        return fault.code if month.sessions[days, google].sum() * share >= STRONG_EXPECTED else ""
    return fault.code


def _place(month: Month, name: str) -> int:
    return next(at for at, sender in enumerate(month.senders) if sender.name == name)
