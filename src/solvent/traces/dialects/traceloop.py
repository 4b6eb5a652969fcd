"""OpenLLMetry (Traceloop): flat numbered prompts and completions, `traceloop.*` for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.traces.dialect import Dialect, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.traces.raw import RawEvent


def _entity(attributes: Mapping[str, Any], _events: list[RawEvent]) -> dict[str, Any]:
    """Return the entity's name as that of a tool or agent, where it is one."""
    kind = attributes.get("traceloop.span.kind")
    if kind not in ("tool", "agent"):  # a list may come, which has no hash
        return {}
    return {f"traceloop.entity.name:{kind}": attributes.get("traceloop.entity.name")}


DIALECT = Dialect(
    name="traceloop",
    rank=50,
    signs=("traceloop.", "gen_ai.prompt.0.", "gen_ai.completion.0.", "llm.request.type"),
    columns={
        "session_id": ("traceloop.association.properties.session_id",),
        "user_id": ("traceloop.association.properties.user_id",),
        "tool_name": ("traceloop.entity.name:tool",),
        "agent": ("traceloop.entity.name:agent",),
        "prompt_name": ("traceloop.prompt.key", "traceloop.prompt.managed.name"),
        "prompt_version": ("traceloop.prompt.version",),
        "cache_read_tokens": ("llm.usage.cache_read_input_tokens",),
        "cache_write_tokens": ("llm.usage.cache_creation_input_tokens",),
        "reasoning_tokens": ("llm.usage.reasoning_tokens",),
    },
    types={
        "traceloop.span.kind": {
            "workflow": "workflow",
            "task": "task",
            "agent": "agent",
            "tool": "tool",
        },
        "llm.request.type": {
            "chat": "llm",
            "completion": "llm",
            "embedding": "embedding",
            "rerank": "reranker",
        },
    },
    inputs=(
        Source("gen_ai.prompt", "flat_messages"),
        Source("traceloop.entity.input", "json"),
    ),
    outputs=(
        Source("gen_ai.completion", "flat_messages"),
        Source("traceloop.entity.output", "json"),
    ),
    tools=(Source("llm.request.functions", "flat_tools"),),
    unfold=_entity,
    tokens_note="Its instrumentors add Anthropic's cached tokens to the input before sending.",
)
