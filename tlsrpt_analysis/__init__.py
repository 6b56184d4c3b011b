"""Read months of SMTP TLS reports (RFC 8460) and learn what MTA-STS enforce mode would cost.

How data flows, and where each step lives:

- `load_reports` (``loading``) takes files, folders and globs, unpacks them (``intake``), reads the
  reports according to the RFCs (``standards``) and returns `ReportTables` (``tables``);
  `Authentication` and `DkimKeys`, or `choose_authentication` with plain values, say how it
  authenticates mailed reports;
- `open_store` (``store``) returns the same tables from the Parquet files that a `Store` keeps, so
  that no report is read twice;
- `coverage`, `daily_sessions`, `failure_share_by_mx`, `selective_failures` and `enforce_impact`
  (``analyses``) turn tables into frames, `compare` returns a `PeriodComparison` of two periods,
  `diagnose` names causes and cures, `causes_by_host` those of many domains, `letter` writes to a
  provider or sender, `suggest_policy` writes the policy for the MX hosts,
  `EnforceImpact.plan` returns a `ChangePlan` with dates, `replay` says what another policy would
  have refused, and `readiness` how ready a domain was week by week;
- `check` (``checks``) returns a `Check`: what is new in a store since the last check;
- `fleet` (``fleets``) returns a `Fleet`: the verdict on every domain of a store, in bounded memory;
- `read_inbound_share`, `read_postfix_logs`, `read_mx_traffic` and `read_mx_records`
  (``mail_logs``) read what narrows
  the bounds of the impact: who sends how much, and the MX records of a zone;
- ``views``, imported by name, draws charts and writes the page to share;
- ``cli`` is the command ``tlsrpt-analysis``.

A name loads its module on first use (PEP 562), so that the import itself loads no library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlsrpt_analysis.analyses.causes.causes_by_host import causes_by_host
    from tlsrpt_analysis.analyses.causes.diagnose import diagnose
    from tlsrpt_analysis.analyses.causes.letter import letter
    from tlsrpt_analysis.analyses.coverage import coverage
    from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact
    from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
    from tlsrpt_analysis.analyses.impact.plan.change_plan import ChangePlan
    from tlsrpt_analysis.analyses.mx_hosts.failure_share_by_mx import failure_share_by_mx
    from tlsrpt_analysis.analyses.periods.compare import PeriodComparison, compare
    from tlsrpt_analysis.analyses.policy.suggest_policy import suggest_policy
    from tlsrpt_analysis.analyses.readiness.readiness import Readiness, readiness
    from tlsrpt_analysis.analyses.replay.replay import Replay, replay
    from tlsrpt_analysis.analyses.selective.selective_failures import selective_failures
    from tlsrpt_analysis.analyses.sessions import daily_sessions
    from tlsrpt_analysis.checks.check import Check, check
    from tlsrpt_analysis.errors import (
        ExportError,
        MissingExtraError,
        PolicyError,
        ReportError,
        SourceError,
        StoreError,
        TlsrptError,
        UnknownNameWarning,
    )
    from tlsrpt_analysis.fleets.fleet import Fleet, fleet
    from tlsrpt_analysis.intake.authenticity.dkim_keys import DkimKeys, choose_authentication
    from tlsrpt_analysis.intake.authenticity.wanted import Authentication
    from tlsrpt_analysis.loading.load import load_reports
    from tlsrpt_analysis.mail_logs.inbound_share import read_inbound_share, read_postfix_logs
    from tlsrpt_analysis.mail_logs.mx_records import read_mx_records
    from tlsrpt_analysis.mail_logs.mx_traffic import read_mx_traffic
    from tlsrpt_analysis.store import Store, open_store
    from tlsrpt_analysis.tables import Balance, ReportTables

    __version__: str

__all__ = [
    "Authentication",
    "Balance",
    "ChangePlan",
    "Check",
    "DkimKeys",
    "EnforceImpact",
    "ExportError",
    "Fleet",
    "MissingExtraError",
    "PeriodComparison",
    "PolicyError",
    "Readiness",
    "Replay",
    "ReportError",
    "ReportTables",
    "SourceError",
    "Store",
    "StoreError",
    "TlsrptError",
    "UnknownNameWarning",
    "causes_by_host",
    "check",
    "choose_authentication",
    "compare",
    "coverage",
    "daily_sessions",
    "diagnose",
    "enforce_impact",
    "failure_share_by_mx",
    "fleet",
    "letter",
    "load_reports",
    "open_store",
    "read_inbound_share",
    "read_mx_records",
    "read_mx_traffic",
    "read_postfix_logs",
    "readiness",
    "replay",
    "selective_failures",
    "suggest_policy",
]

_HOMES = {
    "Authentication": "intake.authenticity.wanted",
    "Balance": "tables",
    "Check": "checks.check",
    "ChangePlan": "analyses.impact.plan.change_plan",
    "DkimKeys": "intake.authenticity.dkim_keys",
    "EnforceImpact": "analyses.impact.impact",
    "ExportError": "errors",
    "Fleet": "fleets.fleet",
    "MissingExtraError": "errors",
    "PeriodComparison": "analyses.periods.compare",
    "PolicyError": "errors",
    "Readiness": "analyses.readiness.readiness",
    "Replay": "analyses.replay.replay",
    "ReportError": "errors",
    "ReportTables": "tables",
    "SourceError": "errors",
    "Store": "store",
    "StoreError": "errors",
    "TlsrptError": "errors",
    "UnknownNameWarning": "errors",
    "check": "checks.check",
    "choose_authentication": "intake.authenticity.dkim_keys",
    "compare": "analyses.periods.compare",
    "coverage": "analyses.coverage",
    "daily_sessions": "analyses.sessions",
    "causes_by_host": "analyses.causes.causes_by_host",
    "diagnose": "analyses.causes.diagnose",
    "letter": "analyses.causes.letter",
    "enforce_impact": "analyses.impact.enforce_impact",
    "failure_share_by_mx": "analyses.mx_hosts.failure_share_by_mx",
    "fleet": "fleets.fleet",
    "load_reports": "loading.load",
    "open_store": "store",
    "read_inbound_share": "mail_logs.inbound_share",
    "read_mx_records": "mail_logs.mx_records",
    "read_mx_traffic": "mail_logs.mx_traffic",
    "read_postfix_logs": "mail_logs.inbound_share",
    "readiness": "analyses.readiness.readiness",
    "replay": "analyses.replay.replay",
    "selective_failures": "analyses.selective.selective_failures",
    "suggest_policy": "analyses.policy.suggest_policy",
}
"""Where each public name lives; a test compares it with the imports above."""


if not TYPE_CHECKING:  # or a type checker would take any name for a public one

    def __getattr__(name: str) -> object:
        """Load the module of a public name, and keep the name for the next time."""
        if name == "__version__":
            return import_module("importlib.metadata").version("tlsrpt-analysis")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
