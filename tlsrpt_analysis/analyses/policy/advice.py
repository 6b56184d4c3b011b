"""What is wrong, or easily taken wrongly, about the hosts and lines of a policy, and what to do next."""

from collections.abc import Iterable, Iterator

from tlsrpt_analysis.analyses.policy.mx_in_use import ObservedMx
from tlsrpt_analysis.standards.mail_providers import TRUSTED_GRADES, provider_of
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy, matches
from tlsrpt_analysis.standards.organizations import MailProvider
from tlsrpt_analysis.standards.policy_to_serve import (
    GOOGLE_LINES,
    UNCHANGED,
    PolicyToServe,
    lines_without_mx,
    why_kept,
)

DAY, WEEK = 86_400, 604_800

BY_CUSTOMER = (
    "*.mail.protection.outlook.com",
    "*.olc.protection.outlook.com",
    "*.gslb.pphosted.com",
    "*.ppe-hosted.com",
    "*.ess.barracudanetworks.com",
)
"""Patterns of providers whose customers each have hosts of their own there."""


def warnings_for(observed: ObservedMx, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the warnings about the hosts in use and the lines that cover them."""
    warnings = (
        *(other.about_texts for other in observed.other_policies),
        *_unconfirmed(observed),
        *_replaced(observed, lines),
        *_kept(observed, lines),
        *_too_broad(observed, lines),
        *_google(observed.hosts),
        *_providers(observed.hosts),
        *_one_label(lines),
    )
    return tuple(dict.fromkeys(warnings))


def _unconfirmed(observed: ObservedMx) -> Iterator[str]:
    for host, source in observed.unconfirmed.items():
        yield (
            f"{host}: known from {source} only, which anyone can write, so no line covers it; if dig"
            " +short MX lists it, pass the MX records as mx_preferences"
        )


def _replaced(observed: ObservedMx, lines: tuple[str, ...]) -> Iterator[str]:
    """Warn of exact names in the live policy where the provider documents a pattern."""
    for name in observed.live.mx if observed.live else ():
        provider = provider_of(name)
        if provider and name != provider.pattern and name not in lines:
            yield (
                f"the live policy lists {name} exactly; {provider.name} documents"
                f" {provider.pattern}, as its names may change"
            )


def _kept(observed: ObservedMx, lines: tuple[str, ...]) -> Iterator[str]:
    """Say why lines of the live policy are kept that no MX record needs."""
    if observed.live and observed.records:
        for line in lines_without_mx(lines, observed.records):
            yield why_kept(line)


def _too_broad(observed: ObservedMx, lines: tuple[str, ...]) -> Iterator[str]:
    """Warn of wildcards that end a host's name and do not cover it."""
    if any(host.endswith(".mx.microsoft") for host in observed.hosts):
        yield (
            "*.mx.microsoft is too broad and covers none of these hosts, which stand two labels"
            " below; the line is *.X-v1.mx.microsoft, with the X of your host"
        )
    for line in lines:
        for host in observed.hosts:
            is_short = line.startswith("*.") and host.endswith(line[1:])
            if is_short and not matches(line, host):
                yield f"{line} does not cover {host}, which has more than one label before it"


def _google(hosts: Iterable[str]) -> Iterator[str]:
    used = [line for line in GOOGLE_LINES if any(matches(line, host) for host in hosts)]
    if len(used) == 1:
        other = next(line for line in GOOGLE_LINES if line not in used)
        yield (
            f"the MX hosts are those of {used[0]} without {other}: Google's older MX records name"
            " both aspmx.l.google.com and alt1 to alt4 below it, so both lines stand, as the"
            " wildcard does not cover the bare name"
        )


def _providers(hosts: Iterable[str]) -> Iterator[str]:
    for host in hosts:
        provider = provider_of(host)
        if provider is None:
            continue
        if provider.grade not in TRUSTED_GRADES:
            yield (
                f"{host}: {provider.name} is known by {provider.source} only (grade"
                f" {provider.grade}), so its exact name stands; take all names of the MX records"
            )
        yield from _provider(provider)


def _provider(provider: MailProvider) -> Iterator[str]:
    if provider.record:
        yield (
            f"{provider.name} publishes a policy of its own: where all MX hosts are there,"
            f" _mta-sts may be a CNAME of {provider.record} (see its guide)"
        )


def _one_label(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("*."):
            yield f"{line} stands for exactly one label (RFC 8461 §4.1){_of_others(line)}"


def _of_others(line: str) -> str:
    """Return that a line allows hosts of strangers, if its provider names hosts by customer."""
    if line not in BY_CUSTOMER and not line.endswith(".mx.microsoft"):
        return ""
    return ", and also allows the MX hosts of other customers there; the exact names are stricter"


def advice_for(policy: MtaStsPolicy, observed: ObservedMx) -> tuple[str, ...]:
    """Return what to do about mode and max_age, beside the policy, and in which order."""
    is_unchanged = PolicyToServe(observed.domain, policy, observed.live).is_unchanged
    return (
        *([UNCHANGED] if is_unchanged else []),
        *_about_mode(policy, observed),
        *_about_age(policy),
        *_beside(observed),
        _AHEAD if is_unchanged else f"{_ORDER}. {_AHEAD}",
    )


_ORDER = (
    "put the file in place first, then the record with its new id (RFC 8461 §8.1), then new MX"
    " records; take no MX host away until the max_age of the old policy has passed"
)
_AHEAD = "Ahead of a move lower max_age to 86400, one old max_age before it"


def _about_mode(policy: MtaStsPolicy, observed: ObservedMx) -> Iterator[str]:
    was_enforced = observed.live is not None and observed.live.mode == "enforce"
    if policy.mode == "testing" and was_enforced:
        yield (
            "mode: testing is a step back from enforce: until the next step nothing protects mail"
            " from an attacker; take it only while enforce refuses mail of yours"
        )
    elif policy.mode == "testing":
        yield (
            "mode: testing blocks nothing; go to enforce when enforce_impact calls the domain ready,"
            " with max_age 86400 first, and raise it after clean weeks"
        )
    elif policy.mode == "enforce" and not was_enforced:
        yield (
            "mode: enforce blocks what fails; serve testing first, until enforce_impact calls the"
            " domain ready"
        )
    elif policy.mode == "none":
        yield "mode: none withdraws a policy: serve it until the max_age of the last has passed"


def _beside(observed: ObservedMx) -> Iterator[str]:
    """Yield what else protects mail, or is easily forgotten."""
    if any(host.endswith(".mx.microsoft") for host in observed.hosts):
        yield (
            "mx.microsoft: Microsoft's own order is mode: testing, the new line, the new id, and"
            " then the MX record"
        )
    yield (
        "a policy does not cover subdomains: each name to which mail is addressed needs its own"
        " record and file"
    )
    yield (
        "where the zone of the MX hosts is signed, TLSA records (DANE, RFC 7672) beside the policy"
        " also protect mail from senders that know no MTA-STS"
    )


def _about_age(policy: MtaStsPolicy) -> Iterator[str]:
    age = policy.max_age
    if policy.mode != "none" and age < DAY:
        yield (
            f"max_age {age}: senders that come less often than that never have the policy; give"
            f" {DAY} (a day) at least"
        )
    elif policy.mode == "enforce" and age < WEEK:
        yield f"max_age {age}: give {WEEK} (a week) or more, so that caches outlive an outage"
    elif policy.mode == "testing" and age > WEEK:
        yield f"max_age {age}: {WEEK} (a week) is enough while testing, as it delays the next step"
