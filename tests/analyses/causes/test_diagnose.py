"""Each cause is found where it holds, is not claimed where it does not, and is confirmed by probes."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from support.made_reports import DOMAIN, failure, month, mx_records, policy, report, tables

from tlsrpt_analysis import diagnose, load_reports
from tlsrpt_analysis.analyses.cause_catalogue.cause import Responsible
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_CODE, CAUSES
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.probes.findings import CHECKS
from tlsrpt_analysis.standards.report import FailureDetails, PolicyResult

ROOT = Path(__file__).parents[3]
MX = "mx1.example.com"
GOOD = policy(40)


def _failing(
    result_type: str,
    *,
    host: str | None = MX,
    reason: str | None = None,
    ip: str | None = None,
    successes: int = 20,
    **changed: object,
) -> PolicyResult:
    detail = failure(10, result_type, host, reason=reason, ip=ip)
    return policy(successes, 10, detail, **changed)  # type: ignore[arg-type]


def _both(failing: PolicyResult) -> list[ReportRead]:
    return [*month(failing), *month(failing, reporter="Microsoft")]


def _only(failing: PolicyResult, reporter: str = "Microsoft") -> list[ReportRead]:
    others = ["Google", "Yahoo"] if reporter == "Microsoft" else ["Google", "Microsoft"]
    return [
        *month(failing, reporter=reporter),
        *(r for name in others for r in month(GOOD, reporter=name)),
    ]


def _days(result: PolicyResult, days: range, reporter: str = "Google") -> list[ReportRead]:
    return [report(result, reporter=reporter, day=day) for day in days]


def _tlsa(successes: int, *details: FailureDetails) -> PolicyResult:
    count = sum(detail.failed_session_count or 0 for detail in details)
    return policy(successes, count, *details, policy_type="tlsa")


OLD, NEW = policy(40, mx=("old.example.com",)), policy(40, mx=(MX, "mx2.example.com"))
ENFORCE = policy(40, mode="enforce")
V = "validation-failure"

PATTERNS: dict[str, Callable[[], list[ReportRead]]] = {
    "mx-mismatch": lambda: _both(_failing(V, host="mx9.example.com")),
    "wildcard-one-label-short": lambda: _both(
        _failing(V, host="example-com.b-v1.mx.microsoft", mx=("*.mx.microsoft",))
    ),
    "cname-mx": lambda: _only(_failing(V)),
    "policy-id-not-bumped": lambda: [
        *_days(OLD, range(14)),
        *_days(NEW, range(14, 28)),
        *_days(OLD, range(28), "Microsoft"),
    ],
    "policy-not-reachable": lambda: _both(_failing("sts-policy-fetch-error", host=None)),
    "policy-fetch-selective": lambda: [
        *month(GOOD),
        *month(_failing("sts-policy-fetch-error", host=None), reporter="Microsoft"),
    ],
    "policy-fetch-transient": lambda: [
        *month(GOOD),
        *_days(GOOD, range(20), "Microsoft"),
        *_days(_failing("sts-policy-fetch-error", host=None), range(20, 21), "Microsoft"),
    ],
    "policy-certificate": lambda: _both(_failing("sts-webpki-invalid", host=None)),
    "policy-syntax": lambda: _both(_failing("sts-policy-invalid", host=None)),
    "policy-invalid-selective": lambda: [
        *month(GOOD),
        *month(_failing("sts-policy-invalid", host=None), reporter="Microsoft"),
    ],
    "certificate-expired": lambda: _both(_failing("certificate-expired")),
    "certificate-not-reloaded": lambda: [
        *_days(GOOD, range(150)),
        *_days(_failing("certificate-expired"), [*range(20, 25), *range(80, 84), *range(141, 145)]),
    ],
    "certificate-host-mismatch": lambda: _both(_failing("certificate-host-mismatch")),
    "sni-dependent-certificate": lambda: _only(
        _failing("certificate-host-mismatch"), reporter="GMX"
    ),
    "incomplete-chain": lambda: _only(_failing("certificate-not-trusted")),
    "untrusted-certificate": lambda: _both(_failing("certificate-not-trusted")),
    "certificate-revoked": lambda: _both(_failing(V, reason="certificate revoked")),
    "certificate-weak": lambda: _both(_failing(V, reason="CA signature digest algorithm too weak")),
    "certificate-usage": lambda: _both(_failing(V, reason="incompatible-usage")),
    "sender-root-store": lambda: _both(
        _failing("certificate-not-trusted", reason="no-system-roots")
    ),
    "sender-tls-inspection": lambda: [
        *month(_failing(V, reason="self-signed_certificate_in_chain", successes=0), reporter="isp"),
        *(r for name in ("Google", "Yahoo") for r in month(policy(400), reporter=name)),
    ],
    "starttls-missing": lambda: _both(
        _failing("starttls-not-supported", host="mx2.example.com", mx=(MX, "mx2.example.com"))
    ),
    "selective-starttls": lambda: _both(_failing("starttls-not-supported", reason="454 try again")),
    "one-backend": lambda: _both(_failing("certificate-expired", ip="192.0.2.7")),
    "ipv6-only": lambda: _both(_failing("certificate-expired", ip="2001:db8::7")),
    "timeouts": lambda: _both(_failing(V, reason="io-timeout-during-handshake")),
    "tls-parameters": lambda: _both(_failing(V, reason="tls-remote-alert-70")),
    "tlsa-rollover": lambda: [
        *_days(_tlsa(15), range(14)),
        *_days(_tlsa(5, failure(10, "tlsa-invalid", MX)), range(14, 28)),
    ],
    "tlsa-wrong": lambda: month(_tlsa(5, failure(10, "tlsa-invalid", MX))),
    "dnssec-invalid": lambda: month(_tlsa(5, failure(10, "dnssec-invalid", MX))),
    "dane-sts-disagree": lambda: [
        report(_failing("certificate-not-trusted"), _tlsa(30), day=day) for day in range(28)
    ],
    "dane-required": lambda: month(_tlsa(5, failure(10, "dane-required", MX))),
    "sender-side": lambda: _only(
        policy(
            1,
            3,
            failure(1, "certificate-not-trusted", MX),
            failure(1, V, MX),
            failure(1, "certificate-expired", MX),
        ),
        reporter="Small Host",
    ),
    "no-reports": lambda: [
        *_days(GOOD, range(10)),
        *month(policy(40, domain="other.example"), reporter="Microsoft"),
    ],
    "policy-vanished": lambda: [
        *_days(GOOD, range(20)),
        *_days(policy(40, policy_type="no-policy-found"), range(20, 28)),
    ],
    "policy-not-found": lambda: month(policy(40, policy_type="no-policy-found")),
    "sender-finds-no-policy": lambda: month(
        policy(10), reporter="Google"
    ) + month(policy(90, policy_type="no-policy-found"), reporter="Microsoft"),
    "policy-rarely-applied": lambda: month(
        policy(10), policy(90, policy_type="no-policy-found")
    ),
    "blocked-reporter": lambda: [
        *_days(GOOD, range(28)),
        *_days(ENFORCE, range(28, 42)),
        *_days(GOOD, range(28), "Microsoft"),
    ],
    "unexplained": lambda: _both(_failing(V)),
}  # fmt: skip


def test_an_alias_at_one_host_owns_nothing_of_a_shared_fault_of_the_same_type_at_another():
    """All find a wrong name at the second host, and Microsoft an alias at the first."""
    hosts, wrong = (MX, "mx2.example.com"), "certificate-host-mismatch"
    shared, own = failure(30, wrong, hosts[1]), failure(40, wrong, MX)
    google = month(policy(70, 30, shared, mx=hosts))
    rows = diagnose(
        tables(*google, *month(policy(30, 70, shared, own, mx=hosts), reporter="Microsoft"))
    )
    found = rows.set_index("receiving_mx_hostname")[["cause", "failed_session_count"]]
    assert found.loc[MX].tolist() == ["cname-mx", 28 * 40]
    assert found.loc[hosts[1]].tolist() == ["certificate-host-mismatch", 2 * 28 * 30]


@pytest.mark.parametrize("code", PATTERNS)
def test_each_pattern_is_found(code: str) -> None:
    """With its evidence, the command that confirms it, and its cure."""
    found = diagnose(tables(*PATTERNS[code]()))
    mine = found[(found["policy_domain"] == DOMAIN) & (found["cause"] == code)]

    assert len(mine) == 1, found[["policy_domain", "cause"]]
    row = mine.iloc[0]
    assert row["title"] == BY_CODE[code].title
    assert row["evidence"]
    assert row["confirm"]
    assert row["cure"]
    assert not re.search(r"\{(host|domain)", row["confirm"] + row["cure"])
    assert row["status"] == "not probed"
    assert row["responsible"] in set(Responsible)
    assert 0 <= row["share_of_failures"] <= 1
    assert row["failing_days"] <= row["active_days"]


ALSO = {  # what else a case shows, as its failures need a cause of their own
    "dane-sts-disagree": {"untrusted-certificate"},
}


@pytest.mark.parametrize("code", PATTERNS)
def test_no_other_pattern_is_claimed(code: str) -> None:
    """A cure for something that works breaks it."""
    found = diagnose(tables(*PATTERNS[code]()))

    assert set(found["cause"]) - {code} <= ALSO.get(code, set())


def test_every_cause_has_a_pattern_here_and_a_row_in_the_documents() -> None:
    """The catalogue of causes, the tests and the documents are one."""
    documented = (ROOT / "docs/causes.md").read_text()

    assert set(PATTERNS) == {cause.code for cause in CAUSES}
    assert documented.count("\n| `") >= len(CAUSES)
    for cause in CAUSES:
        (row,) = re.findall(rf"^\| `{cause.code}` \|.*$", documented, re.MULTILINE)
        assert f" | {cause.title} | " in row
        assert all(f"`{check}`" in row for check in cause.checks)


def test_the_checks_are_those_of_a_probe() -> None:
    """The analyses do not import the probes, so their names are compared here."""
    assert {check for cause in CAUSES for check in cause.checks} <= set(CHECKS)


WHOSE = [
    (MX, (MX,), "you"),
    (
        "example-com.mail.protection.outlook.com",
        ("*.mail.protection.outlook.com",),
        "your provider",
    ),
    (None, ("*.mail.protection.outlook.com",), "your provider"),
    (None, (MX, "*.mail.protection.outlook.com"), "you"),
]


@pytest.mark.parametrize(("host", "mx", "expected"), WHOSE)
def test_what_fails_at_a_host_of_the_provider_is_the_providers(
    host: str | None, mx: tuple[str, ...], expected: str
) -> None:
    """Its certificate is not yours to renew."""
    found = diagnose(tables(*_both(_failing("certificate-expired", host=host, mx=mx))))

    assert found["responsible"].tolist() == [expected]


UNAVAILABLE = [
    ("sts-policy-fetch-error", "no reporter can fetch the policy"),
    ("sts-policy-invalid", "no reporter can read the policy"),
    ("sts-webpki-invalid", "no reporter trusts the host of the policy"),
]


@pytest.mark.parametrize(("result_type", "words"), UNAVAILABLE)
def test_the_evidence_says_since_when_no_reporter_can_use_the_policy(
    result_type: str, words: str
) -> None:
    """All of them had applied it until then."""
    broken = policy(0, 40, failure(40, result_type), mode=None)
    reported = [
        *(one for name in ("Google", "Microsoft") for one in _days(GOOD, range(20), name)),
        *(one for name in ("Google", "Microsoft") for one in _days(broken, range(20, 28), name)),
    ]
    (row,) = diagnose(tables(*reported)).to_dict("records")

    assert f"since 2026-07-21 {words}" in row["evidence"]
    assert row["responsible"] == "you"


def test_a_healthy_domain_has_no_cause() -> None:
    """Even with several reporters."""
    assert diagnose(tables(*month(GOOD), *month(GOOD, reporter="Microsoft"))).empty


def test_every_failure_of_mta_sts_has_one_cause() -> None:
    """Nothing is hidden and nothing is counted twice."""
    details = (
        failure(1, V, "mx9.example.com"),
        failure(2, "certificate-expired", MX),
        failure(3, "starttls-not-supported", MX),
        failure(4, V, None),
        failure(5, "new-type", MX),
        failure(6, None, MX),
        failure(7, "sts-policy-invalid", None),
    )
    found = diagnose(tables(*month(policy(9, 28, *details))))

    assert found["failed_session_count"].sum() == 28 * 28
    assert found["share_of_failures"].sum() == pytest.approx(1)


SPLIT = [  # failed sessions, counts of the details at mx1 and mx2, the sessions of each row
    (42, [None], {MX: 42}),
    (42, [10], {MX: 10, None: 32}),
    (42, [10, None], {MX: 10, "mx2.example.com": 32}),
    (5, [None, None], {MX: 3, "mx2.example.com": 2}),
    (5, [7, None], {MX: 7, "mx2.example.com": 0}),
    (30, [], {None: 30}),
]


@pytest.mark.parametrize(("failed", "counts", "expected"), SPLIT)
def test_the_rows_sum_to_the_failures_of_the_domain(
    failed: int, counts: list[int | None], expected: dict[str | None, int]
) -> None:
    """A detail without a count stands for the rest, and what none stands for is unexplained."""
    hosts = [MX, "mx2.example.com"]
    details = [failure(count, host=host) for count, host in zip(counts, hosts, strict=False)]
    found = diagnose(tables(report(policy(9, failed, *details))))
    named = found["receiving_mx_hostname"].astype(object).where(lambda name: name.notna(), None)

    assert dict(zip(named, found["failed_session_count"], strict=True)) == expected
    assert found["share_of_failures"].sum() == pytest.approx(1)
    assert (found["cause"] == "unexplained").tolist() == [name is None for name in named]


@pytest.mark.parametrize("policy_type", ["sts", "tlsa", "no-policy-found"])
def test_failures_without_a_detail_are_unexplained_under_every_policy_type(
    policy_type: str,
) -> None:
    """Under DANE as well, where what is not named is not the TLSA record's fault."""
    found = diagnose(tables(*month(policy(9, 3, policy_type=policy_type))))
    found = found[found["failed_session_count"] > 0]

    assert found[["cause", "policy_type"]].to_numpy().tolist() == [["unexplained", policy_type]]
    assert found["failed_session_count"].tolist() == [84]


