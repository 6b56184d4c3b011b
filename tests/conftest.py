"""What all tests share: the data, Hypothesis without a deadline, and what runs side by side."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

TOGETHER = ("tests/browser/", "tests/probes/")
"""Folders whose tests share servers: the labs, Chromium and JupyterLab."""

settings.register_profile("steady", deadline=None, derandomize=True)  # a slow machine is no bug
settings.load_profile("steady")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what the tests start is interrupted


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of documents that the tests read."""
    return Path(__file__).parent / "data"


class FilesSideBySide(LoadFileScheduling):
    """Gives each process of pytest-xdist whole files in their order, and some folders as a whole.

    The fixtures of a module are made once then, as are the servers and browsers of a folder.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return what stays in one process with a test."""
        file = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesSideBySide:
    """Start with the folders that wait most, which come early in the order of names."""
    config.option.loadscopereorder = False
    return FilesSideBySide(config, log)
