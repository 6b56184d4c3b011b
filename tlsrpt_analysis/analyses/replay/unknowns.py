"""What a replay cannot know, in sentences."""

from collections.abc import Iterator

import pandas as pd

from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.replay.candidate import Candidate
from tlsrpt_analysis.analyses.replay.counts import Replayed
from tlsrpt_analysis.analyses.replay.outcomes import Hosts, Outcome, Texts
from tlsrpt_analysis.arrays import Objects
from tlsrpt_analysis.shown_texts import counted, joined, listed
from tlsrpt_analysis.standards.mta_sts import matches


def unknowns(
    policy: Candidate, hosts: Hosts, texts: Texts, outcomes: Objects, replayed: Replayed
) -> Iterator[str]:
    """Yield what the reports leave open about a policy."""
    yield from _never_seen(policy, hosts, texts)
    yield from _newly_listed(policy, hosts, outcomes)
    yield from _passed(replayed)
    yield from _nameless(replayed.refused.details)


def untested_words(count: int, whole: int) -> Iterator[str]:
    """Say how many sessions are in none of the figures because nobody tested them."""
    if count:
        yield f"{count:,} of {counted(whole, 'session')} were not tested, and count in no figure."


def _never_seen(policy: Candidate, hosts: Hosts, texts: Texts) -> Iterator[str]:
    """Name lines of hosts that no policy listed before and no failure names."""
    before = {pattern for patterns in texts.patterns for pattern in patterns}
    seen = hosts.named.union(hosts.in_use or (), before)
    new = [
        line
        for line in policy.patterns
        if line not in before and not any(matches(line, host) for host in seen)
    ]
    if new:
        yield f"No report shows a session at {listed(new)}: nothing is known of its TLS."


def _newly_listed(policy: Candidate, hosts: Hosts, outcomes: Objects) -> Iterator[str]:
    fine = sorted(host for host in hosts.named - hosts.faulty if policy.covers(host))
    if fine and (outcomes == Outcome.PASSES).any():
        yield (
            f"Sessions that failed because {joined(fine[:5])} was not listed pass now, but for about"
            " one in a thousand: no other fault is reported there, but a sender names the first fault"
            " only."
        )
    faulty = sorted(host for host in hosts.faulty if policy.covers(host))
    if faulty and (outcomes == Outcome.UNKNOWN).any():
        yield (
            f"{joined(faulty[:5])} had other faults too, so its sessions may be refused all the same."
        )


def _passed(replayed: Replayed) -> Iterator[str]:
    unsure = int((replayed.passed_high - replayed.passed_low).sum())
    if unsure:
        yield (
            f"{counted(unsure, 'session')} passed at an MX host that reports of successes do not"
            " name: refused, if it is one that this policy does not list. MX records narrow this"
            " (mx_preferences, or --mx-records FILE)."
        )


def _nameless(details: pd.DataFrame) -> Iterator[str]:
    count = int(details.loc[details[HOST].isna().to_numpy("bool"), "count"].sum())
    if count:
        which, were = counted(count, "session"), "was" if count == 1 else "were"
        yield f"{which} that the applied policy refused {were} at hosts that the reporters do not name."
