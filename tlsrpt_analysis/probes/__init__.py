"""Probes of a domain's own servers: collecting evidence, and judging it.

``collect`` asks the network and returns `Evidence`, plain data; `judge` is pure and turns evidence
into `Findings`.
A broken, silent or hostile server is a finding, never an exception.
"""

from tlsrpt_analysis.probes.collect import collect
from tlsrpt_analysis.probes.domain import probe_domain, probe_domains
from tlsrpt_analysis.probes.evidence import Evidence
from tlsrpt_analysis.probes.findings import CHECKS, Finding, Findings, load_findings
from tlsrpt_analysis.probes.judge import judge
from tlsrpt_analysis.probes.options import ProbeOptions
from tlsrpt_analysis.probes.run import Progress

__all__ = [
    "CHECKS",
    "Evidence",
    "Finding",
    "Findings",
    "ProbeOptions",
    "Progress",
    "collect",
    "judge",
    "load_findings",
    "probe_domain",
    "probe_domains",
]
