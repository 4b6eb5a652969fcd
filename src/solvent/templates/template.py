"""What every style compiles to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Bounds(NamedTuple):
    """What one rendering may use, so that a template can neither fill the memory nor run on."""

    chars: int = 2_000_000
    """Characters of the result, and of any text on the way to it."""
    steps: int = 200_000
    """Rounds of all loops and calls together."""


BOUNDS = Bounds()


class Template(NamedTuple):
    """A compiled text."""

    names: frozenset[str]
    """Inputs it asks for, those of its parts too."""
    includes: tuple[str, ...]
    """References it includes itself, in their order."""
    render: Callable[[Mapping[str, Any]], str]
    """Returns the text with the inputs in their places.

    Raises:
        Invalid: An input that the template reads is not there.
        TooLarge: A bound is passed.
    """


def spoken(value: Any) -> str:
    """Return a value as it is written into a prompt: text as it is, None as nothing, else JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str)


def too_large(what: str, most: int, setting: str) -> TooLarge:
    """Return the error of a bound that is passed."""
    return TooLarge(
        f"the template takes more than {most:,} {what}",
        hint=f"give it less, or raise SOLVENT_PROMPTS_{setting}",
    )
