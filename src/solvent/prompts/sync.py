"""Files and registry side by side: which is ahead since they last agreed.

The lock file remembers, for each prompt, the content both had. Whoever differs from it is ahead;
when both differ, and from each other, that is a conflict, which is shown and never settled here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Where(StrEnum):
    """Which side is ahead."""

    SAME = "same"
    FILE = "file ahead"
    REGISTRY = "registry ahead"
    CONFLICT = "conflict"
    FILE_GONE = "file deleted"
    """It was in step once; the registry still has it."""
    RETIRED = "retired"
    """It was in step once; the file is still there."""


class Step(NamedTuple):
    """One prompt on both sides."""

    name: str
    where: Where
    file: str = ""
    """Hash of the content in the file; empty: no file."""
    registry: str = ""
    """Hash of the newest version; empty: not in the registry, or retired."""
    synced: str = ""
    """Hash both had; empty: they never were in step."""


def plan(
    files: Mapping[str, str], registry: Mapping[str, str], synced: Mapping[str, str]
) -> list[Step]:
    """Return where every prompt stands, by name.

    Args:
        files: Hash of the content of each file, by name of the prompt.
        registry: Hash of each newest version.
        synced: Hash that both had when they were last in step.
    """
    found = []
    for name in sorted({*files, *registry}):
        mine, theirs, both = files.get(name, ""), registry.get(name, ""), synced.get(name, "")
        found.append(Step(name, _where(mine, theirs, both), mine, theirs, both))
    return found


def _where(file: str, registry: str, synced: str) -> Where:
    if file == registry:
        return Where.SAME
    if not file:
        return Where.FILE_GONE if synced else Where.REGISTRY
    if not registry:
        return Where.RETIRED if synced else Where.FILE
    if file == synced:
        return Where.REGISTRY
    if registry == synced:
        return Where.FILE
    return Where.CONFLICT
