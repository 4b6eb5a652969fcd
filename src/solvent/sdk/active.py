"""The client of this process; nothing heavier, so that decorating a function costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

    from solvent.sdk.content import Contents
    from solvent.sdk.delivery import Delivery
    from solvent.sdk.recorder import Recorder


class Receiver(NamedTuple):
    """Where a client sends to; prompts come from there too."""

    address: str
    headers: Mapping[str, str]
    project: str


class Recording(Protocol):
    """What writes spans: a client. See `solvent.sdk.client.Client`."""

    provider: TracerProvider
    tracer: Tracer
    contents: Contents
    recorder: Recorder
    receiver: Receiver

    def flush(self, timeout: float = 10.0) -> Delivery:
        """Send what has ended and return what became of every span so far."""

    def close(self, timeout: float | None = None) -> Delivery:
        """Send what has ended, take nothing more, and return what became of every span."""

    def at_exit(self) -> None:
        """Send what is left within the time allowed, and say so if something did not arrive."""


class Active:
    """Holds the client that decorated functions write to; None: they are not traced."""

    client: ClassVar[Recording | None] = None
