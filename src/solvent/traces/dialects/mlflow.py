"""MLflow Traces: every value is JSON text, also a plain string."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.traces.dialect import Dialect, Source
from solvent.traces.messages_json import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.traces.raw import RawEvent

_PLAIN = frozenset({"mlflow.spanInputs", "mlflow.spanOutputs"})


def _unquoted(attributes: Mapping[str, Any], _events: list[RawEvent]) -> dict[str, Any]:
    """Return the small values out of their JSON text."""
    found: dict[str, Any] = {}
    for name, value in attributes.items():
        if name.startswith("mlflow.") and name not in _PLAIN and isinstance(value, str):
            inner = find(f"[{value}]") if value[:1] == '"' else None
            if isinstance(inner, list) and len(inner) == 1:
                found[name] = inner[0]
    return found


DIALECT = Dialect(
    name="mlflow",
    rank=20,
    signs=("mlflow.",),
    columns={
        "provider": ("mlflow.llm.provider",),
        "model": ("mlflow.llm.model",),
        "session_id": ("mlflow.trace.session", "session.id"),
        "user_id": ("mlflow.trace.user", "user.id"),
        "cost_usd": ("mlflow.llm.cost",),
    },
    types={
        "mlflow.spanType": {
            "llm": "llm",
            "chat_model": "llm",
            "chain": "chain",
            "agent": "agent",
            "tool": "tool",
            "retriever": "retriever",
            "parser": "parser",
            "embedding": "embedding",
            "reranker": "reranker",
            "memory": "memory",
            "workflow": "workflow",
            "task": "task",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
        }
    },
    inputs=(Source("mlflow.spanInputs", "json"),),
    outputs=(Source("mlflow.spanOutputs", "json"),),
    tools=(Source("mlflow.chat.tools", "tools"),),
    documents=(Source("mlflow.spanOutputs", "documents"),),
    unfold=_unquoted,
    named_by_span=True,
    usage=("mlflow.chat.tokenUsage",),
    resource={"project": ("mlflow.experimentId", "mlflow.experiment_id")},
    tokens_note="`tokenUsage` includes cached tokens; Anthropic's are added by its autologger.",
)
