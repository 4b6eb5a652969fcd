"""Requests and answers as JSON text: their messages and tools are kept once, the rest stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.traces.messages import Reader
from solvent.traces.messages_json import find
from solvent.traces.messages_tools import tool_definitions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from solvent.records.content import Content
    from solvent.traces.messages_item import Item

LISTS = ("messages", "input", "contents", "choices", "output", "candidates")
_TOOL_KEYS = frozenset(
    {"name", "description", "parameters", "input_schema", "inputSchema", "json_schema"}
    | {"type", "function", "tool"}
)


def envelope(
    parsed: Mapping[str, Any], hashes: Callable[[list[Item]], list[str]], role: str
) -> tuple[dict[str, Any], Reader] | None:
    """Return the object with references for its messages and tools, and what was read.

    None when nothing in it can be expressed wholly as contents.
    """
    kept = dict(parsed)
    reader = Reader()
    found = False
    for key in ("system", "instructions", "system_instruction"):
        if isinstance(kept.get(key), str | list) and kept[key] and any(k in kept for k in LISTS):
            part = Reader()
            part.read(kept[key], "system")
            if part.whole and all(item.type == "system" for item in part.items):
                kept[key] = {"$contents": hashes(part.items)}
                reader.items += part.items
    bodies: list[tuple[str, Any]] = [(k, kept[k]) for k in LISTS if isinstance(kept.get(k), list)]
    if not bodies and "role" in kept and isinstance(kept.get("content"), str | list):
        bodies = [("content", {"role": kept["role"], "content": kept["content"]})]
    for key, body in bodies:
        part = Reader(reader.called)
        part.read(body, role)
        if part.items and part.whole:
            kept[key] = {"$contents": hashes(part.items)}
            reader.items += part.items
            reader.finish += part.finish
            found = True
    for key in ("tools", "functions"):
        tools = kept.get(key)
        if isinstance(tools, list) and tools and expressed(tools):
            kept[key] = {"$contents": hashes(tool_definitions(tools))}
            found = True
    return (kept, reader) if found else None


def expressed(tools: Any) -> bool:
    """Tell whether our form of tool definitions says all that these say."""
    for tool in tools if isinstance(tools, list) else [tools]:
        parsed = find(tool) if isinstance(tool, str) else tool
        if not isinstance(parsed, dict) or not parsed.keys() <= _TOOL_KEYS:
            return False
        for wrapper in ("function", "tool"):
            inner = parsed.get(wrapper)
            if isinstance(inner, dict) and not inner.keys() <= _TOOL_KEYS:
                return False
    return True


def restore(value: Any, contents: Mapping[str, Content]) -> Any:
    """Return attributes with their texts back in place; a text that is gone stays a reference.

    Args:
        value: The parsed `attributes` (or one value of them).
        contents: Contents by hash.
    """
    if isinstance(value, list):
        return [restore(one, contents) for one in value]
    if not isinstance(value, dict):
        return value
    if "$content" in value:
        held = contents.get(value["$content"])
        return value if held is None else held.text
    if "$contents" in value and isinstance(value["$contents"], list):
        return [_spoken(contents[key]) if key in contents else key for key in value["$contents"]]
    if "$json" in value:
        return restore(value["$json"], contents)
    return {key: restore(one, contents) for key, one in value.items()}


def _spoken(content: Content) -> dict[str, str]:
    told = {
        "type": content.type,
        "name": content.name,
        "call_id": content.call_id,
        "text": content.text,
    }
    return {key: text for key, text in told.items() if text is not None}
