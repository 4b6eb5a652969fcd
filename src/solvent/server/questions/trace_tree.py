"""The spans of one trace as rows of a tree: folded where wide, paged where long.

Parents may be missing, may come later, may form a circle: every span has one place in the tree.
Only integers are read for the whole trace; names and figures only for the rows that are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from solvent.ports.spans import SpanStore
    from solvent.server.questions.trace_head import Window
    from solvent.settings import Pages

SHAPE = """
SELECT id, span_id, parent_id FROM spans
WHERE project = $project AND trace_id = $trace
    AND started_at BETWEEN make_timestamp($first) AND make_timestamp($last)
ORDER BY started_at, id LIMIT $max
"""

DETAIL = """
SELECT id, span_id, parent_id, type, name, epoch_us(started_at) AS started_at, duration_ns, status,
    status_message, model, agent, input_tokens, output_tokens, cost_usd,
    coalesce(nullif(output_preview, ''), input_preview, '') AS preview
FROM spans WHERE project = $project AND trace_id = $trace AND id IN (SELECT unnest($ids))
    AND started_at BETWEEN make_timestamp($first) AND make_timestamp($last)
"""


class Place(NamedTuple):
    """One row of the tree before its span is read."""

    span: int
    """Position of the span in the order of time; of a fold, of the parent."""
    depth: int
    hidden: int = 0
    """More than 0: a fold, and how many children it hides."""


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
    preview: str = ""
    """The beginning of what came out, or else of what went in."""
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
    more: bool
    """There are rows after these."""
    spans: int
    """Spans of the whole trace that take part."""
    circles: int
    """Circles of parents among the rows up to here, each broken at its earliest span."""


def places(
    children: list[list[int]],
    roots: list[int],
    opened: Collection[int],
    keep: Collection[int],
    limit: int,
) -> Iterator[Place]:
    """Yield the rows of the tree from top to bottom; every span has exactly one place.

    Args:
        children: Positions of each span's children, in the order of time.
        roots: Spans whose parent is not there.
        opened: Spans whose children are all shown.
        keep: Spans that no fold may hide.
        limit: Children shown of every other span.
    """
    seen = bytearray(len(children))
    start = 0
    while True:
        stack = [(index, 0, 0) for index in reversed(roots)]
        while stack:
            index, depth, hidden = stack.pop()
            if hidden:
                yield Place(index, depth, hidden)
                continue
            if seen[index]:
                continue
            seen[index] = 1
            yield Place(index, depth)
            below = children[index]
            if len(below) > limit and index not in opened:
                below, folded = _fold(below, keep, limit)
                _mark(folded, children, seen)
                if folded:
                    stack.append((index, depth + 1, len(folded)))
            stack.extend((child, depth + 1, 0) for child in reversed(below))
        # What is left hangs in circles: each is broken at its earliest span.
        start = seen.find(0, start)
        if start < 0:
            return
        roots = [start]


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
    window: Window,
    bounds: Pages,
    *,
    selected: str = "",
    opened: str = "",
    first: int | None = None,
) -> Tree:
    """Return the stretch of the tree that shows the selected span, or that begins at `first`."""
    import pyarrow.compute as pc  # noqa: PLC0415  9 MB that a server at rest does without

    shape = store.query(
        SHAPE, project=project, trace=trace_id, max=bounds.tree_spans, **window._asdict()
    )
    found = pc.index_in(
        shape["parent_id"].combine_chunks(), value_set=shape["span_id"].combine_chunks()
    )
    parents: list[int] = pc.fill_null(found, -1).to_pylist()
    children: list[list[int]] = [[] for _ in parents]
    roots: list[int] = []
    for index, parent in enumerate(parents):
        (roots if parent < 0 or parent == index else children[parent]).append(index)
    wanted, unfolded = (shape["span_id"].index(name).as_py() for name in (selected, opened))
    walk = places(children, roots, {unfolded}, _path(parents, wanted), bounds.children)
    shown, first, circles = _stretch(
        walk, parents, wanted if first is None else -1, first, bounds.tree_rows
    )
    more = len(shown) > bounds.tree_rows
    shown = shown[: bounds.tree_rows]
    near = shape.take([place.span for place in shown])
    ids, names = near["id"].to_pylist(), near["span_id"].to_pylist()
    details = {
        row["id"]: row
        for row in store.query(
            DETAIL, project=project, trace=trace_id, ids=ids, **window._asdict()
        ).to_pylist()
    }
    rows = [
        TreeRow(place.depth, name, place.hidden)
        if place.hidden
        else _row(place, details[id_], len(children[place.span]), orphan=parents[place.span] < 0)
        for place, id_, name in zip(shown, ids, names, strict=True)
    ]
    return Tree(rows, first, more, len(parents), circles)


def _stretch(
    walk: Iterator[Place], parents: list[int], wanted: int, first: int | None, rows: int
) -> tuple[list[Place], int, int]:
    """Return one page of rows and one row more, where it begins, and the circles met so far."""
    page: list[Place] = []
    start = circles = 0
    found = wanted < 0
    at = first or 0
    for number, place in enumerate(walk):
        if place.depth == 0 and parents[place.span] not in {-1, place.span}:
            circles += 1
        if number < at:
            continue
        if len(page) == rows and not found:
            page, start = [], number
        if len(page) > rows:
            break
        page.append(place)
        if len(page) <= rows:
            found = found or place.span == wanted
    return page, start or at, circles


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
        preview=span["preview"],
        tokens=sum(counted) if counted else None,
        usd=span["cost_usd"],
        children=children,
        orphan=orphan and span["parent_id"] is not None,
    )
