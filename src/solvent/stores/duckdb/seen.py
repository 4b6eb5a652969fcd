"""Which spans and contents were stored before, in nearly constant memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rbloom import Bloom

if TYPE_CHECKING:
    from collections.abc import Sequence


class Seen:
    """A set that may say yes wrongly (once in a million) and never says no wrongly.

    Filters of doubling size: memory follows what is stored, about 30 bits an entry.

    Args:
        first: Entries of the first filter.
        odds: False positives of each filter.
    """

    def __init__(self, first: int, odds: float = 1e-6) -> None:
        self._odds = odds
        self._size = first
        self._left = first
        self._filters: list[Any] = [Bloom(first, odds)]

    def maybe(self, keys: Sequence[Any]) -> list[Any]:
        """Return the keys that may have been added."""
        found: list[Any] = []
        for bloom in self._filters:
            found.extend(key for key in keys if key in bloom)
        return found

    def add(self, keys: Sequence[Any]) -> None:
        """Remember keys; those known already may be given again."""
        while keys:
            if not self._left:
                self._size *= 2
                self._left = self._size
                self._filters.append(Bloom(self._size, self._odds))
            part, keys = keys[: self._left], keys[self._left :]
            self._filters[-1].update(part)
            self._left -= len(part)