def test_a_cached_policy_owns_the_failures_that_the_newer_one_would_spare() -> None:
    """The mx line is there already, so adding it is no cure; those before it was are another's."""
    detail = failure(10, V, "mx2.example.com")
    old, new = policy(20, 10, detail), policy(40, mx=(MX, "mx2.example.com"))
    made = [*_days(old, range(14)), *_days(new, range(14, 28)), *_days(old, range(28), "Microsoft")]
    found = diagnose(tables(*made)).set_index("cause")

    assert found["failed_session_count"].to_dict() == {
        "mx-mismatch": 10 * (14 + 16),
        "policy-id-not-bumped": 10 * 12,
    }
    row = found.loc["policy-id-not-bumped"]
    assert "the new one lists mx2.example.com" in row["evidence"]
    assert str(row["first_day"]).startswith("2026-07-17")
    assert "Add the mx line" not in found["cure"].str.cat()
    assert "lists mx2.example.com by now" in found.loc["mx-mismatch", "cure"]


CHECKED = [
    (["failed"], "confirmed"),
    (["passed"], "refuted"),
    (["passed", "failed"], "confirmed"),
    (["not measured"], "not probed"),
    (["passed", "not measured"], "not probed"),
    ([], "not probed"),
]


@pytest.mark.parametrize(("outcomes", "status"), CHECKED)
def test_a_probe_confirms_or_refutes(outcomes: list[str], status: str) -> None:
    """What could not be measured does neither."""
    checks = pd.DataFrame(
        {
            "policy_domain": DOMAIN,
            "mx_hostname": MX,
            "check": "certificate-dates",
            "outcome": pd.Series(outcomes, dtype="str"),
        }
    )

    found = diagnose(tables(*PATTERNS["certificate-expired"]()), checks)

    assert found["status"].tolist() == [status]


