"""What each step and each move between steps came to, in every slice of the traces, in SQL.

A step moves on to what started first after it had ended, and comes from what had ended last before
it started: of steps side by side, each comes from the step before and each moves on to the step
after. Two that overlap in time do not follow each other.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.records.pipeline_map import PERIOD, VERSION, WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.pipelines.map.spans import Asks
    from solvent.settings import Pipelines

DAY = 86_400_000_000

SEEN = """
SELECT epoch_us(min(started_at)) AS first, epoch_us(max(started_at)) AS last,
    bool_and(dated) AS dated FROM trace
"""

USED_VERSIONS = """
SELECT app_version AS name, count(*) AS traces FROM trace WHERE app_version IS NOT NULL
GROUP BY app_version ORDER BY traces DESC, name LIMIT $most
"""

TRACE = """
SELECT s.trace, n.node AS root, t.failed, list_position($versions, t.app_version) AS version,
    least(1 + (epoch_us(t.started_at) - $first) // $part, $periods) AS period
FROM map_span s JOIN map_node n USING (key) JOIN trace t ON hash(t.trace_id) = s.trace
WHERE s.up IS NULL
"""

RUN = """
SELECT n.node, n.folded, s.trace, t.version, t.period, s.type, s.speaker, s.wrong, s.ns / 1e6 AS ms,
    r.id AS call, r.usd, r.input_tokens + coalesce(r.output_tokens, 0) AS tokens
FROM map_span s JOIN map_node n USING (key) JOIN map_trace t USING (trace)
LEFT JOIN request r ON r.id = s.id
"""

SIBLING = """
SELECT n.node, s.trace, s.key, s.up, s.wrong,
    (2 * s.offset_us + 1) * 512 + s.key % 512 AS a,
    greatest(2 * (s.offset_us + coalesce(s.ns, 0) // 1000), 2 * s.offset_us + 2) * 512
        + s.key % 512 AS z
FROM map_span s JOIN map_node n USING (key) WHERE s.up IS NOT NULL AND NOT n.folded
"""
"""`a` is where a run starts and `z` where it ends, so that `z <= a` says that one ended before the
other started; the last bits make ties come out the same every time."""

BEFORE = """
SELECT s.trace, s.key, s.node, p.key AS before, p.node AS before_node
FROM map_sibling s ASOF LEFT JOIN map_sibling p ON s.up = p.up AND s.a >= p.z
"""

MOVE = """
WITH pair AS (
    SELECT trace, before, before_node, key AS after, node AS after_node FROM map_before
    UNION
    SELECT s.trace, s.key, s.node, n.key, n.node
    FROM map_sibling s ASOF LEFT JOIN map_sibling n ON s.up = n.up AND s.z <= n.a
)
SELECT trace, before_node, after_node, count(*) AS times FROM pair
WHERE before_node IS DISTINCT FROM after_node GROUP BY ALL
"""

BESIDE = """
SELECT trace, node, lag(node) OVER started AS other, lag(z) OVER started > a AS beside,
    lag(wrong) OVER again AS retry
FROM map_sibling
WINDOW started AS (PARTITION BY up ORDER BY a), again AS (PARTITION BY up, node ORDER BY a)
"""

OVERLAP = """
SELECT least(node, other) AS one, greatest(node, other) AS other, count(*) AS times
FROM map_beside WHERE beside AND node != other GROUP BY ALL
"""

TYPE = """
SELECT node, type, bool_or(speaker) AS speaker, count(*) AS runs FROM map_run
GROUP BY ALL ORDER BY node, runs DESC, type
"""

RUN_FIGURES = """
count(*) FILTER (NOT folded) AS runs, count(*) FILTER (folded) AS nested,
count(*) FILTER (wrong AND NOT folded) AS errors,
quantile_cont(ms, [0.5, 0.95]) FILTER (NOT folded) AS ms,
count(call) AS calls, count(usd) AS priced, sum(usd) AS usd, sum(tokens)::BIGINT AS tokens
FROM map_run
"""
TRACE_FIGURES = """
count(*) AS traces, count(failed) AS judged_traces, count(*) FILTER (failed) AS failed_traces
FROM (SELECT DISTINCT trace, node FROM map_run) JOIN map_trace USING (trace)
"""
REPEAT_FIGURES = """
count(*) AS repeats
FROM (FROM map_before WHERE before_node = node) JOIN map_trace USING (trace)
"""
BESIDE_FIGURES = """
count(*) FILTER (beside AND node = other) AS beside, count(*) FILTER (retry) AS retries
FROM (FROM map_beside WHERE beside OR retry) JOIN map_trace USING (trace)
"""
MOVE_FIGURES = """
sum(times)::BIGINT AS times, count(*) AS traces FROM map_move JOIN map_trace USING (trace)
"""
SIZE_FIGURES = "count(*) AS traces FROM map_trace"


class Key(NamedTuple):
    """A slice of the traces: its kind, and its number among those of the kind."""

    kind: str
    number: int


class Counted(NamedTuple):
    """What the questions answered."""

    slices: dict[Key, str]
    """Every slice with its name, all first."""
    sizes: dict[tuple[Key, int], int]
    """Traces by slice and root."""
    figures: dict[tuple[Key, int], dict[str, Any]]
    """By slice and step: the columns of the questions."""
    moves: dict[Key, list[dict[str, Any]]]
    overlaps: list[dict[str, Any]]
    types: list[dict[str, Any]]


def count(asks: Asks, bounds: Pipelines) -> Counted:
    """Return what was counted, of the spans that `place` put in their places."""
    names = _slice(asks, bounds)
    for name, sql in (
        ("map_run", RUN),
        ("map_sibling", SIBLING),
        ("map_before", BEFORE),
        ("map_move", MOVE),
        ("map_beside", BESIDE),
    ):
        asks.define(name, sql)
    figures: dict[tuple[Key, int], dict[str, Any]] = defaultdict(dict)
    for sql in (RUN_FIGURES, TRACE_FIGURES, REPEAT_FIGURES, BESIDE_FIGURES):
        for key, row in _by_slice(asks, ("node",), sql):
            figures[key, row["node"]] |= row
    moves = defaultdict(list)
    for key, row in _by_slice(asks, ("before_node", "after_node"), MOVE_FIGURES):
        moves[key].append(row)
    sizes = {
        (key, row["root"]): row["traces"] for key, row in _by_slice(asks, ("root",), SIZE_FIGURES)
    }
    return Counted(
        names,
        sizes,
        figures,
        moves,
        asks.query(OVERLAP).to_pylist(),
        asks.query(TYPE).to_pylist(),
    )


def _slice(asks: Asks, bounds: Pipelines) -> dict[Key, str]:
    """Keep `map_trace`, and return the slices with their names."""
    seen = asks.query(SEEN).to_pylist()[0]
    versions = asks.query(USED_VERSIONS, most=bounds.max_versions)["name"].to_pylist()
    length = seen["last"] - seen["first"]
    parted = bounds.periods > 1 and seen["dated"] and length >= bounds.period_min_days * DAY
    part = length // max(bounds.periods, 1) + 1
    asks.define(
        "map_trace",
        TRACE,
        versions=versions or [""],
        first=seen["first"],
        part=part,
        periods=bounds.periods if parted else 1,
    )
    names = {Key(WHOLE, 0): ""}
    if len(versions) > 1:
        names |= {Key(VERSION, number + 1): name for number, name in enumerate(versions)}
    if parted:
        for number in range(bounds.periods):
            start = seen["first"] + number * part
            names[Key(PERIOD, number + 1)] = f"{_day(start)} to {_day(start + part)}"
    return names


def _day(us: int) -> str:
    return datetime.fromtimestamp(us / 1e6, UTC).date().isoformat()


def _by_slice(asks: Asks, columns: Sequence[str], what: str) -> list[tuple[Key, dict[str, Any]]]:
    """Return the rows of a question for all traces, for each version and for each period."""
    by = ", ".join(columns)
    rows = asks.query(
        f"SELECT {by}, version, period, grouping(version) = 0 AS versioned,"
        f" grouping(period) = 0 AS timed, {what}"
        f" GROUP BY GROUPING SETS (({by}), ({by}, version), ({by}, period))"
        f" ORDER BY ALL"
    ).to_pylist()
    found = []
    for row in rows:
        if row["versioned"] and row["version"] is not None:
            found.append((Key(VERSION, row["version"]), row))
        elif row["timed"]:
            found.append((Key(PERIOD, row["period"]), row))
        elif not row["versioned"]:
            found.append((Key(WHOLE, 0), row))
    return found
