"""The MX hosts that a domain uses, as names, reports or a probe give them, and who says so."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from tlsrpt_analysis.analyses.mx_records import mx_records
from tlsrpt_analysis.analyses.policy.other_policies import OtherPolicy, other_policies
from tlsrpt_analysis.analyses.policy.reported import latest_policies
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.shown_texts import listed
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy, covers
from tlsrpt_analysis.standards.policy_to_serve import is_wildcard
from tlsrpt_analysis.tables import ReportTables


@dataclass(frozen=True, slots=True)
class ObservedMx:
    """The names that a policy must cover.

    Attributes
    ----------
    domain : str
        The policy domain, where it is known.
    hosts : mapping of str to str
        The MX hosts, and who says so.
    live : MtaStsPolicy or None
        The latest policy, where it is known: its wildcards may cover hosts that no report names.
    unconfirmed : mapping of str to str
        Hosts that only failures name, and whose: anyone can write a report, so they are in no line.
    records : tuple of str
        The names in the MX records, where all of them are known.
    other_policies : tuple of OtherPolicy
        Policies that too few reports show: one of them may be the one that is served.
    """

    domain: str
    hosts: Mapping[str, str]
    live: MtaStsPolicy | None = None
    unconfirmed: Mapping[str, str] = field(default_factory=dict)
    records: tuple[str, ...] = ()
    other_policies: tuple[OtherPolicy, ...] = ()


def observed_mx(
    given: object, domain: str | None, records: pd.DataFrame | ProbeFindings | None = None
) -> ObservedMx:
    """Gather the MX hosts of a domain from names, reports or the findings of a probe."""
    if isinstance(given, ReportTables):
        return _of_reports(given, domain, records)
    if isinstance(given, ProbeFindings):
        names = [str(name) for name in given.by_mx()["mx_hostname"]]
        observed = _of_names(names, given.domain, "the MX records")
        live: MtaStsPolicy | None = getattr(given, "live_policy", None)
        return replace(observed, live=live, records=tuple(names))
    if isinstance(given, str):
        return _of_names([given], domain, "given")
    if isinstance(given, Iterable):
        return _of_names(given, domain, "given")
    raise PolicyError(f"{given!r:.80} holds no MX hosts: give names, reports or probe findings")


def _of_names(names: Iterable[object], domain: str | None, source: str) -> ObservedMx:
    given = list(names)
    strange = [repr(name)[:80] for name in given if not isinstance(name, str)]
    hosts = [normalize_domain(str(name)) for name in given]
    faults = [f"{name} (no text)" for name in strange] + [
        f"{host[:80]!r} ({fault})" for host in hosts if (fault := _fault(host))
    ]
    if faults or not hosts:
        raise PolicyError(
            f"no policy can name these MX hosts: {', '.join(faults) or 'no host was given'}."
            " Give the names of the MX records; a name with other than letters, digits and hyphens"
            " must be renamed first (RFC 8461 §3.2)"
        )
    return ObservedMx(normalize_domain(domain or ""), dict.fromkeys(hosts, source))


def _fault(host: str) -> str:
    """Return why no policy can name a host, if none can."""
    if not host:
        return "empty: a null MX takes no mail and needs no policy"
    if "*" in host:
        return "a pattern, not a host"
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "" if covers((host,), host) else "no host name"
    return "an address, not a name"


def _of_reports(
    tables: ReportTables, domain: str | None, records: pd.DataFrame | ProbeFindings | None
) -> ObservedMx:
    chosen = _domain_of(tables, domain)
    reports = tables.select(policy_domains=[chosen])
    live = latest_policies(reports).get(chosen)
    patterns = tuple(normalize_domain(pattern) for pattern in live.mx) if live else ()
    recorded = _recorded(records, chosen)
    hosts = {name: "the latest policy" for name in patterns if not _fault(name)}
    hosts |= {name: "the MX records" for name in recorded if not _fault(name)}
    unconfirmed: dict[str, str] = {}
    for host, source in _failing(reports):
        if host not in hosts and not _fault(host):
            (hosts if covers(patterns, host) else unconfirmed)[host] = source
    if not hosts and not any(map(is_wildcard, patterns)):
        raise PolicyError(
            f"the reports about {chosen} name no MX host that its policy lists: give the names of"
            " its MX records"
        )
    others = other_policies(reports).get(chosen, ())
    return ObservedMx(chosen, hosts, live, unconfirmed, tuple(recorded), others)


def _recorded(records: pd.DataFrame | ProbeFindings | None, domain: str) -> list[str]:
    if records is None:
        return []
    frame = mx_records(records)
    return [str(name) for name in frame.loc[frame["policy_domain"] == domain, "mx_hostname"]]


def _failing(reports: ReportTables) -> Iterator[tuple[str, str]]:
    """Yield each host that failures name, and whose failures."""
    failures = reports.failures[reports.failures["receiving_mx_hostname"].notna()]
    for (name,), rows in grouped(failures, ["receiving_mx_hostname"]):
        reporters = sorted(str(one) for one in rows["reporter"].unique())
        yield str(name), f"failures that {listed(reporters)} reported"


def _domain_of(tables: ReportTables, domain: str | None) -> str:
    known = sorted({str(name) for name in tables.policies["policy_domain"].dropna()})
    if domain is None and len(known) == 1:
        return known[0]
    if domain is None:
        raise PolicyError(f"the reports are about {len(known)} domains: name one, as domain=…")
    chosen = normalize_domain(domain)
    if chosen not in known:
        raise PolicyError(
            f"no report is about {chosen[:80]!r}; there are {listed(known, most=10) or 'none'}"
        )
    return chosen
