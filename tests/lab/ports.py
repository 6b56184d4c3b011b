"""Ports on loopback, and the Debian programs that listen at them."""

import contextlib
import shutil
import socket
import threading
import time

SEARCHED = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postfix/sbin"
"""Where Debian installs daemons; not all of it is on a user's path."""


def program(name):
    """Return the path of a program, or None."""
    return shutil.which(name, path=SEARCHED)


def free_port():
    """Return a port that is free now."""
    (port,) = free_ports(1)
    return port


def free_ports(count):
    """Return ports that are free now, all different."""
    with contextlib.ExitStack() as opened:
        listeners = [
            opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [listener.getsockname()[1] for listener in listeners]


def wait_until_open(target, seconds=10):
    """Wait until something listens at ``ADDRESS:PORT``."""
    address, _, port = target.rpartition(":")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as tried:
            tried.settimeout(1)
            if tried.connect_ex((address, int(port))) == 0:
                return
        threading.Event().wait(0.01)
    raise AssertionError(f"nothing listens at {target}")
