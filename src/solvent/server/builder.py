"""Behind the intake: two threads turn journalled requests into rows, group by group.

One decodes the next group while the other stores the last: decoding is Python and holds the
interpreter, storing is mostly the engine's compression and the disk, which do not.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solvent.errors import SolventError, Unavailable
from solvent.records.batch import Batch
from solvent.server import memory
from solvent.traces import otlp

if TYPE_CHECKING:
    from solvent.workbench import Frame, Journal, Workbench

GATHER_SECONDS = 0.2
"""How long the first request of a group waits for others."""
FILL_SECONDS = 0.6
"""How long it waits when the group is about to be full by then: the engine stores a full group at
half the cost, and a query must see a span within a second."""
IDLE_SECONDS = 0.5
RETRY_SECONDS = 1.0
DAY_SECONDS = 86_400

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Group:
    """Decoded requests on their way into one commit."""

    batch: Batch = field(default_factory=Batch)
    bytes: int = 0
    start: int = 0
    """Position in the journal where its first request starts."""
    end: int = 0
    """Position in the journal behind the last request."""
    began: float = 0.0
    """When its first request was read."""


def patience(age: float, filled: float) -> float:
    """Return how many seconds a group that is not full waits for more.

    Args:
        age: Seconds since its first request was read.
        filled: The share of a full group that it has.
    """
    if age >= GATHER_SECONDS and filled * FILL_SECONDS >= age:
        return FILL_SECONDS - age
    return GATHER_SECONDS - age


class Builder:
    """Reads the journal, appends to the span store, and releases what is stored.

    A request that cannot be decoded although it was checked is set aside in `faults` and does not
    hold up the ones behind it. When the store cannot be written, the builder waits and tries
    again; `trouble` says why meanwhile.
    """

    def __init__(self, bench: Workbench, journal: Journal) -> None:
        self._bench = bench
        self._journal = journal
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="solvent-builder", daemon=True)
        self._writer = ThreadPoolExecutor(1, "solvent-writer")
        self._written: Future[None] | None = None
        self._left = False
        """Whether a group was left in the journal, so that none behind it may be released."""
        self.stored = 0
        """New spans stored since the start."""
        self.faults: list[str] = []
        self.trouble = ""
        """Why nothing can be stored just now; empty when all is well."""

    def start(self) -> None:
        """Begin, with what an earlier process left in the journal."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is acknowledged, then end; what cannot be stored stays in the journal."""
        self._stopping.set()
        self._thread.join()
        self._writer.shutdown()

    def _run(self) -> None:
        self._bench.spans.warm()
        at = self._journal.mark
        swept = time.monotonic()
        group = Group()
        while True:
            wait = self._patience(group) if group.end else IDLE_SECONDS
            arrived = self._journal.wait(at, 0 if self._stopping.is_set() else max(wait, 0))
            if arrived:
                for frame in self._journal.read(after=at):
                    at = frame.end
                    group = self._add(group, frame)
            elif group.end:
                if self._stopping.is_set() or self._patience(group) <= 0:
                    group = self._hand_over(group)
            elif self._written is not None:
                self._finish()
                memory.give_back()
            if self._stopping.is_set() and not arrived:
                self._finish()
                return
            if (
                self._bench.settings.storage.retention_days
                and time.monotonic() - swept > DAY_SECONDS
            ):
                swept = time.monotonic()
                self._bench.retain()

    def _add(self, group: Group, frame: Frame) -> Group:
        """Decode a request into a group; return the group that the next request belongs to."""
        if not group.end:
            group.start = frame.position
            group.began = time.monotonic()
        self._decode(frame, group.batch)
        group.end = frame.end
        group.bytes += len(frame.body)
        intake = self._bench.settings.intake
        full = len(group.batch.spans) >= intake.commit_spans or group.bytes >= intake.group_bytes
        # Behind, groups are filled: they are what makes up for it.
        late = frame.end >= self._journal.durable and self._patience(group) <= 0
        return self._hand_over(group) if full or late else group

    def _patience(self, group: Group) -> float:
        return patience(
            time.monotonic() - group.began,
            len(group.batch.spans) / self._bench.settings.intake.commit_spans,
        )

    def _hand_over(self, group: Group) -> Group:
        """Store a group behind this thread, once the group before it is stored."""
        self._finish()
        self._written = self._writer.submit(self._store, group)
        return Group()

    def _finish(self) -> None:
        if self._written is not None:
            self._written.result()
            self._written = None

    def _store(self, group: Group) -> None:
        while not self._left:
            try:
                self._take(group)
            except Unavailable as error:
                self._complain(error)
                self._left = self._stopping.wait(RETRY_SECONDS)
            else:
                self.trouble = ""
                return

    def _complain(self, error: Unavailable) -> None:
        if not self.trouble:
            log.error("%s; %s", error.what, error.hint)
        self.trouble = error.what

    def _take(self, group: Group) -> None:
        try:
            self.stored += self._bench.take(group.batch)
        except Unavailable:
            raise
        except Exception:
            log.exception("a group could not be stored; its requests are stored one by one")
            self._take_apart(group)
        self._journal.release(group.end)

    def _take_apart(self, group: Group) -> None:
        for frame in self._journal.read(after=group.start):
            if frame.end > group.end:
                return
            batch = Batch()
            self._decode(frame, batch)
            try:
                self.stored += self._bench.take(batch)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001  one request must not hold up all behind it
                self._fault(frame, f"{type(error).__name__}: {error}")

    def _decode(self, frame: Frame, batch: Batch) -> None:
        head = frame.head
        try:
            decoded = otlp.decode(
                frame.body,
                head["content_type"],
                project=head["project"],
                intake=self._bench.settings.intake,
                received_at=head["received_at"],
                refused=head.get("refused"),
            )
        except SolventError as error:
            self._fault(frame, error.what)
        except Exception as error:  # noqa: BLE001  one request must not hold up all behind it
            self._fault(frame, f"{type(error).__name__}: {error}")
        else:
            batch.spans += decoded.batch.spans
            batch.contents += decoded.batch.contents
            batch.assessments += decoded.batch.assessments

    def _fault(self, frame: Frame, reason: str) -> None:
        text = f"request at {frame.position} could not be stored: {reason}"
        self.faults = [*self.faults[-99:], text]
        log.error("%s", text)
