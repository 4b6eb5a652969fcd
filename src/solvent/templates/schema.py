"""JSON Schema: of inputs that are given, and of outputs that come back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN = 3
"""Faults that are told."""
BACKTRACKS = 10_000
"""Steps back of one pattern of a schema."""


class Schema:
    """A compiled schema.

    Args:
        schema: JSON Schema, draft 2020-12 unless it says another.

    Raises:
        Invalid: It is not one, or it refers to another document.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        import jsonschema_rs  # noqa: PLC0415  4 MB of a server that may hold no prompt

        patterns = jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACKS)
        try:
            self._validator = jsonschema_rs.validator_for(
                dict(schema), pattern_options=patterns, retriever=_stay_here
            )
        except (ValueError, jsonschema_rs.ReferencingError, RecursionError) as error:
            first = str(error).partition("\n")[0]
            raise Invalid(f"the schema is not JSON Schema: {first}", hint="correct it") from None

    def faults(self, value: Any) -> list[str]:
        """Return how a value breaks the schema, the first few; empty when it holds."""
        try:
            if self._validator.is_valid(value):
                return []
        except ValueError:
            value = json.loads(json.dumps(value, default=_other))
        found = []
        for error in self._validator.iter_errors(value):
            place = ".".join(str(step) for step in error.instance_path)
            found.append(f"`{place}`: {error.message}" if place else error.message)
            if len(found) == SHOWN:
                break
        return found


def _other(value: Any) -> Any:
    """Return what JSON cannot say as something that no schema means by accident."""
    return {f"a Python {type(value).__name__}": str(value)}


def _stay_here(address: str) -> Any:
    raise ValueError(f"`{address}` is another document, and none is fetched")
