"""The MTA-STS policy that covers the MX hosts in use, as short as it may be."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from tlsrpt_analysis.analyses.policy.advice import advice_for, warnings_for
from tlsrpt_analysis.analyses.policy.mx_in_use import ObservedMx, observed_mx
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.result_html import items, lines, result_html, table
from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.standards.mail_providers import provider_of
from tlsrpt_analysis.standards.mta_sts import (
    LARGEST_MAX_AGE,
    MtaStsPolicy,
    matches,
)
from tlsrpt_analysis.standards.policy_lines import MODES
from tlsrpt_analysis.standards.policy_to_serve import PolicyToServe, policy_to_serve
from tlsrpt_analysis.tables import ReportTables


@dataclass(frozen=True, slots=True, eq=False)
class SuggestedPolicy(MtaStsPolicy):
    """A policy to serve, with its record and what is to be known about it.

    Attributes
    ----------
    mode, max_age, mx
        Those of the policy; ``str()`` gives the file to serve.
    observed : ObservedMx
        The MX hosts that it covers.
    """

    observed: ObservedMx

    @property
    def is_unchanged(self) -> bool:
        """Whether the latest policy says the same, so that its file and its record stay."""
        return self._served.is_unchanged

    @property
    def policy_id(self) -> str:
        """Return the id to announce (RFC 8461 §3.1), empty where the published one stays."""
        return self._served.policy_id

    @property
    def record(self) -> str:
        """Return the TXT record of ``_mta-sts``, to change after the file (RFC 8461 §8.1).

        It is empty where the policy is unchanged, as the published record stays.
        """
        return self._served.record

    @property
    def _served(self) -> PolicyToServe:
        return PolicyToServe(self.observed.domain, self, self.observed.live)

    @property
    def coverage(self) -> pd.DataFrame:
        """Prove that the policy covers every host.

        Returns
        -------
        DataFrame
            ``mx_hostname`` in use, ``mx`` (the line of the policy that covers it), ``source`` (who
            says that it is in use), ``provider``, ``grade`` and ``evidence`` (of the provider's
            line; ``A``: the provider says so, ``B``: seen in policies of others, ``C``: not
            verified, so that the exact name stands; missing for other hosts).
        """
        rows = []
        for host, source in self.observed.hosts.items():
            line = next(pattern for pattern in self.mx if matches(pattern, host))
            provider = provider_of(host)
            known = (provider.name, provider.grade, provider.source) if provider else (None,) * 3
            rows.append((host, line, source, *known))
        columns = ["mx_hostname", "mx", "source", "provider", "grade", "evidence"]
        return pd.DataFrame(rows, columns=columns, dtype="str")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is wrong, or easily taken wrongly, with the hosts and lines."""
        return warnings_for(self.observed, self.mx)

    @property
    def advice(self) -> tuple[str, ...]:
        """Return what to do about mode, max_age and the order of steps."""
        return advice_for(self, self.observed)

    def _repr_html_(self) -> str:
        """Show the policy to serve and its record, then what to know, and why each line stands."""
        hosts = self.coverage
        titles = ("MX host", "Line of the policy", "In use according to")
        cells = hosts[["mx_hostname", "mx", "source"]].itertuples(index=False)
        what = f"policy in {self.mode} mode that covers {counted(len(hosts), 'MX host')}"
        copied = [] if self.is_unchanged else [lines(str(self)), lines(self.record)]
        return result_html(
            f"{'Unchanged: the' if self.is_unchanged else 'A'} {what}",
            *copied,
            items([*self.warnings, *self.advice]),
            table(titles, cells, count=len(hosts)),
        )

    def __eq__(self, other: object) -> bool:
        """Whether the other is the same policy, however it came about."""
        if not isinstance(other, MtaStsPolicy):
            return NotImplemented
        return (self.mode, self.max_age, self.mx) == (other.mode, other.max_age, other.mx)

    def __hash__(self) -> int:
        """Return that of an equal policy."""
        return hash((self.mode, self.max_age, self.mx))


def suggest_policy(
    mx_hosts: str | Iterable[str] | ReportTables | ProbeFindings,
    domain: str | None = None,
    *,
    mode: str | None = None,
    max_age: int | None = None,
    mx_preferences: pd.DataFrame | ProbeFindings | None = None,
) -> SuggestedPolicy:
    """Suggest an MTA-STS policy that covers every MX host in use.

    Parameters
    ----------
    mx_hosts : str, iterable of str, ReportTables or probe findings
        The names in the domain's MX records, as DNS gives them; never the targets of a CNAME, as
        senders match the name in the record (RFC 8461 §4.1).
        Of reports: the hosts of the latest policy; as reports do not name hosts where all is well,
        its wildcards are kept. A host that only failures name gets a warning and no line.
    domain : str, optional
        The policy domain, for the record; needed for reports about several domains.
    mode : str, optional
        ``testing``, ``enforce`` or ``none``; that of the latest policy, or ``testing``, if not
        given. A step back to testing stands in ``advice``.
    max_age : int, optional
        How long senders may keep the policy, in seconds; that of the latest policy, or a week
        (604800), if not given.
    mx_preferences : DataFrame or findings of a probe, optional
        The MX records, beside reports: their hosts get lines.

    Returns
    -------
    SuggestedPolicy
        Its ``mx`` lines are the wildcards of the latest policy, and for every other host its exact
        name, or the wildcard of a known provider whose names differ from customer to customer; ``str()`` gives the file to serve, ``record`` the TXT
        record of ``_mta-sts`` with its ``policy_id`` (both empty where ``is_unchanged``), ``coverage`` the line for every host,
        ``warnings`` and ``advice`` what else is to be known.

    Raises
    ------
    PolicyError
        When there is no host, or one that no policy can name, such as one with an underscore.

    Examples
    --------
    >>> policy = suggest_policy(
    ...     ["example-com.mail.protection.outlook.com", "mx1.example.com"], "example.com")
    >>> policy.mx
    ('*.mail.protection.outlook.com', 'mx1.example.com')
    >>> policy.record
    '_mta-sts.example.com. IN TXT "v=STSv1; id=7d5761d77815dabd;"'
    >>> suggest_policy(["aspmx.l.google.com", "alt1.aspmx.l.google.com"]).mx
    ('*.aspmx.l.google.com', 'aspmx.l.google.com')
    """
    if mode not in {None, *MODES} or not (max_age is None or 0 <= max_age <= LARGEST_MAX_AGE):
        raise PolicyError(
            f"mode must be one of {', '.join(MODES)} and max_age 0 to {LARGEST_MAX_AGE} seconds;"
            f" they are {mode!r} and {max_age!r}"
        )
    observed = observed_mx(mx_hosts, domain, mx_preferences)
    policy = policy_to_serve(
        observed.domain, observed.hosts, observed.live, mode=mode, max_age=max_age
    ).policy
    return SuggestedPolicy(policy.mode, policy.max_age, policy.mx, observed)
