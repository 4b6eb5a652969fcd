"""One timed step of a trace, as a row of the `spans` table."""

from __future__ import annotations

from typing import NamedTuple

SPAN_TYPES = (
    "llm", "embedding", "tool", "retriever", "reranker", "agent", "workflow", "chain", "prompt",
    "guardrail", "evaluator", "parser", "memory", "task", "span",
)  # fmt: skip
"""What a step did. `span` is said when the sender does not tell."""


class Span(NamedTuple):
    """One timed step, in the order of the columns of the `spans` table.

    A tuple, because the intake makes millions of them. `None` always means "the sender did not
    say"; no field is ever filled with a guess.
    """

    id: int
    """Identity: 63 bits of a hash of trace and span id. See `solvent.records.identity.span_key`."""
    project: str
    trace_id: str
    """32 lower-case hex digits."""
    span_id: str
    """16 lower-case hex digits."""
    parent_id: str | None
    type: str
    """One of `SPAN_TYPES`."""
    name: str
    started_at: int
    """Microseconds since 1970 UTC."""
    duration_ns: int | None = None
    """Nanoseconds; negative when the sender's clock ran backwards; None while it is running."""
    status: str = "unset"
    """ok, error or unset."""
    status_message: str | None = None
    service: str | None = None
    app_version: str | None = None
    environment: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: list[str] | None = None
    agent: str | None = None
    provider: str | None = None
    model: str | None = None
    """The model that answered; when only the requested one is known, that."""
    input_tokens: int | None = None
    """All input tokens, those read from and written to a cache included."""
    output_tokens: int | None = None
    """All output tokens, reasoning included."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: float | None = None
    cost_source: str | None = None
    """reported (by the sender), computed (usage x price table), or None: unknown."""
    price_version: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    tool_name: str | None = None
    tool_version: str | None = None
    tool_call_id: str | None = None
    input_hashes: list[str] | None = None
    """Contents that went in, in order: messages of a model call, arguments of a tool."""
    output_hashes: list[str] | None = None
    offered_tools: list[str] | None = None
    """Contents (`tool_definition`) that the model could choose from, in the order offered."""
    document_hashes: list[str] | None = None
    document_scores: list[float | None] | None = None
    input_preview: str | None = None
    output_preview: str | None = None
    attributes: str = "{}"
    """What the sender sent, as a JSON object. A value `{"$content": hash}` or
    `{"$contents": [hash]}` stands for text that is kept in `contents`; `{"$json": {...}}` is JSON
    text with such references inside."""
    resource: str = "{}"
    events: str | None = None
    """JSON list of `{"name", "at" (microseconds), "attributes"}`."""
    links: str | None = None
    """JSON list of `{"trace_id", "span_id", "attributes"}`."""
    dialect: str = "otel"
    dated: bool = True
    """False when the source carried no time and `started_at` only keeps the order."""
    received_at: int = 0
    """Microseconds since 1970 UTC."""
