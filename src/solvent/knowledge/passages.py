"""Passages in the result of a search tool: what a retriever would have reported as documents."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

MAX_CHARS = 400_000
MAX_DEPTH = 4

_TEXT = ("content", "page_content", "text", "snippet", "passage", "chunk", "body", "raw_content")
_NAME = ("source", "url", "link", "uri", "title", "file", "path", "id", "doc_id")
_LIST = ("results", "documents", "passages", "chunks", "hits", "items", "data", "matches", "docs")


class Passage(NamedTuple):
    """One thing that was found."""

    text: str
    name: str | None
    """Where it is from: an address, a file, a title or an id."""
    score: float | None


def passages(text: str) -> list[Passage] | None:
    """Return the passages of a tool's result; None when it is not a list of passages.

    A list of passages is JSON: a list of objects, bare or under a name such as `results`, in which
    each has a text and says where it is from or how well it fits. An empty list is one too.
    """
    if text.lstrip()[:1] not in ("{", "[") or len(text) > MAX_CHARS:
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    listed = _listed(value, MAX_DEPTH)
    if listed is None:
        return None
    found = [_passage(item) for item in listed]
    known = [passage for passage in found if passage]
    return known if len(known) == len(found) else None


def _listed(value: Any, depth: int) -> list[Any] | None:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not depth:
        return None
    for name in _LIST:
        if name in value:
            return _listed(value[name], depth - 1)
    return None


def _passage(item: Any) -> Passage | None:
    if not isinstance(item, dict):
        return None
    metadata = item.get("metadata")
    around = {**metadata, **item} if isinstance(metadata, dict) else item
    text = next((item[k] for k in _TEXT if isinstance(item.get(k), str)), None)
    name = next((str(around[k]) for k in _NAME if isinstance(around.get(k), str | int)), None)
    given = around.get("score")
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    score = float(given) if is_number and given is not None else None
    if text is None or (name is None and score is None):
        return None
    return Passage(text, name, score)
