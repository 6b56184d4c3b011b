"""Each documented threshold of the causes has a test on each side of its edge."""

from collections.abc import Callable

import numpy as np
import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import diagnose
from tlsrpt_analysis.analyses.cause_catalogue.signs import is_sender_side
from tlsrpt_analysis.analyses.causes.fault_periods import spared
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.standards.report import PolicyResult

MX = "mx1.example.com"
GOOD = policy(40)
EXPIRED, FETCH = "certificate-expired", "sts-policy-fetch-error"
Reports = list[ReportRead]


def failing(
    result_type: str = EXPIRED, *, host: str | None = MX, successes: int = 20, ip: str | None = None
) -> PolicyResult:
    """Return a policy result with ten failures."""
    detail = failure(10, result_type, host, ip=ip)
    return policy(successes, 10, detail)


def tlsa(successes: int, failures: int = 0) -> PolicyResult:
    """Return a policy result of DANE."""
    details = [failure(failures, "tlsa-invalid", MX)] if failures else []
    return policy(successes, failures, *details, policy_type="tlsa")


def small_sender(*, is_expired_elsewhere: bool) -> Reports:
    """Return a small sender that fails in three ways, of which a large one may meet one."""
    types = (EXPIRED, "certificate-not-trusted", "starttls-not-supported")
    details = [failure(2, result_type, MX) for result_type in types]
    large = policy(10, 390, failure(390, EXPIRED, MX)) if is_expired_elsewhere else policy(400)
    return [*month(large), *month(policy(0, 6, *details), reporter="Small Host")]


def on(days: range, *results: PolicyResult, reporter: str = "Google") -> Reports:
    """Return a reporter's reports about each day."""
    return [report(*results, reporter=reporter, day=day) for day in days]


def stretches(*parts: tuple[int, PolicyResult], reporter: str = "Google") -> Reports:
    """Return reports of successive days: how many, and what each holds."""
    made: Reports = []
    for count, result in parts:
        made += on(range(len(made), len(made) + count), result, reporter=reporter)
    return made


def causes(made: Reports) -> list[str]:
    """Return the causes that are found, one for each row."""
    return diagnose(tables(*made))["cause"].tolist()


def evidence(made: Reports) -> str:
    """Return the evidence of the only cause."""
    (text,) = diagnose(tables(*made))["evidence"]
    return str(text)


def test_a_small_sender_that_fails_in_three_ways_has_one_row() -> None:
    """With all its failures, which no other cause counts as well."""
    (row,) = diagnose(tables(*small_sender(is_expired_elsewhere=False))).to_dict("records")

    assert (row["cause"], row["failed_session_count"]) == ("sender-side", 6 * 28)
    assert row["responsible"] == "the sender"


def test_what_a_large_sender_meets_too_is_no_fault_of_the_small_one() -> None:
    """The certificate has expired for both."""
    found = diagnose(tables(*small_sender(is_expired_elsewhere=True)))

    assert "sender-side" not in found["cause"].tolist()
    assert found["cause"].iloc[0] == EXPIRED
    assert found["failed_session_count"].sum() == 396 * 28


AFTER = [  # what the reporter saw after the fault, whether it is over
    (GOOD, True),
    (policy(40, mode="none"), False),
    (policy(40, policy_type="no-policy-found"), False),
    (policy(40, 40, failure(40, FETCH), mode=None), False),
    (tlsa(40), False),
]


@pytest.mark.parametrize(("after", "expected"), AFTER)
def test_only_tested_sessions_show_that_a_fault_is_over(
    after: PolicyResult, *, expected: bool
) -> None:
    """No certificate is checked where no policy is applied."""
    found = diagnose(tables(*stretches((10, failing()), (10, after))))
    row = found[found["cause"] == EXPIRED].iloc[0]

    assert ("it is over: 10 days with tested sessions" in row["evidence"]) == expected
    assert row["active_days"] == (20 if expected else 10)


