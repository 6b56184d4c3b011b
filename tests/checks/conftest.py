"""What the tests of checks share."""

import pytest

from tlsrpt_analysis.checks import state_file


@pytest.fixture
def state(store):
    """Begin without a state of earlier checks of the module's store."""
    path = store / state_file.STATE
    path.unlink(missing_ok=True)
    return path
