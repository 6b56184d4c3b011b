"""The words and fixed sentences of the page; with `sentences` and `dates_in_words`, all that is to be translated."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

LANGUAGE = "en"
NOT_GIVEN = "(not given)"
LETTER = "Letter"
NOT_KNOWN = "not known"
NAME = "What enforcing MTA-STS would cost"
CHART_NOTE = "Share of the tested connections refused or that enforce mode would refuse, week by week; thin lines: 95 % range."
BEGAN, ENDED = "began", "last seen"
UNNAMED_HOST = "the mail server"
NO_DOMAIN = "The reports name no domain."
READY, NOT_READY, TOO_LITTLE = "ready", "not ready", "too little data"
CLEAN, REFUSING = "enforced, clean", "enforced, refusing mail"

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        REFUSING: "refuses mail now",
        NOT_READY: "not ready",
        TOO_LITTLE: "too little data",
        READY: "ready",
        CLEAN: "enforced",
    }
)
"""The words of the chip of each verdict, the most urgent first."""

TILES: Mapping[str, str] = MappingProxyType(
    {
        REFUSING: "enforced, and refusing mail",
        NOT_READY: "need a fix first",
        TOO_LITTLE: "too little data",
        READY: "can switch today",
        CLEAN: "enforced, and clean",
    }
)

READY_MEANS = (
    "Ready: two senders or more have tested the policy on 14 days or more, and enforcing it today"
    " would refuse next to nothing. Connections are attempts to deliver mail; refused is what enforce"
    " mode would turn away."
)

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "domain": "Domain",
        "verdict": "Verdict",
        "refused": "Refused today",
        "whose": "Whose mail",
        "fix": "Fix",
        "details": "Details",
        "search": "Search the domains",
        "nothing_found": "No domain has this in its row.",
        "show_ready": "Show the domains that need nothing",
        "no_plan": "Only the most urgent domains have their plan here; tlsrpt-analysis plan writes all.",
        "how": "How",
        "back": "When to go back, and how",
        "switch": "How to switch, and the evidence",
        "all_clean": "Domains that need nothing, with their evidence",
        "by_domain": "By domain",
        "steps": "What to do, and in which order?",
        "plan": "When can it switch to enforce?",
        "when": "When did it happen?",
        "senders": "Whose mail is it?",
        "hosts": "Which mail server (MX)?",
        "selective": "Does only one sender see it?",
        "compared": "Share that failed on all days that were compared, not only on those of today:",
        "sure": "How sure is this?",
        "history": "What was wrong, and was not met since?",
        "evidence": "Evidence",
        "others": "Other names in the reports",
        "origin": "Where do these figures come from?",
        "method": "How are they calculated?",
        "look_around": "Look around",
        "look_around_note": (
            "Choose a domain, a sender, a cause or a span of time, and all counts here follow; choose it"
            " again to leave it. They are of the whole time of the reports, not only of today."
        ),
        "sender": "Sender",
        "tested": "Tested today",
        "refused_count": "Refused today",
        "share": "Share refused today",
        "untested": "Never tested",
        "host": "Mail server (MX)",
        "share_of_failures": "Share of the failures",
        "check": "To make sure",
        "wrong": "What is wrong",
        "who": "Who",
        "copy": "Copy",
        "copied": "Copied",
        "theme": "Dark or light",
        "top": "Back to the table",
        "rejected": "Inputs that could not be read",
        "versions": "Made with",
        "code": "The Python that writes this page",
        "exact": "The exact words of the analysis",
        "alternative": "Or instead",
        "refused_chart": "Share of the tested connections refused",
        "confirmed": "confirmed by a probe",
        "commands": "Lines to copy",
        "same_lines": "Lines to copy: those of step",
        "same_cure": "How to do it: as in step",
        "ready_means": READY_MEANS,
        "days_not_tested": "no tested connection",
    }
)
"""Words of the template, by what they stand for."""

LINKED: Mapping[str, str] = MappingProxyType(
    {
        "domain": "Domain",
        "sender": "Sender",
        "cause": "What is wrong",
        "time": "Share refused, by {noun}",
        "from": "From",
        "to": "to",
        "reset": "Show all",
        "all_domain": "all domains",
        "all_sender": "all senders",
        "all_cause": "all causes",
        "and_more": "{first} and {count} more",
        "span": "{first} to {last}",
        "sum": "{choice}: enforce mode would have refused {share} of {tested} tested connections.",
        "nothing": "{choice}: no connection was tested, so nothing is known.",
        "backwards": "No {noun} is chosen: the first is after the last.",
        "row": "{name}: {share} of {tested} tested connections refused",
        "untested": "nothing tested",
        "details": "Details of {name}",
        "under": "under 0.1 %",
        "over": "over 99 %",
    }
)
"""Words of the linked views, which their script fills in."""

METHOD: Sequence[str] = (
    (
        "Refused today: connections that enforce mode would refuse, at most, of the connections to which"
        " a sender applied the policy (tested), on the last 28 days or since the last change that matters"
        " (RFC 8461 §5, RFC 8460 §4)."
    ),
    (
        "Ranges are 95 % intervals with days as the unit, because connections of one day are not"
        " independent; below 8 days there is none."
    ),
    (
        "A connection is not a message: a message can take several connections, and a connection can"
        " carry several messages."
    ),
    (
        "Only senders that report are in these figures. Senders that ignore such policies deliver in any"
        " case."
    ),
    "A day without a report is unknown, not free of failures.",
    (
        "A refused connection need not be lost mail: a sender that follows the standard tries the next"
        " mail server (RFC 8461 §5.1)."
    ),
)
