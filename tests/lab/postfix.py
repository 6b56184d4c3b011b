"""A real Postfix: one instance with an address and a certificate for each case."""

import os
import shutil
import subprocess

from lab.ports import free_port, program

MAIN = """compatibility_level = 3.6
config_directory = {folder}
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject
smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
local_transport = error:no mail here
smtpd_client_connection_rate_limit = 0
inet_protocols = ipv4
myhostname = lab.test
"""
QUEUES = "active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace"
OLD = {"smtpd_tls_protocols": "TLSv1.1", "tls_medium_cipherlist": "ALL:@SECLEVEL=0"}


class Postfix:
    """Postfix with one ``smtpd`` for each face; `targets` says where each listens."""

    def __init__(self, folder, faces) -> None:
        self.folder = folder / "postfix"
        self.folder.mkdir()
        (self.folder / "main.cf").write_text(MAIN.format(folder=self.folder))
        port, self.targets = free_port(), {}
        lines = [
            "postlog unix-dgram n - n - 1 postlogd",
            "proxymap unix - - n - - proxymap",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "anvil unix - - n - 1 anvil",
            "rewrite unix - - n - - trivial-rewrite",
        ]
        for number, (case, face) in enumerate(faces.items(), start=1):
            self.targets[case] = f"127.0.7.{number}:{port}"
            lines.append(f"{self.targets[case]} inet n - n - - smtpd")
            lines.append(f"  -o syslog_name=postfix/{case}")
            lines += [f"  -o {key}={value}" for key, value in self._settings(case, face).items()]
        (self.folder / "master.cf").write_text("\n".join(lines) + "\n")
        for queue in QUEUES.split():
            (self.folder / "spool" / queue).mkdir(parents=True)
        (self.folder / "data").mkdir()
        for path in (self.folder / "data", *(self.folder / "spool").iterdir()):
            shutil.chown(path, "postfix")
        shutil.chown(self.folder / "spool" / "pid", "root")
        subprocess.run([program("master"), "-c", str(self.folder), "-w"], check=True, timeout=30)

    def _settings(self, case, face):
        if face.chain is None:
            return {"smtpd_tls_security_level": "none"}
        settings = {"smtpd_tls_chain_files": face.chain} | (OLD if face.is_old else {})
        if face.by_name:
            table = self.folder / f"{case}.sni"
            table.write_text("".join(f"{name} {chain}\n" for name, chain in face.by_name.items()))
            subprocess.run(
                [program("postmap"), "-c", str(self.folder), "-F", f"hash:{table}"], check=True
            )
            settings["tls_server_sni_maps"] = f"hash:{table}"
        return settings

    def log_of(self, case):
        """Return the lines that a face logged."""
        lines = (self.folder / "maillog").read_text().splitlines()
        return [line.partition("]: ")[2] for line in lines if f" postfix/{case}/smtpd[" in line]

    def close(self):
        """Stop the master that was started here."""
        pid = (self.folder / "spool/pid/master.pid").read_text().strip()
        os.kill(int(pid), 15)
