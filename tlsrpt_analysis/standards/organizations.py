"""The one table of organisations: who sends reports, whose hosts send mail, and who runs MX hosts.

Reports, mail logs, policies and charts all look here, so an organisation is added in one place.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailProvider:
    """A mail service, the pattern that covers its MX names, and how that is known.

    Attributes
    ----------
    name : str
        The service, as its customers know it.
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


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation: its name here, and how its reports, its hosts and its MX names are known.

    Attributes
    ----------
    name : str
        Our name for it; the reporter of its reports.
    domains : tuple of str
        The domains of the contacts and DKIM signatures of its reports, including subdomains.
        Empty for one that is only known to run MX hosts.
    webmail : tuple of str
        Those of the domains at which everybody can have an address, so that a signature of theirs
        does not speak for the organisation; only where its reports come from another.
    names : tuple of str
        The names it uses for itself in reports.
    evidence : str
        The source of this entry: a published report, or only the organisation's own site.
    habits : tuple of str
        What is particular about its reports.
    mailboxes : tuple of str
        Domains of the addresses of its own customers, besides `domains`.
    sending_domains : tuple of str
        Further domains of the hosts from which it sends mail, including subdomains.
    mx : tuple of MailProvider
        Its mail services by their MX names.
    """

    name: str
    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    evidence: str = ""
    habits: tuple[str, ...] = ()
    sending_domains: tuple[str, ...] = ()
    webmail: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    mx: tuple[MailProvider, ...] = ()


_REPORT = "a published report has this name and this contact domain"
_OWN_SITE = "the domain is the organisation's own; no report of it was available"

_OWN_POLICY, _CUSTOMERS = "its own policy", "policies of its customers"


def _mx(
    name: str, grade: str, source: str, *patterns: str, record: str = ""
) -> tuple[MailProvider, ...]:
    return tuple(MailProvider(name, pattern, grade, source, record) for pattern in patterns)


_ZOHO_MX = [f"{host}.zoho.{end}" for end in ("com", "eu", "in") for host in ("mx", "mx2", "mx3")]
_IONOS_MX = [
    f"{host}.{end}"
    for end in ("ionos.com", "ionos.de", "ionos.co.uk", "kundenserver.de")
    for host in ("mx00", "mx01")
]

ORGANIZATIONS = (
    Organization(
        "Google",
        mailboxes=("gmail.com", "googlemail.com"),
        domains=("google.com",),
        names=("Google Inc.", "Google LLC", "Google"),
        evidence=_REPORT,
        habits=(
            "sends no failure-reason-code; validation-failure covers everything without a type",
            "omitted zero counts (2019), and ended policy lines with a carriage return (2020)",
        ),
        mx=(
            *_mx("Google Workspace", "A", "support.google.com/a/answer/174125", "smtp.google.com"),
            *_mx(
                "Google Workspace",
                "A",
                "its MX names",
                "aspmx.l.google.com",
                "*.aspmx.l.google.com",
            ),
            *_mx("Google Workspace", "B", _CUSTOMERS, "*.googlemail.com"),
            *_mx(
                "Gmail",
                "A",
                _OWN_POLICY,
                "gmail-smtp-in.l.google.com",
                "*.gmail-smtp-in.l.google.com",
            ),
        ),
    ),
    Organization(
        "Microsoft",
        mailboxes=(
            "outlook.com",
            "outlook.de",
            "outlook.fr",
            "hotmail.com",
            "hotmail.co.uk",
            "hotmail.de",
            "hotmail.fr",
            "hotmail.it",
            "live.com",
            "live.nl",
            "live.co.uk",
            "msn.com",
        ),
        domains=("microsoft.com",),
        names=("Microsoft Corporation", "Microsoft"),
        evidence=_REPORT,
        habits=(
            "lists the same sessions under sts and tlsa",
            "sends no sending-mta-ip, no mx-host and no time zone",
            "MX_HOSTS_MISMATCH comes without the MX name",
        ),
        sending_domains=("protection.outlook.com",),
        mx=(
            *_mx(
                "Microsoft 365",
                "A",
                "learn.microsoft.com/purview/enhancing-mail-flow-with-mta-sts",
                "*.mail.protection.outlook.com",
            ),
            *_mx("Outlook.com", "A", _OWN_POLICY, "*.olc.protection.outlook.com"),
        ),
    ),
    Organization(
        "Yahoo",
        mailboxes=(
            "ymail.com",
            "rocketmail.com",
            "aol.com",
            "yahoo.co.uk",
            "yahoo.de",
            "yahoo.fr",
            "yahoo.it",
            "yahoo.es",
        ),
        domains=("yahooinc.com", "yahoo.com"),
        webmail=("yahoo.com",),
        names=("Yahoo Inc.", "Yahoo"),
        evidence=_OWN_SITE,
        mx=_mx("Yahoo", "B", "its MX names", "*.am0.yahoodns.net"),
    ),
    Organization(
        "Comcast",
        domains=("comcast.com", "comcast.net"),
        webmail=("comcast.net",),
        names=("Comcast",),
        evidence=_OWN_SITE,
    ),
    Organization(
        "Mail.ru",
        mailboxes=("bk.ru", "inbox.ru", "list.ru"),
        domains=("corp.mail.ru", "mail.ru"),
        webmail=("mail.ru",),
        names=("Mail.ru", "Mail.Ru Group"),
        evidence=_REPORT,
        habits=("may count one session in two failure details", "no last MIME boundary"),
        mx=_mx("Mail.ru", "C", "its MX name", "mxs.mail.ru"),
    ),
    Organization(
        "GMX",
        domains=("gmx.net", "gmx.com", "gmx.de"),
        names=("GMX",),
        evidence=_OWN_SITE,
    ),
    Organization(
        "Fastmail",
        mailboxes=("fastmail.fm",),
        domains=("fastmail.com", "fastmailteam.com"),
        webmail=("fastmail.com",),
        names=("Fastmail",),
        evidence=_OWN_SITE,
        mx=_mx("Fastmail", "B", _CUSTOMERS, "*.messagingengine.com"),
    ),
    Organization(
        "SocketLabs",
        domains=("socketlabs.com",),
        names=("SocketLabs",),
        evidence=_REPORT,
        habits=("writes receiving-mx-host-name",),
    ),
    Organization("WEB.DE", domains=("web.de",), names=("WEB.DE",), evidence=_OWN_SITE),
    Organization("mail.com", domains=("mail.com",), names=("mail.com",), evidence=_OWN_SITE),
    Organization(
        "Mimecast",
        domains=("mimecast.com",),
        names=("Mimecast",),
        evidence=_OWN_SITE,
        mx=_mx("Mimecast", "B", "its own library's tests", "*.mimecast.com"),
    ),
    Organization(
        "Zoho",
        domains=("zoho.com", "zohocorp.com"),
        webmail=("zoho.com",),
        names=("Zoho", "Zoho Corporation"),
        evidence=_OWN_SITE,
        mx=_mx("Zoho", "B", _CUSTOMERS, *_ZOHO_MX),
    ),
    Organization(
        "Proton",
        mailboxes=("pm.me",),
        domains=("proton.me", "protonmail.com", "proton.ch"),
        webmail=("proton.me", "protonmail.com"),
        names=("Proton", "Proton AG"),
        evidence=_OWN_SITE,
        mx=_mx(
            "Proton",
            "A",
            _OWN_POLICY,
            "mail.protonmail.ch",
            "mailsec.protonmail.ch",
            record="_mta-sts.protonmail.ch",
        ),
    ),
    Organization(
        "Cloudflare",
        mx=_mx(
            "Cloudflare",
            "A",
            "developers.cloudflare.com/email-routing/setup/mta-sts",
            "*.mx.cloudflare.net",
            record="_mta-sts.mx.cloudflare.net",
        ),
    ),
    Organization(
        "Apple", mx=_mx("iCloud", "B", _CUSTOMERS, "mx01.mail.icloud.com", "mx02.mail.icloud.com")
    ),
    Organization("Yandex", mx=_mx("Yandex 360", "B", "its MX name", "mx.yandex.net")),
    Organization("IONOS", mx=_mx("IONOS", "B", _CUSTOMERS, *_IONOS_MX)),
    Organization("Tuta", mx=_mx("Tuta", "B", _CUSTOMERS, "mail.tutanota.de")),
    Organization(
        "mailbox.org",
        mx=_mx("mailbox.org", "B", _CUSTOMERS, *(f"mxext{n}.mailbox.org" for n in (1, 2, 3))),
    ),
    Organization(
        "Forward Email",
        mx=_mx("Forward Email", "B", _CUSTOMERS, "mx1.forwardemail.net", "mx2.forwardemail.net"),
    ),
    Organization(
        "Proofpoint",
        mx=(
            *_mx("Proofpoint", "C", "its MX names", "*.gslb.pphosted.com"),
            *_mx("Proofpoint Essentials", "C", "its MX names", "*.ppe-hosted.com"),
        ),
    ),
    Organization(
        "Barracuda", mx=_mx("Barracuda", "C", "its MX names", "*.ess.barracudanetworks.com")
    ),
    Organization("OVH", mx=_mx("OVH", "C", "its MX names", "*.mail.ovh.net")),
)


def organization_of_contact(domain: str) -> Organization | None:
    """Return the organisation whose reports have a contact or a signature of this domain.

    Examples
    --------
    >>> organization_of_contact("reports.google.com").name
    'Google'
    >>> organization_of_contact("google.com.evil.example") is None
    True
    """
    return _of_domain(domain, _BY_CONTACT)


def is_webmail(domain: str) -> bool:
    """Whether anybody can have an address at a domain of a known organisation.

    Examples
    --------
    >>> is_webmail("yahoo.com"), is_webmail("yahooinc.com")
    (True, False)
    """
    return domain in _WEBMAIL


def organization_of_host(hostname: str) -> Organization | None:
    """Return the organisation that sends mail from a host, by the host's name.

    Examples
    --------
    >>> organization_of_host("x.outbound.protection.outlook.com").name
    'Microsoft'
    """
    return _of_domain(hostname, _BY_HOST)


def organization_of_mailbox(domain: str) -> Organization | None:
    """Return the organisation at which addresses of a domain are, where it is one of its own domains.

    Examples
    --------
    >>> organization_of_mailbox("hotmail.com").name
    'Microsoft'
    >>> organization_of_mailbox("shop.example") is None
    True
    """
    return _BY_MAILBOX.get(domain)


def _of_domain(domain: str, table: dict[str, Organization]) -> Organization | None:
    labels = domain.split(".")
    for start in range(len(labels)):
        known = table.get(".".join(labels[start:]))
        if known is not None:
            return known
    return None


_BY_CONTACT = {domain: known for known in ORGANIZATIONS for domain in known.domains}
_WEBMAIL = {domain for known in ORGANIZATIONS for domain in known.webmail}
_BY_HOST = _BY_CONTACT | {
    domain: known for known in ORGANIZATIONS for domain in known.sending_domains
}
_BY_MAILBOX = {
    domain: known for known in ORGANIZATIONS for domain in (*known.domains, *known.mailboxes)
}
