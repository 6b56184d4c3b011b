"""The first steps of a domain whose policy nobody applies, or whose sessions DANE refuses."""

from tlsrpt_analysis.analyses.impact.plan.enforcing import FILE_FIRST
from tlsrpt_analysis.analyses.impact.plan.policies import policy_for
from tlsrpt_analysis.analyses.impact.plan.situation import Situation
from tlsrpt_analysis.analyses.impact.plan.step import Step, StepKind
from tlsrpt_analysis.analyses.impact.verdict import missing_policy, unfetched_policy
from tlsrpt_analysis.analyses.ledger import Untested
from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.standards.policy_to_serve import PolicyToServe

SEEN = "Reports show policy type sts with this text, from two senders or more."


def restored(situation: Situation) -> Step:
    """Return the step that brings back a policy that senders no longer find, in its mode."""
    facts = situation.facts
    is_missing = facts.availability.missing_since >= 0
    fault = missing_policy(facts) if is_missing else unfetched_policy(facts)
    mode = "enforce" if facts.policy_mode == "enforce" else "testing"
    max_age = situation.live.max_age if situation.live else None
    return Step(
        date=situation.start,
        kind=StepKind.RESTORE,
        title="Bring the policy back",
        instructions=(
            f"{fault[:1].upper()}{fault[1:]}. Publish exactly one TXT record, and serve the file"
            f" with status 200, no redirect and a valid certificate. {FILE_FIRST} Its mode stays"
            f" {mode}, as it was."
        ),
        policy=policy_for(situation, mode, max_age=max_age),
        expected=None,
        go_on_when=SEEN,
    )


def dane_only(situation: Situation) -> Step:
    """Return the only step of a domain for which only DANE results were reported."""
    return Step(
        date=situation.start,
        kind=StepKind.KEEP,
        title="Nothing to switch: only DANE was reported",
        instructions=(
            "No MTA-STS policy was applied, and DANE has no testing mode (RFC 7672 §2.2). If this is"
            " a domain with mail addresses, a policy in testing mode would also protect the mail of"
            " senders that do not validate DANE; suggest_policy() writes it from the names of the"
            " MX records."
        ),
    )


def published(situation: Situation) -> Step:
    """Return the first policy of a domain that nobody tested, in testing mode."""
    policy = policy_for(situation, "testing")
    return Step(
        date=situation.start,
        kind=StepKind.PUBLISH,
        title=_title(situation),
        instructions=f"{_why(situation)} {_what(policy)} {FILE_FIRST}",
        policy=policy,
        expected=None,
        go_on_when=SEEN,
    )


def dane_step(situation: Situation) -> Step:
    """Return the repair of what DANE refuses today, whatever the mode of the policy."""
    count = situation.facts.dane_refused_count
    return Step(
        date=situation.start,
        kind=StepKind.REPAIR,
        title="Repair what DANE refuses",
        instructions=(
            f"DANE refused {counted(count, 'session')}: it has no testing mode (RFC 7672 §2.2), so"
            " this does not depend on the mode of the MTA-STS policy. Compare the TLSA records with"
            " the certificates of the MX hosts."
        ),
        go_on_when="No report of policy type tlsa counts a failure.",
    )


def is_dane_only(situation: Situation) -> bool:
    """Whether nothing but DANE results was reported."""
    return [reason for reason, _ in situation.facts.untested] == [Untested.DANE_ONLY]


def _reason(situation: Situation) -> str:
    return situation.facts.untested[0][0] if situation.facts.untested else ""


def _title(situation: Situation) -> str:
    broken = (Untested.NOT_FETCHED, Untested.INVALID, Untested.POLICY_HOST)
    if _reason(situation) in broken:
        return "Repair the policy host, and serve a policy in testing mode"
    return "Publish a policy in testing mode"


def _why(situation: Situation) -> str:
    reasons = {
        Untested.NO_POLICY: (
            "No reporter finds a policy. If it is published, check its TXT record, and that each"
            " subdomain has a policy of its own."
        ),
        Untested.NOT_FETCHED: "No reporter can fetch the policy (RFC 8461 §3.3).",
        Untested.INVALID: "The policy is not valid (RFC 8461 §3.2).",
        Untested.POLICY_HOST: "The certificate of the policy host is not valid (RFC 8461 §3.3).",
        Untested.MODE_NONE: "The policy is in mode none, which tests nothing.",
    }
    return next((words for why, words in reasons.items() if why == _reason(situation)), "")


def _what(policy: PolicyToServe | None) -> str:
    if policy is None:
        return (
            "The reports name no MX host: suggest_policy() writes the policy from the names of the"
            " MX records."
        )
    return "Serve the policy below, once you have compared its lines with the MX records."
