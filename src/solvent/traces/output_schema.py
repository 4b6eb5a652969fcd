"""The schema that the answer of a model call was asked to keep, and what an answer breaks of it.

No two senders write it down alike: as an attribute of its own, or somewhere inside the recorded
request. What cannot be read judges nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from solvent.traces.tool_schema import checker

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTRIBUTES = (
    "gen_ai.request.structured_output_schema",
    "llm.request.structured_output_schema",
    "ai.schema",
    "llm.invocation_parameters",
    "input.value",
)
"""Attributes that hold a schema, or a request with one in it."""
INSIDE = (
    "response_format", "json_schema", "schema", "text", "format", "generation_config", "config",
    "response_schema", "response_json_schema", "responseSchema", "responseJsonSchema",
    "generationConfig", "output_config",
)  # fmt: skip
"""Keys of a request under which a schema stands, in the requests of the large providers."""
DEPTH = 5
KNOWN = 256
"""Schemas that are kept ready."""
WORDS = {
    "not JSON": "the answer is not JSON",
    "not an object": "the answer is not an object",
    "missing": "`{where}` is missing",
    "invented": "`{where}` is not in the schema",
    "enum": "`{where}` is none of the values allowed",
    "type": "`{where}` has another type",
    "other": "`{where}` breaks a limit of the schema",
}
_FENCE = re.compile(r"\s*```\w*\n(.*?)\n?```\s*", re.DOTALL)


def find_schema(attribute: str, value: Any) -> dict[str, Any] | None:
    """Return the schema of an object in the value of one of `ATTRIBUTES`; None: there is none.

    Args:
        attribute: Which attribute; inside a request, a schema stands below a key that says so.
        value: JSON text, or what was read from it.
    """
    return _find(value, DEPTH, bare=not attribute.endswith((".value", "_parameters")))


def _find(value: Any, depth: int, *, bare: bool) -> dict[str, Any] | None:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    if not isinstance(value, dict) or not depth:
        return None
    if bare and value.get("type") == "object" and isinstance(value.get("properties"), dict):
        return value
    for key in INSIDE:
        found = _find(value.get(key), depth - 1, bare=True) if key in value else None
        if found is not None:
            return found
    return None


def objections(answer: str, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return in words how an answer breaks a schema; a fence around the JSON breaks nothing."""
    fenced = _FENCE.fullmatch(answer)
    return _objections(
        fenced[1] if fenced else answer, orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)
    )


def _objections(answer: str, schema: bytes) -> tuple[str, ...]:
    closed, held = _checker(schema)
    return tuple(
        WORDS[problem.kind].format(where=problem.where)
        for problem in held.problems(answer)
        if problem.kind != "invented" or closed
    )


@lru_cache(KNOWN)
def _checker(schema: bytes) -> tuple[bool, Any]:
    read = orjson.loads(schema)
    return read.get("additionalProperties") is False, checker(read)