def test_another_reporter_does_not_show_that_a_fault_is_over() -> None:
    """Only whoever met it can show it."""
    found = diagnose(tables(*on(range(10), failing()), *month(GOOD, reporter="Yahoo")))

    assert "it is over" not in found["evidence"].iloc[0]


def at_one_address(failing_days: int) -> Reports:
    """Return failures at one address on some days, with other sessions that succeed."""
    return stretches((failing_days, failing(ip="192.0.2.7")), (28 - failing_days, GOOD))


def with_successes(good_days: int) -> Reports:
    """Return twenty days of failures at one address, and successes on some of them."""
    return stretches(
        (good_days, failing(ip="192.0.2.7")),
        (20 - good_days, failing(ip="192.0.2.7", successes=0)),
    )


def fetch_errors(days: int) -> Reports:
    """Return fetch errors of one reporter on some days, while another applies the policy."""
    return [*month(GOOD), *on(range(days), failing(FETCH, host=None), reporter="Microsoft")]


def fetch_errors_alone(days: int) -> Reports:
    """Return five days of fetch errors, on some of which another reporter applied the policy."""
    return [
        *on(range(days), GOOD),
        *on(range(5), failing(FETCH, host=None, successes=0), reporter="Microsoft"),
    ]


def never_found(days: int, sessions: int = 90) -> Reports:
    """Return days on which the only reporter finds no policy."""
    return on(range(days), policy(sessions, policy_type="no-policy-found"))


def skipped(days: int, mode: str = "testing") -> Reports:
    """Return a tested policy, and days on which another reporter finds none."""
    return [*month(policy(400, mode=mode)), *on(range(days), NEVER, reporter="ISP")]


def found_policy(with_policy: int, without: int) -> Reports:
    """Return sessions that found the policy, and sessions that found none."""
    return month(policy(with_policy), policy(without, policy_type="no-policy-found"))


def seen_old_until(day: int) -> Reports:
    """Return a new policy since day 14, and another reporter that last saw the old one on a day."""
    old, new = policy(40, mx=("old.example.com",)), GOOD
    return [
        *on(range(14), old),
        *on(range(14, 40), new),
        *on(range(day, day + 1), old, reporter="Microsoft"),
    ]


def silent(days: int) -> Reports:
    """Return reports about the domain that end some days before those about another one."""
    other = policy(40, domain="other.example")
    return [*on(range(11), GOOD), *on(range(11 + days), other, reporter="Microsoft")]


def vanished(*, reported: int = 14, since: int = 28, until: int = 35) -> Reports:
    """Return enforce mode from a day on, and a reporter that stopped before."""
    return [
        *on(range(since), GOOD),
        *on(range(since, until + 1), policy(40, mode="enforce")),
        *on(range(reported), GOOD, reporter="Microsoft"),
    ]


def disagreeing(clean_days: int) -> Reports:
    """Return ten days of MTA-STS failures, on some of which DANE had only successes."""
    sts = failing("certificate-not-trusted")
    return [
        *on(range(clean_days), sts, tlsa(30)),
        *on(range(clean_days, 10), sts, tlsa(20, 10)),
    ]


def matched_before(days: int) -> Reports:
    """Return a TLSA record that matched on some days, and then no longer."""
    return stretches((days, tlsa(20)), (14, tlsa(0, 20)))


def matched_after(days: int) -> Reports:
    """Return a TLSA record that did not match, and then matched on some days."""
    return stretches((14, tlsa(0, 20)), (days, tlsa(20)))


def after_pause(clean_days: int) -> Reports:
    """Return two stretches of five failing days around some clean days."""
    return stretches((5, failing()), (clean_days, GOOD), (5, failing()))


def blip(failing_days: int) -> Reports:
    """Return some failing days and, long after them, one more."""
    return stretches((failing_days, failing()), (150, GOOD), (1, failing()))


