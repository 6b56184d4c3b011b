"""Failure details that stand under another name than RFC 8460 §4.4 gives them."""

from collections.abc import Iterator, Mapping

from tlsrpt_analysis.standards.spellings import folded

_NAMES = frozenset({"policies", "policy", "summary", "failure-details", "date-range"})
_FAILURE_DETAILS = folded("failure-details")
_SIGNS = frozenset(map(folded, ("result-type", "failed-session-count")))


def stray_failures(document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the name and value of each member that looks like failure details but is not so named.

    Examples
    --------
    >>> list(stray_failures({"failures": [{"result-type": "certificate-expired"}]}))
    [('failures', [{'result-type': 'certificate-expired'}])]
    >>> list(stray_failures({"failure-details": [{"result-type": "certificate-expired"}]}))
    []
    """
    for name, value in document.items():
        if name in _NAMES or folded(name) == _FAILURE_DETAILS:
            continue
        entries = value if isinstance(value, list) else [value]
        if entries and _is_failure(entries[0]):
            yield name, value


def _is_failure(value: object) -> bool:
    return isinstance(value, Mapping) and not _SIGNS.isdisjoint(folded(key) for key in value)
