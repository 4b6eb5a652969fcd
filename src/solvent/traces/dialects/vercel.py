"""Vercel AI SDK telemetry: `ai.*` beside a few `gen_ai.*`."""

from __future__ import annotations

from solvent.traces.dialect import Dialect, Source

DIALECT = Dialect(
    name="vercel",
    rank=35,
    signs=("ai.operationId", "ai.model.", "ai.prompt", "ai.response.", "ai.toolCall."),
    columns={
        "provider": ("ai.model.provider",),
        "model": ("ai.response.model", "ai.model.id"),
        "session_id": ("ai.telemetry.metadata.sessionId",),
        "user_id": ("ai.telemetry.metadata.userId",),
        "tags": ("ai.telemetry.metadata.tags",),
        "agent": ("ai.telemetry.functionId",),
        "tool_name": ("ai.toolCall.name",),
        "tool_call_id": ("ai.toolCall.id",),
        "input_tokens": ("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
        "output_tokens": ("ai.usage.outputTokens", "ai.usage.completionTokens"),
        "cache_read_tokens": (
            "ai.usage.cachedInputTokens",
            "ai.usage.inputTokenDetails.cacheReadTokens",
        ),
        "cache_write_tokens": ("ai.usage.inputTokenDetails.cacheWriteTokens",),
        "reasoning_tokens": (
            "ai.usage.reasoningTokens",
            "ai.usage.outputTokenDetails.reasoningTokens",
        ),
    },
    types={
        "ai.operationId": {
            "ai.generatetext": "chain",
            "ai.generatetext.dogenerate": "llm",
            "ai.streamtext": "chain",
            "ai.streamtext.dostream": "llm",
            "ai.generateobject": "chain",
            "ai.generateobject.dogenerate": "llm",
            "ai.streamobject": "chain",
            "ai.streamobject.dostream": "llm",
            "ai.embed": "chain",
            "ai.embed.doembed": "embedding",
            "ai.embedmany": "chain",
            "ai.embedmany.doembed": "embedding",
            "ai.toolcall": "tool",
        }
    },
    inputs=(
        Source("ai.prompt.messages", "messages"),
        Source("ai.toolCall.args", "value"),
        Source("ai.prompt", "value"),
        Source("ai.value", "value"),
    ),
    outputs=(
        Source("ai.response.text", "reply"),
        Source("ai.response.toolCalls", "reply"),
        Source("ai.toolCall.result", "value"),
        Source("ai.response.object", "value"),
    ),
    tools=(Source("ai.prompt.tools", "tools"),),
    tokens_note="Totals; cached and reasoning tokens are parts of them.",
)
