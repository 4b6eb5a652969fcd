"""`prompts.lock`: what an application starts with when no registry answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.errors import Conflict, Invalid
from solvent.records.identity import document_checksum

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1


class Pinned(NamedTuple):
    """A document as it was when it was pinned."""

    document: Mapping[str, Any]
    at: float
    """Seconds since 1970 UTC."""


class Lock:
    """A lock file, read when it is first needed.

    Args:
        path: The file; one that is not there pins nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: dict[str, Any] | None = None

    @classmethod
    def at(cls, name: str) -> Lock:
        """Return the lock file of this folder, or of the nearest folder above that has one."""
        path = Path(name)
        if path.is_absolute():
            return cls(path)
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / name).is_file():
                return cls(folder / name)
        return cls(here / name)

    def find(self, reference: str) -> Pinned | None:
        """Return what is pinned for a reference; None when nothing is.

        Raises:
            Invalid: The file cannot be read.
            Conflict: What is pinned was changed by hand.
        """
        if self._read is None:
            self._read = read_lock(self._path)
        document = self._read["prompts"].get(reference)
        if document is None:
            return None
        if document_checksum(document) != document.get("checksum"):
            raise Conflict(
                f"`{reference}` in `{self._path}` is not what was pinned",
                hint="write it anew: solvent prompt lock",
            )
        return Pinned(document, self._read["at"] / 1e6)


def read_lock(path: Path) -> dict[str, Any]:
    """Return what a lock file says: `schema`, `at`, `prompts`, `synced`.

    Raises:
        Invalid: It is there and cannot be read.
    """
    empty = {"schema": SCHEMA, "at": 0, "prompts": {}, "synced": {}}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return empty
    except (OSError, ValueError) as error:
        raise Invalid(f"`{path}` cannot be read: {error}", hint="solvent prompt lock") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise Invalid(f"`{path}` is not a lock file of this Solvent", hint="solvent prompt lock")
    return {**empty, **found}
