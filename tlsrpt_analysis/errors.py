"""The errors of this package: one root, few children; each text says what, where and what to do.

What may be a typing error and may be right as well is a warning.
"""


class TlsrptError(Exception):
    """Anything that a user of this package may want to catch."""


class UsageError(TlsrptError):
    """Arguments or settings of a command that contradict each other or are not known."""


class SourceError(TlsrptError):
    """A path that the user named cannot be read."""


class MissingExtraError(TlsrptError):
    """A part of the package was not installed; the text holds the command that installs it."""


class ReportError(TlsrptError):
    """A document is not a TLS report that can be counted."""


class PolicyError(TlsrptError):
    """A text is not an MTA-STS policy."""


class ExportError(TlsrptError):
    """A notebook could not be run or written to a page."""


class StoreError(TlsrptError):
    """A store that cannot be read or written."""


class RecordError(TlsrptError):
    """A text is not the DNS record that it should be."""


class ProbeError(TlsrptError):
    """A probe cannot begin, or its saved findings cannot be read."""


class UnknownNameWarning(UserWarning):
    """A domain, reporter, policy type or fix that was asked for does not occur."""
