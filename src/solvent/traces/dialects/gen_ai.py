"""OpenTelemetry GenAI conventions in all their ages: events, message attributes, newer names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.traces.dialect import Dialect, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.traces.raw import RawEvent

_TYPES = {
    "chat": "llm",
    "generate_content": "llm",
    "text_completion": "llm",
    "completion": "llm",
    "responses": "llm",
    "embeddings": "embedding",
    "embedding": "embedding",
    "retrieval": "retriever",
    "retrieve": "retriever",
    "rerank": "reranker",
    "create_agent": "agent",
    "invoke_agent": "agent",
    "invoke_workflow": "workflow",
    "execute_tool": "tool",
    "plan": "chain",
    "create_memory": "memory",
    "update_memory": "memory",
    "upsert_memory": "memory",
    "search_memory": "memory",
    "delete_memory": "memory",
    "create_memory_store": "memory",
    "delete_memory_store": "memory",
}

_EVENTS_IN = (
    "gen_ai.system.message",
    "gen_ai.user.message",
    "gen_ai.assistant.message",
    "gen_ai.tool.message",
    "gen_ai.content.prompt",
)
_EVENTS_OUT = ("gen_ai.choice", "gen_ai.content.completion")
_DETAILS = "gen_ai.client.inference.operation.details"


def _details(attributes: Mapping[str, Any], events: list[RawEvent]) -> dict[str, Any]:
    """Return what the details event carries instead of the span."""
    found: dict[str, Any] = {}
    for event in events:
        if event.name == _DETAILS:
            found.update((k, v) for k, v in event.attributes.items() if k not in attributes)
    return found


DIALECT = Dialect(
    name="gen_ai",
    rank=90,
    signs=("gen_ai.",),
    events=(*_EVENTS_IN, *_EVENTS_OUT, _DETAILS, "gen_ai.evaluation.result"),
    unfold=_details,
    columns={
        "provider": ("gen_ai.provider.name", "gen_ai.system"),
        "model": ("gen_ai.response.model", "gen_ai.request.model"),
        "agent": ("gen_ai.agent.name",),
        "session_id": ("gen_ai.conversation.id", "session.id"),
        "user_id": ("user.id", "enduser.id", "gen_ai.user.id"),
        "tool_name": ("gen_ai.tool.name",),
        "tool_version": ("gen_ai.tool.version", "tool.version"),
        "tool_call_id": ("gen_ai.tool.call.id",),
        "prompt_name": ("gen_ai.prompt.name", "prompt.name"),
        "prompt_version": ("gen_ai.prompt.version", "prompt.version"),
        "app_version": ("app.release", "app.version", "service.version"),
        "environment": ("deployment.environment.name", "deployment.environment"),
        "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        "cache_read_tokens": (
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.input_tokens.cached",
        ),
        "cache_write_tokens": (
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
        ),
        "reasoning_tokens": (
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.output_tokens.reasoning",
        ),
        "cost_usd": ("gen_ai.usage.cost", "gen_ai.usage.total_cost"),
        "tags": ("tags",),
    },
    types={"gen_ai.operation.name": _TYPES},
    inputs=(
        Source("gen_ai.system_instructions", "instructions"),
        Source("gen_ai.input.messages", "messages"),
        Source("", "event_messages", _EVENTS_IN),
        Source("gen_ai.tool.call.arguments", "value"),
        Source("gen_ai.retrieval.query.text", "value"),
        Source("gen_ai.memory.query.text", "value"),
    ),
    outputs=(
        Source("gen_ai.output.messages", "messages"),
        Source("", "event_messages", _EVENTS_OUT),
        Source("gen_ai.tool.call.result", "value"),
        Source("gen_ai.memory.records", "value"),
    ),
    tools=(
        Source("gen_ai.tool.definitions", "tools"),
        Source("gen_ai.request.available_tools", "tools"),
    ),
    documents=(Source("gen_ai.retrieval.documents", "documents"),),
    resource={
        "service": ("service.name",),
        "app_version": ("service.version",),
        "environment": ("deployment.environment.name", "deployment.environment"),
    },
    tokens_note="The conventions say that input includes cached and output includes reasoning.",
)
