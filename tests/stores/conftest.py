"""Fixtures of the store tests."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.fixture
def run_python():
    """Run a script in a fresh interpreter and return what it printed."""

    def run(script: str, *args: object) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
