"""Which statement of one version is which of another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from solvent.prompts.likeness import jaccard, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.instruction import Statement

ALIKE = 0.5
"""Share of words in common from which a statement is a rewording of another."""


def align(old: Sequence[Statement], new: Sequence[Statement]) -> list[tuple[int, int]]:
    """Return pairs of places in the old and the new version that hold one statement.

    Equal words first, in order; then the most alike of the rest, each once.
    """
    waiting: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, statement in enumerate(old):
        waiting[words(statement.text)].append(place)
    pairs = []
    rest = []
    for place, statement in enumerate(new):
        same = waiting.get(words(statement.text))
        if same:
            pairs.append((same.pop(0), place))
        else:
            rest.append(place)
    left = sorted(place for places in waiting.values() for place in places)
    return sorted(pairs + _alike(old, new, left, rest), key=lambda pair: pair[1])


def _alike(
    old: Sequence[Statement], new: Sequence[Statement], left: Sequence[int], rest: Sequence[int]
) -> list[tuple[int, int]]:
    bags = {place: frozenset(words(old[place].text)) for place in left}
    scored = []
    for place in rest:
        mine = frozenset(words(new[place].text))
        for other, bag in bags.items():
            if (likeness := jaccard(mine, bag)) >= ALIKE:
                scored.append((-likeness, abs(other - place), other, place))
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs = []
    for _, _, other, place in sorted(scored):
        if other not in taken_old and place not in taken_new:
            taken_old.add(other)
            taken_new.add(place)
            pairs.append((other, place))
    return pairs
