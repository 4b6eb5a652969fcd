"""Columns for the boxes of a layered drawing: which moves go forward, and which box comes when.

The method of Sugiyama, Tagawa and Toda (1981): break circles, give ranks, place what spans several
ranks in each of them. Moves that return are told apart, as a loop is part of what a pipeline does.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STRONG = 0.3
"""A move decides about ranks when it has this part of the heaviest move into the same box."""
COLUMN = 7
"""Boxes above each other; more go on into another column."""


@dataclass(frozen=True, slots=True)
class Arc:
    """A move between two boxes, with its weight."""

    before: int
    after: int
    weight: float
    shared: bool = False
    """One line stands for it and for the way back."""


def forward(first: int, arcs: Sequence[Arc]) -> list[Arc]:
    """Return the moves that go forward: the heaviest that together make no circle.

    Of two boxes that take turns, the one nearer to the first box comes first.
    """
    depth = _depths(first, arcs)
    weight = {(arc.before, arc.after): arc.weight for arc in arcs}
    found: list[Arc] = []
    onward: dict[int, set[int]] = defaultdict(set)

    def importance(arc: Arc) -> tuple[bool, float, int, int]:
        back = weight.get((arc.after, arc.before), 0.0)
        alike = min(back, arc.weight) >= STRONG * max(back, arc.weight)
        turned = alike and depth.get(arc.after, 0) < depth.get(arc.before, 0)
        return (turned, -max(arc.weight, back if alike else 0.0), arc.before, arc.after)

    for arc in sorted(arcs, key=importance):
        if arc.before != arc.after and not _reaches(onward, arc.after, arc.before):
            onward[arc.before].add(arc.after)
            found.append(arc)
    return found


def ranks(boxes: Iterable[int], onward: Sequence[Arc]) -> dict[int, int]:
    """Return the column of every box: behind everything that leads to it with some weight."""
    into: dict[int, list[Arc]] = defaultdict(list)
    for arc in onward:
        into[arc.after].append(arc)
    known: dict[int, int] = {}

    def rank(box: int) -> int:
        if box not in known:
            heaviest = max((arc.weight for arc in into[box]), default=0.0)
            strong = [arc for arc in into[box] if arc.weight >= STRONG * heaviest]
            known[box] = max((1 + rank(arc.before) for arc in strong), default=0)
        return known[box]

    for box in boxes:
        rank(box)
    return known


def spread(rank: Mapping[int, int], weight: Mapping[int, float]) -> dict[int, int]:
    """Return columns of at most `COLUMN` boxes: of a longer one the lighter boxes move on."""
    columns: dict[int, list[int]] = defaultdict(list)
    for box, column in rank.items():
        columns[column].append(box)
    found, shift = {}, 0
    for column in sorted(columns):
        boxes = sorted(columns[column], key=lambda box: (-weight.get(box, 0.0), box))
        for place, box in enumerate(boxes):
            found[box] = column + shift + place // COLUMN
        shift += (len(boxes) - 1) // COLUMN
    return found


def _depths(first: int, arcs: Sequence[Arc]) -> dict[int, int]:
    onward: dict[int, list[int]] = defaultdict(list)
    for arc in sorted(arcs, key=lambda arc: -arc.weight):
        onward[arc.before].append(arc.after)
    depth, waiting = {first: 0}, deque([first])
    while waiting:
        box = waiting.popleft()
        for after in onward[box]:
            if after not in depth:
                depth[after] = depth[box] + 1
                waiting.append(after)
    return depth


def _reaches(onward: Mapping[int, set[int]], start: int, goal: int) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        box = waiting.pop()
        if box == goal:
            return True
        new = onward.get(box, set()) - seen
        seen |= new
        waiting += new
    return False
