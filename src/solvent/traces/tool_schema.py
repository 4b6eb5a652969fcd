"""Tool definitions as offered to a model: their schema made standard, and arguments held to it.

Definitions in the wild are close to JSON Schema and not quite: `dict` and `float` as types,
`STRING` in capitals, `required: true` on a property, `nullable`. Here each is read as what it
means. What cannot be read judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema_rs
import orjson

from solvent.traces.arguments import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 40
MAX_PROBLEMS = 20
"""Problems named for one call."""
TYPES = {
    "dict": "object", "map": "object", "struct": "object",
    "float": "number", "double": "number", "decimal": "number",
    "int": "integer", "long": "integer",
    "str": "string", "char": "string", "text": "string",
    "list": "array", "tuple": "array", "set": "array", "arraylist": "array",
    "bool": "boolean", "none": "null",
}  # fmt: skip
STANDARD = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
SCHEMAS = ("properties", "patternProperties", "$defs", "definitions")
"""Keywords whose value is schemas by name."""
INNER = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=10_000)
"""A pattern of somebody else's must not cost more than it is worth."""
UNDECIDED = frozenset({"backtrackLimitExceeded", "regexEngineFailure", "referencing", "format"})
LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")


class Definition(NamedTuple):
    """A tool as offered to a model."""

    name: str
    description: str
    parameters: dict[str, Any]


class Problem(NamedTuple):
    """One way in which arguments break a schema, without the values of the case."""

    kind: str
    """not JSON, not an object, missing, invented, enum, type or other."""
    where: str
    """Path of the parameter: `items[].sku`; empty for the arguments as a whole."""

    def __str__(self) -> str:
        """Return the problem in words."""
        return WORDS[self.kind].format(where=self.where)


WORDS = {
    "not JSON": "the arguments are not JSON",
    "not an object": "the arguments are not an object",
    "missing": "`{where}` is missing",
    "invented": "`{where}` is not a parameter",
    "enum": "`{where}` is none of the values allowed",
    "type": "`{where}` has another type",
    "other": "`{where}` breaks a limit of the schema",
}


