"""What of a store is needed to read traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from solvent.ports.spans import Scalar


BETWEEN = "started_at BETWEEN make_timestamp($first) AND make_timestamp($last)"


class Asks(Protocol):
    """A store of spans, or what stands for one."""

    def query(self, sql: str, /, **params: Scalar) -> pa.Table:
        """Run one read-only statement."""

    def list_contents(self, hashes: Sequence[str], chars: int | None = None) -> pa.Table:
        """Return some contents, each text cut in its middle to so many characters."""
