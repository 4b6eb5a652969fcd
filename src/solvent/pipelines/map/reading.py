"""The pipeline map: steps and the moves between them, over all traces of a project."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from solvent.pipelines.map.figures import Counted, Key, count
from solvent.pipelines.map.spans import ROOTS, Asks, Tree, place
from solvent.records.pipeline_map import (
    Figures,
    Move,
    Overlap,
    Pipeline,
    PipelineMap,
    Slice,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.settings import Pipelines

SUMMED = ("calls", "priced", "usd", "tokens")
"""What a step has of its own and of the steps inside it."""

PLACED = "SELECT (SELECT count(*) FROM map_span) AS spans, (SELECT count(*) FROM map_run) AS placed"


def read_map(asks: Asks, bounds: Pipelines) -> PipelineMap:
    """Return the map of the spans in scope, within bounds.

    Raises:
        NoEvidence: There are no spans.
    """
    tree = place(asks, bounds)
    counted = count(asks, bounds)
    kinds = asks.query(ROOTS).to_pylist()
    roots = [node for node, around in enumerate(tree.within) if around is None]
    mapped = sum(kind["runs"] for kind in kinds[: len(roots)])
    every = asks.query(PLACED).to_pylist()[0]
    away = asks.query(
        "SELECT count(*) AS n FROM map_span ANTI JOIN map_trace USING (trace)"
    ).to_pylist()[0]["n"]
    return PipelineMap(
        tuple(_pipeline(tree, counted, root) for root in roots),
        others=len(kinds) - len(roots),
        other_traces=sum(kind["runs"] for kind in kinds) - mapped,
        spans=every["spans"] - away,
        unplaced=every["spans"] - away - every["placed"],
    )


def _pipeline(tree: Tree, counted: Counted, root: int) -> Pipeline:
    """Return one pipeline, its steps numbered from 0 in the order they were found."""
    nodes = _below(tree, root)
    number = {node: n for n, node in enumerate(nodes)}
    inside: dict[int, list[int]] = defaultdict(list)
    for node in nodes:
        around = tree.within[node]
        if around is not None:
            inside[around].append(node)
    types = _types(counted)
    steps = tuple(
        Step(
            number[node],
            tree.names[node],
            types[node][0],
            number[around] if (around := tree.within[node]) is not None else None,
            types[node][1],
            tree.stands_for[node],
        )
        for node in nodes
    )
    overlaps = tuple(
        Overlap(number[row["one"]], number[row["other"]], row["times"])
        for row in counted.overlaps
        if row["one"] in number
    )
    slices = tuple(
        _slice(counted, key, name, number, inside)
        for key, name in counted.slices.items()
        if (key, root) in counted.sizes
    )
    return Pipeline(tree.names[root], steps, overlaps, slices)


def _below(tree: Tree, root: int) -> list[int]:
    """Return a step and those inside it; a step has a higher number than what it is inside of."""
    found = {root}
    for node, around in enumerate(tree.within):
        if around in found:
            found.add(node)
    return sorted(found)


def _types(counted: Counted) -> dict[int, tuple[str, bool]]:
    """Return the type that most runs of a step have, and whether it is an agent."""
    most: dict[int, tuple[str, bool]] = {}
    for row in counted.types:
        kind, agent = most.get(row["node"], (row["type"], False))
        most[row["node"]] = (kind, agent or row["speaker"] or row["type"] == "agent")
    return most


def _slice(
    counted: Counted,
    key: Key,
    name: str,
    number: Mapping[int, int],
    inside: Mapping[int, list[int]],
) -> Slice:
    own = {node: counted.figures[key, node] for node in number if (key, node) in counted.figures}
    sums: dict[int, dict[str, Any]] = {}
    for node in reversed(number):
        parts = [own.get(node, {}), *(sums[child] for child in inside.get(node, ()))]
        sums[node] = {field: _sum(part.get(field) for part in parts) for field in SUMMED}
    moves = tuple(
        Move(_number(number, row["before_node"]), _number(number, row["after_node"]),
             row["times"], row["traces"])
        for row in counted.moves[key]
        if row["before_node"] in number or row["after_node"] in number
    )  # fmt: skip
    return Slice(
        key.kind,
        name,
        counted.sizes[key, min(number)],
        {number[node]: _figures(row, sums[node]) for node, row in own.items()},
        moves,
    )


def _number(number: Mapping[int, int], node: int | None) -> int | None:
    return None if node is None else number[node]


def _sum(values: Any) -> Any:
    """Return the sum of what is known, or None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _figures(row: Mapping[str, Any], sums: Mapping[str, Any]) -> Figures:
    seen = Counter({name: value for name, value in row.items() if isinstance(value, int)})
    p50, p95 = row["ms"] or (None, None)
    return Figures(
        runs=seen["runs"],
        traces=seen["traces"],
        errors=seen["errors"],
        retries=seen["retries"],
        repeats=seen["repeats"],
        nested=seen["nested"],
        beside=seen["beside"],
        judged_traces=seen["judged_traces"],
        failed_traces=seen["failed_traces"],
        p50_ms=p50,
        p95_ms=p95,
        calls=sums["calls"] or 0,
        priced=sums["priced"] or 0,
        usd=sums["usd"],
        tokens=sums["tokens"],
    )
