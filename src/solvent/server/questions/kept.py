"""What an audit worked out for a page, and the findings that belong beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from solvent.records.finding import State

if TYPE_CHECKING:
    from solvent.workbench import Workbench


def find_kept(bench: Workbench, project: str, kind: str) -> tuple[dict[str, Any], int | None]:
    """Return a study and when it was made; empty and None when no audit made one."""
    study = bench.studies.find_study(project, kind)
    return (json.loads(study.body), study.at) if study else ({}, None)


def findings_by_subject(bench: Workbench, project: str, *rules: str) -> dict[str, str]:
    """Return the fingerprints of what is owed by some rules, by subject."""
    return {
        entry.subject: entry.fingerprint
        for entry in bench.ledger.list_findings(project)
        if entry.rule in rules and entry.state is not State.FIXED
    }
