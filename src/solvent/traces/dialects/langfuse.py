"""Langfuse SDK from version 3 on: OpenTelemetry spans with JSON text in attributes."""

from __future__ import annotations

from solvent.traces.dialect import Dialect, Source

DIALECT = Dialect(
    name="langfuse",
    rank=10,
    signs=("langfuse.",),
    columns={
        "model": ("langfuse.observation.model.name",),
        "session_id": ("session.id", "langfuse.session.id"),
        "user_id": ("user.id", "langfuse.user.id"),
        "tags": ("langfuse.trace.tags",),
        "environment": ("langfuse.environment",),
        "app_version": ("langfuse.release", "langfuse.version"),
        "prompt_name": ("langfuse.observation.prompt.name",),
        "prompt_version": ("langfuse.observation.prompt.version",),
        "status_message": ("langfuse.observation.status_message",),
        "cost_usd": ("langfuse.observation.cost_details",),
    },
    types={
        "langfuse.observation.type": {
            "generation": "llm",
            "agent": "agent",
            "tool": "tool",
            "chain": "chain",
            "retriever": "retriever",
            "evaluator": "evaluator",
            "embedding": "embedding",
            "guardrail": "guardrail",
        }
    },
    inputs=(
        Source("langfuse.observation.input", "value"),
        Source("langfuse.trace.input", "value"),
    ),
    outputs=(
        Source("langfuse.observation.output", "value"),
        Source("langfuse.trace.output", "value"),
    ),
    documents=(Source("langfuse.observation.output", "documents"),),
    statuses={"langfuse.observation.level": {"error": "error"}},
    named_by_span=True,
    usage=("langfuse.observation.usage_details",),
    excludes_cache=True,
    resource={
        "environment": ("langfuse.environment",),
        "app_version": ("langfuse.release",),
    },
    tokens_note=(
        "`usage_details` are exclusive buckets (`input`, `input_cached_tokens`, "
        "`cache_read_input_tokens`, ...) that are added up; a body with `prompt_tokens` is "
        "OpenAI's form, where the details are parts of the totals."
    ),
)
