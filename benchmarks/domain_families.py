"""The families of simulated domains: each is one way in which a domain can be, or become, ready or not."""

from collections.abc import Callable

import numpy as np

from benchmarks.domain_drafts import DETAIL_HABITS, Draft, Generator, log_uniform
from benchmarks.simulated_domains import Domain, Policy

FLAKES = (1e-5, 1e-3)

Family = Callable[["Draft"], None]


def _clean(draft: Draft) -> None:
    if draft.generator.random() < 0.5:
        draft.fail(log_uniform(draft.generator, *FLAKES), slice(None))


def _skipping(draft: Draft) -> None:
    _clean(draft)
    share = draft.generator.uniform(0, 0.8)
    total = sum(one.volume for one in draft.senders)
    skippers = draft.senders[-int(draft.generator.integers(1, 3)) :]
    for one in skippers:
        one.skips = True
        one.volume = max(0.5, share * total / len(skippers))
        draft.policies[:, draft.senders.index(one)] = Policy.NOT_FOUND


def _isolated_fetch_failures(draft: Draft) -> None:
    _clean(draft)
    is_late = draft.generator.random(draft.shape[:2]) < 0.05
    draft.policies[is_late] = Policy.NOT_FETCHED


def _one_cannot_fetch(draft: Draft) -> None:
    _clean(draft)
    at = draft.any_sender()
    draft.senders[at].skips = True  # it applies nothing, for whatever reason
    draft.policies[:, at] = Policy.NOT_FETCHED


def _before_policy(draft: Draft) -> None:
    _clean(draft)
    draft.policies[: int(draft.generator.integers(1, draft.days))] = Policy.NOT_FOUND


def _weekly(draft: Draft) -> None:
    _clean(draft)
    for one in draft.senders:
        one.weekday = int(draft.generator.integers(7))


def _weekly_failing(draft: Draft) -> None:
    _weekly(draft)
    draft.fail(log_uniform(draft.generator, 0.03, 1), slice(None), draft.any_sender())


def _begins(draft: Draft, senders: int | slice, *, host: bool = False) -> None:
    _clean(draft)
    draft.changed_on = max(1, draft.days - int(draft.generator.integers(1, 8)))
    share = log_uniform(draft.generator, 0.03, 1)
    share = 1.0 if draft.generator.random() < 0.2 else share
    draft.fail(share, slice(draft.changed_on, None), senders, host=host)


def _begins_at_all(draft: Draft) -> None:
    _begins(draft, slice(None))


def _begins_at_one(draft: Draft) -> None:
    _begins(draft, draft.any_sender())


def _begins_at_host(draft: Draft) -> None:
    _begins(draft, slice(None), host=True)


def _repaired(draft: Draft, ago: int) -> None:
    _clean(draft)
    draft.changed_on = draft.days - ago
    begin = int(draft.generator.integers(0, max(1, draft.changed_on - 1)))
    share = log_uniform(draft.generator, 0.03, 1)
    draft.fail(share, slice(begin, draft.changed_on))


def _repaired_long_ago(draft: Draft) -> None:
    _repaired(draft, int(draft.generator.integers(29, draft.days - 1)))


def _repaired_lately(draft: Draft) -> None:
    _repaired(draft, int(draft.generator.integers(1, 28)))


def _policy_repaired(draft: Draft) -> None:
    """Let the policy list a host that was refused until then."""
    _clean(draft)
    draft.changed_on = draft.days - int(draft.generator.integers(1, 28))
    draft.hosts = [("mx9.example.com",)] * draft.changed_on + draft.hosts[draft.changed_on :]
    draft.fail(1.0, slice(None, draft.changed_on), host=True)


def _policy_broken(draft: Draft) -> None:
    """Let the policy lose a host, which is refused since."""
    _clean(draft)
    draft.changed_on = max(1, draft.days - int(draft.generator.integers(1, 28)))
    left = ("mx9.example.com",)
    draft.hosts = [*draft.hosts[: draft.changed_on], *[left] * (draft.total - draft.changed_on)]
    draft.fail(1.0, slice(draft.changed_on, None), host=True)


def _vanishes(draft: Draft, how: Policy) -> None:
    _clean(draft)
    since = draft.days - int(draft.generator.integers(2, 15))
    draft.policies[since:] = how
    draft.is_gone = True


def _record_vanishes(draft: Draft) -> None:
    _vanishes(draft, Policy.NOT_FOUND)


def _file_vanishes(draft: Draft) -> None:
    _vanishes(draft, Policy.NOT_FETCHED)


def _cached(draft: Draft) -> None:
    """Each sender applies its cached policy for some days after the file vanished."""
    _clean(draft)
    since = draft.days - int(draft.generator.integers(2, 15))
    draft.is_gone = True
    for at in range(len(draft.senders)):
        draft.policies[since:, at] = Policy.NOT_FETCHED
        draft.policies[since : since + int(draft.generator.integers(1, 8)), at] = Policy.CACHED


