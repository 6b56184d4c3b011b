"""What all tests share: where the data lie, and Hypothesis without a deadline."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)  # a slow machine is no bug
settings.load_profile("steady")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what the tests start is interrupted


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of documents that the tests read."""
    return Path(__file__).parent / "data"
