"""Two hundred MX hosts, a tenth of them silent, and how long a probe of them takes.

``PYTHONPATH=tests python -m lab.many`` measures it with the limits that a probe has by default.
"""

import contextlib
import socket
import tempfile
import time
from collections import Counter
from pathlib import Path

from lab.domains import Lab
from lab.servers import PythonServers
from lab.smtp import late, polite, sends, server_context
from tlsrpt_analysis.probes import ProbeOptions, probe_domains

DOMAINS, HOSTS = 20, 10
GREETING_SECONDS = 0.3


@contextlib.contextmanager
def many_hosts():
    """Start them: 180 greet after a while, 10 never do, and 10 accept no connection."""
    with tempfile.TemporaryDirectory(prefix="lab") as folder, contextlib.ExitStack() as opened:
        lab = Lab(Path(folder), PythonServers)
        opened.callback(lab.close)
        names = tuple(f"*.d{number}.many.test" for number in range(DOMAINS))
        leaf = lab.authority.leaf("many", names=names)
        chain = lab.authority.write("many", leaf, lab.authority.middle)
        talks = lab.servers.serve(late(polite(server_context(chain)), GREETING_SECONDS))
        silent = lab.servers.serve(sends(b""))
        nowhere = opened.enter_context(black_hole())
        lines = lab.zones["many.test"] = list(lab.zones["lab.test"])
        for number in range(DOMAINS):
            targets = [nowhere if number % 2 else silent, *[talks] * (HOSTS - 1)]
            for host, target in enumerate(targets):
                name = f"mx{host}.d{number}"
                lines += [f"d{number} 60 IN MX 10 {name}", f"{name} 60 IN A {lab.at(target, 25)}"]
        yield lab.start()


@contextlib.contextmanager
def black_hole():
    """Return a port that neither accepts nor refuses a connection: its queue is full."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            caller = opened.enter_context(socket.socket())
            caller.setblocking(False)  # noqa: FBT003 - the name of the method says it
            caller.connect_ex(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def measure(options):
    """Probe all domains; return the seconds, and the count of hosts by outcome."""
    start = time.monotonic()
    found = probe_domains([f"d{number}.many.test" for number in range(DOMAINS)], options)
    seconds = time.monotonic() - start
    ends = Counter(f.code for one in found for f in one.findings if f.check == "connect")
    return seconds, dict(ends)


if __name__ == "__main__":
    with many_hosts() as lab:
        given = {name: lab.short[name] for name in ("nameservers", "nameserver_port", "roots")}
        options = ProbeOptions(connect_to=lab.connect_to, allow_private=True, **given)
        print(*measure(options))  # noqa: T201 - it is a script then