def _small_cut_off(draft: Draft) -> None:
    _clean(draft)
    total = sum(one.volume for one in draft.senders[:-1])
    draft.senders[-1].volume = max(1 / 7, total * log_uniform(draft.generator, 0.003, 0.05))
    begin = int(draft.generator.choice([0, max(0, draft.days - 20), max(0, draft.days - 5)]))
    draft.fail(1.0, slice(begin, None), len(draft.senders) - 1)


def _falls_silent(draft: Draft) -> None:
    _clean(draft)
    at = int(draft.generator.integers(min(2, len(draft.senders))))
    silent = draft.days - int(draft.generator.integers(3, min(60, draft.days - 3)))
    draft.senders[at].silent_from = silent
    begin = int(draft.generator.integers(0, max(1, silent - 5)))
    draft.fail(draft.generator.uniform(0.3, 1), slice(begin, None), at)


def _steady(draft: Draft) -> None:
    draft.fail(log_uniform(draft.generator, 0.02, 0.8), slice(None))


def _near_the_limit(draft: Draft) -> None:
    draft.fail(log_uniform(draft.generator, 0.002, 0.05), slice(None))


def _correlated(draft: Draft) -> None:
    draft.correlation = 0.6
    draft.fail(log_uniform(draft.generator, 0.02, 0.1), slice(None))


def _bad_days(draft: Draft, length: float) -> None:
    """Days on which most sessions fail, for all; in runs of a mean length, as a Markov chain."""
    generator = draft.generator
    bad, failing = log_uniform(generator, 0.02, 0.2), generator.uniform(0.3, 1)
    begins = min(1.0, bad / (1 - bad) / length)
    is_bad = np.zeros(draft.total, "bool")
    is_bad[0] = generator.random() < bad
    for day, chance in enumerate(generator.random(draft.total - 1), 1):
        is_bad[day] = chance < (1 - 1 / length if is_bad[day - 1] else begins)
    draft.expected[:] = bad * failing
    draft.drawn = np.broadcast_to((is_bad * failing)[:, None, None], draft.shape)


def _rare_bad_days(draft: Draft) -> None:
    _bad_days(draft, 1.05)


def _runs_of_bad_days(draft: Draft) -> None:
    _bad_days(draft, draft.generator.uniform(2, 8))


def _enforced(draft: Draft) -> None:
    draft.mode = "enforce"
    draft.fail(draft.generator.choice([0.0, 1e-4, 0.03, 0.1, 0.5]), slice(None))


def _details(draft: Draft) -> None:
    for one in draft.senders:
        one.habit = str(draft.generator.choice(DETAIL_HABITS))
    draft.fail(log_uniform(draft.generator, 0.001, 0.3), slice(None), host=True)


LONG = (45, 120)
FAMILIES: dict[str, tuple[Family, tuple[int, int]]] = {
    "fine": (_clean, (7, 120)),
    "fine; senders that skip testing policies": (_skipping, (7, 120)),
    "fine; isolated fetch failures": (_isolated_fetch_failures, (7, 120)),
    "fine; one sender never fetches": (_one_cannot_fetch, (7, 120)),
    "fine; days before the policy": (_before_policy, (15, 120)),
    "fine; weekly senders": (_weekly, LONG),
    "fine; repaired over 28 days ago": (_repaired_long_ago, LONG),
    "repaired 1 to 27 days ago": (_repaired_lately, (35, 120)),
    "policy repaired 1 to 27 days ago": (_policy_repaired, (35, 120)),
    "policy loses a host": (_policy_broken, (35, 120)),
    "begins 1 to 7 days ago, at all": (_begins_at_all, (14, 120)),
    "begins 1 to 7 days ago, at one sender": (_begins_at_one, (14, 120)),
    "begins 1 to 7 days ago, at one host": (_begins_at_host, (14, 120)),
    "record vanishes": (_record_vanishes, (20, 120)),
    "policy file vanishes": (_file_vanishes, (20, 120)),
    "policy file vanishes, cached": (_cached, (20, 120)),
    "small sender cut off": (_small_cut_off, (14, 120)),
    "failing sender falls silent": (_falls_silent, (30, 120)),
    "weekly senders, one fails": (_weekly_failing, LONG),
    "steady, 2 to 80 %": (_steady, (7, 120)),
    "steady, 0.2 to 5 %": (_near_the_limit, (7, 120)),
    "steady, 2 to 10 %, correlation 0.6": (_correlated, (7, 120)),
    "rare bad days": (_rare_bad_days, (7, 120)),
    "bad days in runs": (_runs_of_bad_days, (7, 120)),
    "enforced, retries": (_enforced, (7, 120)),
    "all sorts of details": (_details, (7, 120)),
}

BREAKING = ("steady, 2 to 10 %, correlation 0.6", "rare bad days", "bad days in runs")
"""Families that break what the rule assumes about days."""


def simulated(family: str, number: int, generator: Generator) -> Domain:
    """Return one domain of a family."""
    make, days = FAMILIES[family]
    draft = Draft(f"d{number}.example", generator, days)
    make(draft)
    return draft.made(family)
