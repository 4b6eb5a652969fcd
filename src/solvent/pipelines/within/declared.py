"""What was declared beforehand, and what steps break of it: schemas of tools and of answers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from solvent.traces.arguments import is_python_print
from solvent.traces.output_schema import ATTRIBUTES, find_schema, objections
from solvent.traces.tool_schema import checker, read_definition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pyarrow as pa

    Query = Callable[..., pa.Table]

Row = dict[str, Any]
KNOWN = 1000
"""Definitions of tools that are kept ready."""

DEFINITIONS = """
SELECT hash, name, text FROM contents
WHERE type = 'tool_definition' AND hash IN (SELECT unnest($hashes))
    AND name IN (SELECT unnest($names))
"""

REQUESTS = """
SELECT id, json_extract(attributes, $names) AS said FROM spans
WHERE id IN (SELECT unnest($ids))
"""

WHOLE = "SELECT hash, text FROM contents WHERE hash IN (SELECT unnest($hashes))"


def read_breaches(
    query: Query, rows: Iterable[Row], texts: Mapping[str, Row]
) -> dict[int, tuple[str, ...]]:
    """Return how model calls break what was declared, by the number of the span.

    Args:
        query: Asks the store of the spans.
        rows: The spans.
        texts: Their texts by hash; those that were cut are not judged.
    """
    models = [row for row in rows if row["type"] == "llm" and row["output_hashes"]]
    answers = {
        row["id"]: [texts[h] for h in row["output_hashes"] if h in texts and not texts[h]["cut"]]
        for row in models
    }
    tools = _definitions(query, models, answers)
    schemas = _schemas(query, [row["id"] for row in models if _spoke(answers[row["id"]])])
    found = {}
    for row in models:
        offered = {tools[h]["name"]: tools[h]["text"] for h in row["offered"] or () if h in tools}
        schema = schemas.get(row["id"])
        found[row["id"]] = tuple(
            broken
            for text in answers[row["id"]]
            for broken in (_call(text, offered) if _is_call(text) else _answer(text, schema))
        )
    return {span: broken for span, broken in found.items() if broken}


def _is_call(text: Row) -> bool:
    return bool(text["type"] == "tool_call")


def _spoke(texts: Iterable[Row]) -> bool:
    return any(text["type"] == "assistant" for text in texts)


def _call(text: Row, offered: Mapping[str, str]) -> tuple[str, ...]:
    definition = offered.get(text["name"])
    if definition is None:
        return ()
    problems = _checker(definition).problems(text["text"])
    return tuple(
        f"in the call of `{text['name']}`, {problem}"
        for problem in problems
        if problem.kind not in {"not JSON", "not an object"} or not is_python_print(text["text"])
    )


def _answer(text: Row, schema: Mapping[str, Any] | None) -> tuple[str, ...]:
    if schema is None or text["type"] != "assistant":
        return ()
    return objections(text["text"], schema)


@lru_cache(KNOWN)
def _checker(definition: str) -> Any:
    return checker(read_definition(definition).parameters)


def _definitions(
    query: Query, models: Iterable[Row], answers: Mapping[int, list[Row]]
) -> dict[str, Row]:
    names = {t["name"] for texts in answers.values() for t in texts if _is_call(t) and t["name"]}
    hashes = {h for row in models for h in row["offered"] or ()}
    if not names or not hashes:
        return {}
    found = query(DEFINITIONS, hashes=sorted(hashes), names=sorted(names)).to_pylist()
    return {row["hash"]: row for row in found}


def _schemas(query: Query, ids: list[int]) -> dict[int, dict[str, Any]]:
    """Return the schemas that the answers of some spans were asked to keep."""
    if not ids:
        return {}
    names = [f'$."{name}"' for name in ATTRIBUTES]
    rows = query(REQUESTS, ids=ids, names=names).to_pylist()
    said = {
        row["id"]: {
            name: orjson.loads(one)
            for name, one in zip(ATTRIBUTES, row["said"], strict=True)
            if one is not None
        }
        for row in rows
    }
    kept = {
        one["$content"]
        for given in said.values()
        for one in given.values()
        if isinstance(one, dict) and "$content" in one
    }
    whole = {}
    if kept:
        whole = {r["hash"]: r["text"] for r in query(WHOLE, hashes=sorted(kept)).to_pylist()}
    found = {}
    for span, given in said.items():
        for name, one in given.items():
            value = one
            if isinstance(one, dict):
                value = whole.get(one.get("$content", "")) or one.get("$json", one)
            schema = find_schema(name, value)
            if schema is not None:
                found[span] = schema
                break
    return found
