"""Debian's Postfix, Exim and nginx, each started with some lines of configuration."""

import os
import shutil
import subprocess
from pathlib import Path

from lab.nginx import MAIN as NGINX_MAIN
from lab.nginx import TEMPORARY
from lab.ports import free_port, program, wait_until_open
from lab.postfix import MAIN as POSTFIX_MAIN
from lab.postfix import Postfix

UNPACKED_EXIM = Path(__file__).parents[2] / ".ci/exim/usr/sbin/exim4"
"""Where `.ci/run` unpacks Exim: Debian cannot install it beside Postfix."""

EXIM_MAIN = """spool_directory = {folder}/spool
log_file_path = {folder}/log-%slog
pid_file_path = {folder}/exim.pid
primary_hostname = lab.test
keep_environment =
acl_smtp_rcpt = deny
"""


def exim_program():
    """Return the path of Exim, or None."""
    return str(UNPACKED_EXIM) if UNPACKED_EXIM.exists() else program("exim4")


class ConfiguredPostfix(Postfix):
    """Postfix whose one ``smtpd`` has the settings of a dictionary."""

    def __init__(self, folder, settings) -> None:
        super().__init__(folder, {"set": settings})
        self.target = self.targets["set"]

    def _settings(self, _, face):
        return {name: value.replace(", ", ",") for name, value in face.items()}


class ConfiguredExim:
    """Exim with some lines after those that it needs to run alone."""

    def __init__(self, folder, lines) -> None:
        self.folder = folder / "exim"
        (self.folder / "spool").mkdir(parents=True)
        shutil.chown(self.folder, "Debian-exim")
        shutil.chown(self.folder / "spool", "Debian-exim")
        port = free_port()
        self.target = f"127.0.0.1:{port}"
        place = f"local_interfaces = 127.0.0.1\ndaemon_smtp_ports = {port}\n"
        path = self.folder / "exim.conf"
        path.write_text(EXIM_MAIN.format(folder=self.folder) + place + "\n".join(lines) + "\n")
        self.process = subprocess.Popen(
            [exim_program(), "-C", path, "-bdf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until_open(self.target)
        except BaseException:
            self.close()
            raise

    def close(self):
        """Stop the daemon that was started here."""
        self.process.terminate()
        self.process.wait(10)


def check_postfix(folder, lines):
    """Return what Postfix's own checks say about some lines of ``main.cf``."""
    place = folder / "checked-postfix"
    shutil.rmtree(place, ignore_errors=True)
    (place / "spool").mkdir(parents=True)
    (place / "data").mkdir()
    shutil.chown(place / "data", "postfix")
    names = {line.partition(" =")[0] for line in lines}
    base = POSTFIX_MAIN.format(folder=place).splitlines()
    kept = [line for line in base if line.partition(" =")[0] not in names]
    (place / "main.cf").write_text("\n".join([*kept, *lines]) + "\n")
    (place / "master.cf").write_text(
        "smtp inet n - n - - smtpd\npostlog unix-dgram n - n - 1 postlogd\n"
    )
    runs = [
        subprocess.run(
            [program(name), "-c", place, *more], capture_output=True, text=True, check=False
        )
        for name, more in (("postfix", ["check"]), ("postconf", ["-n"]))
    ]
    log = place / "maillog"
    logged = log.read_text().splitlines(keepends=True) if log.exists() else []
    of_files = ("not owned by", "not set-gid", "group or other writable")  # of this folder
    said = "".join(run.stderr for run in runs)
    said += "".join(line for line in logged if not any(words in line for words in of_files))
    return sum(run.returncode for run in runs), said, runs[1].stdout


def check_exim(folder, lines):
    """Return the exit code and the message of ``exim -bV`` on some lines of its configuration."""
    path = folder / "checked-exim.conf"
    path.write_text(EXIM_MAIN.format(folder=folder) + "\n".join(lines) + "\n")
    run = subprocess.run(
        [exim_program(), "-C", path, "-bV"], capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout + run.stderr


class ConfiguredNginx:
    """nginx with one server that has some lines."""

    def __init__(self, folder, lines) -> None:
        self.folder = folder / "nginx"
        self.folder.mkdir()
        self.target = f"127.0.0.1:{free_port()}"
        paths = "\n  ".join(f"{name}_temp_path {self.folder}/{name};" for name in TEMPORARY)
        server = "server {{ listen {} ssl;\n{}\n}}".format(self.target, "\n".join(lines))
        text = NGINX_MAIN.format(folder=self.folder, paths=paths, servers=server)
        (self.folder / "nginx.conf").write_text(text)
        self._command = [program("nginx"), "-c", self.folder / "nginx.conf", "-e", os.devnull]

    def check(self):
        """Return the exit code of ``nginx -t``."""
        return subprocess.run([*self._command, "-t"], capture_output=True, check=False).returncode

    def start(self):
        """Serve until `close`."""
        self.process = subprocess.Popen(self._command)
        wait_until_open(self.target)
        return self

    def close(self):
        """Stop the master that was started here."""
        self.process.terminate()
        self.process.wait(10)