def joined(day: int) -> Reports:
    """Return a fault that a second reporter joins on day 40, and a third on another day."""
    return [
        *stretches((70, failing())),
        *stretches((40, GOOD), (30, failing()), reporter="Yahoo"),
        *stretches((day, GOOD), (70 - day, failing()), reporter="Zoho"),
    ]


FOUND: list[tuple[str, Callable[[], Reports], list[str]]] = [
    ("two failing days are no backend", lambda: at_one_address(2), [EXPIRED]),
    ("three failing days are one", lambda: at_one_address(3), ["one-backend"]),
    ("successes on 15 of 20 days are not most", lambda: with_successes(15), [EXPIRED]),
    ("successes on 16 of 20 days are", lambda: with_successes(16), ["one-backend"]),
    ("three days of fetch errors are transient", lambda: fetch_errors(3), ["policy-fetch-transient"]),
    ("four are not", lambda: fetch_errors(4), ["policy-fetch-selective"]),
    ("four of five days without others", lambda: fetch_errors_alone(4), ["policy-fetch-selective"]),
    ("three of five", lambda: fetch_errors_alone(3), ["policy-not-reachable"]),
    ("one day without a policy", lambda: never_found(1), []),
    ("two days", lambda: never_found(2), ["policy-not-found"]),
    ("four sessions", lambda: never_found(2, sessions=2), []),
    ("six sessions", lambda: never_found(2, sessions=3), ["policy-not-found"]),
    ("one day on which others test", lambda: skipped(1), []),
    ("two such days", lambda: skipped(2), ["sender-finds-no-policy"]),
    ("a policy in enforce mode", lambda: skipped(2, mode="enforce"), []),
    ("most of the later sessions find none", lambda: [*month(NEVER), *on(range(10, 28), GOOD)], ["policy-rarely-applied"]),
    ("none did before there was a policy", lambda: stretches((40, NEVER), (20, GOOD)), []),
    ("none does since a day", lambda: stretches((20, GOOD), (40, NEVER)), ["policy-vanished"]),
    ("half of the sessions found a policy", lambda: found_policy(50, 50), []),
    ("fewer than half did", lambda: found_policy(49, 51), ["policy-rarely-applied"]),
    ("an old policy a day after the new one", lambda: seen_old_until(15), []),
    ("an old policy two days after", lambda: seen_old_until(16), ["policy-id-not-bumped"]),
    ("a week without a report", lambda: silent(7), []),
    ("more than a week", lambda: silent(8), ["no-reports"]),
    ("six days of enforce mode", lambda: vanished(until=34), []),
    ("a week of enforce mode", lambda: vanished(until=35), ["blocked-reporter"]),
    ("reported on 13 days before", lambda: vanished(reported=13), []),
    ("reported on 14 days before", lambda: vanished(reported=14), ["blocked-reporter"]),
    ("13 of them in the 28 days before", lambda: vanished(since=29, until=36), []),
    (
        "DANE was clean on 7 of 10 days",
        lambda: disagreeing(7),
        ["untrusted-certificate", "tlsa-rollover"],
    ),
    (
        "DANE was clean on 8 of 10 days",
        lambda: disagreeing(8),
        ["untrusted-certificate", "tlsa-rollover", "dane-sts-disagree"],
    ),
    ("a record that matched on two days", lambda: matched_before(2), ["tlsa-wrong"]),
    ("a record that matched on three days", lambda: matched_before(3), ["tlsa-rollover"]),
    ("a pause that chance explains", lambda: after_pause(21), [EXPIRED]),
    ("a pause that chance does not explain", lambda: after_pause(22), [EXPIRED] * 2),
    ("two failing days are no period", lambda: blip(2), [EXPIRED]),
    ("three failing days are one period", lambda: blip(3), [EXPIRED] * 2),
    ("five periods are five faults", lambda: stretches(*[(3, failing()), (40, GOOD)] * 5), [EXPIRED] * 5),
    ("six periods are one fault", lambda: stretches(*[(3, failing()), (40, GOOD)] * 6), [EXPIRED]),
    ("a reporter that joins six days later", lambda: joined(46), [EXPIRED] * 2),
    ("a reporter that joins a week later", lambda: joined(47), [EXPIRED] * 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "expected"), [case[1:] for case in FOUND], ids=[case[0] for case in FOUND]
)
def test_a_cause_is_found_on_one_side_of_its_edge(
    made: Callable[[], Reports], expected: list[str]
) -> None:
    """And not on the other."""
    assert sorted(causes(made())) == sorted(expected)


