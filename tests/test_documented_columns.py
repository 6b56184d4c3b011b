"""Every column of a result is named in the docstring of what returns it."""

import inspect
import re
from pathlib import Path

import pandas as pd
import pytest

import tlsrpt_analysis as tlsrpt
from tlsrpt_analysis.fleets import sums

SAMPLES = Path(__file__).parent.parent / "sample_reports"


@pytest.fixture(scope="module")
def reports() -> tlsrpt.ReportTables:
    """Load the samples."""
    return tlsrpt.load_reports(SAMPLES, progress=False)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> tlsrpt.Fleet:
    """Answer for the samples in a store."""
    store = tlsrpt.Store(tmp_path_factory.mktemp("columns") / "store")
    store.add(SAMPLES, progress=False, workers=1)
    return tlsrpt.fleet(store, workers=1, keep=False)


def unnamed(frame: pd.DataFrame, documented: object) -> list[str]:
    """Return the columns of a frame that a docstring does not name."""
    names = set(re.findall(r"[a-z_]+", inspect.getdoc(documented) or ""))
    return [column for column in frame.columns if column not in names]


@pytest.mark.parametrize(
    "analysis",
    [tlsrpt.coverage, tlsrpt.daily_sessions, tlsrpt.failure_share_by_mx, tlsrpt.diagnose,
     tlsrpt.selective_failures],
)  # fmt: skip
def test_an_analysis_names_its_columns(analysis: object, reports: tlsrpt.ReportTables) -> None:
    """Readers of `?` have nothing else to go by."""
    assert unnamed(analysis(reports), analysis) == []


@pytest.mark.parametrize("name", ["by_domain", "by_reporter", "by_mx", "by_cause"])
def test_an_impact_names_its_columns(name: str, reports: tlsrpt.ReportTables) -> None:
    """Also those of today."""
    assert unnamed(getattr(tlsrpt.enforce_impact(reports), name), tlsrpt.EnforceImpact) == []


def test_fixes_and_plans_name_their_columns(reports: tlsrpt.ReportTables) -> None:
    """Both are properties of an impact or made by one."""
    impact = tlsrpt.enforce_impact(reports.select(policy_domains=["example.com"]))
    assert unnamed(impact.fixes, type(impact).fixes) == []
    plan = impact.plan()
    assert unnamed(plan.steps, type(plan)) == []


@pytest.mark.parametrize("name", ["by_month", "by_reporter", "by_mx"])
def test_a_replay_names_its_columns(name: str, reports: tlsrpt.ReportTables) -> None:
    """The counts and the shares of what another policy would have refused."""
    found = tlsrpt.replay(reports, policy_domain="example.com", add_mx=["mx2.example.com"])
    assert unnamed(getattr(found, name), type(found)) == []


@pytest.mark.parametrize("name", ["by_host", "by_cause", "by_reporter", "selective"])
def test_a_fleet_names_its_columns(name: str, fleet: tlsrpt.Fleet) -> None:
    """Its frames add to those of the analyses."""
    documented = {
        "by_host": [sums.by_host],
        "by_cause": [sums.by_host],
        "by_reporter": [sums.by_reporter],
        "selective": [sums.selective_over_fleet, tlsrpt.selective_failures],
    }[name]
    frame = getattr(fleet, name)
    assert set.intersection(*(set(unnamed(frame, one)) for one in documented)) == set()


def test_a_fleets_domains_name_the_columns_of_an_impact_and_their_own(fleet: tlsrpt.Fleet) -> None:
    """Whatever is kept beside the store."""
    missing = set(unnamed(fleet.by_domain, tlsrpt.Fleet))
    assert missing & set(unnamed(fleet.by_domain, tlsrpt.EnforceImpact)) == set()
