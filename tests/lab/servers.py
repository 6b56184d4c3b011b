"""The two kinds of servers that a lab can run on: pure Python, or Debian's programs."""

import os

from lab.dns import NameServer
from lab.https import policy_behaviour
from lab.nginx import Nginx
from lab.ports import program
from lab.postfix import Postfix
from lab.smtp import SmtpServer, mail_behaviour
from lab.unbound import NameServers

NEEDED = {"postfix": "master", "nsd": "nsd", "unbound": "unbound", "nginx-light": "nginx"}
"""The program that the lab starts, by package."""


class PythonServers:
    """Threads of this process; they run anywhere."""

    def __init__(self, folder, opened) -> None:
        self.folder, self.opened = folder, opened

    def mail(self, faces):
        """Start the mail hosts and say where each listens."""
        return {case: self.serve(mail_behaviour(face)) for case, face in faces.items()}

    def policies(self, faces):
        """Start the policy hosts and say where each listens."""
        return {case: self.serve(policy_behaviour(face)) for case, face in faces.items()}

    def serve(self, behaviour):
        """Start a server and say where it listens."""
        server = SmtpServer("127.0.0.1", behaviour)
        self.opened.callback(server.close)
        return f"127.0.0.1:{server.port}"

    def names(self, zones, faults, signed):
        """Start the resolver; return its port, and no authoritative server behind it."""
        server = NameServer(zones, faults, signed)
        self.opened.callback(server.close)
        return server.port, {}


class DebianServers:
    """Postfix, nginx, and NSD behind Unbound, each an instance of its own; needs root."""

    def __init__(self, folder, opened) -> None:
        self.folder, self.opened = folder, opened
        folder.chmod(0o755)  # their processes drop root and enter it

    def mail(self, faces):
        """Start Postfix and say where each face listens."""
        for face in faces.values():
            for chain in (face.chain, *face.by_name.values()):
                if chain is not None:
                    chain.chmod(0o600)  # Postfix refuses a key that others may read
        self.postfix = Postfix(self.folder, faces)
        self.opened.callback(self.postfix.close)
        return self.postfix.targets

    def policies(self, faces):
        """Start nginx and say where each face listens."""
        nginx = Nginx(self.folder, faces)
        self.opened.callback(nginx.close)
        return nginx.targets

    def names(self, zones, faults, signed):
        """Start NSD and Unbound; return the port of Unbound, and the address of NSD."""
        servers = NameServers(self.folder, zones, faults, signed)
        self.opened.callback(servers.close)
        self.quiet_port = servers.quiet_port
        return servers.port, servers.authorities


def why_not_debian():
    """Return why Debian's servers cannot be started here, or ""."""
    missing = [package for package, name in NEEDED.items() if program(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    return "" if os.geteuid() == 0 else "Postfix starts as root only"
