"""Outputs seen in traces, held against the output schema of their prompt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.templates.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHOWN = 5
"""Outputs that are quoted."""


@dataclass(frozen=True, slots=True)
class Held:
    """How many outputs hold what the schema promises."""

    checked: int
    broken: int
    examples: tuple[tuple[str, str], ...] = ()
    """Some that break it: id, and how."""

    @property
    def share(self) -> float | None:
        """Return the share that breaks it, 0 to 1; None when nothing was checked."""
        return self.broken / self.checked if self.checked else None


def hold(schema: Mapping[str, Any], outputs: Iterable[tuple[str, str]]) -> Held:
    """Return how outputs hold a schema.

    A schema that asks for a text holds for any output; for every other one the output has to be
    JSON, fenced or not.

    Args:
        schema: JSON Schema.
        outputs: Id and text of each.

    Raises:
        Invalid: It is not a schema.
    """
    compiled = Schema(schema)
    checked = broken = 0
    examples: list[tuple[str, str]] = []
    for id_, text in outputs:
        checked += 1
        faults = _faults(compiled, text, plain=schema.get("type") == "string")
        if faults:
            broken += 1
            if len(examples) < SHOWN:
                examples.append((id_, "; ".join(faults)))
    return Held(checked, broken, tuple(examples))


def _faults(schema: Schema, text: str, *, plain: bool) -> list[str]:
    if plain:
        return schema.faults(text)
    bare = text.strip()
    if bare.startswith("```") and bare.endswith("```"):
        bare = bare[3:-3].partition("\n")[2].strip()
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return ["it is not JSON"]
    return schema.faults(value)
