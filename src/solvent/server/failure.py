"""What an error page shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailureView:
    """An error with what to do."""

    status: int
    what: str
    hint: str
    denied: bool
