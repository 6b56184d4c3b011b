"""How many messages a week are refused, in one sentence: what a user's own mail logs count."""

from tlsrpt_analysis.analyses.impact.domain_facts import DomainFacts


def messages_a_week(facts: DomainFacts) -> str:
    """Say how many messages of all inbound mail are refused, by the user's own logs."""
    if facts.refused_a_week is None or not facts.today.refused_high:
        return ""
    low, high = map(_two_digits, facts.refused_a_week)
    if not high:
        return "That is less than one message a week of all your inbound mail."
    amount = (
        f"about {high:,}" if low == high else f"{low:,} to {high:,}" if low else f"up to {high:,}"
    )
    return f"That is {amount} messages a week of all your inbound mail."


def _two_digits(value: float) -> int:
    """Return a count with two digits that matter.

    Examples
    --------
    >>> _two_digits(413.2), _two_digits(0.4), _two_digits(1.6)
    (410, 0, 2)
    """
    return int(float(f"{round(value):.2g}"))
