"""Stores that the tests of this folder share; a test that changes one copies it."""

from pathlib import Path

import pytest

from tlsrpt_analysis.store import Store

SAMPLES = Path(__file__).parents[2] / "sample_reports"


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of the samples, in row groups so small that some are skipped."""
    directory = tmp_path_factory.mktemp("stores") / "samples"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlsrpt_analysis.store.parts.ROW_GROUP", 64)
        Store(directory).add(SAMPLES)
    return directory