DECIDED = [
    ("sni-dependent-certificate", "certificate-without-sni", "advice", "sni-needed", "confirmed"),
    ("sni-dependent-certificate", "certificate-without-sni", "passed", "ok", "refuted"),
    ("incomplete-chain", "certificate-chain", "failed", "incomplete-chain", "confirmed"),
    ("incomplete-chain", "certificate-chain", "passed", "ok", "refuted"),
    ("untrusted-certificate", "certificate-chain", "failed", "self-signed", "confirmed"),
    ("policy-id-not-bumped", "policy-as-reported", "advice", "cache-still-old", "confirmed"),
    ("no-reports", "tlsrpt-record", "advice", "no-record", "confirmed"),
    ("no-reports", "tlsrpt-record", "passed", "ok", "not probed"),
    ("selective-starttls", "starttls", "not measured", "starttls-tempfail", "confirmed"),
    ("selective-starttls", "starttls", "failed", "starttls-not-offered", "not probed"),
    ("selective-starttls", "starttls", "passed", "ok", "not probed"),
    ("starttls-missing", "starttls", "failed", "starttls-not-offered", "confirmed"),
    ("starttls-missing", "starttls", "passed", "ok", "refuted"),
    ("one-backend", "addresses-alike", "advice", "certificates-differ", "not probed"),
    ("one-backend", "addresses-alike", "failed", "addresses-differ", "confirmed"),
    ("timeouts", "connect", "passed", "ok", "not probed"),
    ("policy-rarely-applied", "policy-fetch", "passed", "ok", "not probed"),
    ("policy-fetch-transient", "policy-fetch", "passed", "ok", "not probed"),
    ("tlsa-wrong", "tlsa", "failed", "tlsa-mismatch", "confirmed"),
]


