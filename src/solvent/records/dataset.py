"""Examples to judge a version by: versioned inputs with what should come out."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  the fields say what they hold
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One case."""

    id: str
    """Stable across versions of the dataset: given, or a hash of the inputs."""
    inputs: Mapping[str, Any]
    """Values of the prompt's variables."""
    expected: Any = None
    """What should come out: a text, number or JSON value; None when nobody said."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Examples under a name."""

    name: str
    version: str
    """16 hex digits over the examples: the same examples have the same version."""
    examples: tuple[Example, ...]

    def __len__(self) -> int:
        """Return how many examples there are."""
        return len(self.examples)