def read_definition(text: str) -> Definition:
    """Return a definition `{"name", "description", "parameters"}`; what is not there is empty."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = {}
    if not isinstance(value, dict):
        value = {}
    if isinstance(value.get("function"), dict):
        value = value["function"]
    keys = ("parameters", "input_schema", "inputSchema")
    empty: dict[str, Any] = {}
    schema = next((value[key] for key in keys if isinstance(value.get(key), dict)), empty)
    return Definition(str(value.get("name") or ""), str(value.get("description") or ""), schema)


def standard(schema: Any, depth: int = MAX_DEPTH) -> Any:
    """Return a schema in the words of JSON Schema 2020-12."""
    if not isinstance(schema, dict) or not depth:
        return schema if isinstance(schema, bool) else True
    out = {k: v for k, v in schema.items() if k not in {"nullable", "optional", "$schema", "$id"}}
    _name_types(out, nullable=schema.get("nullable") is True)
    for key in (*SCHEMAS, *INNER, *LISTED):
        if key not in out:
            continue
        inner = out[key]
        if key in SCHEMAS and isinstance(inner, dict):
            out[key] = {name: standard(part, depth - 1) for name, part in inner.items()}
        elif isinstance(inner, list):
            out["prefixItems" if key == "items" else key] = [
                standard(part, depth - 1) for part in inner
            ]
            if key == "items":
                del out[key]
        else:
            out[key] = standard(inner, depth - 1)
    _name_required(out, schema)
    return out


def _name_types(out: dict[str, Any], *, nullable: bool) -> None:
    said = out.pop("type", None)
    types = [TYPES.get(str(t).lower(), str(t).lower()) for t in _listed(said)]
    if types and all(t in STANDARD for t in types):
        out["type"] = [*types, "null"] if nullable else types
    enum = out.get("enum")
    if enum is not None and (not isinstance(enum, list) or not enum):
        del out["enum"]
    elif enum is not None and "array" in types and not any(isinstance(e, list) for e in enum):
        del out["enum"]  # meant for the items, as the values say
    elif enum is not None and nullable:
        out["enum"] = [*enum, None]


def _name_required(out: dict[str, Any], schema: dict[str, Any]) -> None:
    """Read `required: true` on properties, and the limits of older drafts."""
    for bound in ("Minimum", "Maximum"):
        if isinstance(out.get(f"exclusive{bound}"), bool) and out.pop(f"exclusive{bound}"):
            limit = out.pop(bound.lower(), None)
            if limit is not None:
                out[f"exclusive{bound}"] = limit
    required = out.pop("required", None)
    names = [n for n in required if isinstance(n, str)] if isinstance(required, list) else []
    properties = out.get("properties")
    if isinstance(properties, dict):
        given = schema["properties"].items()
        names += [n for n, p in given if isinstance(p, dict) and p.get("required") is True]
        names = [n for n in dict.fromkeys(names) if n in properties]
    else:
        out.pop("properties", None)
    if names:
        out["required"] = names


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True)
class Checker:
    """Holds arguments to the schema of one definition."""

    known: frozenset[str] | None
    """Names of the parameters; None when the schema admits others."""
    required: frozenset[str]
    """Names of required parameters at any depth; any other may be null: "not given"."""
    validator: Any
    """None: the schema cannot be read, so only the form of the arguments is looked at."""

    def problems(self, text: str) -> tuple[Problem, ...]:
        """Return how the arguments break the schema, each problem once, in a stable order."""
        try:
            value = parse(text)
        except ValueError:
            return (Problem("not JSON", ""),)
        if not isinstance(value, dict):
            return (Problem("not an object", ""),)
        found: set[Problem] = set()
        if self.known is not None:
            found |= {Problem("invented", name) for name in value if name not in self.known}
        if self.validator is not None:
            for count, error in enumerate(self.validator.iter_errors(value)):
                if count >= MAX_PROBLEMS:
                    break
                if error.instance is not None or self._is_required(error.instance_path):
                    found |= _problems(error)
        return tuple(sorted(found)[:MAX_PROBLEMS])

    def _is_required(self, path: Any) -> bool:
        return not path or path[-1] in self.required


def checker(parameters: dict[str, Any] | None) -> Checker:
    """Return what holds arguments to a schema; None is for a tool whose definition is not known."""
    if not parameters:
        return Checker(None, frozenset(), None)
    schema = standard(parameters)
    properties = parameters.get("properties")
    extra = parameters.get("additionalProperties")
    open_ended = bool(extra) or any(key in parameters for key in (*LISTED, "patternProperties"))
    known = None
    if isinstance(properties, dict) and properties and not open_ended and "$ref" not in parameters:
        known = frozenset(properties)
    try:
        validator: Any = jsonschema_rs.Draft202012Validator(
            schema, retriever=_refuse, pattern_options=PATTERNS
        )
    except (ValueError, jsonschema_rs.ReferencingError, RecursionError):
        validator = None
    return Checker(known, frozenset(_required(schema)), validator)


def _required(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("required", ()) if isinstance(schema.get("required"), list) else ()
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from _required(part)


def _refuse(uri: str) -> Any:
    """Refuse to fetch a schema from elsewhere: an audit reads what was recorded and no more."""
    raise ValueError(uri)


def _problems(error: jsonschema_rs.ValidationError) -> set[Problem]:
    where = _path(error.instance_path)
    said: Any = error.kind
    name = said.name
    if name == "required":
        return {Problem("missing", _below(where, str(said.property)))}
    if name in {"additionalProperties", "unevaluatedProperties"}:
        return {Problem("invented", _below(where, str(extra))) for extra in said.unexpected}
    if name in {"anyOf", "oneOf"} and hasattr(said, "context"):
        return _alternatives(said.context, where)
    if name in UNDECIDED:
        return set()
    kind = {"enum": "enum", "const": "enum", "type": "type"}.get(name, "other")
    return {Problem(kind, where or "arguments")}


def _alternatives(context: list[list[jsonschema_rs.ValidationError]], where: str) -> set[Problem]:
    """Return what is wrong with a value that fits no alternative, beside its not being null."""
    branches = [
        [e for e in branch if not e.message.endswith('is not of type "null"')] for branch in context
    ]
    found = [{problem for e in branch for problem in _problems(e)} for branch in branches if branch]
    if len(found) == 1:
        return found[0]
    kinds = {problem.kind for problems in found for problem in problems}
    return {Problem("type" if kinds == {"type"} else "other", where or "arguments")}


def _path(parts: Any) -> str:
    text = ""
    for part in parts:
        text = f"{text}[]" if isinstance(part, int) else _below(text, str(part))
    return text


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
