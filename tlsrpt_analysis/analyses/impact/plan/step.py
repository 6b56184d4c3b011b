"""What a step of a change plan is."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from tlsrpt_analysis.analyses.cause_catalogue.cause import Responsible
from tlsrpt_analysis.analyses.impact.plan.situation import Expected
from tlsrpt_analysis.standards.policy_to_serve import PolicyToServe


class StepKind(StrEnum):
    """What is done in a step."""

    ROLL_BACK = "roll back"
    PUBLISH = "publish the policy"
    RESTORE = "restore the policy"
    POLICY = "change the policy"
    REPAIR = "repair"
    INVESTIGATE = "investigate"
    CHECK = "check the new record"
    EXPIRED = "old policy expired"
    CLEAN = "stay in testing"
    ENFORCE = "enforce"
    RAISE = "raise max_age"
    KEEP = "keep watching"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step: when, what, who, what is expected, when to go on, and when and how to go back.

    Attributes
    ----------
    date : date
        The day on which to act.
    kind : StepKind
        What is done.
    title : str
        The step in a few words, without the domain.
    instructions : str
        What to do, in sentences.
    policy : PolicyToServe or None
        The policy to serve from this step on, where it changes.
    responsible : str
        Who acts.
    expected : Expected or None
        What is refused from this step on, as a share of the tested sessions; none where nothing
        shows it.
    go_on_when : str
        What must be seen before the next step.
    roll_back_when, roll_back_how : str
        What calls for a step back, and how to do it; empty where nothing can be refused.
    roll_back : PolicyToServe or None
        The policy to serve then.
    """

    date: dt.date
    kind: StepKind
    title: str
    instructions: str
    policy: PolicyToServe | None = None
    responsible: str = str(Responsible.YOU)
    expected: Expected | None = None
    go_on_when: str = ""
    roll_back_when: str = ""
    roll_back_how: str = ""
    roll_back: PolicyToServe | None = None

    @property
    def is_enforced(self) -> bool:
        """Whether senders refuse what fails from this step on."""
        if self.policy is not None:
            return self.policy.policy.mode == "enforce"
        return self.kind in {StepKind.ENFORCE, StepKind.RAISE, StepKind.KEEP}
