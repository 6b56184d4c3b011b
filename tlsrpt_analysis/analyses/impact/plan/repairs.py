"""The first steps of a plan: a step back where mail is refused now, new lines, and repairs."""

from collections.abc import Iterator

from tlsrpt_analysis.analyses.cause_catalogue.cause import Responsible
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import (
    CERTIFICATE,
    SENDER,
    STARTTLS,
    TLS,
)
from tlsrpt_analysis.analyses.impact.plan.enforcing import FILE_FIRST, roll_back_words
from tlsrpt_analysis.analyses.impact.plan.policies import policy_for, served_before
from tlsrpt_analysis.analyses.impact.plan.situation import Change, Expected, Situation
from tlsrpt_analysis.analyses.impact.plan.step import Step, StepKind
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.shown_texts import joined, listed, shown
from tlsrpt_analysis.standards.policy_to_serve import is_listable

TITLES = {
    STARTTLS: "Turn on STARTTLS at {hosts}",
    CERTIFICATE: "Replace or complete the certificate of {hosts}",
    TLS: "Repair TLS at {hosts}",
}


def rolled_back(situation: Situation) -> Step:
    """Return the step back to testing mode of a domain whose mail is refused today."""
    return Step(
        date=situation.start,
        kind=StepKind.ROLL_BACK,
        title="Step back to testing mode: mail is refused today",
        instructions=(
            f"Enforce mode refuses {expected_words(situation.expected)} of the tested sessions, and"
            " the cause is not cured within a day by a new line of the policy. In testing mode this"
            f" mail is delivered while you repair. {roll_back_words(situation, max(1, situation.age_days))}"
        ),
        policy=policy_for(situation, "testing", is_step_back=True),
        expected=situation.expected,
        go_on_when="The reports of most senders show mode: testing; then their mail is delivered.",
    )


def changes(situation: Situation, *, mode: str) -> Iterator[Step]:
    """Yield a step for each change; nobody's mail is refused by them in testing mode."""
    for change in situation.changes:
        yield _lines(situation, change, mode) if change.is_policy else _repair(situation, change)


def repairs(situation: Situation) -> Iterator[Step]:
    """Yield the changes that are about hosts, where a new policy lists what is missing anyway."""
    for change in situation.changes:
        if not change.is_policy:
            yield _repair(situation, change)


def investigate(situation: Situation) -> Step:
    """Return the step for what no known change repairs, or for a host that is still to be found."""
    unplaced = situation.unplaced
    likely = f" Most likely the cure is to {joined(unplaced)}." if unplaced else ""
    return Step(
        date=situation.start,
        kind=StepKind.INVESTIGATE,
        title=(
            "Find the MX host that fails, and repair it"
            if unplaced
            else "Find the cause of what is left"
        ),
        instructions=(
            f"{expected_words(situation.left)} of the tested sessions would still be refused, at"
            f" hosts that the reports do not name or for reasons that they do not say.{likely}"
            " Confirm the causes that diagnose() names for this domain, and probe every MX host"
            f" (tlsrpt-analysis probe {situation.domain}); then make this plan again, with what the"
            " probe found (--findings FILE)."
        ),
        responsible=str(Responsible.UNKNOWN),
        expected=situation.left,
        go_on_when="The causes are known, and repaired.",
    )


def expected_words(expected: Expected) -> str:
    """Write an interval of shares.

    Examples
    --------
    >>> expected_words(Expected(0.0, 0.012)), expected_words(Expected(0.1, 0.1))
    ('up to 1.2 %', '10.0 %')
    """
    low, high = percent(expected.low), percent(expected.high)
    if low == high:
        return high
    return f"up to {high}" if expected.low <= 0 else f"{low} to {high}"


def _title(situation: Situation, change: Change, listable: list[str], names: str) -> str:
    if not listable:
        return f"Rename {names}"
    if all(host in situation.unknown_hosts for host in change.hosts):
        return (
            f"List {names} in the policy, if {'it is' if len(listable) == 1 else 'they are'} yours"
        )
    return f"List {names} in the policy"


