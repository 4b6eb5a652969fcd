"""OpenInference: Phoenix, Arize and the instrumentors of their catalogue."""

from __future__ import annotations

from solvent.traces.dialect import Dialect, Source

DIALECT = Dialect(
    name="openinference",
    rank=40,
    signs=(
        "openinference.span.kind",
        "llm.input_messages.",
        "llm.output_messages.",
        "llm.token_count.",
    ),
    columns={
        "provider": ("llm.provider", "llm.system"),
        "model": (
            "llm.response.model_name",
            "llm.model_name",
            "llm.request.model_name",
            "embedding.model_name",
            "reranker.model_name",
        ),
        "agent": ("agent.name",),
        "session_id": ("session.id",),
        "user_id": ("user.id",),
        "tags": ("tag.tags",),
        "tool_name": ("tool.name",),
        "tool_call_id": ("tool.id", "tool_call.id"),
        "prompt_name": ("llm.prompt_template.name", "prompt.id"),
        "prompt_version": ("llm.prompt_template.version",),
        "input_tokens": ("llm.token_count.prompt",),
        "output_tokens": ("llm.token_count.completion",),
        "cache_read_tokens": (
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
        ),
        "cache_write_tokens": ("llm.token_count.prompt_details.cache_write",),
        "reasoning_tokens": ("llm.token_count.completion_details.reasoning",),
        "cost_usd": ("llm.cost.total",),
    },
    types={
        "openinference.span.kind": {
            "llm": "llm",
            "chain": "chain",
            "tool": "tool",
            "retriever": "retriever",
            "embedding": "embedding",
            "agent": "agent",
            "reranker": "reranker",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
            "prompt": "prompt",
        }
    },
    inputs=(
        Source("llm.input_messages", "flat_messages"),
        Source("llm.prompts", "flat_messages"),
        Source("reranker.query", "value"),
        Source("input.value", "value"),
        Source("tool.parameters", "value"),
    ),
    outputs=(
        Source("llm.output_messages", "flat_messages"),
        Source("llm.choices", "flat_messages"),
        Source("output.value", "value"),
    ),
    tools=(Source("llm.tools", "flat_tools"),),
    documents=(
        Source("retrieval.documents", "flat_documents"),
        Source("reranker.output_documents", "flat_documents"),
    ),
    resource={"project": ("openinference.project.name",)},
    assessments=("annotations", "evaluations", "trace.annotations", "trace.evaluations"),
    tokens_note="`prompt` and `completion` are totals; the `*_details` are parts of them.",
)
