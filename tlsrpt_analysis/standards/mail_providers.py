"""The MX names of known mail providers, and the ``mx`` lines of a policy that cover them.

A wildcard stands for one label only (RFC 8461 §4.1), which is where most published advice is wrong.
"""

import re
from dataclasses import dataclass

from tlsrpt_analysis.standards.mta_sts import matches


@dataclass(frozen=True, slots=True)
class MailProvider:
    """A provider, the pattern that covers its MX names, and how that is known.

    Attributes
    ----------
    name : str
        The provider.
    pattern : str
        An ``mx`` pattern; ``*`` where its MX names differ from customer to customer.
    grade : str
        ``A``: the provider says so, or its own policy does; ``B``: seen in policies of others;
        ``C``: not verified, so never used to shorten a policy.
    source : str
        Where it is from.
    record : str
        The record that ``_mta-sts`` may be a CNAME of, where the provider publishes one.
    """

    name: str
    pattern: str
    grade: str
    source: str
    record: str = ""


_OWN, _SEEN = "its own policy", "policies of its customers"


def _hosts(name: str, grade: str, source: str, *patterns: str) -> tuple[MailProvider, ...]:
    return tuple(MailProvider(name, pattern, grade, source) for pattern in patterns)


_ZOHO = [f"{host}.zoho.{end}" for end in ("com", "eu", "in") for host in ("mx", "mx2", "mx3")]
_IONOS = [
    f"{host}.{end}"
    for end in ("ionos.com", "ionos.de", "ionos.co.uk", "kundenserver.de")
    for host in ("mx00", "mx01")
]

PROVIDERS = (
    MailProvider(
        "Microsoft 365",
        "*.mail.protection.outlook.com",
        "A",
        "learn.microsoft.com/purview/enhancing-mail-flow-with-mta-sts",
    ),
    MailProvider("Outlook.com", "*.olc.protection.outlook.com", "A", _OWN),
    MailProvider("Google Workspace", "smtp.google.com", "A", "support.google.com/a/answer/174125"),
    *_hosts("Google Workspace", "A", "its MX names", "aspmx.l.google.com", "*.aspmx.l.google.com"),
    MailProvider("Google Workspace", "*.googlemail.com", "B", _SEEN),
    *_hosts("Gmail", "A", _OWN, "gmail-smtp-in.l.google.com", "*.gmail-smtp-in.l.google.com"),
    MailProvider("Proton", "mail.protonmail.ch", "A", _OWN, "_mta-sts.protonmail.ch"),
    MailProvider("Proton", "mailsec.protonmail.ch", "A", _OWN, "_mta-sts.protonmail.ch"),
    MailProvider(
        "Cloudflare",
        "*.mx.cloudflare.net",
        "A",
        "developers.cloudflare.com/email-routing/setup/mta-sts",
        "_mta-sts.mx.cloudflare.net",
    ),
    *_hosts("iCloud", "B", _SEEN, "mx01.mail.icloud.com", "mx02.mail.icloud.com"),
    MailProvider("Fastmail", "*.messagingengine.com", "B", _SEEN),
    MailProvider("Yahoo", "*.am0.yahoodns.net", "B", "its MX names"),
    MailProvider("Yandex 360", "mx.yandex.net", "B", "its MX name"),
    MailProvider("Mimecast", "*.mimecast.com", "B", "its own library's tests"),
    *_hosts("Zoho", "B", _SEEN, *_ZOHO),
    *_hosts("IONOS", "B", _SEEN, *_IONOS),
    MailProvider("Tuta", "mail.tutanota.de", "B", _SEEN),
    *_hosts("mailbox.org", "B", _SEEN, *(f"mxext{n}.mailbox.org" for n in (1, 2, 3))),
    *_hosts("Forward Email", "B", _SEEN, "mx1.forwardemail.net", "mx2.forwardemail.net"),
    MailProvider("Mail.ru", "mxs.mail.ru", "C", "its MX name"),
    MailProvider("Proofpoint", "*.gslb.pphosted.com", "C", "its MX names"),
    MailProvider("Proofpoint Essentials", "*.ppe-hosted.com", "C", "its MX names"),
    MailProvider("Barracuda", "*.ess.barracudanetworks.com", "C", "its MX names"),
    MailProvider("OVH", "*.mail.ovh.net", "C", "its MX names"),
)
"""The known providers; what is not here is covered by its exact name."""

TRUSTED_GRADES = ("A", "B")
"""Those whose wildcard may stand for an exact name."""

_MICROSOFT_DNSSEC = re.compile(r"[^.]+(\.[a-z0-9]+-v1\.mx\.microsoft)")


def provider_of(mx_hostname: str) -> MailProvider | None:
    """Give the provider whose pattern matches an MX name, if it is a known one.

    Examples
    --------
    >>> provider_of("example-com.mail.protection.outlook.com").name
    'Microsoft 365'
    >>> provider_of("example-com.b-v1.mx.microsoft").pattern
    '*.b-v1.mx.microsoft'
    >>> provider_of("mx1.example.com") is None
    True
    """
    found = _MICROSOFT_DNSSEC.fullmatch(mx_hostname)
    if found:
        source = "Microsoft's PS.MTA-STS; *.mx.microsoft is one label short"
        return MailProvider("Microsoft 365 with DNSSEC", f"*{found[1]}", "A", source)
    return next((one for one in PROVIDERS if matches(one.pattern, mx_hostname)), None)
