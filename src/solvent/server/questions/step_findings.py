"""Findings about steps and tools, by the name of the step."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.workbench import Workbench

KINDS = ("step:", "tool:")
"""How the subject of a finding begins when it is about a step of a pipeline."""


@dataclass(frozen=True, slots=True)
class StepFinding:
    """One finding about a step."""

    fingerprint: str
    rule: str
    message: str


def step_of(subject: str) -> str:
    """Return the step that a finding is about; empty when it is about something else."""
    return next((subject.removeprefix(kind) for kind in KINDS if subject.startswith(kind)), "")


def findings_by_step(bench: Workbench, project: str) -> dict[str, list[StepFinding]]:
    """Return what is owed at each step of a project."""
    found: dict[str, list[StepFinding]] = defaultdict(list)
    for entry in bench.ledger.list_findings(project):
        if entry.is_owed() and (step := step_of(entry.subject)):
            found[step].append(StepFinding(entry.fingerprint, entry.rule, entry.message))
    return found
