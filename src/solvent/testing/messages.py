"""Texts of a project in YAML: messages, documents, tool definitions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid
from solvent.records.batch import Batch
from solvent.records.content import Content
from solvent.records.identity import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND = 1_000_000


@dataclass(slots=True)
class Builder:
    """Collects rows while a project is read."""

    tools: Mapping[str, Any]
    batch: Batch = field(default_factory=Batch)
    clock: int = 0
    count: int = 0

    def content(
        self, type_: str, text: str, name: str | None = None, call: str | None = None
    ) -> str:
        """Keep a text and return its hash."""
        key = content_hash(type_, text, name, call)
        self.batch.contents.append(Content(key, type_, text, name, call, None, self.clock))
        return key

    def next_id(self) -> str:
        """Return the next span id."""
        self.count += 1
        return f"{self.count:016x}"


def known(table: Mapping[str, Any], keys: set[str], what: str) -> None:
    """Refuse keys that are not known.

    Raises:
        Invalid: A key is not known.
    """
    unknown = set(table) - keys
    if unknown:
        raise Invalid(f"`{min(unknown)}` is not a key of {what}", hint=f"known: {sorted(keys)}")


def micros(value: Any) -> int:
    """Return a date or time as microseconds since 1970 UTC."""
    moment = datetime.fromisoformat(str(value))
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * SECOND)


def numbered(value: Any, n: int) -> str | None:
    """Return a text with the number of the copy in place of `{n}`; None stays None."""
    return None if value is None else str(value).replace("{n}", str(n))


def document(builder: Builder, value: Any, n: int) -> str:
    """Keep a document and return its hash."""
    text, source = (value["text"], value["source"]) if isinstance(value, dict) else (value, None)
    return builder.content("document", numbered(text, n) or "", numbered(source, n))


def listed(value: Any, role: str) -> list[Mapping[str, Any]]:
    """Return messages as a list; a text alone is one of that role."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [{role: value}]


def message_of(builder: Builder, message: Mapping[str, Any], n: int) -> str:
    """Keep a message and return its hash."""
    role, value = next(iter(message.items()))
    if role == "call":
        text = numbered(text_of(value.get("arguments", {})), n) or ""
        return builder.content("tool_call", text, value["tool"], numbered(value.get("id"), n))
    if role == "result":
        text = numbered(_rows(value) if "rows" in value else text_of(value["text"]), n) or ""
        return builder.content("tool_result", text, value.get("tool"), numbered(value.get("id"), n))
    return builder.content(role, numbered(text_of(value), n) or "")


def prompt_text(value: Any) -> str:
    """Return a system prompt; a long one is made of one line many times."""
    if not isinstance(value, dict):
        return text_of(value)
    known(value, {"first", "line", "times"}, "a long prompt")
    lines = [value["line"].replace("{i}", str(i + 1)) for i in range(value["times"])]
    return "\n".join([value["first"], *lines] if "first" in value else lines)


def _rows(value: Mapping[str, Any]) -> str:
    """Return a long result: that many orders, each with a number and a town of its own."""
    rows = [
        {"order": f"A-{i}", "town": f"Winterthur{i}"} for i in range(1000, 1000 + value["rows"])
    ]
    return text_of(rows)


def text_of(value: Any) -> str:
    """Return a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def tool_name(tool: Any) -> str:
    """Return the name of an offered tool."""
    return tool if isinstance(tool, str) else str(tool["name"])


def definition(builder: Builder, tool: Any) -> str:
    """Return the definition of an offered tool as JSON."""
    if isinstance(tool, str):
        return text_of({"name": tool, **(builder.tools.get(tool) or {})})
    return text_of(tool)
