"""The families of simulated months: each is a kind of fault, for all senders or for one."""

from collections.abc import Callable

from benchmarks.domain_drafts import log_uniform
from benchmarks.fault_drafts import (
    EXPIRED,
    FETCH,
    NAME,
    OTHER,
    STARTTLS,
    UNTRUSTED,
    WEAK,
    Draft,
)
from benchmarks.message_months import MISMATCH, Generator, Month


def _clean(draft: Draft) -> None:
    """Nothing fails."""


def _stray(draft: Draft) -> None:
    draft.fail(draft.any_type(), draft.any_host(), log_uniform(draft.generator, 1e-4, 1e-2))


def _flakes(draft: Draft) -> None:
    """One sender has one or two bad days."""
    for _ in range(int(draft.generator.integers(1, 3))):
        day = int(draft.generator.integers(draft.days))
        days = slice(day, day + 1)
        draft.fail(OTHER, draft.any_host(), 0.9, days=days, senders=draft.any_sender())


def _shared(draft: Draft, result_type: str, **others: object) -> None:
    draft.fail(result_type, draft.any_host(), draft.share(), **others)  # type: ignore[arg-type]


def _expired(draft: Draft) -> None:
    _shared(draft, EXPIRED)


def _no_starttls(draft: Draft) -> None:
    _shared(draft, STARTTLS)


def _wrong_name(draft: Draft) -> None:
    _shared(draft, NAME)


def _untrusted(draft: Draft) -> None:
    _shared(draft, UNTRUSTED, reason="unable to get local issuer certificate")


def _weak_shared(draft: Draft) -> None:
    draft.fail(draft.any_type(), draft.any_host(), float(draft.generator.uniform(*WEAK)))


def _onset_shared(draft: Draft) -> None:
    draft.change_day, draft.is_changed = draft.onset(), True
    _shared(draft, draft.any_type(), days=slice(draft.change_day, None))


def _repaired_shared(draft: Draft) -> None:
    draft.change_day, draft.is_changed = draft.days // 2, True
    _shared(draft, draft.any_type(), days=slice(None, draft.change_day))


def _burst_shared(draft: Draft) -> None:
    begin = int(draft.generator.integers(0, max(1, draft.days - 5)))
    _shared(draft, draft.any_type(), days=slice(begin, begin + 5))


def _two_names(draft: Draft) -> None:
    """Let senders name a fault by what they check first."""
    names = draft.generator.choice([EXPIRED, NAME, OTHER], len(draft.senders))
    types = {one.name: str(name) for one, name in zip(draft.senders, names, strict=True)}
    _shared(draft, EXPIRED, types=types)


def _two_faults(draft: Draft) -> None:
    first, second = draft.other_hosts()
    draft.fail(EXPIRED, first, draft.share())
    draft.fail(STARTTLS, second, draft.share())


def _same_type_twice(draft: Draft) -> None:
    first, second = draft.other_hosts()
    draft.fail(NAME, first, draft.share())
    draft.fail(NAME, second, draft.share())


def _ipv6(draft: Draft) -> None:
    share = float(draft.generator.uniform(0.25, 0.6))
    draft.fail(draft.any_type(), draft.any_host(), share, is_ipv6=True)


def _unlisted(draft: Draft) -> None:
    host = draft.any_host()
    draft.texts = [
        tuple(one for at, one in enumerate(draft.hosts) if at != host) or ("mx9.example.com",)
    ]
    draft.fail(MISMATCH, host, 1.0, is_mismatch=True)


def _two_unlisted(draft: Draft) -> None:
    first, second = draft.other_hosts()
    kept = tuple(one for at, one in enumerate(draft.hosts) if at not in {first, second})
    draft.texts = [kept or ("mx9.example.com",)]
    for host in (first, second):
        draft.fail(MISMATCH, host, 1.0, is_mismatch=True)


def _policy_changes(draft: Draft, *, adds: bool) -> None:
    """Each sender sees the new policy some days after the others."""
    host = draft.any_host()
    others = tuple(one for at, one in enumerate(draft.hosts) if at != host) or ("mx9.example.com",)
    draft.texts = [others, tuple(draft.hosts)] if adds else [tuple(draft.hosts), others]
    begin = draft.days // 2
    draft.change_day, draft.is_changed = begin, True
    fault = draft.fail(MISMATCH, host, 0.0, is_mismatch=True)
    for at in range(len(draft.senders)):
        since = begin + int(draft.generator.integers(0, 3))
        draft.text_of[since:, at] = 1
        fault.expected[slice(None, since) if adds else slice(since, None), at] = 1.0
    fault.chances = fault.expected


def _host_added(draft: Draft) -> None:
    _policy_changes(draft, adds=True)