NEVER = policy(90, policy_type="no-policy-found")
SAID = [
    ("a max_age of a day", lambda: month(policy(10, max_age=86_400), NEVER), "its max_age is", False),
    ("one of less", lambda: month(policy(10, max_age=86_399), NEVER), "its max_age is", True),
    ("a policy 14 days old", lambda: [*month(NEVER), *on(range(13, 28), policy(1))], "is new", False),
    ("a policy 13 days old", lambda: [*month(NEVER), *on(range(14, 28), policy(1))], "is new", True),
    ("an old policy until its max_age", lambda: seen_old_until(21), "no cache explains", False),
    ("an old policy a day longer", lambda: seen_old_until(22), "no cache explains", True),
    ("six clean days", lambda: stretches((10, failing()), (6, GOOD)), "it is over", False),
    ("seven clean days", lambda: stretches((10, failing()), (7, GOOD)), "it is over", True),
    ("a record that matched again on two days", lambda: matched_after(2), "again after", False),
    ("a record that matched again on three", lambda: matched_after(3), "again after", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "words", "is_said"), [case[1:] for case in SAID], ids=[case[0] for case in SAID]
)
def test_the_evidence_says_so_on_one_side_of_its_edge(
    made: Callable[[], Reports], words: str, *, is_said: bool
) -> None:
    """And not on the other."""
    assert (words in evidence(made())) == is_said


@pytest.mark.parametrize(
    ("result_types", "share", "expected"),
    [(3, 0.05, True), (3, 0.0501, False), (2, 0.05, False), (4, 0.0, True)],
)
def test_a_small_sender_with_many_result_types_is_at_fault_itself(
    result_types: int, share: float, *, expected: bool
) -> None:
    """At most a twentieth of the sessions, and at least three types."""
    assert is_sender_side(result_types, share) == expected


SPARED = [  # failures of ten sessions a day, the sessions of the other reporter's days
    (5, [1] * 10, True),  # a chance of 0.00098, and exactly five failures to expect
    (5, [10] * 9, False),  # a chance of 0.00195
    (6, [1] * 8, False),  # a chance of 0.00066, and 4.8 failures to expect
    (6, [1] * 7 + [2], True),
]


@pytest.mark.parametrize(("failures", "sessions", "expected"), SPARED)
def test_a_reporter_is_spared_only_if_chance_does_not_explain_it(
    failures: int, sessions: list[int], *, expected: bool
) -> None:
    """Below one in a thousand, with five failures to expect."""
    days = np.arange(20)
    rows = Rows({}, {"day": days, "count": np.full(20, failures)}, days)
    other = np.arange(len(sessions)), np.array(sessions)

    names = spared(rows, (days, np.full(20, 10)), {"Yahoo": other})

    assert names == (["Yahoo"] if expected else [])


@pytest.mark.parametrize(("hosts", "is_named"), [(6, True), (7, False)])
def test_a_command_names_at_most_six_hosts(hosts: int, *, is_named: bool) -> None:
    """More are read from the MX records by the command itself."""
    mx = [f"mx{number}.example.com" for number in range(hosts)]
    (command,) = diagnose(tables(*month(_unnamed(mx))))["confirm"]

    assert ("mx0.example.com mx1.example.com" in command) == is_named
    assert ("$(dig +short MX example.com" in command) == (not is_named)


def _unnamed(mx: list[str]) -> PolicyResult:
    return policy(20, 10, failure(10, EXPIRED), mx=mx)
