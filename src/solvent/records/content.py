"""A text that spans refer to by hash: stored once, however often it is sent."""

from __future__ import annotations

from typing import NamedTuple

CONTENT_TYPES = (
    "system", "user", "assistant", "reasoning", "tool_call", "tool_result", "tool_definition",
    "document", "value",
)  # fmt: skip


class Content(NamedTuple):
    """One text, in the order of the columns of the `contents` table."""

    hash: str
    """32 hex digits over type, name, call_id and text: `solvent.records.identity.content_hash`."""
    type: str
    """One of `CONTENT_TYPES`. A message with text and two tool calls is three contents."""
    text: str
    """Plain text of a message, a result or a document; JSON arguments of a `tool_call`; the
    JSON definition `{"name", "description", "parameters"}` of a `tool_definition`."""
    name: str | None = None
    """Tool name of a call, result or definition; speaker of a message in a conversation of
    several agents; source of a document."""
    call_id: str | None = None
    """Joins a `tool_call` to its `tool_result`."""
    tokens: int | None = None
    """Filled behind the intake, for the contents whose cost is asked for; None: not counted yet."""
    first_seen_at: int = 0
    """Microseconds since 1970 UTC."""
