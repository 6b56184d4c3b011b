"""Read months of SMTP TLS reports (RFC 8460) and learn what MTA-STS enforce mode would cost.

The way of the data, and where each step lives:

- `load_reports` (``load``) takes files, folders and globs, opens whatever they are packed in
  (``intake``), reads them by the RFCs (``standards``) and gives `ReportTables` (``tables``);
  `Authentication` and `DkimKeys`, or `choose_authentication` in plain values, say how it
  authenticates those that came by mail;
- `open_store` (``store``) gives the same tables from Parquet files that `Store` keeps, so that no
  report is read twice;
- `coverage`, `daily_sessions`, `failure_share_by_mx`, `selective_failures` and `enforce_impact`
  (``analyses``) turn tables into frames, `compare` gives a `PeriodComparison` of two periods,
  `diagnose` names causes and cures, and `suggest_policy`
  writes the policy for the MX hosts;
- `read_inbound_share`, `read_postfix_logs` and `read_mx_records` (``mail_logs``) read what sharpens
  the impact: who sends how much, and the MX records of a zone;
- ``views``, imported by name, draws them and writes the page to share;
- ``cli`` is the command ``tlsrpt-analysis``.
"""

from tlsrpt_analysis.analyses.causes import diagnose
from tlsrpt_analysis.analyses.coverage import coverage
from tlsrpt_analysis.analyses.enforce import EnforceImpact, enforce_impact
from tlsrpt_analysis.analyses.mx_hosts import failure_share_by_mx
from tlsrpt_analysis.analyses.period_comparison import PeriodComparison, compare
from tlsrpt_analysis.analyses.policy_suggestion import suggest_policy
from tlsrpt_analysis.analyses.selective import selective_failures
from tlsrpt_analysis.analyses.sessions import daily_sessions
from tlsrpt_analysis.errors import (
    ExportError,
    PolicyError,
    ReportError,
    SourceError,
    StoreError,
    TlsrptError,
)
from tlsrpt_analysis.intake.authenticity import Authentication
from tlsrpt_analysis.intake.dkim_keys import DkimKeys, choose_authentication
from tlsrpt_analysis.load import load_reports
from tlsrpt_analysis.mail_logs import read_inbound_share, read_mx_records, read_postfix_logs
from tlsrpt_analysis.store import Store, open_store
from tlsrpt_analysis.tables import Balance, ReportTables

__all__ = [
    "Authentication",
    "Balance",
    "DkimKeys",
    "EnforceImpact",
    "ExportError",
    "PeriodComparison",
    "PolicyError",
    "ReportError",
    "ReportTables",
    "SourceError",
    "Store",
    "StoreError",
    "TlsrptError",
    "choose_authentication",
    "compare",
    "coverage",
    "daily_sessions",
    "diagnose",
    "enforce_impact",
    "failure_share_by_mx",
    "load_reports",
    "open_store",
    "read_inbound_share",
    "read_mx_records",
    "read_postfix_logs",
    "selective_failures",
    "suggest_policy",
]
