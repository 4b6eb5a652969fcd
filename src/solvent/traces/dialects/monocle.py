"""Monocle: `span.type`, numbered entities, and inputs and outputs in span events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.traces.dialect import Dialect, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.traces.raw import RawEvent

_ENTITIES = 20


def _entities(attributes: Mapping[str, Any], events: list[RawEvent]) -> dict[str, Any]:
    """Return the model, tool and agent among the numbered entities, and the metadata event."""
    found: dict[str, Any] = {}
    for number in range(1, _ENTITIES):
        kind = attributes.get(f"entity.{number}.type")
        if not isinstance(kind, str):
            continue
        what, _, rest = kind.partition(".")
        found.setdefault(f"entity:{what}", attributes.get(f"entity.{number}.name"))
        if what == "inference":
            found["entity:provider"] = rest
    if not str(attributes.get("span.type")).startswith(("agentic.tool", "agentic.mcp")):
        found.pop("entity:tool", None)
    for event in events:
        if event.name == "metadata":
            found.update({f"metadata:{key}": value for key, value in event.attributes.items()})
    return found


DIALECT = Dialect(
    name="monocle",
    rank=30,
    signs=("monocle_apptrace.",),
    events=("data.input", "data.output"),
    columns={
        "provider": ("entity:provider",),
        "model": ("entity:model",),
        "agent": ("entity:agent",),
        "tool_name": ("entity:tool",),
        "app_version": ("workflow.version",),
        "session_id": ("scope.agentic.session",),
        "input_tokens": ("metadata:prompt_tokens", "metadata:input_tokens"),
        "output_tokens": ("metadata:completion_tokens", "metadata:output_tokens"),
    },
    types={
        "span.type": {
            "inference": "llm",
            "inference.framework": "llm",
            "inference.modelapi": "span",
            "retrieval": "retriever",
            "embedding": "embedding",
            "agentic.tool.invocation": "tool",
            "agentic.mcp.invocation": "tool",
            "agentic.invocation": "agent",
            "agentic.delegation": "agent",
            "agentic.turn": "chain",
            "agentic.request": "chain",
            "workflow": "workflow",
        }
    },
    inputs=(Source("input", "event_value", ("data.input",)),),
    outputs=(Source("response", "event_value", ("data.output",)),),
    unfold=_entities,
    tokens_note="The provider's counts from the `metadata` event, as the provider counts.",
)
