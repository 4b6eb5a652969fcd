"""What a list of tool definitions says more than once: sentences and parts of schemas."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from solvent.traces.tokens import count_many

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MIN_TIMES = 3
"""Times something must be said; twice may be chance."""
SCHEMA_TOKENS = 40
"""Smaller parts of schemas, such as a plain text parameter, are not worth a name."""
REFERENCE_TOKENS = 10
"""Tokens of `{"$ref": "#/$defs/name"}`, which takes the place of a part of a schema."""
SENTENCE_WORDS = 8
MAX_DEPTH = 40

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[\u3002\uff01\uff1f])")
_SPACED = re.compile(r"\S+")


class Repeat(NamedTuple):
    """Something that is said in several places."""

    kind: str
    """`sentence` or `schema`."""
    text: str
    saved_tokens: int
    """Tokens that each place but the first would save."""
    places: tuple[int, ...]
    """Positions of the definitions that say it; a position comes as often as it says it."""


def repeats(definitions: Sequence[str]) -> list[Repeat]:
    """Return what is repeated in a list of definitions, the largest saving first.

    A repeated part of a schema is taken whole: what repeats inside it is not counted again.
    """
    values = [_loads(text) for text in definitions]
    schemas = Counter(text for value in values for text in _parts(_parameters(value)))
    often = [text for text, times in schemas.items() if times >= MIN_TIMES]
    sizes = dict(zip(often, count_many(often), strict=True))
    large = {text: size for text, size in sizes.items() if size >= SCHEMA_TOKENS}
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        for kind, text in _said(value, large):
            places[kind, text].append(place)
    kept = {key: found for key, found in places.items() if len(found) >= MIN_TIMES}
    tokens = count_many([text for _, text in kept])
    answer = [
        Repeat(kind, text, size - (REFERENCE_TOKENS if kind == "schema" else 0), tuple(found))
        for ((kind, text), found), size in zip(kept.items(), tokens, strict=True)
    ]
    return sorted(answer, key=lambda r: (-r.saved_tokens * (len(r.places) - 1), r.text))


def savings(found: Sequence[Repeat], definitions: int) -> list[int]:
    """Return the tokens that each of so many definitions would save if all was said once."""
    saved = [0] * definitions
    for repeat in found:
        for place in repeat.places[1:]:
            saved[place] += repeat.saved_tokens
    return saved


def _said(value: Any, large: dict[str, int]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and isinstance(value.get("description"), str):
        yield from _sentences(value["description"])
    yield from _walk(_parameters(value), large, MAX_DEPTH)


def _walk(node: Any, large: dict[str, int], depth: int) -> Iterator[tuple[str, str]]:
    if not depth:
        return
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, large, depth - 1)
        return
    if not isinstance(node, dict):
        return
    text = _canonical(node) if _is_schema(node) else ""
    if text in large:
        yield "schema", text
        return
    if isinstance(node.get("description"), str):
        yield from _sentences(node["description"])
    for item in node.values():
        yield from _walk(item, large, depth - 1)


def _parts(node: Any, depth: int = MAX_DEPTH) -> Iterator[str]:
    if isinstance(node, dict | list) and depth:
        if isinstance(node, dict) and _is_schema(node):
            yield _canonical(node)
        for item in node.values() if isinstance(node, dict) else node:
            yield from _parts(item, depth - 1)


def _is_schema(node: dict[str, Any]) -> bool:
    return any(key in node for key in ("type", "properties", "items", "anyOf", "oneOf", "enum"))


def _parameters(value: Any) -> Any:
    return value.get("parameters") if isinstance(value, dict) else None


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    for sentence in _SENTENCE.split(text):
        plain = " ".join(sentence.split())
        if len(_SPACED.findall(plain)) >= SENTENCE_WORDS:
            yield "sentence", plain


def _canonical(node: Any) -> str:
    return orjson.dumps(node, option=orjson.OPT_SORT_KEYS).decode()


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
