"""The audit log: who changed what, when and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One change, never altered and never removed."""

    project: str
    at: int
    """Microseconds since 1970 UTC."""
    by: str
    subject: str
    """What was changed, such as `prompt:support/triage`."""
    action: str
    """What was done: add version, move alias, ask, approve, refuse, retire, restore, describe."""
    detail: str = ""
    """What exactly, in words: `production: 3 -> 4`."""
    reason: str = ""
