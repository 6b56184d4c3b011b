"""What is left: failures whose reports do not say why."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family, Responsible
from tlsrpt_analysis.analyses.cause_catalogue.commands import VERIFIED

UNEXPLAINED = Cause(
    code="unexplained",
    step="probe {host}, and read its log",
    title="The reports do not say why",
    family=Family.UNEXPLAINED,
    checks=(
        "starttls",
        "tls-handshake",
        "certificate-dates",
        "certificate-name",
        "certificate-chain",
    ),
    confirm=VERIFIED,
    cure="Probe every MX host and address, and read the log of the server for that time.",
    is_refutable=False,
    responsible=Responsible.UNKNOWN,
)

CAUSES = (UNEXPLAINED,)
