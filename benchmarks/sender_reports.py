"""What senders report of simulated mail, policy result by policy result.

`benchmarks.detail_habits` has the ways in which they list failures.
"""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.detail_habits import BESIDE, FAILURES_ONLY, LISTED, MICROSOFT, Met
from benchmarks.message_months import Month
from benchmarks.simulated_domains import Row

FIRST_DAY = dt.date(2026, 1, 1)
A_WEEK = 604800

Result = tuple[Row, list[Row]]
Counts = npt.NDArray[np.int64]


def reported_rows(month: Month) -> Iterator[Result]:
    """Yield each policy result of a month with its failure details."""
    for at, sender in enumerate(month.senders):
        for day in range(month.days):
            habit = sender.habit(day)
            if not month.sessions[day, at]:
                if sender.is_empty_at_times and day % 3 == 0:
                    yield _result(month, at, day, (0, 0)), []
                continue
            if habit in FAILURES_ONLY and not month.failed[:, day, at].any():
                month.reported[day, at] = False
            if month.reported[day, at]:
                for number, part in enumerate(_parts(month, at, day)):
                    yield from _of_part(month, at, day, part, A_WEEK + number)


def _parts(month: Month, at: int, day: int) -> list[tuple[int, Counts]]:
    """Return the sessions and failures under each of the policies that a sender saw."""
    sessions, failed = int(month.sessions[day, at]), month.failed[:, day, at]
    half = failed // 2
    first = max(sessions // 2, int(half.sum()))
    if not month.senders[at].splits or sessions - first < (failed - half).sum():
        return [(sessions, failed)]
    return [(first, half), (sessions - first, failed - half)]


def _of_part(
    month: Month, at: int, day: int, part: tuple[int, Counts], max_age: int
) -> Iterator[Result]:
    sessions, failed = part
    sender = month.senders[at]
    counted = [
        Met(sender.name, month.mode, fault, month.hosts[fault.host or 0], int(count))
        for fault, count in zip(month.faults, failed, strict=True)
        if count
    ]
    at_policy = [met for met in counted if met.fault.host is None]
    unfetched = sum(met.count for met in at_policy)
    if unfetched:
        row = _common(month, at, day, None)
        nothing = dict.fromkeys(("receiving_mx_hostname", "receiving_ip", "failure_reason_code"))
        details = [row | met.detail(**nothing) for met in at_policy]
        yield row | _totals(0, unfetched) | {"policy_string": None, "mx_host": None}, details
    tested = sessions - unfetched
    if not tested:
        return
    habit = sender.habit(day)
    at_hosts = [met for met in counted if met.fault.host is not None]
    total = sum(met.count for met in at_hosts if habit != BESIDE or not met.is_beside)
    row = _common(month, at, day, month.mode)
    details = [row | detail for met in at_hosts for detail in LISTED[habit](met)]
    yield _result(month, at, day, (tested, total), max_age), details
    if sender.name == "Microsoft" and habit == MICROSOFT and len(month.name) % 2:
        yield _dane(month, at, day, tested), []


def _result(
    month: Month, at: int, day: int, counted: tuple[int, int], max_age: int = A_WEEK
) -> Row:
    sessions, failed = counted
    hosts = month.texts[int(month.text_of[day, at])]
    lines = "".join(f"mx: {host}\n" for host in hosts)
    text = f"version: STSv1\nmode: {month.mode}\n{lines}max_age: {max_age}"
    common = _common(month, at, day, month.mode) | {"policy_string": text, "mx_host": None}
    return common | _totals(sessions - failed, failed)


def _dane(month: Month, at: int, day: int, sessions: int) -> Row:
    """Return the same sessions, listed under DANE too."""
    others = {"policy_type": "tlsa", "policy_string": f"3 1 1 {'ab' * 32}", "mx_host": None}
    return _common(month, at, day, None) | others | _totals(sessions, 0)


def _totals(successes: int, failures: int) -> Row:
    return {
        "total_successful_session_count": successes,
        "total_failure_session_count": failures,
    }


def _common(month: Month, at: int, day: int, mode: str | None) -> Row:
    return {
        "reporter": month.senders[at].name,
        "day": FIRST_DAY + dt.timedelta(day),
        "policy_domain": month.name,
        "policy_type": "sts",
        "policy_mode": mode,
    }