def _lines(situation: Situation, change: Change, mode: str) -> Step:
    policy = policy_for(situation, mode, max_age=situation.live.max_age if situation.live else None)
    listable = [host for host in change.hosts if is_listable(host)]
    others = [host for host in change.hosts if host not in listable]
    names = joined(listable or others)
    return Step(
        date=situation.start,
        kind=StepKind.POLICY,
        title=_title(situation, change, listable, names),
        instructions=" ".join(
            [*_whose(situation, change), *_order(situation, listable), *_unlistable(others)]
        ),
        policy=policy if listable else None,
        expected=change.expected,
        go_on_when=f"No report about the new policy text counts a failure at {names}.",
        roll_back_when="The file is not served as it stands here, or senders call it invalid.",
        roll_back_how="Serve the text that was served before, and change the TXT record to its id.",
        roll_back=served_before(situation),
    )


def _whose(situation: Situation, change: Change) -> Iterator[str]:
    unknown = [host for host in change.hosts if host in situation.unknown_hosts]
    if unknown:
        yield (
            f"Reports name {joined(unknown)}, and no MX record that is known here does: if it is not"
            " yours, this is an attack or a forgery, which MTA-STS is there to stop; then change"
            f" nothing. Compare it with dig +noall +answer MX {situation.domain}, and give the output"
            " as MX records (--mx-records FILE): this plan then has the policy texts."
        )
    elif change.responsible == Responsible.UNKNOWN:
        names = joined(change.hosts)
        yield f"See first whether dig +short MX {situation.domain} lists {names}."


def _order(situation: Situation, hosts: list[str]) -> Iterator[str]:
    if not hosts:
        return
    lines = "its line" if len(hosts) == 1 else "their lines"
    yield f"What the MX records name already needs {lines} now."
    yield FILE_FIRST
    yield (
        "A host that no MX record names yet gets its record last, once the old policy has expired"
        f" ({situation.age_days or 1} days): file, TXT id, MX."
    )
    if any(host.endswith(".mx.microsoft") for host in hosts):
        yield (
            "For mx.microsoft Microsoft asks for the same order, in testing mode: the new line, the"
            " new id, then the MX."
        )


def _unlistable(hosts: list[str]) -> Iterator[str]:
    if hosts:
        yield (
            f"No policy can list {joined(hosts)} (RFC 8461 §3.2): give the MX a name of letters,"
            " digits and hyphens."
        )


def _repair(situation: Situation, change: Change) -> Step:
    names = listed(change.hosts) or "any host"
    cure = f"{change.cure[:1].upper()}{change.cure[1:]}"
    if len(change.hosts) > 1:
        cure = f"{cure}, and do the same for {listed(change.hosts[1:])}"
    title = TITLES[change.kind].format(hosts=names) if change.kind in TITLES else cure
    is_theirs = change.kind == SENDER
    how, seen = _of_sender(change) if is_theirs else _of_host(situation, names)
    return Step(
        date=situation.start,
        kind=StepKind.REPAIR,
        title=title,
        instructions=f"{cure}. {how}",
        responsible=change.responsible,
        expected=change.expected,
        go_on_when=seen,
    )


def _of_host(situation: Situation, names: str) -> tuple[str, str]:
    """Return how to confirm and check the repair of a host, and what must be seen after it."""
    how = (
        "Confirm the cause first: diagnose() and the page of `report` have the command, and the"
        f" whole cure; tlsrpt-analysis probe {situation.domain} shows whether the repair worked."
    )
    return how, f"The probe finds no fault at {names}, and the next reports count none there."


def _of_sender(change: Change) -> tuple[str, str]:
    """Return how to write to a sender, and what must be seen after it."""
    name = shown(change.fixes[0].removeprefix(f"{SENDER} "))
    how = (
        f"The page of `report` has a letter to {name} with what its reports count. Until it is"
        " answered, enforce mode refuses what this sender fails to deliver: decide whether that"
        " mail matters to you."
    )
    return how, f"The next reports of {name} count no failure, or its mail does not matter to you."
