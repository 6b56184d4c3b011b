"""Every cause of failures, by code and by the words of reason codes that point to it."""

from tlsrpt_analysis.analyses.cause_catalogue import (
    certificate,
    dane,
    encryption,
    mx_host,
    policy_host,
    policy_text,
    sender,
    unexplained,
)

CAUSES = (
    *policy_text.CAUSES,
    *mx_host.CAUSES,
    *policy_host.CAUSES,
    *certificate.CAUSES,
    *encryption.CAUSES,
    *dane.CAUSES,
    *sender.CAUSES,
    *unexplained.CAUSES,
)
"""Every cause, family by family, with what stays unexplained last."""

BY_CODE = {cause.code: cause for cause in CAUSES}

BY_REASON = tuple(
    (words.pattern, cause)
    for words, cause in sorted(
        ((words, cause) for cause in CAUSES for words in cause.reasons),
        key=lambda pair: pair[0].rank,
    )
)
"""The words of a ``validation-failure`` reason code, and their cause; the first match decides."""

BY_SELECTIVE_TYPE = {
    str(result_type): cause for cause in CAUSES for result_type in cause.selective_types
}
"""The cause that a result type points to where only some senders report it."""
