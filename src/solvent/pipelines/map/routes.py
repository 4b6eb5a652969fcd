"""How the lines of a layered drawing run between boxes that have their places."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.pipelines.map.ranks import Arc

Point = tuple[float, float]
Size = tuple[float, float]
Pair = tuple[int, int]
TRACK = 16.0
"""Distance between lines that return below the boxes."""
PORT = 7.0
"""Distance between lines at the side of a box."""
GUTTER = 14.0
BULGE = 30.0


@dataclass(frozen=True, slots=True)
class Route:
    """How a line runs: through some points, from the side of one box to the side of another."""

    points: tuple[Point, ...]
    returns: bool
    """It goes back, around the boxes: its parts are level or upright."""


def routes_forward(
    sizes: Mapping[int, Size], at: Mapping[int, Point], chains: Mapping[Pair, Sequence[int]]
) -> dict[Pair, Route]:
    """Return the routes of lines that go from left to right through lanes."""
    leaving: dict[int, list[Pair]] = defaultdict(list)
    arriving: dict[int, list[Pair]] = defaultdict(list)
    for pair in chains:
        leaving[pair[0]].append(pair)
        arriving[pair[1]].append(pair)

    def middle(box: int) -> float:
        return at[box][1] + sizes[box][1] / 2

    starts: dict[Pair, float] = {}
    ends: dict[Pair, float] = {}
    for box, pairs in leaving.items():
        pairs.sort(key=lambda pair: middle(chains[pair][1]))
        starts |= _ports(middle(box), sizes[box][1], pairs)
    for box, pairs in arriving.items():
        pairs.sort(key=lambda pair: middle(chains[pair][-2]))
        ends |= _ports(middle(box), sizes[box][1], pairs)
    found = {}
    for pair, chain in chains.items():
        first, last = chain[0], chain[-1]
        points = [(at[first][0] + sizes[first][0], starts[pair])]
        for lane in chain[1:-1]:
            x, y = at[lane][0], middle(lane)
            points += [(x, y), (x + sizes[lane][0], y)]
        points.append((at[last][0], ends[pair]))
        found[pair] = Route(tuple(points), returns=False)
    return found


def _ports(middle: float, height: float, pairs: Sequence[Pair]) -> dict[Pair, float]:
    """Return where on the side of a box its lines start or end: apart, in the order they go."""
    if len(pairs) == 1:
        return {pairs[0]: middle}
    step = min(PORT, (height - 20) / (len(pairs) - 1))
    top = middle - step * (len(pairs) - 1) / 2
    return {pair: top + step * number for number, pair in enumerate(pairs)}


def routes_back(
    sizes: Mapping[int, Size],
    at: Mapping[int, Point],
    arcs: Sequence[Arc],
    column: Mapping[int, int],
    height: float,
) -> dict[Pair, Route]:
    """Return the routes of lines within a column, or to one further left: around the boxes."""
    found = {}
    below = 0
    for number, arc in enumerate(sorted(arcs, key=lambda a: column[a.before] - column[a.after])):
        (x, y), (width, tall) = at[arc.before], sizes[arc.before]
        (to_x, to_y), (to_width, to_tall) = at[arc.after], sizes[arc.after]
        start, end = (x + width, y + 0.65 * tall), (to_x, to_y + 0.65 * to_tall)
        if column[arc.before] == column[arc.after]:
            side = max(x + width, to_x + to_width) + BULGE
            end = (to_x + to_width, to_y + 0.35 * to_tall)
            found[arc.before, arc.after] = Route(
                (start, (side, start[1]), (side, end[1]), end), returns=True
            )
            continue
        below += 1
        depth = height + TRACK * below
        out, back = x + width + GUTTER + 4 * (number % 6), to_x - GUTTER - 4 * (number % 6)
        found[arc.before, arc.after] = Route(
            (start, (out, start[1]), (out, depth), (back, depth), (back, end[1]), end), returns=True
        )
    return found
