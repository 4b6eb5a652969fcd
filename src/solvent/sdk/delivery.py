"""What became of the spans: counts that add up, with the cause when they did not arrive."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of every span since `init`; `started` is the sum of the counts below `ended`.

    Example:
        >>> str(Delivery(endpoint="http://localhost/v1/traces", started=2, ended=2, sent=2))
        '2 of 2 spans arrived at http://localhost/v1/traces'
    """

    endpoint: str = ""
    """Where spans are sent; empty: tracing is off."""
    started: int = 0
    ended: int = 0
    sent: int = 0
    """Acknowledged by the receiver."""
    rejected: int = 0
    """Refused one by one in an otherwise accepted request (`partial_success`)."""
    dropped: int = 0
    """Not kept because the queue was full, or ended after the client was closed."""
    failed: int = 0
    """Given up: the receiver refused for good, or retries ran out."""
    pending: int = 0
    """Still open, queued or on the way."""
    rejection: str = ""
    """The receiver's words about the last rejection."""
    cause: str = ""
    """Why the last export that failed did; empty when none did."""
    hint: str = ""
    """What to do about `cause`."""

    @property
    def complete(self) -> bool:
        """True when tracing is on and every span that was started has been acknowledged."""
        return bool(self.endpoint) and self.sent == self.started

    def __str__(self) -> str:
        """Return one line: how many arrived where, what became of the rest, and why."""
        if not self.endpoint:
            return "tracing is off; hint: call `solvent.init()`"
        line = f"{self.sent} of {self.started} spans arrived at {self.endpoint}"
        names = ("rejected", "dropped", "failed", "pending")
        rest = [f"{getattr(self, name)} {name}" for name in names if getattr(self, name)]
        if rest:
            line += f" ({', '.join(rest)})"
        if self.complete:
            return line
        if self.cause:
            line += f": {self.cause}"
        elif self.rejection:
            line += f": {self.rejection}"
        if self.dropped and not self.cause:
            return f"{line}; hint: raise `queue_size` or SOLVENT_TRACING_QUEUE_BYTES"
        return f"{line}; hint: {self.hint}" if self.hint else line
