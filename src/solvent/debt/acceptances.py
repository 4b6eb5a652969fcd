"""Comments in the code that accept findings, until a date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from solvent.records.finding import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.records.finding import Finding
    from solvent.records.source import Acceptance


def accept(findings: Iterable[Finding], notes: Sequence[Acceptance], today: date) -> list[Finding]:
    """Return the findings, those accepted beside their lines in that state.

    A comment counts on the lines of a finding, on the line above, and on the line below its last.
    One whose date has passed, or cannot be read, accepts nothing and is named in the message.

    Args:
        findings: Findings of the audit.
        notes: Acceptances found in the code.
        today: The day on which the audit runs.
    """
    by_file: dict[str, list[Acceptance]] = {}
    for note in notes:
        by_file.setdefault(note.place.file, []).append(note)
    return [_judged(finding, by_file.get(finding.file, ()), today) for finding in findings]


def _judged(finding: Finding, notes: Sequence[Acceptance], today: date) -> Finding:
    for note in notes:
        if not _covers(note, finding):
            continue
        trouble = _trouble(note, today)
        if not trouble:
            return replace(finding, state=State.ACCEPTED)
        finding = replace(finding, message=f"{finding.message} (line {note.place.line}: {trouble})")
    return finding


def _covers(note: Acceptance, finding: Finding) -> bool:
    named = {rule.lower() for rule in note.rules}
    if not named & {finding.rule, finding.code.lower()}:
        return False
    return finding.line - 1 <= note.place.line <= max(finding.end_line, finding.line) + 1


def _trouble(note: Acceptance, today: date) -> str:
    """Return why an acceptance does not hold; empty when it does."""
    if not note.reason:
        return "an acceptance needs a reason: `because …`"
    if not note.until:
        return ""
    try:
        until = date.fromisoformat(note.until)
    except ValueError:
        return f"`{note.until}` is not a date"
    return "" if today <= until else f"accepted until {until}, which has passed"
