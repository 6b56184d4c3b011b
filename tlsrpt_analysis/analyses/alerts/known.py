"""What earlier checks know, so that each thing is new once."""

from dataclasses import dataclass, field

POLICY = "policy"
"""The kind of fault of sessions without the policy, beside the result types of RFC 8460 §4.3."""

DANE = "tlsa/"
"""What the kinds of faults under DANE begin with, beside the type of policy (RFC 8460 §4.2)."""


def is_dane(kind: str) -> bool:
    """Whether a kind of fault is of sessions under DANE."""
    return kind.startswith(DANE)


def result_type_of(kind: str) -> str:
    """Return the result type of a kind of fault.

    Examples
    --------
    >>> result_type_of("tlsa/certificate-expired"), result_type_of("certificate-expired")
    ('certificate-expired', 'certificate-expired')
    """
    return kind.removeprefix(DANE)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was announced, or stood when the first check set the base.

    Days are numbers, since 1970. `share` is that of the sessions of its reporters from `since`
    until it was announced; `until` is its last bad day, -1 while it lasts.
    """

    policy_domain: str
    kinds: tuple[str, ...]
    hosts: tuple[str, ...]
    reporters: tuple[str, ...]
    since: int
    announced: int
    share: float
    until: int = -1
    is_gone: bool = False
    """Whether the policy was announced as vanished."""

    @property
    def is_open(self) -> bool:
        """Whether it lasts."""
        return self.until < 0


@dataclass(frozen=True, slots=True)
class Known:
    """The state after a check.

    Attributes
    ----------
    checked_day : int
        The day of the last check; -1 before the first.
    faults : tuple of Fault
        Those that last, and those that ended lately.
    silent : dict of str to list of str
        The reporters that were announced as silent, by domain; the empty name stands for all.
    waits : dict of str to (int, float, int)
        How long reports are waited for, as of `tlsrpt_analysis.analyses.alerts.silence`.
    verdicts : dict of str to str
        The verdict that was announced last.
    pending : dict of str to (str, int)
        A verdict that differs from it, and the day of the first check that saw it.
    renewals : dict of str to int
        The day for which the next renewal was announced, by domain and host.
    announced : dict of str to int
        The day on which each subject was announced last, for the cooldown.
    """

    checked_day: int = -1
    faults: tuple[Fault, ...] = ()
    silent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    waits: dict[str, tuple[int, float, int]] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    pending: dict[str, tuple[str, int]] = field(default_factory=dict)
    renewals: dict[str, int] = field(default_factory=dict)
    announced: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there was no check yet."""
        return self.checked_day < 0
