"""Who has the file open, for the message a second process gets."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path


class Holder:
    """A note beside the database file. The engine's own lock is the truth; this only names it."""

    def __init__(self, path: str, address: str = "") -> None:
        self._file = None if path == ":memory:" else Path(f"{path}.holder")
        self._address = address

    def take(self) -> None:
        """Write down this process."""
        if self._file is not None:
            note = {
                "pid": os.getpid(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
                "address": self._address,
            }
            with suppress(OSError):
                self._file.write_text(json.dumps(note), encoding="utf-8")

    def who(self) -> str:
        """Return the holder in words."""
        try:
            note = json.loads((self._file or Path()).read_text(encoding="utf-8"))
            said = f"process {note['pid']} since {note['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"
        return f"{said} at {note['address']}" if note.get("address") else said

    def release(self) -> None:
        """Remove the note."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink()
