"""Where the boxes of one level go, and how the lines between them run: left to right.

Within columns, boxes are ordered so that few lines cross: each goes where the mean of its
neighbours is, sweeping to and fro (barycentre method, Sugiyama 1981).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.pipelines.map.ranks import forward, ranks, spread
from solvent.pipelines.map.routes import TRACK, routes_back, routes_forward

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.pipelines.map.ranks import Arc
    from solvent.pipelines.map.routes import Pair, Point, Route, Size

GAP_X, GAP_Y = 50.0, 18.0
PASSING = 10.0
"""Height of the lane in which a line passes a column."""
SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """One level, laid out; its upper left corner is 0, 0."""

    width: float
    height: float
    at: dict[int, Point]
    """Upper left corner of every box."""
    routes: dict[Pair, Route]


def lay_out(
    sizes: Mapping[int, Size], arcs: Sequence[Arc], first: int, last: int | None = None
) -> Layout:
    """Return where boxes and lines go.

    Args:
        sizes: Width and height of every box.
        arcs: The lines. Of two that share a line only the one that goes forward has a route.
        first: The box that comes first.
        last: The box that stands behind all others, if there is one.
    """
    onward = forward(first, arcs)
    weight: dict[int, float] = defaultdict(float)
    for arc in arcs:
        weight[arc.after] += arc.weight
    column = spread(ranks([box for box in sizes if box != last], onward), weight)
    if last is not None:
        column[last] = 1 + max(column.values(), default=0)
    onward = [arc for arc in onward if column[arc.before] < column[arc.after]]
    roomy, chains = _with_lanes(sizes, onward, column)
    paths = list(chains.values())
    at = _placed(roomy, _ordered(_columns(column, weight), paths), paths)
    height = max(at[box][1] + roomy[box][1] for box in roomy)
    width = max(x + roomy[box][0] for box, (x, _) in at.items())
    back = [
        arc
        for arc in arcs
        if arc.before != arc.after
        and (arc.before, arc.after) not in chains
        and not (arc.shared and (arc.after, arc.before) in chains)
    ]
    routes = routes_forward(roomy, at, chains)
    routes |= routes_back(sizes, at, back, column, height)
    lowest = max((y for route in routes.values() for _, y in route.points), default=0.0)
    widest = max((x for route in routes.values() for x, _ in route.points), default=0.0)
    return Layout(
        max(width, widest),
        max(height, lowest + (TRACK if lowest > height else 0)),
        {box: at[box] for box in sizes},
        routes,
    )


def _with_lanes(
    sizes: Mapping[int, Size], onward: Sequence[Arc], column: dict[int, int]
) -> tuple[dict[int, Size], dict[Pair, list[int]]]:
    """Return sizes with lanes for lines that pass columns, and what each line goes through."""
    wide: dict[int, float] = defaultdict(float)
    for box, (width, _) in sizes.items():
        wide[column[box]] = max(wide[column[box]], width)
    sizes = dict(sizes)
    chains: dict[Pair, list[int]] = {}
    lane = min(sizes) - 1
    for arc in onward:
        chain = [arc.before]
        for passed in range(column[arc.before] + 1, column[arc.after]):
            sizes[lane], column[lane] = (wide[passed], PASSING), passed
            chain.append(lane)
            lane -= 1
        chains[arc.before, arc.after] = [*chain, arc.after]
    return sizes, chains


def _columns(column: Mapping[int, int], weight: Mapping[int, float]) -> list[list[int]]:
    rows: dict[int, list[int]] = defaultdict(list)
    for box in sorted(column, key=lambda box: (-weight.get(box, 0.0), box)):
        rows[column[box]].append(box)
    return [rows[number] for number in sorted(rows)]


def _neighbours(chains: Sequence[Sequence[int]]) -> tuple[dict[int, list[int]], ...]:
    left: dict[int, list[int]] = defaultdict(list)
    right: dict[int, list[int]] = defaultdict(list)
    for chain in chains:
        for one, other in itertools.pairwise(chain):
            right[one].append(other)
            left[other].append(one)
    return left, right


def _ordered(rows: list[list[int]], chains: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the columns, each in the order in which few lines cross."""
    left, right = _neighbours(chains)
    best, fewest = rows, _crossings(rows, right)
    for sweep in range(SWEEPS):
        rows = [list(row) for row in rows]
        forth = sweep % 2 == 0
        for number in range(len(rows)) if forth else reversed(range(len(rows))):
            beside = number - 1 if forth else number + 1
            if not 0 <= beside < len(rows):
                continue
            place = {box: index for index, box in enumerate(rows[beside])}
            near = left if forth else right
            mean = {
                box: sum(place[n] for n in near[box]) / len(near[box]) if near[box] else index
                for index, box in enumerate(rows[number])
            }
            rows[number].sort(key=mean.__getitem__)
        crossings = _crossings(rows, right)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _crossings(rows: Sequence[Sequence[int]], right: Mapping[int, list[int]]) -> int:
    count = 0
    for row, following in itertools.pairwise(rows):
        place = {box: index for index, box in enumerate(following)}
        ends = [sorted(place[n] for n in right.get(box, ())) for box in row]
        for number, upper in enumerate(ends):
            for lower in ends[number + 1 :]:
                count += sum(a > b for a in upper for b in lower)
    return count


def _placed(
    sizes: Mapping[int, Size], rows: Sequence[Sequence[int]], paths: list[list[int]]
) -> dict[int, Point]:
    """Return the corner of every box and lane: near the middle of its neighbours."""
    left, right = _neighbours(paths)
    middle: dict[int, float] = {}
    for row in rows:
        y = -sum(sizes[box][1] + GAP_Y for box in row) / 2
        for box in row:
            middle[box] = y + sizes[box][1] / 2
            y += sizes[box][1] + GAP_Y
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        near = left if forth else right
        for row in rows if forth else rows[::-1]:
            wanted = [
                sum(middle[n] for n in near[box]) / len(near[box]) if near[box] else middle[box]
                for box in row
            ]
            middle |= dict(zip(row, _apart(row, wanted, sizes), strict=True))
    top = min(middle[box] - sizes[box][1] / 2 for box in middle)
    at, x = {}, 0.0
    for row in rows:
        wide = max(sizes[box][0] for box in row)
        for box in row:
            width, height = sizes[box]
            at[box] = (x + (wide - width) / 2, middle[box] - height / 2 - top)
        x += wide + GAP_X
    return at


def _apart(row: Sequence[int], wanted: Sequence[float], sizes: Mapping[int, Size]) -> list[float]:
    """Return places near the wanted ones that keep the order and leave room."""
    groups: list[tuple[float, int]] = []
    offset = [0.0]
    for one, other in itertools.pairwise(row):
        offset.append(offset[-1] + (sizes[one][1] + sizes[other][1]) / 2 + GAP_Y)
    for number, want in enumerate(wanted):
        groups.append((want - offset[number], 1))
        while len(groups) > 1 and groups[-2][0] >= groups[-1][0]:
            (upper, above), (lower, under) = groups[-2:]
            count = above + under
            groups[-2:] = [((upper * above + lower * under) / count, count)]
    starts = [start for start, count in groups for _ in range(count)]
    return [start + room for start, room in zip(starts, offset, strict=True)]