def _host_removed(draft: Draft) -> None:
    _policy_changes(draft, adds=False)


def _old_text(draft: Draft) -> None:
    """One sender keeps an old policy that does not list a host."""
    host, at = draft.any_host(), draft.any_sender()
    old = tuple(one for number, one in enumerate(draft.hosts) if number != host)
    draft.texts = [tuple(draft.hosts), old or ("mx9.example.com",)]
    draft.text_of[:, at] = 1
    draft.fail(MISMATCH, host, 1.0, senders=at, is_mismatch=True)


def _unfetched(draft: Draft) -> None:
    draft.fail(FETCH, None, float(draft.generator.choice([0.05, 0.3, 1.0])))


def _unfetched_by_one(draft: Draft) -> None:
    share = float(draft.generator.choice([0.3, 0.7, 1.0]))
    code = "policy-fetch-selective"
    draft.fail(FETCH, None, share, senders=draft.any_sender(), code=code)


def _alias(draft: Draft, host: int, **others: object) -> None:
    """Microsoft follows no alias."""
    kind = str(draft.generator.choice([OTHER, NAME]))
    draft.fail(kind, host, 1.0, senders=draft.place("Microsoft"), code="cname-mx", **others)  # type: ignore[arg-type]


def _alias_everywhere(draft: Draft) -> None:
    kind = str(draft.generator.choice([OTHER, NAME]))
    for host in range(len(draft.hosts)):
        draft.fail(kind, host, 1.0, senders=draft.place("Microsoft"), code="cname-mx")


def _alias_at_one(draft: Draft) -> None:
    _alias(draft, draft.any_host())


def _alias_beside_starttls(draft: Draft) -> None:
    first, second = draft.other_hosts()
    _alias(draft, first)
    draft.fail(STARTTLS, second, draft.share())


def _alias_beside_same_type(draft: Draft) -> None:
    first, second = draft.other_hosts()
    draft.fail(NAME, first, 1.0, senders=draft.place("Microsoft"), code="cname-mx")
    draft.fail(NAME, second, draft.share())


def _alias_beside_wrong_name(draft: Draft) -> None:
    """At the same host, for all: one does not hide the other."""
    host = draft.any_host()
    draft.fail(OTHER, host, 1.0, senders=draft.place("Microsoft"), code="cname-mx")
    draft.fail(STARTTLS, host, 0.3)


def _alias_onset(draft: Draft) -> None:
    draft.change_day, draft.is_changed = draft.onset(), True
    _alias(draft, draft.any_host(), days=slice(draft.change_day, None))


def _alias_repaired(draft: Draft) -> None:
    draft.change_day, draft.is_changed = draft.days // 2, True
    _alias(draft, draft.any_host(), days=slice(None, draft.change_day))


def _of_one(
    draft: Draft, result_type: str, *, share: float | None = None, **others: object
) -> None:
    chosen = draft.share() if share is None else share
    draft.fail(result_type, draft.any_host(), chosen, senders=draft.any_sender(), **others)  # type: ignore[arg-type]


def _untrusted_by_one(draft: Draft) -> None:
    reason = "unable to get local issuer certificate"
    _of_one(draft, UNTRUSTED, share=1.0, code="incomplete-chain", reason=reason)


def _timeouts(draft: Draft) -> None:
    _of_one(draft, OTHER, code="timeouts", reason="io-timeout-during-handshake")


def _parameters(draft: Draft) -> None:
    _of_one(
        draft,
        OTHER,
        share=1.0,
        code="tls-parameters",
        reason="tls-remote-alert-40-handshake-failure",
    )


def _sni(draft: Draft) -> None:
    at = draft.any_sender()
    while draft.senders[at].name == "Microsoft":
        at = draft.any_sender()
    draft.fail(NAME, draft.any_host(), 1.0, senders=at, code="sni-dependent-certificate")


def _starttls_by_one(draft: Draft) -> None:
    _of_one(draft, STARTTLS, code="selective-starttls", reason="454")


def _ipv6_by_one(draft: Draft) -> None:
    share = float(draft.generator.uniform(0.25, 0.6))
    _of_one(draft, draft.any_type(), share=share, code="ipv6-only", is_ipv6=True)


def _weak_by_one(draft: Draft) -> None:
    _of_one(draft, draft.any_type(), share=float(draft.generator.uniform(*WEAK)))


def _burst_by_one(draft: Draft) -> None:
    begin = int(draft.generator.integers(0, max(1, draft.days - 20)))
    _of_one(draft, draft.any_type(), days=slice(begin, begin + 8))


