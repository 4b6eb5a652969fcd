"""What changed in the meaning of a prompt from one version to the next."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from solvent.prompts.alignment import align
from solvent.prompts.contradictions.finding import contradictions
from solvent.prompts.directives import clause, directive, warns
from solvent.prompts.likeness import words
from solvent.records.instruction import Modality
from solvent.records.instruction_change import ChangeKind, PromptDifference, StatementChange

_ADDED = re.compile(
    r"(?<=\w)\W*(?:[,;:(]|\s[\u2013\u2014-]+|\.)\s+"
    r"(?=(?:and |but |so )?(?:do not|don['\u2019]t|never|not|no|avoid|rather)\b)"
    r"|(?<=\w)\W*(?:[;]|\s[\u2013\u2014]|\.)\s+",
    re.IGNORECASE,
)
"""Where a second clause begins, which adds to the first one."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from solvent.records.instruction import Conflict, PromptReading, Statement

    Path = tuple[str, ...]


def compare(old: PromptReading, new: PromptReading) -> PromptDifference:
    """Return which statements were added, removed, reversed, strengthened, weakened, moved.

    Statements that instruct nothing are compared, too: a fact that is gone changes answers.
    """
    pairs = align(old.statements, new.statements)
    renamed = renamed_sections(old.statements, new.statements, pairs)
    came = {after: before for before, after in pairs}
    stayed = {before for before, _ in pairs}
    placed: list[tuple[float, StatementChange]] = []
    unchanged = 0
    for place, statement in enumerate(new.statements):
        if place not in came:
            placed.append((place, StatementChange(ChangeKind.ADDED, None, statement)))
            continue
        before = old.statements[came[place]]
        if kind := kind_of(before, statement, renamed):
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


def kind_of(
    before: Statement, after: Statement, renamed: Mapping[Path, Path] | None = None
) -> ChangeKind | None:
    """Return what happened to a statement that is still there; None when nothing did.

    Args:
        before: The statement.
        after: The same one in the newer version.
        renamed: Where the sections of the older version are now; see `renamed_sections`.
    """
    if words(before.text) == words(after.text):
        if warns(before.text) != warns(after.text):
            return ChangeKind.STRENGTHENED if warns(after.text) else ChangeKind.WEAKENED
        here = (renamed or {}).get(before.path, before.path)
        return ChangeKind.MOVED if here != after.path else None
    mains = [_main(statement) for statement in (before, after)]
    if all(mains) and (mains[0] is Modality.MUST_NOT) != (mains[1] is Modality.MUST_NOT):
        return ChangeKind.REVERSED
    # What a verb at its beginning makes an order, or no longer, is as often only put differently.
    orders = before.modality is not None and after.modality is not None
    weight = [(s.strength * orders, -len(clause(s.text)[1])) for s in (before, after)]
    if weight[0] == weight[1]:
        return ChangeKind.REWORDED
    return ChangeKind.STRENGTHENED if weight[0] < weight[1] else ChangeKind.WEAKENED


def renamed_sections(
    old: Sequence[Statement], new: Sequence[Statement], pairs: Iterable[tuple[int, int]]
) -> dict[Path, Path]:
    """Return the path of each section, now: where at least half of what stayed of it stands.

    A section that is renamed, or that a heading was put above, moves nothing.
    """
    kept: dict[Path, Counter[Path]] = defaultdict(Counter)
    for before, after in pairs:
        kept[old[before].path][new[after].path] += 1
    found = {path: places.most_common(1)[0] for path, places in kept.items()}
    return {path: to for path, (to, n) in found.items() if n >= max(2, kept[path].total() / 2)}


def _main(statement: Statement) -> Modality | None:
    """Return what the first clause asks for: "one queue, never two" asks for one."""
    first = _ADDED.split(statement.text, maxsplit=1)[0]
    return directive(first, statement.lead, statement.section).modality


def _newly(old: PromptReading, new: PromptReading) -> tuple[Conflict, ...]:
    known = {_key(conflict) for conflict in contradictions(old)}
    return tuple(c for c in contradictions(new) if _key(c) not in known)


def _key(conflict: Conflict) -> frozenset[tuple[str, ...]]:
    return frozenset((words(conflict.first.text), words(conflict.second.text)))
