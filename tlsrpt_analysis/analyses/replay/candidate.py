"""The policy that is replayed: a text, or the reported one with lines added and removed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.shown_texts import listed
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy, covers, matches, parse_policy

Patterns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy under replay, with its patterns ready to be compared."""

    policy: MtaStsPolicy

    @property
    def patterns(self) -> Patterns:
        """The ``mx`` patterns, in lower case."""
        return tuple(_normalized(self.policy.mx))

    def covers(self, host: str) -> bool:
        """Whether the policy lists a host."""
        return covers(self.policy.mx, host)

    def lists_all_of(self, patterns: Patterns) -> bool:
        """Whether every host that these patterns match is listed."""
        return not self.unlisted(patterns)

    def unlisted(self, patterns: Patterns) -> list[str]:
        """Return those patterns that match hosts which the policy does not list."""
        own = set(self.patterns)
        return [
            pattern
            for pattern in _valid(patterns)
            if pattern not in own and ("*" in pattern or not self.covers(pattern))
        ]

    def lists_none_of(self, patterns: Patterns) -> bool:
        """Whether no host that these patterns match is listed."""
        return not any(
            self.covers(pattern) or any(matches(pattern, line) for line in self.patterns)
            for pattern in _valid(patterns)
        )

    def adds_to(self, patterns: Patterns) -> bool:
        """Whether the policy lists a host that these patterns do not match."""
        return not Candidate(replace(self.policy, mx=patterns)).lists_all_of(self.patterns)


def candidate(
    given: str | MtaStsPolicy | None,
    reported: MtaStsPolicy | None,
    *,
    add_mx: Collection[str],
    remove_mx: Collection[str],
) -> Candidate:
    """Return the policy to replay.

    Parameters
    ----------
    given : str or MtaStsPolicy, optional
        A policy; the reported one if not given.
    reported : MtaStsPolicy or None
        The latest reported policy.
    add_mx, remove_mx : collection of str
        Lines to add, and lines to remove.

    Raises
    ------
    PolicyError
        When it is no policy (RFC 8461 §3.2), or has no such line.
    """
    policy = parse_policy(given) if isinstance(given, str) else given or reported
    if policy is None:
        raise PolicyError("no policy was reported for this domain: give the text of one")
    removed = set(_normalized(remove_mx))
    kept = [line for line in _normalized(policy.mx) if line not in removed]
    if missing := sorted(removed.difference(_normalized(policy.mx))):
        raise PolicyError(
            f"the policy has no line mx: {listed(missing)}; it has {listed(policy.mx, most=20)}"
        )
    lines = tuple(dict.fromkeys([*kept, *_normalized(add_mx)]))
    changed = replace(policy, mode=policy.mode if given else "enforce", mx=lines)
    return Candidate(parse_policy(str(changed)))


def _valid(patterns: Patterns) -> list[str]:
    """Return the patterns that can match a host: a reporter may write anything."""
    return [name for name in _normalized(patterns) if matches(name, name.replace("*", "x", 1))]


def _normalized(names: Iterable[str]) -> list[str]:
    return [normalize_domain(name) for name in names]
