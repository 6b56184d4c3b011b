"""The settings of mail and web servers that cures print; the tests run each on a real server."""

from dataclasses import dataclass
from enum import StrEnum


class Server(StrEnum):
    """A server that the tests start with the settings."""

    POSTFIX = "Postfix"
    EXIM = "Exim"
    NGINX = "nginx"


@dataclass(frozen=True, slots=True)
class Setting:
    """Lines of the configuration of one server, whole as they are pasted, and what to know of them."""

    server: Server
    lines: tuple[str, ...]
    remark: str = ""

    def __str__(self) -> str:
        """Return the lines below the name of the server."""
        remark = f" ({self.remark})" if self.remark else ""
        return "\n".join([f"{self.server}{remark}:", *(f"    {line}" for line in self.lines)])


KEY, CHAIN = "/etc/ssl/mx/privkey.pem", "/etc/ssl/mx/fullchain.pem"

POSTFIX_CHAIN = Setting(
    Server.POSTFIX,
    (f"smtpd_tls_chain_files = {KEY}, {CHAIN}",),
    "the key, the leaf, then its intermediates, no root; certbot writes these two files. It overrides"
    " smtpd_tls_cert_file, which would also take fullchain.pem",
)
EXIM_CHAIN = Setting(
    Server.EXIM,
    (f"tls_certificate = {CHAIN}", f"tls_privatekey = {KEY}"),
    "certbot's fullchain.pem, not its cert.pem; the user Debian-exim must be able to read both",
)
CHAIN_SETTINGS = (POSTFIX_CHAIN, EXIM_CHAIN)

POSTFIX_SNI = Setting(
    Server.POSTFIX,
    (f"smtpd_tls_chain_files = {KEY}, {CHAIN}", "tls_server_sni_maps = hash:/etc/postfix/sni"),
    "the first is served without SNI; build the map by postmap -F hash:/etc/postfix/sni",
)
EXIM_SNI = Setting(
    Server.EXIM,
    (
        (
            "tls_certificate = ${lookup{${lc:$tls_in_sni}.pem}dsearch,ret=full{/etc/exim4/certs}"
            f"{{$value}}{{{CHAIN}}}}}"
        ),
        (
            "tls_privatekey = ${lookup{${lc:$tls_in_sni}.key}dsearch,ret=full{/etc/exim4/certs}"
            f"{{$value}}{{{KEY}}}}}"
        ),
    ),
    "one pair of files for each name, and a default without SNI",
)

POSTFIX_STARTTLS = Setting(
    Server.POSTFIX,
    ("smtpd_tls_security_level = may", f"smtpd_tls_chain_files = {KEY}, {CHAIN}"),
)
EXIM_STARTTLS = Setting(
    Server.EXIM,
    ("tls_advertise_hosts = *", f"tls_certificate = {CHAIN}", f"tls_privatekey = {KEY}"),
)
EXIM_ADVERTISE = Setting(Server.EXIM, ("tls_advertise_hosts = *",))

_RSA, _ECDSA = ("/etc/ssl/mx/rsa-", "/etc/ssl/mx/ecdsa-")
POSTFIX_VERSIONS = Setting(
    Server.POSTFIX,
    (
        "smtpd_tls_protocols = >=TLSv1.2",
        "smtpd_tls_ciphers = medium",
        "smtpd_tls_exclude_ciphers =",
        (
            f"smtpd_tls_chain_files = {_RSA}privkey.pem, {_RSA}fullchain.pem, {_ECDSA}privkey.pem,"
            f" {_ECDSA}fullchain.pem"
        ),
    ),
    "no list of ciphers of your own",
)
EXIM_VERSIONS = Setting(
    Server.EXIM,
    (
        "tls_require_ciphers = NORMAL",
        f"tls_certificate = {_RSA}fullchain.pem : {_ECDSA}fullchain.pem",
        f"tls_privatekey = {_RSA}privkey.pem : {_ECDSA}privkey.pem",
    ),
    "with GnuTLS, as in Debian; exim -bV tells. There openssl_options must be absent: Exim does not"
    " start with it. With OpenSSL, remove the limits from openssl_options and tls_require_ciphers",
)

POSTFIX_PATIENCE = Setting(
    Server.POSTFIX,
    ("smtpd_client_connection_count_limit = 50", "smtpd_client_connection_rate_limit = 0"),
    "and list the sender's networks in postscreen_access_list, where postscreen is in use",
)
EXIM_PATIENCE = Setting(
    Server.EXIM,
    ("smtp_accept_max = 200", "smtp_accept_max_per_host = 50"),
    "and no delay in the ACLs for this sender",
)

POSTFIX_IPV6 = Setting(Server.POSTFIX, ("inet_protocols = all", "inet_interfaces = all"))
EXIM_IPV6 = Setting(Server.EXIM, ("local_interfaces = <; 0.0.0.0 ; ::0",))

NGINX_POLICY = Setting(
    Server.NGINX,
    (
        "location = /.well-known/mta-sts.txt {",
        "    default_type text/plain;",
        "    alias /var/www/mta-sts/mta-sts.txt;",
        "}",
    ),
    "in the server of mta-sts.{domain}, before any redirect",
)
NGINX_CERTIFICATE = Setting(
    Server.NGINX,
    (
        "ssl_certificate /etc/ssl/mta-sts/fullchain.pem;",
        "ssl_certificate_key /etc/ssl/mta-sts/privkey.pem;",
    ),
    "the chain of mta-sts.{domain} with its intermediates: certbot's fullchain.pem, not its cert.pem",
)
