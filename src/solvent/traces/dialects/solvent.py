"""What our own SDK adds to the GenAI conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.records.span import SPAN_TYPES
from solvent.traces.dialect import Dialect
from solvent.traces.outcomes import truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.traces.raw import RawEvent


def _outcome(attributes: Mapping[str, Any], _events: list[RawEvent]) -> dict[str, Any]:
    """Return the application's own verdict on its trace as a judgement."""
    outcome = attributes.get("solvent.outcome")
    if not isinstance(outcome, str):
        return {}
    judgement: dict[str, Any] = {"name": "outcome", "label": outcome, "annotator_kind": "app"}
    verdict = truth(outcome)
    if verdict is not None:
        judgement["score"] = float(verdict)
    if isinstance(reason := attributes.get("solvent.outcome.reason"), str):
        judgement["explanation"] = reason
    return {f"trace.annotations.0.annotation.{key}": part for key, part in judgement.items()}


DIALECT = Dialect(
    name="solvent",
    rank=80,
    signs=("solvent.",),
    unfold=_outcome,
    columns={
        "tags": ("solvent.tags",),
        "app_version": ("solvent.app.version",),
        "prompt_version": ("solvent.prompt.version",),
        "tool_version": ("solvent.tool.version",),
    },
    types={"solvent.span.type": {name: name for name in SPAN_TYPES}},
    resource={"project": ("solvent.project",)},
)
