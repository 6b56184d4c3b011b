"""What one report may cost: twice as much of anything takes at most 2.5 times as long."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.growth import MOST_GROWTH
from support.wrappings import report_document

from tlsrpt_analysis import diagnose, enforce_impact, failure_share_by_mx, load_reports
from tlsrpt_analysis.tables import ReportTables

SIZE = 1_000
FIXED_SECONDS = 0.4
"""What the analyses cost for a report of any size."""

STS = ["version: STSv1", "mode: testing", "mx: mx.example.com", "max_age: 86400"]


def _detail(**changed: object) -> dict[str, object]:
    fields = {name.replace("_", "-"): value for name, value in changed.items()}
    return {"result-type": "certificate-expired", "failed-session-count": 1} | fields


def _policy(
    *details: dict[str, object], domain: str = "example.com", text: list[str] = STS
) -> dict[str, Any]:
    return {
        "policy": {"policy-type": "sts", "policy-string": text, "policy-domain": domain},
        "summary": {
            "total-successful-session-count": 100,
            "total-failure-session-count": len(details),
        },
        "failure-details": list(details),
    }


LISTS: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "hosts": lambda n: [
        _policy(*(_detail(receiving_mx_hostname=f"mx{i}.example.com") for i in range(n)))
    ],
    "types, reasons and addresses": lambda n: [
        _policy(
            *(_detail(result_type=f"type-{i}") for i in range(n)),
            *(
                _detail(result_type="validation-failure", failure_reason_code=f"{i} says no")
                for i in range(n)
            ),
            *(_detail(receiving_ip=f"10.1.{i >> 8}.{i & 255}") for i in range(n)),
        )
    ],
    "policy texts and domains": lambda n: [
        *(_policy(_detail(), text=[*STS[:3], f"max_age: {86_400 + i}"]) for i in range(n)),
        *(_policy(_detail(), domain=f"d{i}.example") for i in range(n // 50)),
    ],
}


def _load(folder: Path, policies: list[dict[str, Any]]) -> ReportTables:
    folder.mkdir()
    (folder / "large.json").write_bytes(report_document(policies=policies))
    for day in range(1, 15):
        document = report_document(
            organization_name="Honest",
            contact_info="a@honest.example",
            report_id=f"{day}",
            date_range={
                "start-datetime": f"2026-07-{day:02}T00:00:00Z",
                "end-datetime": f"2026-07-{day:02}T23:59:59Z",
            },
            policies=[_policy(_detail())],
        )
        (folder / f"{day}.json").write_bytes(document)
    return load_reports(folder, workers=1)


def _seconds(tables: ReportTables) -> float:
    began = time.process_time()
    assert len(enforce_impact(tables).fixes) > 0
    diagnose(tables)
    failure_share_by_mx(tables)
    return time.process_time() - began


@pytest.mark.parametrize("make", LISTS.values(), ids=LISTS.keys())
def test_analyses_take_time_in_proportion_to_each_list(
    tmp_path: Path, make: Callable[[int], list[dict[str, Any]]]
) -> None:
    """A report of 70 kB that named 500 hosts took a minute and a half."""
    small = _seconds(_load(tmp_path / "small", make(SIZE)))
    large = _seconds(_load(tmp_path / "large", make(2 * SIZE)))

    assert large < MOST_GROWTH * max(small, FIXED_SECONDS)
