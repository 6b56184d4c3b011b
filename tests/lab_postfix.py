"""A real Postfix: one instance, and an address with a certificate of its own for each case."""

import os
import shutil
import subprocess
from pathlib import Path

MASTER = Path("/usr/lib/postfix/sbin/master")
MAIN = """compatibility_level = 3.6
config_directory = {folder}
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject
smtpd_tls_security_level = may
local_transport = error:no mail here
smtpd_client_connection_rate_limit = 0
inet_protocols = ipv4
myhostname = lab.test
"""
QUEUES = "active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace"


def is_installed():
    """Tell whether Postfix can be started here; it needs root."""
    return MASTER.exists() and os.geteuid() == 0


class Postfix:
    """Postfix with one ``smtpd`` a case, each at its own loopback address."""

    def __init__(self, folder, faces, port) -> None:
        self.folder = folder
        folder.chmod(0o755)
        for path in folder.glob("*.pem"):
            path.chmod(0o600)
        lines = [
            "postlog unix-dgram n - n - 1 postlogd",
            "proxymap unix - - n - - proxymap",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "anvil unix - - n - 1 anvil",
            "rewrite unix - - n - - trivial-rewrite",
        ]
        self.targets = {}
        for number, (case, settings) in enumerate(faces.items(), start=1):
            self.targets[case] = f"127.0.7.{number}:{port}"
            lines.append(f"{self.targets[case]} inet n - n - - smtpd")
            lines += [f"  -o {key}={value}" for key, value in settings.items()]
        (folder / "main.cf").write_text(MAIN.format(folder=folder))
        (folder / "master.cf").write_text("\n".join(lines) + "\n")
        for queue in QUEUES.split():
            (folder / "spool" / queue).mkdir(parents=True)
        (folder / "data").mkdir()
        for path in (folder / "data", *(folder / "spool").iterdir()):
            shutil.chown(path, "postfix")
        shutil.chown(folder / "spool" / "pid", "root")
        subprocess.run([MASTER, "-c", str(folder), "-w"], check=True, timeout=30)

    def close(self):
        """Stop the master that was started here."""
        pid = (self.folder / "spool/pid/master.pid").read_text().strip()
        subprocess.run(["kill", pid], check=True)