@pytest.mark.parametrize(("cause", "check", "outcome", "code", "status"), DECIDED)
def test_the_code_of_a_finding_decides(
    cause: str, check: str, outcome: str, code: str, status: str
) -> None:
    """A check that passes here refutes no fault that only some senders meet, or only at times."""
    checks = pd.DataFrame(
        {
            "policy_domain": [DOMAIN],
            "mx_hostname": [None],
            "check": [check],
            "outcome": [outcome],
            "code": [code],
            "message": ["as the probe says it"],
        }
    )
    found = diagnose(tables(*PATTERNS[cause]()), checks)
    (row,) = found[found["cause"] == cause].to_dict("records")

    assert row["status"] == status
    assert ("a probe found: as the probe says it" in row["evidence"]) == (status == "confirmed")


RENAMED = [
    ("incomplete-chain", "certificate-chain", "self-signed", "untrusted-certificate"),
    ("untrusted-certificate", "certificate-chain", "incomplete-chain", "incomplete-chain"),
    ("unexplained", "certificate-dates", "expired", "certificate-expired"),
    ("unexplained", "certificate-chain", "unknown-issuer", "untrusted-certificate"),
    ("unexplained", "certificate-name", "host-mismatch", "certificate-host-mismatch"),
]


@pytest.mark.parametrize(("suspected", "check", "code", "found"), RENAMED)
def test_a_finding_renames_the_row(suspected: str, check: str, code: str, found: str) -> None:
    """So that no row contradicts it."""
    checks = pd.DataFrame(
        {
            "policy_domain": [DOMAIN],
            "mx_hostname": [MX],
            "check": [check],
            "outcome": ["failed"],
            "code": [code],
            "message": ["as the probe says it"],
        }
    )
    given = _both(_failing(V)) if suspected == "unexplained" else PATTERNS[suspected]()
    assert diagnose(tables(*given))["cause"].tolist() == [suspected]
    (row,) = diagnose(tables(*given), checks).to_dict("records")

    assert (row["cause"], row["status"]) == (found, "confirmed")
    assert row["evidence"].endswith("a probe found: as the probe says it")