def _two_of_two(draft: Draft) -> None:
    """Two senders, each with a fault of its own."""
    first, second = draft.generator.permutation(2).tolist()
    draft.fail(UNTRUSTED, draft.any_host(), 1.0, senders=first, code="incomplete-chain")
    draft.fail(STARTTLS, draft.any_host(), draft.share(), senders=second, code="selective-starttls")


def _enforced(draft: Draft) -> None:
    draft.mode = "enforce"
    draft.fail(draft.any_type(), draft.any_host(), 0.3)


def _enforced_by_one(draft: Draft) -> None:
    draft.mode = "enforce"
    _of_one(draft, draft.any_type())


def _louder(draft: Draft) -> None:
    """Let a clean sender become ten times as loud, which changes nothing."""
    draft.change_day = draft.days // 2
    failing, other = draft.generator.permutation(2).tolist()
    draft.fail(draft.any_type(), draft.any_host(), draft.share(), senders=failing)
    draft.senders[other].louder_on = draft.change_day


def _falls_silent(draft: Draft) -> None:
    """Let a failing sender send nothing any more, which makes nothing better."""
    draft.change_day = draft.days // 2
    failing = draft.any_sender()
    draft.fail(draft.any_type(), draft.any_host(), draft.share(), senders=failing)
    draft.senders[failing].silent_on = draft.change_day


Family = Callable[[Draft], None]
TWO_HOSTS = {"hosts": (2, 3)}
LONG = {"days": (28, 60)}
SMALL = {"days": (28, 60), "volume": (3, 20)}
FAMILIES: dict[str, tuple[Family, dict[str, tuple[float, ...]]]] = {
    "clean": (_clean, {}),
    "stray failures": (_stray, {}),
    "bad days of one sender": (_flakes, {}),
    "all: expired": (_expired, {}),
    "all: no STARTTLS": (_no_starttls, {}),
    "all: wrong name": (_wrong_name, {}),
    "all: untrusted chain": (_untrusted, {}),
    "all: weak, 2 to 4 %": (_weak_shared, {}),
    "all: begins": (_onset_shared, {"days": (21, 60)}),
    "all: repaired in the middle": (_repaired_shared, LONG),
    "all: five bad days": (_burst_shared, {}),
    "all: one fault by several names": (_two_names, {}),
    "all: two faults at two hosts": (_two_faults, TWO_HOSTS),
    "all: one type at two hosts": (_same_type_twice, TWO_HOSTS),
    "all: IPv6 only": (_ipv6, {}),
    "all: unlisted host": (_unlisted, {}),
    "all: two unlisted hosts": (_two_unlisted, TWO_HOSTS),
    "all: policy gains a host": (_host_added, {"days": (21, 60)}),
    "all: policy loses a host": (_host_removed, {"days": (21, 60)}),
    "all: policy not fetched": (_unfetched, {}),
    "all, enforce mode": (_enforced, {}),
    "one: old policy text": (_old_text, {}),
    "one: policy not fetched": (_unfetched_by_one, {}),
    "one: alias at all hosts": (_alias_everywhere, {}),
    "one: alias at one host": (_alias_at_one, {}),
    "one: alias, beside no STARTTLS for all": (_alias_beside_starttls, TWO_HOSTS),
    "one: alias, beside the same type for all": (_alias_beside_same_type, TWO_HOSTS),
    "one: alias, beside another fault there": (_alias_beside_wrong_name, {}),
    "one: alias begins": (_alias_onset, {"days": (21, 60)}),
    "one: alias repaired in the middle": (_alias_repaired, {"days": (46, 60)}),
    "one: alias, small domain": (_alias_everywhere, SMALL),
    "one: untrusted chain": (_untrusted_by_one, {}),
    "one: timeouts": (_timeouts, {}),
    "one: TLS parameters": (_parameters, {}),
    "one: name by SNI": (_sni, {}),
    "one: no STARTTLS": (_starttls_by_one, {}),
    "one: IPv6 only": (_ipv6_by_one, {}),
    "one: weak, 2 to 4 %": (_weak_by_one, LONG),
    "one: eight bad days": (_burst_by_one, LONG),
    "two senders, each its own": (_two_of_two, {}),
    "one, enforce mode": (_enforced_by_one, {}),
    "one; a clean sender becomes loud": (_louder, LONG),
    "one, which falls silent": (_falls_silent, LONG),
}


def simulated(family: str, number: int, generator: Generator, *, habit: str | None = None) -> Month:
    """Return one month of a family, in which all senders report in one way if it is given."""
    make, options = FAMILIES[family]
    draft = Draft(f"d{number}.example", generator, **options)  # type: ignore[arg-type]
    if habit is not None:
        for sender in draft.senders:
            sender.habits = {0: habit}
    make(draft)
    return draft.made(family)
