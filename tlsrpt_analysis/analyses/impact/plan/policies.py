"""The policy texts of a plan: each from `policy_to_serve`, so that all pages print the same one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tlsrpt_analysis.analyses.impact.plan.situation import DAY_SECONDS, Situation
from tlsrpt_analysis.analyses.impact.plan.step import Step, StepKind
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy
from tlsrpt_analysis.standards.policy_to_serve import UNCHANGED, PolicyToServe, policy_to_serve

NOT_SERVED = (StepKind.PUBLISH, StepKind.RESTORE)
"""Steps before which senders find no policy, so that the text is needed whatever it says."""


def policy_for(
    situation: Situation, mode: str, *, max_age: int | None = None, is_step_back: bool = False
) -> PolicyToServe | None:
    """Return the policy with all new lines of the plan, unless one may be a stranger's host.

    Parameters
    ----------
    situation : Situation
        The domain.
    mode : str
        ``testing`` or ``enforce``.
    max_age : int, optional
        By default a day in enforce mode, so that a step back is over after a day, and that of the
        reported policy in testing mode.
    is_step_back : bool
        Whether it is what to serve when something goes wrong, with or without the new lines.

    Returns
    -------
    PolicyToServe or None
        None where no MX host is known, or where a new line is for a host that only reports name:
        anyone can write a report, so its text must not say which hosts a policy lists.
    """
    if situation.unknown_hosts and not is_step_back:
        return None
    chosen = max_age or (DAY_SECONDS if mode == "enforce" else None)
    hosts = [host for host in situation.new_hosts if host not in situation.unknown_hosts]
    names = [*situation.hosts, *hosts]
    return _text(
        policy_to_serve(situation.domain, names, situation.live, mode=mode, max_age=chosen)
    )


def served_before(situation: Situation) -> PolicyToServe | None:
    """Return the policy that was reported last, without lines that no policy may hold."""
    if situation.live is None:
        return None
    return _text(policy_to_serve(situation.domain, (), situation.live))


def say_unchanged(steps: Iterable[Step], live: MtaStsPolicy | None) -> Iterator[Step]:
    """Yield the steps, in order, without a text that is served already when the step comes.

    Parameters
    ----------
    steps : iterable of Step
        The steps of a domain.
    live : MtaStsPolicy or None
        The policy that was reported last.
    """
    for step in steps:
        policy, before = step.policy, None if step.kind in NOT_SERVED else live
        if policy is None:
            yield step
            continue
        live = policy.policy
        is_unchanged = replace(policy, live=before).is_unchanged
        yield _without_text(step) if is_unchanged else step


def _without_text(step: Step) -> Step:
    """Return a step that serves nothing new, so that there is nothing to go back from either."""
    return replace(
        step,
        instructions=f"{step.instructions} The policy text is {UNCHANGED}.",
        policy=None,
        roll_back_when="",
        roll_back_how="",
        roll_back=None,
    )


def _text(served: PolicyToServe) -> PolicyToServe | None:
    """Return a policy with its record, whatever is served today: a later step compares them."""
    return replace(served, live=None) if served.policy.mx else None
