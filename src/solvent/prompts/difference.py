"""What changed in the meaning of a prompt from one version to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.prompts.alignment import align
from solvent.prompts.contradictions.finding import contradictions
from solvent.prompts.likeness import words
from solvent.records.instruction import Modality
from solvent.records.instruction_change import ChangeKind, PromptDifference, StatementChange

if TYPE_CHECKING:
    from solvent.records.instruction import Conflict, PromptReading, Statement


def compare(old: PromptReading, new: PromptReading) -> PromptDifference:
    """Return which statements were added, removed, reversed, strengthened, weakened, moved.

    Statements that instruct nothing are compared, too: a fact that is gone changes answers.
    """
    pairs = align(old.statements, new.statements)
    came = {after: before for before, after in pairs}
    stayed = {before for before, _ in pairs}
    placed: list[tuple[float, StatementChange]] = []
    unchanged = 0
    for place, statement in enumerate(new.statements):
        if place not in came:
            placed.append((place, StatementChange(ChangeKind.ADDED, None, statement)))
            continue
        before = old.statements[came[place]]
        if kind := kind_of(before, statement):
            placed.append((place, StatementChange(kind, before, statement)))
        else:
            unchanged += 1
    scale = len(new.statements) / max(len(old.statements), 1)
    for place, statement in enumerate(old.statements):
        if place not in stayed:
            gone = StatementChange(ChangeKind.REMOVED, statement, None)
            placed.append((place * scale - 0.5, gone))
    changes = tuple(change for _, change in sorted(placed, key=lambda item: item[0]))
    return PromptDifference(
        changes, _newly(old, new), unchanged, old.tokens, new.tokens
    )  # fmt: skip


def kind_of(before: Statement, after: Statement) -> ChangeKind | None:
    """Return what happened to a statement that is still there; None when nothing did."""
    if (kind := _by_modality(before, after)) is not None:
        return kind
    if words(before.text) != words(after.text):
        return ChangeKind.REWORDED
    return ChangeKind.MOVED if before.path != after.path else None


def _by_modality(before: Statement, after: Statement) -> ChangeKind | None:
    refused = [s.modality is Modality.MUST_NOT for s in (before, after)]
    if refused[0] != refused[1] and before.modality and after.modality:
        return ChangeKind.REVERSED
    weight = [(s.modality is not None, s.strength, -len(s.conditions)) for s in (before, after)]
    if weight[0] == weight[1]:
        return None
    return ChangeKind.STRENGTHENED if weight[0] < weight[1] else ChangeKind.WEAKENED


def _newly(old: PromptReading, new: PromptReading) -> tuple[Conflict, ...]:
    known = {_key(conflict) for conflict in contradictions(old)}
    return tuple(c for c in contradictions(new) if _key(c) not in known)


def _key(conflict: Conflict) -> frozenset[tuple[str, ...]]:
    return frozenset((words(conflict.first.text), words(conflict.second.text)))
