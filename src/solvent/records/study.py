"""What was worked out about a project beside its findings, kept so that a page can show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Study:
    """One answer that is too slow to work out for each look: a pipeline map, a ranking."""

    project: str
    kind: str
    """Name of the file in `solvent.debt.studies` that makes it."""
    at: int
    """Microseconds since 1970 UTC."""
    body: str
    """JSON object, as the study shapes it; `{"missing": reason}` when there was nothing to look
    at."""
