"""One call of a language model: what is asked, and what came back."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  the fields say what they hold
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One choice of a tool by a model."""

    name: str
    arguments: str
    """JSON text, as the model wrote it: it may not parse."""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation that is sent."""

    role: str
    """system, user, assistant or tool."""
    text: str
    tool_call_id: str | None = None
    """Of a tool's result: the call it answers."""
    tool_calls: tuple[ToolCall, ...] = ()
    """Of an assistant's turn: the calls it made; the results that follow answer them."""


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What is asked of a model."""

    model: str
    """Empty: the model that the provider was opened with."""
    messages: tuple[Message, ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    """Function definitions in the OpenAI form."""
    temperature: float | None = None
    """None: what the provider takes by itself."""
    max_tokens: int | None = None
    output_schema: Mapping[str, Any] | None = None
    """JSON Schema that the answer must follow, for providers that can hold a model to one."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Facts that are not sent to a model but tell recorded answers apart, such as `schema=v3`."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered."""

    text: str
    model: str
    """The model that answered, as the provider names it."""
    tool_calls: tuple[ToolCall, ...] = ()
    input_tokens: int | None = None
    """Cached ones included; None: the provider did not say."""
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    finish_reason: str = ""
    answered_at: str = ""
    """When a recorded answer was given, ISO 8601; empty: not known, or just now."""
    recorded: str = ""
    """What was recorded, of which model and when, for an answer that is replayed; empty: a model
    has answered just now."""
