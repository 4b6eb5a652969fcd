"""Which tables a question cannot do without, from its parsed form.

The parsed form is what DuckDB's `json_serialize_sql` answers, so that names of common table
expressions, comma joins, subqueries, comments and quoted text are told apart as the engine does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARSE = "SELECT json_serialize_sql($sql) AS tree"

OPTIONAL = {
    "LEFT": ("right",),
    "ANTI": ("right",),
    "RIGHT": ("left",),
    "OUTER": ("left", "right"),
    "FULL": ("left", "right"),
}
"""Sides of a join that may be empty: their absence can be the answer."""


def required(tree: Mapping[str, Any]) -> list[str]:
    """Return the tables that must have rows, each once, in the order they are read.

    A table below the optional side of an outer or anti join is not required, nor is one in a
    common table expression that is only read there. Both sides of a UNION are.

    Args:
        tree: The parsed question.
    """
    return list(dict.fromkeys(_tables(tree, {})))


def _tables(node: Any, known: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the required tables; `known` maps common table expressions to theirs."""
    if isinstance(node, list):
        for item in node:
            yield from _tables(item, known)
    if not isinstance(node, dict):
        return
    known = _with_expressions(node, known)
    if node.get("type") == "BASE_TABLE":
        name = str(node["table_name"]).lower()
        yield from known.get(name, [name])
        return
    skipped: tuple[str, ...] = ("cte_map",)
    if node.get("type") == "JOIN":
        skipped += OPTIONAL.get(node["join_type"], ())
    if node.get("type") == "RECURSIVE_CTE_NODE":
        known = {**known, str(node["cte_name"]).lower(): []}
    if node.get("type") == "SET_OPERATION_NODE" and node.get("setop_type") == "EXCEPT":
        yield from _tables(_first_operand(node), known)
        return
    for key, value in node.items():
        if key not in skipped:
            yield from _tables(value, known)


def _with_expressions(
    node: Mapping[str, Any], known: Mapping[str, list[str]]
) -> Mapping[str, list[str]]:
    """Return `known` with the common table expressions of a query, in their order."""
    entries = (node.get("cte_map") or {}).get("map") or []
    for entry in entries:
        body = (entry.get("value") or {}).get("query_node")
        found = list(dict.fromkeys(_tables(body, known)))
        known = {**known, str(entry["key"]).lower(): found}
    return known


def _first_operand(node: Mapping[str, Any]) -> Any:
    return node.get("left") or (node.get("children") or [None])[0]
