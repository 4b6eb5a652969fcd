"""Every span with the step that it is a run of: names inside names, recursion folded.

A step is a name inside the steps around it, so that the model call of one step is told apart from
that of another. A span inside a span of the same name is the same step again. A tool goes by the
name of the tool.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from solvent.ports.spans import Scalar
    from solvent.settings import Pipelines

MANY = "other steps"
ROOTLESS = "without a root span"

SPAN = """
WITH named AS (
    SELECT id, hash(trace_id) AS trace, hash(trace_id, span_id) AS key,
        CASE WHEN parent_id IS NOT NULL THEN hash(trace_id, parent_id) END AS up,
        CASE WHEN type = 'tool' THEN coalesce(tool_name, name) ELSE name END AS name, type,
        agent IS NOT NULL AND agent = name AS speaker, status = 'error' AS wrong, dated,
        epoch_us(started_at) AS start_us, CASE WHEN dated THEN duration_ns END AS ns
    FROM step
), topped AS (
    SELECT n.* EXCLUDE (up), CASE WHEN p.key IS NULL THEN NULL ELSE n.up END AS up,
        n.up IS NOT NULL AND p.key IS NULL AS orphan
    FROM named n LEFT JOIN (SELECT DISTINCT key FROM named) p ON n.up = p.key
), main AS (
    SELECT trace, arg_min(key, (orphan, start_us, key)) AS root, min(orphan::INT) = 1 AS rootless,
        min(start_us) AS began
    FROM topped WHERE up IS NULL GROUP BY trace
)
SELECT t.id, t.trace, t.key, t.type, t.speaker, t.wrong, t.ns,
    CASE WHEN t.key = m.root AND m.rootless THEN $rootless ELSE t.name END AS name,
    CASE WHEN t.key = m.root THEN NULL ELSE coalesce(t.up, m.root) END AS up,
    least(greatest(t.start_us - m.began, -1000000000000000), 1000000000000000) AS offset_us
FROM topped t JOIN main m USING (trace)
"""
"""64-bit hashes stand for ids: two of ten million spans share one with a chance of 3 in a million.
A trace has one root: the first span without a parent, and what else has none hangs below it."""

ROOTS = """
SELECT name, count(*) AS runs FROM map_span WHERE up IS NULL GROUP BY name
ORDER BY runs DESC, name
"""

BELOW = """
SELECT n.node AS within, s.name, count(*) AS runs
FROM map_span s JOIN map_level n ON s.up = n.key
GROUP BY n.node, s.name
QUALIFY row_number() OVER (
    PARTITION BY n.node ORDER BY count(*) DESC, s.name) <= $names
ORDER BY runs DESC, within, avg(s.offset_us), s.name LIMIT $level
"""

MANY_BELOW = """
SELECT n.node AS within, count(DISTINCT s.name) AS names
FROM map_span s JOIN map_level n ON s.up = n.key
LEFT JOIN map_name m ON m.within = n.node AND m.name = s.name
WHERE m.node IS NULL GROUP BY n.node
"""

FIRST_LEVEL = """
SELECT s.key, m.node, false AS folded
FROM map_span s JOIN map_name m ON s.name = m.name WHERE s.up IS NULL
"""

NEXT_LEVEL = """
SELECT s.key, coalesce(m.node, o.node) AS node, coalesce(m.folded, false) AS folded
FROM map_span s JOIN map_level n ON s.up = n.key
LEFT JOIN map_name m ON m.within = n.node AND m.name = s.name
LEFT JOIN map_name o ON o.within = n.node AND o.name IS NULL
"""


Named = tuple[int | None, str | None, int, bool]
"""Step around, name (None: any other), step, and whether it is folded into one around it."""


class Asks(Protocol):
    """What answers questions over the evidence tables and keeps results for the next ones."""

    def query(self, sql: str, /, **params: Scalar) -> pa.Table:
        """Run one question."""

    def define(self, name: str, sql: str | pa.Table, /, **params: Scalar) -> None:
        """Keep a result under a name."""


@dataclass(slots=True)
class Tree:
    """The steps of all pipelines while spans are placed; numbers go through all pipelines."""

    names: list[str] = field(default_factory=list)
    within: list[int | None] = field(default_factory=list)
    stands_for: list[int] = field(default_factory=list)
    numbers: dict[tuple[int | None, str], int] = field(default_factory=dict)

    def add(self, name: str, within: int | None, stands_for: int = 1) -> int:
        """Return the number of a step, which is added when it is not there yet.

        A step around itself is met at several levels, and so are those inside it.
        """
        if (within, name) not in self.numbers:
            self.numbers[within, name] = len(self.names)
            self.names.append(name)
            self.within.append(within)
            self.stands_for.append(stands_for)
        return self.numbers[within, name]

    def around(self, node: int | None, name: str) -> int | None:
        """Return the step of this name that a step is, or is inside of; None when there is none."""
        while node is not None and self.names[node] != name:
            node = self.within[node]
        return node


def place(asks: Asks, bounds: Pipelines) -> Tree:
    """Keep `map_span` and `map_node` (key, node, folded), and return the steps."""
    asks.define("map_span", SPAN, rootless=ROOTLESS)
    tree = Tree()
    roots = asks.query(ROOTS)["name"].to_pylist()[: bounds.max_pipelines]
    asks.define("map_name", _names([(None, name, tree.add(name, None), False) for name in roots]))
    asks.define("map_level_0", FIRST_LEVEL)
    depth = 0
    while depth < bounds.max_depth:
        asks.define("map_level", f"FROM map_level_{depth}")
        rows = asks.query(BELOW, names=bounds.max_names, level=bounds.max_level_names).to_pylist()
        if not rows:
            break
        placed: list[Named] = [_placed(tree, row) for row in rows]
        asks.define("map_name", _names(placed))
        for row in asks.query(MANY_BELOW).to_pylist():
            node = tree.add(MANY, row["within"], row["names"])
            placed.append((row["within"], None, node, False))
        asks.define("map_name", _names(placed))
        depth += 1
        asks.define(f"map_level_{depth}", NEXT_LEVEL)
    levels = " UNION ALL ".join(f"FROM map_level_{number}" for number in range(depth + 1))
    asks.define("map_node", levels)
    return tree


def _placed(tree: Tree, row: dict[str, Any]) -> Named:
    same = tree.around(row["within"], row["name"])
    node = tree.add(row["name"], row["within"]) if same is None else same
    return row["within"], row["name"], node, same is not None


def _names(rows: list[Named]) -> pa.Table:
    import pyarrow as pa

    within, names, nodes, folded = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table(
        {
            "within": pa.array(within, pa.int32()),
            "name": pa.array(names, pa.string()),
            "node": pa.array(nodes, pa.int32()),
            "folded": pa.array(folded, pa.bool_()),
        }
    )