ALIAS = [
    ("failed", "An MX is an alias (CNAME), which some senders refuse", False),
    ("passed", "An MX may be an alias (CNAME), which some senders refuse", True),
    ("not measured", "An MX may be an alias (CNAME), which some senders refuse", False),
]


@pytest.mark.parametrize(("outcome", "title", "is_next_named"), ALIAS)
def test_a_hypothesis_reads_as_such_until_a_probe_confirms_it(
    outcome: str, title: str, *, is_next_named: bool
) -> None:
    """And where it is refuted, the next one is named."""
    checks = pd.DataFrame(
        {
            "policy_domain": [DOMAIN],
            "mx_hostname": [MX],
            "check": ["mx-alias"],
            "outcome": [outcome],
        }
    )
    (row,) = diagnose(tables(*PATTERNS["cname-mx"]()), checks).to_dict("records")

    assert row["title"] == title
    assert ("look at the next: SNI" in row["evidence"]) == is_next_named


def test_a_shell_can_parse_every_command() -> None:
    """With the names filled in; no command is run."""
    commands = [cause.confirm_for(DOMAIN, MX) for cause in CAUSES]
    shell = ["bash", "-n"]
    read = subprocess.run(shell, input="\n".join(commands), text=True, check=False)

    assert read.returncode == 0
    assert not [command for command in commands if "{" in command or "MX-HOST" in command]


