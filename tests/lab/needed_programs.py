"""Programs of Debian that a test needs: without one it is skipped, but in CI it fails."""

import os

import pytest

from lab.ports import program


def need(*names, root=False):
    """Skip the test where a program is missing, or the user is not root though it takes one."""
    missing = [name for name in names if program(name) is None]
    reason = f"{', '.join(missing)}: not installed" if missing else ""
    if root and not missing and os.geteuid() != 0:
        reason = f"{names[0]}: this takes root"
    if reason and os.environ.get("CI"):
        pytest.fail(f"{reason}: in CI these tests must run")
    if reason:
        pytest.skip(reason)
