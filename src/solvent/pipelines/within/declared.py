"""What was declared beforehand, and what steps break of it: schemas of tools and of answers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from solvent.pipelines.within.asking import BETWEEN
from solvent.traces.arguments import is_python_print
from solvent.traces.output_schema import ATTRIBUTES, find_schema, objections
from solvent.traces.tool_schema import checker, read_definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from solvent.pipelines.within.asking import Asks

Row = dict[str, Any]
KNOWN = 1000
"""Definitions of tools that are kept ready."""

REQUESTS = f"""
SELECT id, json_extract(attributes, $names) AS said FROM spans
WHERE id IN (SELECT unnest($ids)) AND {BETWEEN}
"""


def read_breaches(
    store: Asks, rows: Iterable[Row], texts: Mapping[str, Row]
) -> dict[int, tuple[str, ...]]:
    """Return how model calls break what was declared, by the number of the span.

    Args:
        store: Where the spans are.
        rows: The spans.
        texts: Their texts and the tools they were offered, by hash; what was cut judges nothing.
    """
    models = [row for row in rows if row["type"] == "llm" and row["output_hashes"]]
    answers = {
        row["id"]: [texts[h] for h in row["output_hashes"] if h in texts and not texts[h]["cut"]]
        for row in models
    }
    schemas = _schemas(store, [row for row in models if _spoke(answers[row["id"]])])
    found = {}
    for row in models:
        offered = {
            texts[h]["name"]: texts[h]["text"]
            for h in row["offered"] or ()
            if h in texts and not texts[h]["cut"]
        }
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


def _schemas(store: Asks, models: list[Row]) -> dict[int, dict[str, Any]]:
    """Return the schemas that the answers of some spans were asked to keep."""
    if not models:
        return {}
    times = [row["at"] for row in models]
    names = [f'$."{name}"' for name in ATTRIBUTES]
    rows = store.query(
        REQUESTS, ids=[r["id"] for r in models], names=names, first=min(times), last=max(times)
    ).to_pylist()
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
        whole = {r["hash"]: r["text"] for r in store.list_contents(sorted(kept)).to_pylist()}
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