def test_the_finding_codes_are_those_of_a_probe() -> None:
    """Both rooms write them down."""
    written = "".join(path.read_text() for path in (ROOT / "tlsrpt_analysis/probes").glob("*.py"))
    codes = {code for cause in CAUSES for code in (*cause.failure_codes, *cause.sign_codes)}

    assert codes == {code for code in codes if f'"{code}"' in written}


def test_a_check_of_another_host_says_nothing() -> None:
    """Nor does one of another domain."""
    checks = pd.DataFrame(
        {
            "policy_domain": [DOMAIN, "other.example"],
            "mx_hostname": ["mx2.example.com", MX],
            "check": "certificate-dates",
            "outcome": "failed",
        }
    )

    found = diagnose(tables(*PATTERNS["certificate-expired"]()), checks)

    assert found["status"].tolist() == ["not probed"]


def test_the_corrected_policy_covers_the_host_and_has_a_new_id() -> None:
    """Ready to serve."""
    records = mx_records(MX, "mx9.example.com")
    (cure,) = diagnose(tables(*PATTERNS["mx-mismatch"]()), mx_preferences=records)["cure"]

    assert "\nmx: mx1.example.com\nmx: mx9.example.com\n" in cure
    assert re.search(r"id=[A-Za-z0-9]{1,32};", cure)


def test_a_mismatch_without_a_host_is_cured_by_the_hosts_that_others_name() -> None:
    """Microsoft does not name the MX."""
    reported = [
        *month(_failing(V, host="mx9.example.com")),
        *month(_failing(V, host=None, reason="MX_HOSTS_MISMATCH"), reporter="Microsoft"),
    ]
    records = mx_records(MX, "mx9.example.com")
    alone, both = (
        diagnose(tables(*made), mx_preferences=records)["cure"].tolist()
        for made in (reported[28:], reported)
    )

    assert all("\nmx: mx9.example.com\n" in cure for cure in both)
    assert "mx: " not in alone[0]
    assert alone[0].startswith("Add the mx line")


EVIL = "mx.evil.example"
UNKNOWN = [
    ("a report of it", {}),
    ("MX records without it", {"mx_preferences": mx_records(MX)}),
    ("MX records of another domain", {"mx_preferences": mx_records(EVIL, domain="evil.example")}),
]


@pytest.mark.parametrize("days", [1, 26])
@pytest.mark.parametrize("given", [case[1] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN])
def test_a_report_alone_brings_no_host_into_a_policy(
    given: dict[str, pd.DataFrame], days: int
) -> None:
    """Anyone can write one, and a spoofed MX record looks the same in genuine ones."""
    details = [failure(5, V, host, reason=reason) for host, reason in MISMATCHES]
    forged = [report(policy(20, 15, *details), day=day) for day in range(days)]
    found = diagnose(tables(*month(GOOD), *month(GOOD, reporter="Yahoo"), *forged), **given)
    found = found[found["failed_session_count"] > 0]

    assert len(found) == len(MISMATCHES)
    for row in found.to_dict("records"):
        assert row["cure"].startswith("Unknown host")
        assert "attack or a forgery" in row["cure"]
        assert f"dig +short MX {DOMAIN}" in row["cure"] + row["confirm"]
        assert not re.search(r"\bmx: |v=STSv1", row["cure"])
        assert row["responsible"] == "unknown"


MISMATCHES = [(EVIL, None), ("deep.sub.example.com", None), (None, "MX_HOSTS_MISMATCH")]


