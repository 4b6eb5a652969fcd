"""The history of a prompt, statement by statement: when, by whom, in which change each came."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.alignment import align
from solvent.prompts.difference import kind_of
from solvent.prompts.reading import read_prompt
from solvent.records.instruction_change import ChangeKind, Growth, Lineage, PromptHistory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.instruction import Statement
    from solvent.records.instruction_change import Edition

MIN_VERSIONS = 5
"""Versions a prompt must have before "only ever appended to" means something."""
MAX_REMOVING = 0.2
"""Share of versions that take something away, from which a prompt is cared for."""


class _Origin(NamedTuple):
    since: Edition
    edits: int
    last: Edition


def trace_history(editions: Sequence[Edition]) -> PromptHistory:
    """Return the history of a prompt.

    A statement keeps its origin when it moves or is reworded; the rewording is counted.

    Args:
        editions: Its versions, oldest first; at least one.
    """
    growth: list[Growth] = []
    before: tuple[Statement, ...] = ()
    origins: list[_Origin] = []
    for edition in editions:
        after = read_prompt(edition.text).statements
        pairs = {new: old for old, new in align(before, after)}
        following = []
        changed = 0
        for place, statement in enumerate(after):
            if place not in pairs:
                following.append(_Origin(edition, 0, edition))
                continue
            origin = origins[pairs[place]]
            kind = kind_of(before[pairs[place]], statement)
            if kind is not None and kind is not ChangeKind.MOVED:
                changed += 1
                origin = _Origin(origin.since, origin.edits + 1, edition)
            following.append(origin)
        growth.append(
            Growth(
                edition,
                added=len(after) - len(pairs),
                removed=len(before) - len(pairs),
                changed=changed,
                total=len(after),
            )
        )
        before, origins = after, following
    lineages = tuple(
        Lineage(statement, origin.since, origin.edits, origin.last)
        for statement, origin in zip(before, origins, strict=True)
    )
    return PromptHistory(tuple(editions), tuple(growth), lineages)


def is_accreting(history: PromptHistory) -> bool:
    """Tell whether a prompt only ever grew, by several hands.

    It has `MIN_VERSIONS` versions by at least two authors where authors are known, ends with more
    statements than it began with, and at most `MAX_REMOVING` of its versions took anything away.
    """
    later = history.growth[1:]
    if len(history.editions) < MIN_VERSIONS or not later:
        return False
    if len(history.authors) == 1:
        return False
    grew = history.growth[-1].total > history.growth[0].total
    return grew and history.removals <= MAX_REMOVING * len(later)
