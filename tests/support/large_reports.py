"""A report that names as many things as one may, among small honest ones: for tests of growth."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.wrappings import report_document
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.tables import ReportTables

Policy = dict[str, Any]

STS = ("version: STSv1", "mode: testing", "mx: mx.example.com", "max_age: 86400")
OLD_POLICY = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 86400\n"
REASONS = ("certificate has expired", "self-signed certificate", "MX_HOSTS_MISMATCH", "unlike any")


def _detail(**changed: object) -> dict[str, object]:
    fields = {name.replace("_", "-"): value for name, value in changed.items()}
    return {"result-type": "certificate-expired", "failed-session-count": 1} | fields


def _host(place: int, **changed: object) -> dict[str, object]:
    return _detail(receiving_mx_hostname=f"mx{place}.example.com", **changed)


def _policy(
    *details: dict[str, object],
    domain: str = "example.com",
    text: tuple[str, ...] = STS,
    **more: object,
) -> Policy:
    policy = {"policy-type": "sts", "policy-string": text, "policy-domain": domain}
    return {
        "policy": policy | {name.replace("_", "-"): value for name, value in more.items()},
        "summary": {
            "total-successful-session-count": 100,
            "total-failure-session-count": len(details),
        },
        "failure-details": list(details),
    }


def _hosts(size: int) -> list[Policy]:
    """Return hosts that fail under MTA-STS, and others that fail under DANE."""
    half = size // 2
    under_dane = (_host(place, result_type="tlsa-invalid") for place in range(half))
    return [
        _policy(*(_host(place) for place in range(half))),
        _policy(*under_dane, text=("3 1 1 " + 32 * "ab",), policy_type="tlsa"),
    ]


def _unlisted_hosts(size: int) -> list[Policy]:
    """Return hosts that the policy does not list, and failures that name no host."""
    unlisted = (_host(place, result_type="validation-failure") for place in range(size // 2))
    nameless = (_detail(result_type=f"type-{place}") for place in range(size // 2))
    return [_policy(*unlisted, *nameless)]


def _texts_of_details(size: int) -> list[Policy]:
    """Return what is unlike in details that are otherwise alike."""
    return [
        _policy(
            *(
                _host(
                    place % 4,
                    result_type="validation-failure",
                    failure_reason_code=f"{REASONS[place % 4]} {place}",
                    additional_information=f"https://a.example/{place}",
                    receiving_mx_helo=f"helo{place}.example",
                    receiving_ip=f"10.1.{place >> 8}.{place & 255}",
                    sending_mta_ip=f"10.2.{place >> 8}.{place & 255}",
                )
                for place in range(10 * size)
            )
        )
    ]


def _policies(size: int) -> list[Policy]:
    """Return policies, each without some of the hosts at which sessions failed, and a long one."""
    names = [f"mx{place}.example.net" for place in range(5 * size)]
    long = (*STS[:2], *(f"mx: {name}" for name in names), STS[3])
    return [
        _policy(_host(0), text=long, mx_host=names),
        *_changing_policies(size // 2),
    ]


def _changing_policies(size: int) -> list[Policy]:
    return [
        _policy(
            *(_host((place + more) % (size // 2)) for more in range(4)),
            _detail(),
            text=(*STS[:3], f"mx: *.mx{place}.example.com", f"max_age: {86_400 + place}"),
        )
        for place in range(size)
    ]


def _domains(size: int) -> list[Policy]:
    return [
        _policy(*(_host(more) for more in range(8)), domain=f"d{place}.example")
        for place in range(size // 20)
    ]


LISTS: dict[str, Callable[[int], list[Policy]]] = {
    "hosts": _hosts,
    "unlisted hosts and result types": _unlisted_hosts,
    "reasons, information, names and addresses": _texts_of_details,
    "policies and their lines": _policies,
    "domains": _domains,
}
"""What makes the policies of a report in which one kind of list has some size, 950 at most."""


def load_large(folder: Path, policies: list[Policy]) -> ReportTables:
    """Load one report with these policies and those of two honest reporters on ten days."""
    folder.mkdir()
    (folder / "large.json").write_bytes(report_document(policies=policies))
    for day in range(1, 11):
        date_range = {
            "start-datetime": f"2026-07-{day:02}T00:00:00Z",
            "end-datetime": f"2026-07-{day:02}T23:59:59Z",
        }
        for name in ("honest", "upright"):
            document = report_document(
                organization_name=name,
                contact_info=f"a@{name}.example",
                report_id=f"{day}",
                date_range=date_range,
                policies=[_policy(_detail(receiving_mx_hostname="mx.example.com"))],
            )
            (folder / f"{name}-{day}.json").write_bytes(document)
    tables = load_reports(folder, workers=1, progress=False)
    assert tables.balance.reports == 21
    return tables
