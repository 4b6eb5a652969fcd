"""One content before it has a hash."""

from __future__ import annotations

from typing import NamedTuple


class Item(NamedTuple):
    """One content without its hash."""

    type: str
    text: str
    name: str | None = None
    call_id: str | None = None
