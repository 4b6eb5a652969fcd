"""Behind the intake: one thread that turns journalled requests into rows, group by group."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from solvent.errors import SolventError, Unavailable
from solvent.records.batch import Batch
from solvent.traces import otlp

if TYPE_CHECKING:
    from solvent.workbench import Frame, Journal, Workbench

GATHER_SECONDS = 0.1
"""How long the first request of a group waits for others; a query sees it within a second."""
RETRY_SECONDS = 1.0
DAY_SECONDS = 86_400

log = logging.getLogger(__name__)


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
        self.stored = 0
        """New spans stored since the start."""
        self.faults: list[str] = []
        self.trouble = ""
        """Why nothing can be stored just now; empty when all is well."""

    def start(self) -> None:
        """Begin, with what an earlier process left in the journal."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is acknowledged, then end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        self._bench.spans.warm()
        at = self._journal.mark
        swept = time.monotonic()
        while True:
            if self._journal.wait(at, 0.5):
                if not self._stopping.is_set():
                    self._stopping.wait(GATHER_SECONDS)
                at = self._build(at)
            elif self._stopping.is_set():
                return
            if (
                self._bench.settings.storage.retention_days
                and time.monotonic() - swept > DAY_SECONDS
            ):
                swept = time.monotonic()
                self._bench.retain()

    def _build(self, at: int) -> int:
        """Store everything behind a position; return the new one."""
        group: list[Frame] = []
        size = 0
        for frame in self._journal.read(after=at):
            group.append(frame)
            size += len(frame.body)
            if size >= self._bench.settings.intake.group_bytes:
                if not self._store(group):
                    return at
                at = group[-1].end
                group, size = [], 0
        if group and self._store(group):
            at = group[-1].end
        return at

    def _store(self, group: list[Frame]) -> bool:
        batch = Batch()
        for frame in group:
            self._decode(frame, batch)
        try:
            self.stored += self._bench.take(batch)
        except Unavailable as error:
            if not self.trouble:
                log.warning("%s; %s", error.what, error.hint)
            self.trouble = error.what
            self._stopping.wait(RETRY_SECONDS)
            return False
        self.trouble = ""
        self._journal.release(group[-1].end)
        return True

    def _decode(self, frame: Frame, batch: Batch) -> None:
        head = frame.head
        try:
            decoded = otlp.decode(
                frame.body,
                head["content_type"],
                project=head["project"],
                intake=self._bench.settings.intake,
                received_at=head["received_at"],
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
