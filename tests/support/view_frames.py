"""Results of the analyses written by hand, so that charts are tested without the analyses."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd

from tlsrpt_analysis.analyses.readiness.readiness import Readiness, readiness
from tlsrpt_analysis.tables import DAY, empty_tables

FIRST = dt.date(2026, 7, 1)
HOSTILE = "</script><script>alert(1)</script>"


def _categorical(frame: pd.DataFrame) -> pd.DataFrame:
    texts = [name for name in frame.columns if frame[name].dtype in ("object", "str")]
    days = [
        name
        for name in ("day", "first_day", "last_day", "last_blocked_day", "since_low", "since_high")
        if name in frame
    ]
    return frame.astype(
        dict.fromkeys(set(texts) - set(days), "category") | dict.fromkeys(days, DAY)
    )


def sessions_of(domains: list[str], reporters: list[str], *, days: int = 60) -> pd.DataFrame:
    """Return daily sessions in which Microsoft fails from the 20th day on, with a gap."""
    rows = [
        {
            "policy_domain": domain,
            "reporter": reporter,
            "day": FIRST + dt.timedelta(day),
            "policy_mode": "testing",
            "session_count": 40 + (day * 7 + place) % 23,
            "failed_session_count": 12 + day % 9
            if reporter == "Microsoft" and day >= 20
            else day % 2,
        }
        for domain in domains
        for place, reporter in enumerate(reporters)
        for day in range(days)
        if not 30 <= day < 33
    ]
    return _categorical(pd.DataFrame(rows))


def covered_of(domains: list[str], reporters: list[str]) -> pd.DataFrame:
    """Return a coverage in which each reporter missed one more day than the one before."""
    rows = [
        {
            "policy_domain": domain,
            "reporter": reporter,
            "first_day": FIRST,
            "last_day": FIRST + dt.timedelta(59 - place),
            "period_days": 60,
            "reported_days": 57 - place,
            "missing_days": 3 + place,
            "longest_gap_days": 3,
            "session_count": 3000 - place,
        }
        for domain in domains
        for place, reporter in enumerate(reporters)
    ]
    return _categorical(pd.DataFrame(rows))


def shares_of(domain: str = "example.com", host: str = "mx1.example.com") -> pd.DataFrame:
    """Return the failures at three hosts, one of them not given."""
    hosts = pd.DataFrame(
        {
            "policy_domain": [domain] * 3,
            "receiving_mx_hostname": [host, "mx2.example.com", None],
            "failed_session_count": [700, 250, 50],
            "share_of_failures": [0.7, 0.25, 0.05],
            "share_of_failures_low": [0.62, 0.19, None],
            "share_of_failures_high": [0.78, 0.32, None],
            "failed_per_session": [0.07, 0.025, 0.005],
            "in_policy": pd.array([True, False, None], dtype="boolean"),
            "first_day": [FIRST] * 3,
            "last_day": [FIRST + dt.timedelta(40)] * 3,
        }
    )
    return _categorical(hosts)


def causes_of(domain: str = "example.com", host: str = "mx1.example.com") -> pd.DataFrame:
    """Return the causes of the failures at one host, and one cause without a host."""
    frame = pd.DataFrame(
        {
            "policy_domain": [domain] * 3,
            "cause": ["certificate-expired", "timeouts", "no-reports"],
            "title": ["The certificate of an MX had expired", "Sessions time out", "None come"],
            "receiving_mx_hostname": [host, host, None],
            "failed_session_count": [525, 175, 0],
        }
    )
    return _categorical(frame)


def comparisons_of(domain: str = "example.com", reporter: str = "Microsoft") -> pd.DataFrame:
    """Return three comparisons: selective, not selective, and too little data."""
    frame = pd.DataFrame(
        {
            "policy_domain": [domain] * 3,
            "policy_type": ["sts", "sts", "tlsa"],
            "failing_reporter": [reporter, "Yahoo", "mox"],
            "clean_reporters": ["Google", "Google", None],
            "receiving_mx_hostname": ["mx1.example.com", None, "mx2.example.com"],
            "result_type": ["certificate-host-mismatch", "starttls-not-supported", "own-word"],
            "verdict": ["selective", "not selective", "too little data"],
            "failing_share": [0.41, 0.11, 0.3],
            "failing_share_low": [0.33, 0.05, 0.1],
            "failing_share_high": [0.49, 0.2, 0.8],
            "clean_share": [0.004, 0.08, None],
            "clean_share_low": [0.0, 0.03, None],
            "clean_share_high": [0.02, 0.16, None],
            "since_low": [FIRST, None, None],
            "since_high": [FIRST + dt.timedelta(2), None, None],
            "points_to": ["certificate-host-mismatch", None, None],
            "explanation": ["If Google's mail failed as often, 41 failures; there were 0."] * 3,
        }
    )
    return _categorical(frame)


def impact_of(
    domain: str = "example.com", result_type: str = "validation-failure"
) -> SimpleNamespace:
    """Return an impact on three domains."""
    by_domain = pd.DataFrame(
        {
            "policy_domain": [domain, "example.net", "example.org"],
            "policy_mode": ["testing"] * 3,
            "session_count": [10_000, 5_000, 40],
            "would_block_low": [2_900, 0, 1],
            "would_block_high": [3_000, 0, 2],
            "would_block_share": [0.295, 0.0, 0.04],
            "would_block_share_low": [0.27, 0.0, 0.01],
            "would_block_share_high": [0.31, 0.0, 0.2],
            "lost_share_low": [0.0, 0.0, 0.01],
            "lost_share_high": [0.31, 0.0, 0.2],
            "today_since": pd.to_datetime(["2026-08-04"] * 3).astype("datetime64[s]"),
            "today_tested_session_count": [9_000, 4_000, 30],
            "today_would_block_share": [0.31, 0.0, 0.05],
            "today_would_block_share_low": [0.28, 0.0, 0.01],
            "today_would_block_share_high": [0.33, 0.0, 0.25],
            "today_lost_share_low": [0.0, 0.0, 0.01],
            "today_lost_share_high": [0.33, 0.0, 0.25],
            "verdict": ["not ready", "ready", "too little data"],
            "headline": ["Between 0 % and 31 % of sessions would be lost.", "None.", "Unknown."],
        }
    )
    by_cause = pd.DataFrame(
        {
            "policy_domain": [domain, domain, "example.org"],
            "result_type": [result_type, "certificate-expired", "starttls-not-supported"],
            "failure_reason_code": [None, "10 days ago", None],
            "would_block_low": [2_000, 900, 1],
            "would_block_high": [2_000, 1_000, 2],
            "would_block_share": [0.2, 0.095, 0.04],
            "today_would_block_share": [0.21, 0.1, 0.05],
        }
    )
    fixes = pd.DataFrame(
        {
            "policy_domain": [domain, domain, domain],
            "step": pd.array([1, 2, None], dtype="Int64"),
            "fix": [
                "add mx mx2.example.com",
                "repair TLS mx1.example.com",
                "drop mx mx2.example.com",
            ],
            "would_block_share_before": [0.295, 0.095, 0.295],
            "would_block_share_after": [0.095, 0.0, 0.1],
        }
    )
    return SimpleNamespace(
        by_domain=_categorical(by_domain), by_cause=_categorical(by_cause), fixes=fixes
    )


def readiness_of(domains: list[str]) -> Readiness:
    """Return ten weeks in which a fault of each domain is repaired, and its policy changes once."""
    first = pd.Timestamp("2026-06-29")
    weeks = [
        {
            "policy_domain": domain,
            "week": first + pd.Timedelta(weeks=week),
            "policy_mode": "testing",
            "verdict": "not ready" if week < 6 else "too little data" if week < 8 else "ready",
            "tested_session_count": 100 if week != 3 else 0,
            "untested_session_count": 5,
            "would_block_low": 20 if week < 6 else 0,
            "would_block_high": 25 if week < 6 else 0,
            "would_block_share": None if week == 3 else 0.25 if week < 6 else 0.0,
            "would_block_share_low": None if week == 3 else 0.2 if week < 6 else 0.0,
            "would_block_share_high": None if week == 3 else 0.3 if week < 6 else 0.03,
            "change": "added mx2.example.com" if week == 6 else None,
        }
        for domain in domains
        for week in range(10)
    ]
    changes = [
        {
            "policy_domain": domain,
            "day": first + pd.Timedelta(days=43),
            "policy_mode": "testing",
            "mx": "mx2.example.com",
            "change": "added mx2.example.com",
        }
        for domain in domains
    ]
    states = [
        {
            "policy_domain": domain,
            "verdict": "ready",
            "ready_since": first + pd.Timedelta(days=59),
            "summary": f"{domain}: ready since 2026-08-27",
        }
        for domain in domains
    ]
    empty = readiness(empty_tables())
    frames = [
        pd.DataFrame(rows, columns=list(like)).astype(like.dtypes.to_dict())
        for rows, like in (
            (weeks, empty.by_week),
            ([], empty.by_cause),
            (changes, empty.policy_changes),
            (states, empty.by_domain),
        )
    ]
    return Readiness(*frames)
