"""Inputs of a prompt: what is asked for, and whether what is given is that.

Every declared input is given by whoever formats. One with a `default` may be left out; one that is
optional without a default is given as None, so that leaving it out is a decision and no accident.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PLAIN = frozenset({"type", "properties", "required", "additionalProperties"})


def derived(names: Collection[str]) -> dict[str, Any]:
    """Return the schema of inputs that only the template names: all needed, of any type."""
    named = sorted(names)
    return {"type": "object", "properties": {name: {} for name in named}, "required": named}


def examples(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return example values that a schema gives, one of each input; None when one has none."""
    found = {}
    for name, part in schema.get("properties", {}).items():
        given = part.get("examples") or [part[k] for k in ("default", "const") if k in part]
        given = given or part.get("enum") or []
        if not given:
            if name in schema.get("required", ()):
                return None
            given = [None]
        found[name] = given[0]
    return found


class Inputs:
    """A compiled schema of inputs.

    Args:
        schema: JSON Schema of an object.

    Raises:
        Invalid: It is not a schema of an object with properties.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        properties = schema.get("properties", {})
        if schema.get("type", "object") != "object" or not isinstance(properties, dict):
            raise Invalid(
                "the inputs are not a schema of an object",
                hint='give {"type": "object", "properties": {"name": {"type": "string"}}}',
            )
        self.names = frozenset(properties)
        self.needed = frozenset(schema.get("required", ()))
        self.defaults = {
            name: part["default"]
            for name, part in properties.items()
            if isinstance(part, dict) and "default" in part
        }
        self._schema: Any = None
        if any(properties.values()) or schema.keys() - PLAIN:
            # By name, so that prompts without types never load the validator.
            self._schema = import_module("solvent.templates.schema").Schema(schema)

    def take(self, given: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """Return the inputs to fill in, defaults too.

        Args:
            given: Value by name.
            subject: The prompt, as errors name it.

        Raises:
            Invalid: One is missing, unknown, or not of its type.
        """
        if given.keys() != self.names:
            self._compare(given, subject)
        values = {**self.defaults, **given}
        if self._schema is None:
            return values
        said = {k: v for k, v in values.items() if v is not None or k in self.needed}
        faults = self._schema.faults(said)
        if faults:
            raise Invalid(f"`{subject}` is given {'; '.join(faults)}", hint="see its inputs")
        return values

    def _compare(self, given: Mapping[str, Any], subject: str) -> None:
        unknown = sorted(given.keys() - self.names)
        if unknown:
            known = ", ".join(sorted(self.names)) or "none"
            raise Invalid(
                f"`{subject}` has no input `{'`, `'.join(unknown)}`", hint=f"its inputs: {known}"
            )
        missing = sorted(self.names - given.keys() - self.defaults.keys())
        if missing:
            say = ", ".join(f"{name}={'…' if name in self.needed else None}" for name in missing)
            spare = set(missing) - self.needed
            more = "; None leaves an optional one out" if spare else ""
            raise Invalid(
                f"`{subject}` is not given `{'`, `'.join(missing)}`", hint=f"give {say}{more}"
            )
