"""Twelve situations that people ask about, as sixty days of reports by three senders.

``PYTHONPATH=tests python -m support.situations`` prints of each the headline, causes, cures and policy.
"""

import sys
from collections.abc import Callable, Iterator

from support.made_reports import failure, policy, report, tables
from tlsrpt_analysis import diagnose, enforce_impact
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.standards.report import PolicyResult
from tlsrpt_analysis.tables import ReportTables

DAYS = 60
V, EXPIRED, UNTRUSTED = "validation-failure", "certificate-expired", "certificate-not-trusted"
MISMATCH = "certificate-host-mismatch"
MAIL, MAIL2 = "mail.example.com", "mail2.example.com"
TENANT = "example-com.mail.protection.outlook.com"
REGIONAL = "example-com.e.mail.protection.outlook.com"
DNSSEC = "example-com.h-v1.mx.microsoft"
GOOGLE = "smtp.google.com"
SENDERS = {"Google": 100, "Microsoft": 60, "small.example": 6}
"""How many sessions each sender has a day."""

Failing = Callable[[str, int], tuple[int, str, str | None, str | None] | None]
"""Returns of a sender and a day: the failures in a hundred sessions, type, host and reason."""


def archive(
    mx: tuple[str, ...],
    failing: Failing,
    *,
    mode: str = "testing",
    days: int = DAYS,
    **senders: int,
) -> list[ReportRead]:
    """Return the reports of all senders, or of those named."""
    found = []
    for name, count in (senders or SENDERS).items():
        for day in range(days):
            result = _result(mx, failing(name, day), count, mode)
            found.append(report(result, reporter=name, day=day))
    return found


