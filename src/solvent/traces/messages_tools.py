"""Tool definitions of any provider in one form."""

from __future__ import annotations

from typing import Any

from solvent.traces.messages_item import Item
from solvent.traces.messages_json import dump, find


def tool_definitions(value: Any) -> list[Item]:
    """Return tool definitions of any provider as `{"name", "description", "parameters"}`."""
    if isinstance(value, str):
        value = find(value)
    items: list[Item] = []
    for one in value if isinstance(value, list) else [value]:
        tool = find(one) if isinstance(one, str) else one
        if not isinstance(tool, dict):
            continue
        for wrapper in ("tool", "json_schema", "function", "toolSpec"):
            inner = tool.get(wrapper)
            if isinstance(inner, str):
                inner = find(inner)
            if isinstance(inner, dict):
                tool = inner
        if isinstance(tool.get("functionDeclarations"), list):
            items.extend(_plain(tool["functionDeclarations"]))
        else:
            items.extend(_plain([tool]))
    return items


def _plain(tools: list[Any]) -> list[Item]:
    """Return plain definitions in our form; one without a name is left out."""
    items = []
    for tool in tools:
        if not isinstance(tool, dict):
            continue
        name = tool.get("name") or tool.get("type")
        if not name:
            continue
        schema: Any = next(
            (
                tool[k]
                for k in ("parameters", "input_schema", "inputSchema", "json_schema")
                if tool.get(k) is not None
            ),
            {},
        )
        if isinstance(schema, str):
            schema = find(schema) or {}
        if isinstance(schema, dict) and isinstance(schema.get("json"), dict):  # Bedrock
            schema = schema["json"]
        definition = {
            "name": str(name),
            "description": tool.get("description") or "",
            "parameters": schema,
        }
        items.append(Item("tool_definition", dump(definition), str(name)))
    return items
