"""The lab on servers in pure Python and on Debian's: the same cases for both."""

import os
import tempfile
from pathlib import Path

import pytest
from lab.domains import Lab
from lab.servers import DebianServers, PythonServers, why_not_debian

PATIENT = {"banner_seconds": 20, "command_seconds": 20, "host_seconds": 40, "policy_seconds": 3}
"""Long limits: none of these mail hosts is silent, but the machine may be busy."""


@pytest.fixture(scope="session", params=[PythonServers, DebianServers])
def lab(request):
    """Start every case on one kind of server."""
    if request.param is DebianServers and (reason := why_not_debian()):
        if os.environ.get("CI"):
            pytest.fail(f"{reason}: in CI these tests must run")
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="lab") as folder:
        made = Lab(Path(folder), request.param)
        try:
            made.fill()
            made.options = made.limited(**PATIENT)
            yield made
        finally:
            made.close()