def _result(
    mx: tuple[str, ...],
    fault: tuple[int, str, str | None, str | None] | None,
    count: int,
    mode: str,
) -> PolicyResult:
    if fault is None:
        return policy(count, mx=mx, mode=mode)
    share, result_type, host, reason = fault
    failed = max(1, count * share // 100)
    detail = failure(failed, result_type, host, reason=reason)
    return policy(count - failed, failed, detail, mx=mx, mode=mode)


def _always(share: int, result_type: str, host: str | None, reason: str | None = None) -> Failing:
    return lambda *_: (share, result_type, host, reason)


def _by(name: str, share: int, result_type: str, host: str | None, **more: object) -> Failing:
    since, reason = int(str(more.get("since", 0))), more.get("reason")
    said = str(reason) if reason else None
    return lambda who, day: (
        (share, result_type, host, said) if who == name and day >= since else None
    )


def _mismatch(who: str, host: str, share: int) -> tuple[int, str, str | None, str | None]:
    """Return a mismatch as each sender writes it: Microsoft names no host."""
    if who == "Microsoft":
        return (share, V, None, "MX_HOSTS_MISMATCH")
    return (share, V, host, None)


def _snippets() -> list[ReportRead]:
    """Return a detail without a count, a name mismatch, and a backup without STARTTLS."""
    uncounted = policy(158, 42, failure(None, V, MAIL2), mx=(MAIL,))
    mismatch = policy(90, 10, failure(10, MISMATCH, MAIL), mx=(MAIL,))
    backup = policy(
        95,
        5,
        failure(5, "starttls-not-supported", "backup-mx.example.com"),
        mx=(MAIL, "backup-mx.example.com"),
    )
    third = DAYS // 3
    results = [uncounted] * third + [mismatch] * third + [backup] * third
    return [report(result, reporter="Google", day=day) for day, result in enumerate(results)]


def _stale(who: str, day: int) -> PolicyResult:
    old, new = (MAIL,), (MAIL, MAIL2)
    count = SENDERS[who]
    if day < 20:
        return policy(count, mx=old)
    if who != "Microsoft":
        return policy(count, mx=new)
    failed = count // 3
    detail = failure(failed, V, MAIL2)
    return policy(count - failed, failed, detail, mx=old)


def _since(days: int, whole: int) -> Failing:
    return lambda _, day: (100, EXPIRED, MAIL, None) if day >= whole - days else None


SITUATIONS: dict[str, Callable[[], list[ReportRead]]] = {
    "1 three snippets of a guide": _snippets,
    "2 M365: exact name, MX moved to a region": lambda: archive(
        (TENANT,), lambda who, day: _mismatch(who, REGIONAL, 100) if day >= 40 else None
    ),
    "3 M365: host not listed at all": lambda: archive(
        (MAIL,), lambda who, _: _mismatch(who, TENANT, 30)
    ),
    "4 *.mx.microsoft": lambda: archive(
        ("*.mx.microsoft",), lambda who, _: _mismatch(who, DNSSEC, 100)
    ),
    "5 Google: MX moved to smtp.google.com": lambda: archive(
        ("aspmx.l.google.com", "*.aspmx.l.google.com"),
        lambda who, day: _mismatch(who, GOOGLE, 100) if day >= 40 else None,
    ),
    "6a alias": lambda: archive(
        (MAIL,), _by("Microsoft", 100, V, None, since=30, reason="MX_HOSTS_MISMATCH")
    ),
    "6b alias at one of two": lambda: archive(
        (MAIL, MAIL2), _by("Microsoft", 50, V, None, since=30, reason="MX_HOSTS_MISMATCH")
    ),
    "6c alias, Google tiny": lambda: archive(
        (MAIL,),
        _by("Microsoft", 100, V, None, reason="MX_HOSTS_MISMATCH"),
        Google=1,
        Microsoft=60,
        days=14,
    ),
    "6d alias, Google absent": lambda: archive(
        (MAIL,), _by("Microsoft", 100, V, None, reason="MX_HOSTS_MISMATCH"), Microsoft=60
    ),
    "7 name mismatch after a migration": lambda: archive(
        (MAIL,), lambda _, day: (100, MISMATCH, MAIL, None) if day >= 40 else None
    ),
    "8a leaf only, strict senders": lambda: archive(
        (MAIL,), _by("Microsoft", 100, UNTRUSTED, MAIL)
    ),
    "8b leaf only, all senders": lambda: archive((MAIL,), _always(100, UNTRUSTED, MAIL)),
    "8c self-signed": lambda: archive(
        (MAIL,), _always(100, UNTRUSTED, MAIL, "self-signed certificate")
    ),
    "8d private CA at one sender": lambda: archive(
        (MAIL,),
        _by("small.example", 100, V, MAIL, reason="self-signed_certificate_in_certificate_chain"),
    ),
    "9 backup without STARTTLS, never used": lambda: archive((MAIL, MAIL2), lambda *_: None),
    "10a 117 clean days, then 3 of failure": lambda: archive((MAIL,), _since(3, 120), days=120),
    "10b 3 days of failure, then 117 clean": lambda: archive(
        (MAIL,), lambda _, day: (100, EXPIRED, MAIL, None) if day < 3 else None, days=120
    ),
    "11 id not bumped": lambda: [
        report(_stale(who, day), reporter=who, day=day) for who in SENDERS for day in range(DAYS)
    ],
    "12 enforce, all fails since 5 days": lambda: archive((MAIL,), _since(5, DAYS), mode="enforce"),
}


def situation(name: str) -> ReportTables:
    """Return the tables of a situation."""
    return tables(*SITUATIONS[name]())


def lines_of(name: str) -> Iterator[str]:
    """Yield the headline of a situation, its steps, and its causes with their cures."""
    given = situation(name)
    impact = enforce_impact(given)
    row = impact.by_domain.iloc[0]
    yield f"## {name}\n[{row['verdict']}] {row['headline']}"
    for step in impact.fixes.dropna(subset="step").to_dict("records"):
        yield f"  {step['step']}. {step['fix']} ({step['responsible']}): {step['cure']} -> {step['left']}"
    for cause in diagnose(given).to_dict("records"):
        yield f"  - {cause['cause']} {cause['receiving_mx_hostname']} {cause['failed_session_count']} ({cause['responsible']}): {cause['title']}"
        yield "      " + str(cause["cure"]).replace("\n", "\n      ")


if __name__ == "__main__":
    for each in SITUATIONS:
        sys.stdout.write("\n".join(lines_of(each)) + "\n")
