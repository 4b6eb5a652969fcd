"""Who gives a command, where nobody is named: the person that git knows, else the login."""

from __future__ import annotations

import getpass
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.prompts.registry import Change


def who(given: str | None) -> str:
    """Return the name that a change is recorded under."""
    if given:
        return given
    try:
        told = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607  the git of whoever runs this
            capture_output=True,
            text=True,
            check=False,
        )
        name = told.stdout.strip()
    except OSError:
        name = ""
    return name or getpass.getuser()


def change(by: str | None, reason: str, source: str = "command") -> Change:
    """Return who changes something now."""
    from solvent.prompts.registry import Change

    return Change(who(by), time.time_ns() // 1000, reason, source)
