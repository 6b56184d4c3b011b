"""The policy texts of a plan: each from `policy_to_serve`, so that all pages print the same one."""

from dataclasses import replace

from tlsrpt_analysis.analyses.impact.plan.situation import DAY_SECONDS, Situation
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy
from tlsrpt_analysis.standards.policy_to_serve import WEEK, PolicyToServe, policy_to_serve


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
    live = situation.live or MtaStsPolicy("testing", WEEK, ())
    chosen = max_age or (DAY_SECONDS if mode == "enforce" else live.max_age)
    hosts = [host for host in situation.new_hosts if host not in situation.unknown_hosts]
    served = policy_to_serve(
        situation.domain, [*situation.hosts, *hosts], replace(live, max_age=chosen), mode=mode
    )
    return served if served.policy.mx else None


def served_before(situation: Situation) -> PolicyToServe | None:
    """Return the policy that was reported last, without lines that no policy may hold."""
    if situation.live is None:
        return None
    served = policy_to_serve(situation.domain, (), situation.live)
    return served if served.policy.mx else None
