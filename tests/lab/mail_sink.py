"""Postfix's smtp-sink: a server on loopback that takes every mail, and keeps it in a folder."""

import contextlib
import os
import subprocess

from lab.needed_programs import need
from lab.ports import free_port, program, wait_until_open


@contextlib.contextmanager
def mail_sink(folder):
    """Run the sink, and yield its address; each mail becomes a file ``mail.*``."""
    need("smtp-sink")
    target = f"127.0.0.1:{free_port()}"
    user = ["-u", "root"] if os.getuid() == 0 else []
    words = [program("smtp-sink"), *user, "-d", str(folder / "mail."), f"inet:{target}", "10"]
    with subprocess.Popen(words) as process:
        try:
            wait_until_open(target)
            yield target
        finally:
            process.terminate()
