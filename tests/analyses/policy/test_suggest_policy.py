"""The suggested policy covers every MX host, and is a policy."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_reports import failure, month, mx_records, policy, tables
from support.strategies import domains

from tlsrpt_analysis import PolicyError, suggest_policy
from tlsrpt_analysis.standards.mail_providers import PROVIDERS
from tlsrpt_analysis.standards.mta_sts import matches, parse_policy, read_policy_id
from tlsrpt_analysis.standards.policy_to_serve import GOOGLE_LINES

provider_hosts = st.sampled_from([one.pattern.replace("*", "tenant-1") for one in PROVIDERS])


named_hosts = domains.map("{}.example".format)  # and none is an address


@given(
    st.lists(named_hosts | provider_hosts | domains.map("x.b-v1.mx.microsoft{}".format), min_size=1)
)
def test_every_host_in_use_is_covered(hosts: list[str]) -> None:
    """It never drops one, and what it suggests can be served."""
    policy = suggest_policy(hosts)

    assert all(policy.covers(host) for host in hosts)
    assert parse_policy(str(policy)) == policy
    assert len(set(policy.mx) - set(GOOGLE_LINES)) <= len(set(hosts) - set(GOOGLE_LINES))


def test_wildcards_come_from_the_table_only() -> None:
    """Twenty hosts of one domain may be covered by one wildcard, but nobody knows who else is below it."""
    policy = suggest_policy(["mx1.example.com", "MX2.Example.com.", "mxa-1.gslb.pphosted.com"])

    assert policy.mx == ("mx1.example.com", "mx2.example.com", "mxa-1.gslb.pphosted.com")


def test_both_families_of_google_are_covered() -> None:
    """The bare name is not covered by its own wildcard."""
    hosts = ["smtp.google.com", "aspmx.l.google.com", "alt1.aspmx.l.google.com"]

    assert suggest_policy(hosts).mx == (
        "*.aspmx.l.google.com",
        "aspmx.l.google.com",
        "smtp.google.com",
    )
    assert "*.googlemail.com" in suggest_policy([*hosts, "aspmx2.googlemail.com"]).mx


@pytest.mark.parametrize("hosts", [[], "", ["mx_1.example.com"], ["mx1.example.com", "-"]])
def test_what_no_policy_can_name_is_told(hosts: list[str]) -> None:
    """Silently leaving it out would lose its mail."""
    with pytest.raises(PolicyError, match="no policy can name these MX hosts"):
        suggest_policy(hosts)


@pytest.mark.parametrize(("mode", "max_age"), [("enforced", 1), ("testing", -1), ("none", 10**9)])
def test_a_policy_that_breaks_the_grammar_is_refused(mode: str, max_age: int) -> None:
    """Before somebody serves it."""
    with pytest.raises(PolicyError, match="mode must be one of"):
        suggest_policy("mx1.example.com", mode=mode, max_age=max_age)


@given(st.lists(domains | provider_hosts, min_size=1))
def test_the_coverage_names_a_line_that_matches_every_host(hosts: list[str]) -> None:
    """The proof can be checked line by line."""
    policy = suggest_policy(hosts)
    shown = policy.coverage
    pairs = zip(shown["mx"], shown["mx_hostname"], strict=True)

    assert all(matches(line, host) for line, host in pairs)
    used = set(shown["mx"])
    assert set(policy.mx) == used.union(GOOGLE_LINES if used.intersection(GOOGLE_LINES) else ())


def test_the_record_announces_the_policy_and_changes_with_it() -> None:
    """Of the same hosts in any order it is the same."""
    one = suggest_policy(["mx1.example.com", "mx2.example.com"], "Example.com.")
    same = suggest_policy(["mx2.example.com", "MX1.example.com"], "example.com")
    other = suggest_policy(["mx1.example.com", "mx2.example.com"], "example.com", mode="enforce")
    zone, text = one.record.split(" IN TXT ")

    assert zone == "_mta-sts.example.com."
    assert read_policy_id([text.strip('"')]) == one.policy_id == same.policy_id
    assert one.record == same.record != other.record
    assert one == same != other
    assert hash(one) == hash(same)
    assert suggest_policy("mx1.example.com").record.startswith("_mta-sts.DOMAIN. ")


TOLD = [
    ("example-com.b-v1.mx.microsoft", "*.mx.microsoft is too broad"),
    ("aspmx.l.google.com", "aspmx.l.google.com without *.aspmx.l.google.com"),
    ("alt1.aspmx.l.google.com", "*.aspmx.l.google.com without aspmx.l.google.com"),
    ("example-com.mail.protection.outlook.com", "stands for exactly one label"),
    ("mxa-1.gslb.pphosted.com", "(grade C), so its exact name stands"),
    ("route1.mx.cloudflare.net", "_mta-sts may be a CNAME of _mta-sts.mx.cloudflare.net"),
]


@pytest.mark.parametrize(("host", "warning"), TOLD)
def test_what_is_easily_taken_wrongly_is_told(host: str, warning: str) -> None:
    """Only where it matters."""
    assert any(warning in told for told in suggest_policy(host).warnings)
    assert not suggest_policy("mx1.example.com").warnings


def test_no_family_of_google_is_added_that_is_not_seen() -> None:
    """Whoever runs it may let others send there."""
    hosts = ["aspmx.l.google.com", "alt1.aspmx.l.google.com"]

    assert not any("googlemail" in line for line in suggest_policy(hosts).mx)
    assert not any("without" in told for told in suggest_policy(hosts).warnings)


AGES = [
    ("testing", 3_600, "never have the policy"),
    ("testing", 31_557_600, "is enough while testing"),
    ("enforce", 86_400, "caches outlive an outage"),
    ("none", 86_400, "withdraws a policy"),
    ("enforce", 604_800, "serve testing first"),
]


@pytest.mark.parametrize(("mode", "max_age", "advice"), AGES)
def test_mode_and_max_age_have_advice(mode: str, max_age: int, advice: str) -> None:
    """Beside the order of the steps."""
    told = suggest_policy("mx1.example.com", mode=mode, max_age=max_age).advice

    assert any(advice in one for one in told)
    assert "put the file in place first" in told[-1]


AGE_LIMITS = [
    ("testing", 86_399, 86_400, "never have the policy"),
    ("testing", 604_801, 604_800, "is enough while testing"),
    ("enforce", 604_799, 604_800, "caches outlive an outage"),
]


@pytest.mark.parametrize(("mode", "bad", "good", "advice"), AGE_LIMITS)
def test_a_day_and_a_week_are_the_limits_of_max_age(
    mode: str, bad: int, good: int, advice: str
) -> None:
    """One second less or more is advised against."""

    def has_advice(max_age: int) -> bool:
        policy = suggest_policy("mx1.example.com", mode=mode, max_age=max_age)
        return any(advice in line for line in policy.advice)

    assert has_advice(bad)
    assert not has_advice(good)


def test_reports_give_the_hosts_of_the_policy_and_those_that_fail() -> None:
    """Wildcards are kept, as reports name no host where all is well."""
    mx = ("mx1.example.com", "*.Example.net", "mx2.example.com.")
    first = policy(20, 5, failure(5, "validation-failure", "mx3.example.com"), mx=mx)
    second = policy(20, 5, failure(5, "validation-failure", "mx_4.example.com"), mx=mx)
    third = policy(20, 5, failure(5, "validation-failure", "a.example.net"), mx=mx)
    made = tables(*month(first, second, third), *month(policy(1, domain="other.example")))
    unlisted = suggest_policy(made, "EXAMPLE.com")
    found = suggest_policy(made, "EXAMPLE.com", mx_preferences=mx_records("mx3.example.com"))

    hosts = ("mx1.example.com", "mx2.example.com", "mx3.example.com")
    assert found.mx == ("*.example.net", *hosts)
    sources = found.coverage.set_index("mx_hostname")["source"].to_dict()
    assert sources == {
        "mx1.example.com": "the latest policy",
        "mx2.example.com": "the latest policy",
        "mx3.example.com": "the MX records",
        "a.example.net": "failures that Google reported",
    }
    assert unlisted.mx == ("*.example.net", "mx1.example.com", "mx2.example.com")
    (warning,) = [words for words in unlisted.warnings if words.startswith("mx3.example.com")]
    assert "known from failures that Google reported only, which anyone can write" in warning


@pytest.mark.parametrize(
    ("line", "is_shared"),
    [
        ("*.mail.protection.outlook.com", True),
        ("*.b-v1.mx.microsoft", True),
        ("*.example.net", False),
    ],
)
def test_only_the_wildcard_of_a_provider_with_hosts_by_customer_allows_strangers(
    line: str, *, is_shared: bool
) -> None:
    """A domain's own wildcard allows nobody else."""
    found = suggest_policy(tables(*month(policy(20, mx=(line,)))))

    assert any("of other customers" in words for words in found.warnings) == is_shared


