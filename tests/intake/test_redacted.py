"""A file made ready to be attached to a bug report."""

import json

import pytest
from support.wrappings import REPORT, WRAPPINGS

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.redacted import redacted_reports


@pytest.mark.parametrize("content", WRAPPINGS.values(), ids=WRAPPINGS)
def test_reports_are_redacted_however_they_are_wrapped(content, tmp_path):
    """Whatever the loader reads."""
    path = tmp_path / "input"
    path.write_bytes(content)
    texts = list(redacted_reports(path))
    assert texts
    assert all("name1.example" in text and "example.com" not in text for text in texts)


def test_a_redacted_report_is_a_report_with_the_same_counts(tmp_path):
    """So that a maintainer sees the same fault."""
    path = tmp_path / "report.json"
    path.write_bytes(REPORT)
    (text,) = redacted_reports(path)
    policy = json.loads(text)["policies"][0]
    assert policy["summary"] == json.loads(REPORT)["policies"][0]["summary"]
    assert policy["policy"]["policy-string"][2] == "mx: *.name1.example"


def test_a_file_without_json_is_one_plain_error(tmp_path):
    """And so is one that is missing."""
    path = tmp_path / "a.txt"
    path.write_text("nothing here")
    with pytest.raises(SourceError, match="no JSON object in it"):
        list(redacted_reports(path))
    with pytest.raises(SourceError, match="No such file"):
        list(redacted_reports(tmp_path / "b"))
