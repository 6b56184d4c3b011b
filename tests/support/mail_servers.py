"""A Dovecot on loopback, with one account whose mails are in a Maildir."""

import contextlib
import datetime as dt
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "reports@example.com", "nobody-may-see-this"

_CONFIGURATION = """
base_dir = {root}/run
state_dir = {root}/run
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/certificate.pem
ssl_key = <{root}/key.pem
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
auth_failure_delay = 0
mail_location = maildir:{root}/mail
{oauth}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/home allow_all_users=yes
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls_port}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


_OAUTH = """
auth_mechanisms = plain {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {root}/oauth2.conf
}}
"""

_INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass(frozen=True)
class Introspection:
    """Where a server asks whether a token is good, and how it takes tokens."""

    url: str
    mechanisms: str = "oauthbearer xoauth2"


@dataclass(frozen=True)
class MailServer:
    """A running server; whoever trusts the file `certificate` trusts it."""

    root: Path
    port: int
    starttls_port: int
    process: "subprocess.Popen[str]"

    @property
    def certificate(self) -> Path:
        """Return the file of its self-signed certificate."""
        return self.root / "certificate.pem"

    def address(self, folder: str = "", *, host: str = "localhost") -> str:
        """Return the address of a folder."""
        return f"imaps://reports%40example.com@{host}:{self.port}/{folder}"

    def mail_files(self) -> list[str]:
        """Return the names of the mails, which contain their flags."""
        return sorted(
            str(path.relative_to(self.root)) for path in (self.root / "mail").glob("**/[cn]*/*.*")
        )

    def folder(self, name: str) -> Path:
        """Return where the mails of a folder are."""
        return self.root / "mail" / (f".{name}" if name else "")

    def create(self, name: str, mails: Sequence[bytes]) -> None:
        """Create a folder with mails."""
        _write_maildir(self.folder(name), mails)
        owner = (self.root / "mail").stat()
        if os.getuid() == 0:
            for path in [self.folder(name), *self.folder(name).rglob("*")]:
                os.chown(path, owner.st_uid, owner.st_gid)

    def deliver(self, mail: bytes, number: int = 99999, folder: str = "") -> None:
        """Deliver a mail to a folder, to the INBOX by default."""
        path = self.folder(folder) / "new" / f"{number}.tests.localhost"
        path.write_bytes(mail)
        owner = path.parent.stat()
        if os.getuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)

    def kick(self) -> None:
        """Break all connections."""
        configuration = self.root / "dovecot.conf"
        subprocess.run(["doveadm", "-c", configuration, "kick", USER], check=True, timeout=20)


@contextlib.contextmanager
def dovecot(
    folders: dict[str, Sequence[bytes]], introspection: Introspection | None = None
) -> Iterator[MailServer]:
    """Run Dovecot with the mails of some folders; INBOX is the folder without name."""
    if shutil.which("dovecot") is None:
        if os.environ.get("CI"):
            pytest.fail("Dovecot is not installed: .ci/run installs dovecot-imapd")
        pytest.skip("Dovecot is not installed: apt install dovecot-imapd")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        write_certificate(root)
        owner = _owner()
        for name, mails in folders.items():
            _write_maildir(root / "mail" / (f".{name}" if name else ""), mails)
        oauth = ""
        if introspection is not None:
            oauth = _OAUTH.format(root=root, mechanisms=introspection.mechanisms)
            (root / "oauth2.conf").write_text(_INTROSPECTION.format(url=introspection.url))
        if os.getuid() == 0:
            for path in [root, *root.rglob("*")]:
                os.chown(path, owner.pw_uid, owner.pw_gid)
        port, starttls_port = _free_ports()
        configuration = root / "dovecot.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                root=root,
                user=owner.pw_name,
                group=_group(owner),
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                password=PASSWORD,
                oauth=oauth,
                port=port,
                starttls_port=starttls_port,
            )
        )
        command = ["dovecot", "-F", "-c", str(configuration)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                for line in process.stderr or ():
                    if "starting up" in line:
                        break
                else:
                    pytest.fail("Dovecot does not start")
                yield MailServer(root, port, starttls_port, process)
            finally:
                process.terminate()


def _owner() -> pwd.struct_passwd:
    """Return a user other than root, to whom Dovecot shows no mails."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def _group(owner: pwd.struct_passwd) -> str:
    import grp  # noqa: PLC0415 - beside its only user

    return grp.getgrgid(owner.pw_gid).gr_name


def _write_maildir(folder: Path, mails: Sequence[bytes]) -> None:
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for number, mail in enumerate(mails):
        (folder / "new" / f"{number:05}.tests.localhost").write_bytes(mail)


def _free_ports() -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(2)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in sockets]


def write_certificate(root: Path) -> None:
    """Write a self-signed certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(1))
        .not_valid_after(now + dt.timedelta(1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (root / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (root / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