@pytest.mark.parametrize(("asked", "max_age"), [(None, 86_400), (3_600, 3_600)])
def test_the_max_age_is_that_of_the_latest_policy(asked: int | None, max_age: int) -> None:
    """Unless another is asked for; where no policy is known it is a week."""
    made = tables(*month(policy(20, max_age=86_400)))

    assert suggest_policy(made, max_age=asked).max_age == max_age
    assert suggest_policy("mx1.example.com").max_age == 604_800


def test_a_wildcard_of_the_policy_that_is_too_short_is_told() -> None:
    """It stays, and the host has its own line."""
    its = policy(1, 1, failure(1, "validation-failure", "a.b.example.net"), mx=("*.example.net",))
    records = mx_records("a.b.example.net")
    found = suggest_policy(tables(*month(its)), mx_preferences=records)

    assert found.mx == ("*.example.net", "a.b.example.net")
    assert any("*.example.net does not cover a.b.example.net" in told for told in found.warnings)


class Probe:
    """Findings as a probe gives them."""

    domain = "example.com"

    def checks(self) -> pd.DataFrame:
        """Return no check: only the MX hosts are asked for."""
        return pd.DataFrame()

    def by_mx(self) -> pd.DataFrame:
        """Return the MX hosts."""
        return pd.DataFrame({"mx_hostname": ["mx1.example.com"]})


