"""What a selective failure points to, at the limits of each sign."""

import pytest

from tlsrpt_analysis.analyses.selective.pointers import Suspicion, points_to

TIMEOUT = "io-timeout-during-handshake"


def code(**given):
    """Return the code of the cause of a fault of a large sender that names no host or address."""
    usual = {
        "result_type": "validation-failure",
        "failing": "Mail.ru",
        "clean": {"Google"},
        "hosts": {},
        "addresses": {},
        "reasons": {},
        "failing_days": 30,
        "success_share": 1.0,
        "patterns": ("mx1.example.com", "mx2.example.com"),
        "type_count": 1,
        "session_share": 0.5,
    }
    cause = points_to(Suspicion(**(usual | given)))
    return cause and cause.code


@pytest.mark.parametrize(
    ("type_count", "session_share", "points"),
    [(3, 0.05, "sender-side"), (2, 0.05, None), (3, 0.051, None)],
)
def test_a_small_sender_has_at_most_a_twentieth_of_the_sessions(type_count, session_share, points):
    """And is at fault itself if it fails in three ways."""
    assert code(type_count=type_count, session_share=session_share) == points


@pytest.mark.parametrize(("others", "points"), [(1, "timeouts"), (2, None), (3, None)])
def test_a_reason_counts_when_more_than_half_say_it(others, points):
    """Two of three, and neither two of four nor two of five."""
    assert code(reasons={TIMEOUT: 2, "other": others}) == points


@pytest.mark.parametrize(
    ("failing_days", "success_share", "points"),
    [(3, 0.8, "one-backend"), (2, 0.8, None), (3, 0.79, None)],
)
def test_one_address_is_at_fault_when_other_sessions_succeed(failing_days, success_share, points):
    """On four of five days with failures, of which there are three."""
    found = code(
        hosts={"mx1.example.com": 5},
        patterns=("mx1.example.com",),
        addresses={"192.0.2.7": 5},
        failing_days=failing_days,
        success_share=success_share,
    )
    assert found == points


@pytest.mark.parametrize(
    ("result_type", "points"),
    [("validation-failure", "timeouts"), ("starttls-not-supported", "selective-starttls")],
)
def test_the_only_address_of_a_host_says_less_than_a_reason_or_missing_starttls(
    result_type, points
):
    """Most MX hosts have one address, so all that fails there fails at that."""
    found = code(
        result_type=result_type,
        hosts={"mx1.example.com": 5},
        patterns=("mx1.example.com",),
        addresses={"192.0.2.7": 5},
        reasons={TIMEOUT: 5},
    )
    assert found == points


@pytest.mark.parametrize(
    ("failing", "clean", "points"),
    [("Microsoft", "Google", "cname-mx"), ("Microsoft", "Yahoo", None), ("Yahoo", "Google", None)],
)
def test_an_alias_fails_at_microsoft_and_not_at_google(failing, clean, points):
    """No other pair of reporters is known for it."""
    assert code(failing=failing, clean={clean}) == points


def test_an_alias_is_met_by_microsoft_alone():
    """Where others meet it by the same name, Google may prefer another host."""
    assert code(failing="Microsoft", is_shared=True) is None


def test_words_of_a_reason_count_before_the_alias():
    """Microsoft fails where Google does not, and says why."""
    assert code(failing="Microsoft", reasons={TIMEOUT: 1}) == "timeouts"


@pytest.mark.parametrize(("unnamed", "points"), [(1, "ipv6-only"), (5, "ipv6-only"), (6, None)])
def test_details_without_an_address_hide_no_ipv6_fault(unnamed, points):
    """Unless they are more than half of the details."""
    assert code(addresses={"2001:db8::25": 5, "": unnamed}) == points
