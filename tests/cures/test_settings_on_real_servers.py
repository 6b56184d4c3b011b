"""Every setting that a cure prints, run on the server it is for."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lab.certificates import Authority
from lab.configured import (
    ConfiguredExim,
    ConfiguredNginx,
    ConfiguredPostfix,
    check_exim,
    check_postfix,
    exim_program,
)
from lab.ports import program

from tlsrpt_analysis.analyses.cause_catalogue import settings
from tlsrpt_analysis.analyses.cause_catalogue.causes import CAUSES
from tlsrpt_analysis.analyses.cause_catalogue.settings import Server

NEEDED = {"postfix": program("postfix"), "nginx": program("nginx"), "exim4": exim_program()}
MISSING = [name for name, path in NEEDED.items() if not path]
pytestmark = pytest.mark.skipif(
    bool(MISSING or os.geteuid()) and "CI" not in os.environ,
    reason=f"needs root and Debian's {', '.join(MISSING) or 'servers'}",
)

MX, OTHER, POLICY_HOST = "mx1.lab.test", "other.lab.test", "mta-sts.lab.test"
PRINTED = list(dict.fromkeys(setting for cause in CAUSES for setting in cause.settings))


@pytest.fixture
def folder():
    """Return a folder that servers may enter after they dropped root."""
    with tempfile.TemporaryDirectory(prefix="lab") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def place():
    """Lay out the files that the settings name."""
    with tempfile.TemporaryDirectory(prefix="lab") as name:
        Path(name).chmod(0o755)
        lay_out(Path(name))
        yield Path(name)


def lay_out(folder):
    """Write certificates, keys and maps."""
    authority = Authority(folder)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pairs = {
        "mx/": authority.leaf(MX),
        "mx/ecdsa-": authority.leaf(MX),
        "mx/rsa-": authority.leaf(MX, key=key),
        "other/": authority.leaf(OTHER),
        "mta-sts/": authority.leaf(POLICY_HOST),
    }
    for prefix, leaf in pairs.items():
        path = folder / prefix
        (path if prefix.endswith("/") else path.parent).mkdir(exist_ok=True)
        (folder / f"{prefix}cert.pem").write_bytes(leaf.pem)
        (folder / f"{prefix}fullchain.pem").write_bytes(leaf.pem + authority.middle.pem)
        (folder / f"{prefix}privkey.pem").write_bytes(leaf.key_pem)
    (folder / "certs").mkdir()
    (folder / f"certs/{OTHER}.pem").write_bytes((folder / "other/fullchain.pem").read_bytes())
    (folder / f"certs/{OTHER}.key").write_bytes((folder / "other/privkey.pem").read_bytes())
    table = f"{OTHER} {folder}/other/privkey.pem {folder}/other/fullchain.pem\n"
    (folder / "sni").write_text(table)
    (folder / "mta-sts/mta-sts.txt").write_text("version: STSv1\n")
    for key in (*folder.glob("*/*privkey.pem"), *folder.glob("*/*.key")):
        key.chmod(0o640)
        shutil.chown(key, "root", "Debian-exim")


def lines_of(setting, place):
    """Return the lines of a setting with the files of the lab."""
    moved = {
        "/etc/ssl/": f"{place}/",
        "/etc/exim4/certs": f"{place}/certs",
        "/etc/postfix/sni": f"{place}/sni",
        "/var/www/mta-sts/": f"{place}/mta-sts/",
    }
    lines = "\n".join(setting.lines)
    for there, here in moved.items():
        lines = lines.replace(there, here)
    return lines.split("\n")


def as_dictionary(lines):
    """Return lines of Postfix's configuration by parameter."""
    pairs = (line.partition("=") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}


def handshake(server, place, *options, name=MX):
    """Return what the command of the catalogue prints about a server."""
    command = ["openssl", "s_client", "-starttls", "smtp", "-connect", server.target]
    with_name = (
        [] if "-noservername" in options else ["-servername", name, "-verify_hostname", name]
    )
    known = ["-CAfile", place / "root.pem"]
    run = subprocess.run(
        [*command, *with_name, *known, *options],
        input=b"QUIT\n",
        capture_output=True,
        timeout=20,
        check=False,
    )
    return run.stdout.decode(errors="replace")


def code(output):
    """Return the verify return code of a handshake, or `None` where there was none."""
    if "Cipher is (NONE)" in output or "Verify return code" not in output:
        return None
    return int(re.findall(r"Verify return code: (\d+)", output)[-1])


@pytest.fixture(params=[Server.POSTFIX, Server.EXIM])
def started(request, folder):
    """Return a function that starts the server with settings, given as lines."""
    with contextlib.ExitStack() as opened:

        def start(**by_server):
            lines = by_server[request.param.name.lower()]
            own = folder / str(len(list(folder.iterdir())))
            own.mkdir()
            server = _started(request.param, own, lines)
            opened.callback(server.close)
            return server

        yield start


def _started(kind, folder, lines):
    return (
        ConfiguredExim(folder, lines)
        if kind is Server.EXIM
        else ConfiguredPostfix(folder, as_dictionary(lines))
    )


def both(place, postfix, exim):
    """Return the lines of a cure for either server."""
    return {"postfix": lines_of(postfix, place), "exim": lines_of(exim, place)}