def test_findings_of_a_probe_give_the_mx_records() -> None:
    """And the domain."""
    found = suggest_policy(Probe())

    assert found.record.startswith("_mta-sts.example.com.")
    assert found.coverage["source"].tolist() == ["the MX records"]


BAD = [
    ("*.example.com", "a pattern, not a host"),
    ("192.0.2.1", "an address, not a name"),
    ("[2001:db8::1]", "an address, not a name"),
    (".", "a null MX takes no mail"),
    ([None], "None (no text)"),
    ("mx_1.example.com", "no host name"),
    (5, "5 holds no MX hosts"),
    (tables(), "the reports are about 0 domains"),
]


@pytest.mark.parametrize(("given", "why"), BAD)
def test_each_bad_host_is_told_with_its_reason(given: object, why: str) -> None:
    """And nothing is suggested."""
    with pytest.raises(PolicyError) as told:
        suggest_policy(given)  # type: ignore[arg-type]

    assert why in str(told.value)


def test_a_domain_without_reports_or_hosts_is_told() -> None:
    """The first with the domains that there are."""
    nothing = tables(*month(policy(4, mode=None)))
    with pytest.raises(PolicyError, match=r"no report is about 'nope.example'; there are example"):
        suggest_policy(nothing, "nope.example")
    with pytest.raises(PolicyError, match="name no MX host"):
        suggest_policy(nothing)


def test_a_suggested_policy_shows_file_record_and_why():
    """The lines to copy come first."""
    shown = suggest_policy(["mx1.example.com", "mx2.example.com"], "example.com")._repr_html_()
    assert "<strong>A policy in testing mode that covers 2 MX hosts</strong>" in shown
    assert "<pre>version: STSv1\nmode: testing\n" in shown
    assert "_mta-sts.example.com. IN TXT" in shown
    assert "testing blocks nothing" in shown


MODES = [
    ("testing", None, "testing", "blocks nothing"),
    ("enforce", None, "enforce", ""),
    ("enforce", "testing", "testing", "a step back from enforce"),
    ("testing", "enforce", "enforce", "serve testing first"),
]


@pytest.mark.parametrize(("live", "asked", "mode", "advice"), MODES)
def test_the_mode_that_is_published_stays_and_a_step_back_is_argued(
    live: str, asked: str | None, mode: str, advice: str
) -> None:
    """Nothing changes silently."""
    found = suggest_policy(tables(*month(policy(20, mode=live))), mode=asked)

    assert found.mode == mode
    about = [words for words in found.advice if words.startswith("mode: ")]
    assert [advice in words for words in about] == [True] * bool(advice)


def test_what_an_expert_adds_is_in_the_advice() -> None:
    """Microsoft's order, subdomains, DANE, and a lower max_age ahead of a move."""
    advice = " ".join(suggest_policy("example-com.b-v1.mx.microsoft").advice)

    for words in ("Microsoft's own order", "subdomains", "TLSA records", "Ahead of a move lower"):
        assert words in advice


def test_an_exact_name_that_is_published_gets_a_remark() -> None:
    """Where the provider documents a pattern."""
    tenant = "example-com.mail.protection.outlook.com"
    found = suggest_policy(tables(*month(policy(20, mx=(tenant,)))))

    assert found.mx == ("*.mail.protection.outlook.com",)
    assert any(f"the live policy lists {tenant} exactly" in words for words in found.warnings)
