"""The client of this process; nothing heavier, so that decorating a function costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from solvent.sdk.client import Client


class Active:
    """Holds the client that decorated functions write to; None: they are not traced."""

    client: ClassVar[Client | None] = None