@pytest.mark.parametrize("setting", PRINTED, ids=lambda setting: setting.lines[0][:40])
def test_every_setting_passes_the_check_of_its_server(setting, place, folder):
    """``postfix check`` and ``postconf``, ``exim -bV -C``, ``nginx -t``."""
    lines = lines_of(setting, place)
    if setting.server is Server.POSTFIX:
        exit_code, said, shown = check_postfix(folder, lines)
        assert (exit_code, said) == (0, "")
        for name, value in as_dictionary(lines).items():
            assert f"{name} = {value}".strip() in shown
    elif setting.server is Server.EXIM:
        exit_code, said = check_exim(folder, lines)
        assert (exit_code, "GnuTLS" in said) == (0, True), said
    else:
        certificate = lines_of(settings.NGINX_CERTIFICATE, place)
        added = [] if setting is settings.NGINX_CERTIFICATE else certificate
        assert ConfiguredNginx(folder, [*added, *lines]).check() == 0


def test_no_cure_has_settings_in_its_prose():
    """There they would never be run."""
    looks_set = (
        r"\b(?:smtpd?|postscreen|inet|tls|openssl)_[a-z_]+ *=|\bssl_certificate|\blocation ="
    )
    assert [cause.code for cause in CAUSES if re.search(looks_set, cause.cure)] == []
    assert {setting.server for setting in PRINTED} == set(Server)


def test_the_chain_is_whole_after_the_cure(started, place):
    """And the code of the command says what was wrong."""
    leaf, key = f"{place}/mx/cert.pem", f"{place}/mx/privkey.pem"
    before = started(
        postfix=[f"smtpd_tls_chain_files = {key}, {leaf}"],
        exim=[f"tls_certificate = {leaf}", f"tls_privatekey = {key}"],
    )
    assert code(handshake(before, place)) in {20, 21}
    after = started(**both(place, settings.POSTFIX_CHAIN, settings.EXIM_CHAIN))
    assert code(handshake(after, place)) == 0
    assert code(handshake(after, place, name=OTHER)) == 62


def test_chain_files_override_the_certificate_file(place, folder):
    """So an old ``smtpd_tls_cert_file`` does no harm."""
    old = {
        "smtpd_tls_cert_file": f"{place}/other/cert.pem",
        "smtpd_tls_key_file": f"{place}/other/privkey.pem",
    }
    with contextlib.closing(
        ConfiguredPostfix(folder, old | as_dictionary(lines_of(settings.POSTFIX_CHAIN, place)))
    ) as server:
        assert code(handshake(server, place)) == 0


def test_starttls_is_offered_after_the_cure(started, place):
    """It was turned off."""
    before = started(postfix=["smtpd_tls_security_level = none"], exim=["tls_advertise_hosts ="])
    assert code(handshake(before, place)) is None
    after = started(**both(place, settings.POSTFIX_STARTTLS, settings.EXIM_STARTTLS))
    assert code(handshake(after, place)) == 0


def test_old_and_new_clients_are_served_once_the_limits_are_lifted(started, place):
    """TLS 1.2 with an RSA certificate alone, and TLS 1.3 with an ECDSA one."""
    narrow = [f"{place}/mx/ecdsa-{name}.pem" for name in ("privkey", "fullchain")]
    before = started(
        postfix=[
            "smtpd_tls_protocols = TLSv1.3",
            f"smtpd_tls_chain_files = {narrow[0]}, {narrow[1]}",
        ],
        exim=[
            "tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3",
            f"tls_certificate = {narrow[1]}",
            f"tls_privatekey = {narrow[0]}",
        ],
    )
    old = ("-tls1_2", "-sigalgs", "RSA+SHA256:RSA-PSS+SHA256")
    assert code(handshake(before, place, *old)) is None
    after = started(**both(place, settings.POSTFIX_VERSIONS, settings.EXIM_VERSIONS))
    assert code(handshake(after, place, *old)) == 0
    new = ("-tls1_3", "-sigalgs", "ECDSA+SHA256")
    assert code(handshake(after, place, *new)) == 0


def test_exim_with_gnutls_does_not_start_with_the_options_of_openssl(folder):
    """Which is why the cure has none of them."""
    exit_code, said = check_exim(folder, ["openssl_options = +no_sslv2"])
    assert exit_code != 0
    assert "openssl_options" in said


def test_names_have_their_certificates_and_no_name_the_default(started, place):
    """With SNI and without."""
    subprocess.run([program("postmap"), "-F", f"hash:{place}/sni"], check=True)
    server = started(**both(place, settings.POSTFIX_SNI, settings.EXIM_SNI))
    assert code(handshake(server, place)) == 0
    assert code(handshake(server, place, name=OTHER)) == 0
    without = handshake(server, place, "-noservername", "-verify_hostname", MX)
    assert code(without) == 0


def test_the_policy_is_served_as_text_without_the_redirect(place, folder):
    """All else is redirected."""
    lines = [
        *lines_of(settings.NGINX_CERTIFICATE, place),
        *lines_of(settings.NGINX_POLICY, place),
        "location / { return 301 https://example.com/; }",
    ]
    server = ConfiguredNginx(folder, lines)
    assert server.check() == 0
    with contextlib.closing(server.start()):
        address, _, port = server.target.rpartition(":")
        run = subprocess.run(
            [
                *("curl", "-sS", "--max-redirs", "0", "--cacert", place / "root.pem"),
                *("--resolve", f"{POLICY_HOST}:{port}:{address}"),
                *("-w", "%{http_code} %{content_type}"),
                f"https://{POLICY_HOST}:{port}/.well-known/mta-sts.txt",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    assert run.stdout.splitlines() == ["version: STSv1", "200 text/plain"]