def test_a_policy_of_another_cure_has_no_unknown_host() -> None:
    """The step back to testing mode lists what is known only."""
    forged = failure(5, V, EVIL)
    enforced = [report(policy(40, 5, forged, mode="enforce"), day=day) for day in range(28, 42)]
    made = tables(*_days(GOOD, range(28)), *enforced, *_days(GOOD, range(28), "Microsoft"))
    cures = diagnose(made).set_index("cause")["cure"]

    assert "\nmode: testing\nmx: mx1.example.com\nmax_age" in cures["blocked-reporter"]
    assert not [cure for cure in cures if f"mx: {EVIL}" in cure]


LOOPS = [
    ((MX, "mx2.example.com"), "for host in mx1.example.com mx2.example.com; do "),
    (("*.example.com",), "for host in $(dig +short MX example.com | sed 's/.* //; s/[.]$//'); do "),
    ((MX,), "openssl s_client -starttls smtp -connect mx1.example.com:25 "),
]


@pytest.mark.parametrize(("mx", "begin"), LOOPS)
def test_a_command_without_a_host_goes_through_all_of_them(mx: tuple[str, ...], begin: str) -> None:
    """Those of the policy, or else of the MX records."""
    found = diagnose(tables(*_both(_failing("certificate-expired", host=None, mx=mx))))
    (command,) = found["confirm"]
    read = subprocess.run(["bash", "-n"], input=command, text=True, check=False)

    assert command.startswith(begin)
    assert read.returncode == 0
    assert "MX-HOST" not in command


@pytest.mark.parametrize("host", [MX, None])
def test_a_command_says_what_to_look_for_after_a_number_sign(host: str | None) -> None:
    """So that the shell ignores it, also behind a loop over the hosts."""
    mx = (MX, "mx2.example.com")
    (command,) = diagnose(tables(*_both(_failing("certificate-not-trusted", host=host, mx=mx))))[
        "confirm"
    ]
    before, after = command.split(" # ")

    assert after.startswith("Verify return code 20 or 21: the chain; 18 or 19: self-signed")
    assert before.endswith("done" if host is None else "</dev/null")
    assert subprocess.run(["bash", "-n"], input=command, text=True, check=False).returncode == 0


def test_the_quick_cure_of_an_alias_comes_first() -> None:
    """Addresses at the same name need no new certificate, policy or waiting."""
    assert BY_CODE["cname-mx"].cure.startswith("Replace the alias by A and AAAA records")


def test_names_of_strangers_reach_no_shell() -> None:
    """A command is copied into a terminal."""
    evil = "mx1.example.com; rm -rf ~ #"
    found = diagnose(tables(*_both(_failing("certificate-expired", host=evil))))
    strange = diagnose(
        tables(*month(_failing("certificate-expired", domain="$(reboot).example", host=None)))
    )

    for command in [*found["confirm"], *found["cure"], *strange["confirm"], *strange["cure"]]:
        assert "rm -rf" not in command
        assert "reboot" not in command
    assert shlex.split(found["confirm"].iloc[0])


def test_the_causes_of_the_samples_are_found() -> None:
    """Those that the simulation put there."""
    found = diagnose(load_reports(ROOT / "sample_reports", progress=False))
    first = found.drop_duplicates("policy_domain").set_index("policy_domain")["cause"]
    truth = json.loads((ROOT / "sample_reports/truth.json").read_text())["domains"]

    assert set(first.index) <= set(truth) | {"mx1.dane.example"}
    assert first.to_dict() == {
        "backup.example": "starttls-missing",
        "chain.example": "incomplete-chain",
        "cname.example": "cname-mx",
        "dane.example": "tlsa-rollover",
        "example.com": "mx-mismatch",
        "expired.example": "certificate-expired",
        "fetch.example": "policy-fetch-selective",
        "migration.example": "certificate-host-mismatch",
        "mx1.dane.example": "tlsa-rollover",
    }


def test_days_are_days() -> None:
    """Of the failures, or of the reports where there are none."""
    found = diagnose(tables(*PATTERNS["certificate-expired"]()))

    assert found["first_day"].tolist() == [pd.Timestamp("2026-07-01")]
    assert found["last_day"].tolist() == [pd.Timestamp("2026-07-28")]
