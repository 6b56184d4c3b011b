"""No number of a domain depends on the order of files, on copies, or on what else is loaded."""

import functools

import pandas as pd
import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import (
    compare,
    coverage,
    diagnose,
    enforce_impact,
    failure_share_by_mx,
    selective_failures,
)

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
    "alone": lambda: tables(*DOMAIN),
    "files in another order": lambda: tables(*reversed(DOMAIN)),
    "an archive twice": lambda: tables(*DOMAIN, *DOMAIN),
    "another domain beside": lambda: tables(*BESIDE, *DOMAIN),
    "odd reports of another domain": lambda: tables(*ODD_REPORTS, *DOMAIN),
    "a selection": lambda: tables(*DOMAIN, *BESIDE, *ODD_REPORTS).select(
        policy_domains="example.com"
    ),
    "everything": lambda: tables(*BESIDE, *DOMAIN, *ODD_REPORTS),
}

STEP = f"enable STARTTLS {MX[1]}"


class Impacts:
    """The impact of each load and of a step, computed once for all frames."""

    def __init__(self):
        self.known = {}

    def of(self, given, step):
        """Return the impact, after a step if one is given; the loads stay in memory."""
        key = id(given), step
        if key not in self.known:
            impact = enforce_impact(given) if step is None else self.of(given, None).after(step)
            self.known[key] = given, impact
        return self.known[key][1]


KNOWN_IMPACTS = Impacts()


def sentences_apart(rows):
    """Return the rows without the sentences, which say that others have later reports."""
    return rows.drop(columns=["reasons", "headline"], errors="ignore")


IMPACTS = {
    f"enforce_impact{'' if step is None else f' after {step}'} {frame}": (
        lambda given, frame=frame, step=step: getattr(KNOWN_IMPACTS.of(given, step), frame)
    )
    for frame, step in (
        *((name, None) for name in ("by_domain", "by_reporter", "by_mx", "by_cause", "fixes")),
        ("by_domain", STEP),
        ("fixes", STEP),
    )
}
ANALYSES = {
    "selective_failures": selective_failures,
    "failure_share_by_mx": failure_share_by_mx,
    "failure_share_by_mx by cause": lambda given: failure_share_by_mx(given, "cause"),
    "failure_share_by_mx by reporter": lambda given: failure_share_by_mx(given, "reporter"),
    "compare by domain": lambda given: compare(given, "2026-07-21").by_domain,
    "compare by reporter": lambda given: compare(given, "2026-07-21").by_reporter,
    "coverage": coverage,
    **{name: lambda given, ask=ask: sentences_apart(ask(given)) for name, ask in IMPACTS.items()},
}
SELECTED = ANALYSES | IMPACTS | {"diagnose": diagnose}
SELECTIONS = {
    "a domain": ({"policy_domains": "example.com"}, lambda: tables(*DOMAIN)),
    "two reporters": (
        {"policy_domains": "example.com", "reporters": ["Google", "Microsoft"]},
        lambda: tables(*DOMAIN[:90]),
    ),
    "some days": (
        {"policy_domains": "example.com", "until": "2026-08-14"},
        lambda: tables(*DOMAIN[:45], *DOMAIN[60:82], *DOMAIN[90:130]),
    ),
}


@functools.cache
def load(name):
    """Return the tables of a load, of a selection, or of just what is selected."""
    if name in LOADED:
        return LOADED[name]()
    chosen, just_that = SELECTIONS[name[0]]
    return just_that() if name[1] else load("everything").select(**chosen)


@pytest.mark.parametrize("loaded", [name for name in LOADED if name not in {"alone", "everything"}])
@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES.keys())
def test_the_numbers_of_a_domain_are_its_own(analysis, loaded):
    """Cell by cell, texts included."""
    alone, rows = analysis(load("alone")), analysis(load(loaded))
    rows = rows[rows["policy_domain"] == "example.com"].reset_index(drop=True)
    assert len(alone)
    texts = {name: "str" for name in ("policy_domain", "reporter") if name in alone}
    pd.testing.assert_frame_equal(rows.astype(texts), alone.astype(texts), rtol=1e-9)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("analysis", SELECTED.values(), ids=SELECTED.keys())
def test_a_selection_gives_what_a_load_of_just_that_gives(analysis, selection):
    """Cell by cell, sentences included."""
    rows, alone = (analysis(load((selection, is_alone))) for is_alone in (False, True))
    assert len(alone)
    texts = {name: "str" for name in ("policy_domain", "reporter") if name in alone}
    pd.testing.assert_frame_equal(rows.astype(texts), alone.astype(texts), rtol=1e-9)


def test_the_domain_has_several_verdicts():
    """So that the tests above compare something."""
    verdicts = selective_failures(tables(*DOMAIN))["verdict"]
    assert set(verdicts) >= {"selective", "not selective"}
