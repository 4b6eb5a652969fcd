"""The spans of one trace as rows of a tree: folded where wide, paged where long.

Parents may be missing, may come later, may form a circle: every span has one place in the tree.
Only integers are read for the whole trace; names and figures only for the rows that are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from solvent.ports.spans import SpanStore

MAX_SPANS = 200_000
"""Spans of one trace that take part in its tree."""
ROWS = 500
CHILDREN = 100
"""Children of one span shown before the rest is folded."""

SHAPE = """
WITH t AS (
    SELECT id, span_id, parent_id, started_at FROM spans
    WHERE project = $project AND trace_id = $trace ORDER BY started_at, id LIMIT $max
), numbered AS (
    SELECT *, row_number() OVER (ORDER BY started_at, id) - 1 AS n FROM t
)
SELECT t.id, t.span_id, coalesce(p.n, -1) AS parent FROM numbered t
LEFT JOIN numbered p ON t.parent_id = p.span_id ORDER BY t.n
"""

DETAIL = """
SELECT id, span_id, parent_id, type, name, epoch_us(started_at) AS started_at, duration_ns, status,
    status_message, model, tool_name, agent, input_tokens, output_tokens, cost_usd, dated
FROM spans WHERE project = $project AND trace_id = $trace AND id IN (SELECT unnest($ids))
"""


class Place(NamedTuple):
    """One row of the tree before its span is read."""

    index: int
    """Position of the span in the order of time; -1: a fold."""
    depth: int
    hidden: int = 0
    """Children that this fold hides."""
    parent: int = -1
    """Whose children are folded."""


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One row of the tree: a span, or a fold that stands for more spans."""

    depth: int
    span_id: str
    """The span; of a fold, the parent whose children it hides."""
    hidden: int = 0
    """More than 0: a fold."""
    name: str = ""
    type: str = ""
    started_at: int = 0
    duration_ns: int | None = None
    status: str = "unset"
    status_message: str | None = None
    model: str | None = None
    agent: str | None = None
    tokens: int | None = None
    usd: float | None = None
    children: int = 0
    orphan: bool = False
    """Its parent never arrived."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A stretch of the rows of a trace."""

    rows: list[TreeRow]
    first: int
    """Position of the first row among all rows."""
    total: int
    """Rows in all, folds included."""
    unreachable: int
    """Spans in a circle of parents; shown as roots of their own."""


def order(
    parents: list[int], opened: Collection[int], keep: Collection[int], limit: int = CHILDREN
) -> tuple[list[Place], list[int], int]:
    """Return the rows of the tree, the number of children of each span, and the spans in circles.

    Args:
        parents: Position of each span's parent; -1 for none. Spans are in the order of time.
        opened: Spans whose children are all shown.
        keep: Spans that no fold may hide.
        limit: Children shown of every other span.
    """
    children: list[list[int]] = [[] for _ in parents]
    roots: list[int] = []
    for index, parent in enumerate(parents):
        (roots if parent < 0 or parent == index else children[parent]).append(index)
    seen = bytearray(len(parents))
    rows: list[Place] = []
    circles = 0
    start = 0
    while True:
        stack = [Place(index, 0) for index in reversed(roots)]
        while stack:
            place = stack.pop()
            if place.index < 0:
                rows.append(place)
                continue
            if seen[place.index]:
                continue
            seen[place.index] = 1
            rows.append(place)
            below = children[place.index]
            if len(below) > limit and place.index not in opened:
                below, hidden = _fold(below, keep, limit)
                stack.append(Place(-1, place.depth + 1, len(hidden), place.index))
                _mark(hidden, children, seen)
            stack.extend(Place(index, place.depth + 1) for index in reversed(below))
        # What is left hangs in circles: break each at its earliest span.
        start = seen.find(0, start)
        if start < 0:
            return rows, [len(c) for c in children], circles
        roots = [start]
        circles += 1


def _fold(below: list[int], keep: Collection[int], limit: int) -> tuple[list[int], list[int]]:
    """Return the children that are shown and those that a fold hides."""
    late = below[limit:]
    kept = [index for index in late if index in keep]
    return below[:limit] + kept, [index for index in late if index not in keep]


def _mark(hidden: list[int], children: list[list[int]], seen: bytearray) -> None:
    """Mark everything below a fold as having its place."""
    walk = list(hidden)
    while walk:
        index = walk.pop()
        if not seen[index]:
            seen[index] = 1
            walk.extend(children[index])


def read_tree(
    store: SpanStore,
    project: str,
    trace_id: str,
    *,
    selected: str = "",
    opened: str = "",
    first: int | None = None,
) -> Tree:
    """Return the stretch of the tree that shows the selected span, or that begins at `first`."""
    shape = store.query(SHAPE, project=project, trace=trace_id, max=MAX_SPANS).to_pydict()
    parents: list[int] = shape["parent"]
    places = {name: n for n, name in enumerate(shape["span_id"]) if name in {selected, opened}}
    rows, children, circles = order(
        parents,
        {places[opened]} if opened in places else (),
        _path(parents, places.get(selected, -1)),
    )
    if first is None:
        wanted = places.get(selected, -1)
        at = next((n for n, place in enumerate(rows) if place.index == wanted >= 0), 0)
        first = at // ROWS * ROWS
    shown = rows[first : first + ROWS]
    ids = [shape["id"][place.index] for place in shown if place.index >= 0]
    details = {
        row["id"]: row
        for row in store.query(DETAIL, project=project, trace=trace_id, ids=ids).to_pylist()
    }
    made = [
        TreeRow(place.depth, shape["span_id"][place.parent], place.hidden)
        if place.index < 0
        else _row(place, details[shape["id"][place.index]], children[place.index],
                  orphan=parents[place.index] < 0)
        for place in shown
    ]  # fmt: skip
    return Tree(made, first, len(rows), circles)


def _path(parents: list[int], index: int) -> set[int]:
    """Return a span and its ancestors; a circle ends at its start."""
    path: set[int] = set()
    while index >= 0 and index not in path:
        path.add(index)
        index = parents[index]
    return path


def _row(place: Place, span: dict[str, Any], children: int, *, orphan: bool) -> TreeRow:
    counted = [span[k] for k in ("input_tokens", "output_tokens") if span[k] is not None]
    return TreeRow(
        depth=place.depth,
        span_id=span["span_id"],
        name=span["name"],
        type=span["type"],
        started_at=span["started_at"],
        duration_ns=span["duration_ns"],
        status=span["status"],
        status_message=span["status_message"],
        model=span["model"],
        agent=span["agent"],
        tokens=sum(counted) if counted else None,
        usd=span["cost_usd"],
        children=children,
        orphan=orphan and span["parent_id"] is not None,
    )
