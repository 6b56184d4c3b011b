"""What the analyses need of the findings of a probe, without importing ``probes``."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd


@runtime_checkable
class ProbeFindings(Protocol):
    """The findings about one domain, for example `tlsrpt_analysis.probes.Findings`."""

    @property
    def domain(self) -> str:
        """Return the policy domain."""

    def checks(self) -> "pd.DataFrame":
        """Return one row a check: policy_domain, mx_hostname, check, outcome, code, message."""

    def by_mx(self) -> "pd.DataFrame":
        """Return one row an MX host: mx_hostname."""
