"""Which texts are older versions of another: one title, and a smaller version or an older date."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from solvent.knowledge.chunks import Chunk, title_of
from solvent.knowledge.shingles import resemblance, shingles

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIKE = 0.1
"""Share of the runs of five words that versions told apart by their dates alone must share."""
MAX_VERSIONS = 50
"""Texts under one title that are compared; more are pages of one work."""


class Version(NamedTuple):
    """A text with its source."""

    hash: str
    text: str
    name: str | None


def superseded(texts: Sequence[tuple[Version, Chunk]]) -> list[tuple[str, str, str]]:
    """Return title, older and newest text of each text that has a newer version.

    Args:
        texts: Each with what it says of itself.
    """
    titled: dict[str, list[tuple[Chunk, Version]]] = defaultdict(list)
    for text, chunk in texts:
        if title := title_of(chunk):
            titled[title].append((chunk, text))
    found = []
    for title, group in sorted(titled.items()):
        if not 1 < len(group) <= MAX_VERSIONS:
            continue
        for chunk, text in group:
            newer = [(c, t) for c, t in group if _is_newer(c, t, chunk, text)]
            if newer:
                newest = max(newer, key=lambda one: (*_order(one[0]), one[1].hash))
                found.append((title, text.hash, newest[1].hash))
    return found


def _order(chunk: Chunk) -> tuple[tuple[int, ...], int]:
    return chunk.version, chunk.dated.toordinal() if chunk.dated else 0


def _is_newer(chunk: Chunk, text: Version, than: Chunk, other: Version) -> bool:
    """Tell whether a text is a later version of another under the same title."""
    if chunk.version and than.version and chunk.version != than.version:
        return chunk.version > than.version
    if not (chunk.dated and than.dated and chunk.dated > than.dated):
        return False
    return resemblance(shingles(text.text), shingles(other.text)) >= ALIKE
