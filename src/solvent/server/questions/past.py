"""Earlier audits of a project: what was owed at each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Audited:
    """One audit of the past."""

    at: int
    """Microseconds since 1970 UTC."""
    usd: float | None
    tokens: float | None
    failed_traces: float | None
    scaled: bool
    """True: per 30 days; False: as observed. Only audits of one kind are compared."""


def list_audits(bench: Workbench, project: str) -> list[Audited]:
    """Return the audits of a project, oldest first."""
    found = bench.ledger.list_audits(project, limit=bench.settings.pages.audits)
    return [_audited(audit.at, audit.observed, audit.totals) for audit in reversed(found)]


def _audited(at: int, observed: str, totals: str) -> Audited:
    seen: dict[str, Any] = json.loads(observed)
    overall: dict[str, Any] = json.loads(totals).get("overall", {})
    values = {name: (overall.get(name) or {}).get("value") for name in _FIGURES}
    return Audited(at, **values, scaled=seen.get("period") != "observed")


_FIGURES = ("usd", "tokens", "failed_traces")
