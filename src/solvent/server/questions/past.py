"""Earlier audits of a project: what was owed at each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Audited:
    """One audit of the past."""

    at: int
    """Microseconds since 1970 UTC."""
    findings: int
    usd: float | None
    tokens: float | None
    failed_traces: float | None


def list_audits(bench: Workbench, project: str) -> list[Audited]:
    """Return the audits of a project, oldest first."""
    made = []
    for audit in reversed(bench.ledger.list_audits(project)):
        report = json.loads(audit.report)
        overall = json.loads(audit.totals)["overall"]
        made.append(
            Audited(
                audit.at,
                len(report["findings"]),
                overall["usd"]["value"],
                overall["tokens"]["value"],
                overall["failed_traces"]["value"],
            )
        )
    return made
