"""What reports are diagnosed with is found once, and never taken for that of others."""

import pandas as pd
import pytest
from support.made_reports import failure, month, policy, tables

from tlsrpt_analysis import diagnose, enforce_impact, selective_failures
from tlsrpt_analysis.analyses.causes.diagnose import causes_of
from tlsrpt_analysis.analyses.causes.diagnosed import Diagnosed

MX = "mx1.example.com"
RECORDS = pd.DataFrame({"policy_domain": ["example.com"], "mx_hostname": [MX], "preference": [10]})


def reports(result_type="certificate-expired"):
    """Return days on which 10 of 100 sessions fail."""
    return tables(*month(policy(90, 10, failure(10, result_type, MX))))


def test_an_impact_shares_what_it_found():
    """A page asks it for the same reports, and gets what was found before."""
    loaded = reports()
    impact = enforce_impact(loaded)
    found = impact.diagnosed.about(loaded)
    assert found is impact.diagnosed
    assert found.diagnoses is impact.after(f"repair certificate {MX}").diagnosed.diagnoses
    pd.testing.assert_frame_equal(causes_of(found.diagnoses), diagnose(loaded))
    pd.testing.assert_frame_equal(found.selective, selective_failures(loaded))


@pytest.mark.parametrize("others", [{"mx_preferences": RECORDS}, {"findings": RECORDS[:0]}])
def test_other_knowledge_is_diagnosed_anew(others):
    """MX records and findings change causes, so that nothing found without them is shared."""
    loaded = reports()
    impact = enforce_impact(loaded)
    assert impact.diagnosed.about(loaded, **others) is not impact.diagnosed


def test_equal_reports_are_not_the_same():
    """Only the same tables are taken for the same; another archive has causes of its own."""
    first, second = reports(), reports("starttls-not-supported")
    found = enforce_impact(first).diagnosed
    assert found.about(reports()) is not found
    frames = [causes_of(found.about(one).diagnoses) for one in (first, second)]
    for frame, own in zip(frames, (first, second), strict=True):
        pd.testing.assert_frame_equal(frame, diagnose(own))
    assert frames[0]["cause"].tolist() != frames[1]["cause"].tolist()


def test_findings_are_the_mx_records_where_no_others_are_given():
    """An impact with findings takes MX records from them, and so does a page."""
    loaded, findings = reports(), RECORDS[:0]
    found = Diagnosed(loaded, findings, findings)
    assert found.about(loaded, findings) is found
