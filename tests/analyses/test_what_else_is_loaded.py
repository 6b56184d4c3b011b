"""No number of a domain depends on the order of files, on copies, or on what else is loaded."""

import pandas as pd
import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import compare, coverage, failure_share_by_mx, selective_failures

MX = ["mx1.example.com", "mx2.example.com"]
EXPIRED, STARTTLS, MISMATCH = "certificate-expired", "starttls-not-supported", "validation-failure"
OTHER, ODD = "other.example", "odd.example"


def of_google(day):
    """Return sessions that meet a shared fault at the second host, and twice an untyped one."""
    shared = 6 + day % 3
    untyped = 2 * (day % 31 == 0)
    return policy(90, shared + untyped, failure(shared, STARTTLS, MX[1]), mx=MX)


def of_microsoft(day):
    """Return sessions with a fault of its own from the 21st day on, every other day, listed twice."""
    own = 9 * (day >= 20 and day % 2)
    details = (failure(2, STARTTLS, MX[1]), failure(own, MISMATCH, MX[0], ip="2001:db8::25"))
    under = {"policy_type": "tlsa", "mode": None}
    return policy(30 - own, 2 + own, *details, mx=MX), policy(12 + day % 4, **under)


def of_mail_ru(day):
    """Return sessions with two reasons each, and some without an applied policy."""
    failed = 3 * (day % 4 == 0)
    twice = [failure(failed, EXPIRED, MX[0]), failure(failed, MISMATCH, MX[0])] * bool(failed)
    fetch = policy(0, 2, failure(None, "sts-policy-fetch-error"), mode=None)
    return policy(17, failed, *twice, mx=MX), fetch


DOMAIN = [
    *(report(of_google(day), day=day) for day in range(60)),
    *(report(*of_microsoft(day), reporter="Microsoft", day=day) for day in range(1, 60, 2)),
    *(report(*of_mail_ru(day), reporter="Mail.ru", day=day) for day in range(5, 55)),
]

BESIDE = [
    report(
        policy(40, day % 7, failure(day % 7, "tls-odd", f"a{day}.{OTHER}"), domain=OTHER),
        reporter=f"{name} of {OTHER}",
        day=day,
    )
    for name in ("Google", "Yahoo", "harbor")
    for day in range(-9, 80)
]

ODD_REPORTS = [
    report(policy(0, 0, failure(7, EXPIRED), domain=ODD), reporter="Mail.ru", day=90),
    report(policy(3, 1, failure(9, EXPIRED, f"aa.{ODD}"), domain=ODD), reporter="Google", day=-5),
    report(
        policy(3, 1, failure(1, MISMATCH, reason="mtasts-policy-mx-mismatch"), domain=ODD),
        reporter="Microsoft",
        day=-20,
    ),
]

LOADED = {
    "files in another order": lambda: tables(*reversed(DOMAIN)),
    "an archive twice": lambda: tables(*DOMAIN, *DOMAIN),
    "another domain beside": lambda: tables(*BESIDE, *DOMAIN),
    "odd reports of another domain": lambda: tables(*ODD_REPORTS, *DOMAIN),
    "a selection": lambda: tables(*DOMAIN, *BESIDE, *ODD_REPORTS).select(
        policy_domains="example.com"
    ),
}

ANALYSES = {
    "selective_failures": selective_failures,
    "failure_share_by_mx": failure_share_by_mx,
    "failure_share_by_mx by cause": lambda given: failure_share_by_mx(given, "cause"),
    "failure_share_by_mx by reporter": lambda given: failure_share_by_mx(given, "reporter"),
    "compare by domain": lambda given: compare(given, "2026-07-21").by_domain,
    "compare by reporter": lambda given: compare(given, "2026-07-21").by_reporter,
    "coverage": coverage,
}


@pytest.mark.parametrize("loaded", LOADED.values(), ids=LOADED.keys())
@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES.keys())
def test_the_numbers_of_a_domain_are_its_own(analysis, loaded):
    """Cell by cell, texts included."""
    alone = analysis(tables(*DOMAIN))
    rows = analysis(loaded())
    rows = rows[rows["policy_domain"] == "example.com"].reset_index(drop=True)
    assert len(alone)
    texts = {name: "str" for name in ("policy_domain", "reporter") if name in alone}
    pd.testing.assert_frame_equal(rows.astype(texts), alone.astype(texts), rtol=1e-9)


def test_the_domain_has_several_verdicts():
    """So that the tests above compare something."""
    verdicts = selective_failures(tables(*DOMAIN))["verdict"]
    assert set(verdicts) >= {"selective", "not selective"}
