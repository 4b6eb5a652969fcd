"""Ended spans on their way out: a bounded queue, one thread, and counts that add up."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, set_value

from solvent.sdk.post import Answer
from solvent.sdk.wire import Group, encode_request, encode_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.sdk.trace import ReadableSpan

    from solvent.sdk.post import Post

logger = logging.getLogger("solvent")

_BATCH_SPANS = 512
_BATCH_BYTES = 4 * 1024 * 1024
_DELAY_SECONDS = 0.5
"""How long a span waits for company."""
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 30.0
_RETRY_SECONDS = 60.0
"""How long one batch is tried; meanwhile the queue fills."""

Encoded = tuple[Any, Any, bytes]
"""Resource, scope and bytes of one span."""


class Outbox:
    """Takes ended spans from any thread without waiting, and delivers them from one of its own.

    Args:
        post: The connection to the receiver.
        lock: Guards the counts; shared with the recorder so that they add up at any moment.
        queue_size: Spans kept while the receiver cannot be reached; later ones are dropped.
        queue_bytes: Bytes of contents in the queue beyond one batch; above it spans are dropped.
        extra: Resource attributes added to spans whose provider is not ours.
        retry_seconds: How long one batch is tried before it counts as failed.
    """

    def __init__(
        self,
        post: Post,
        lock: threading.Lock,
        *,
        queue_size: int,
        queue_bytes: int,
        extra: Mapping[str, str],
        retry_seconds: float = _RETRY_SECONDS,
    ) -> None:
        self.post = post
        self.queue_size = queue_size
        self.queue_bytes = queue_bytes
        self.extra = extra
        self.retry_seconds = retry_seconds
        self.reset(lock)

    def reset(self, lock: threading.Lock) -> None:
        """Start from nothing: at first, and in the child after a fork."""
        self.sent = self.rejected = self.dropped = self.failed = 0
        self.rejection = self.cause = self.hint = ""
        self._warned: set[str] = set()
        self._queue: deque[tuple[ReadableSpan, int]] = deque()
        self._bytes = 0
        self._taken = self._settled = self._wanted = 0
        self._deadline: float | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition(lock)
        self.post.forget()

    @property
    def waiting(self) -> int:
        """Spans queued or on the way; read with the lock held."""
        return self._taken - self._settled

    @property
    def closed(self) -> bool:
        """True from `close` on."""
        return self._deadline is not None

    def put(self, span: ReadableSpan) -> None:
        """Queue one span, or count it as dropped; called with the lock held."""
        queue = self._queue
        if self._deadline is not None or len(queue) >= self.queue_size:
            self.dropped += 1
            return
        size = 0
        if len(queue) >= _BATCH_SPANS:  # a backlog: only now is counting bytes worth its cost
            size = _size(span)
            if self._bytes + size > self.queue_bytes:
                self.dropped += 1
                return
            self._bytes += size
        queue.append((span, size))
        self._taken += 1
        if len(queue) in {1, _BATCH_SPANS}:
            self._wake()

    def flush(self, timeout: float) -> None:
        """Send what is queued now; return when it is settled or the time is over."""
        end = time.monotonic() + timeout
        with self._changed:
            target = self._wanted = max(self._wanted, self._taken)
            self._wake()
            while self._settled < target and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)

    def close(self, timeout: float) -> None:
        """Send what is queued within the time, and take nothing more."""
        with self._changed:
            if self._deadline is None:
                self._deadline = time.monotonic() + timeout
            inline = not self._wake()
        if inline:  # no new threads this late: the interpreter is shutting down
            self._deliver_all()
            self.post.close()
        if self._thread is not None:
            self._thread.join(max(0.0, self._deadline - time.monotonic()))

    def _wake(self) -> bool:
        """Start the thread, or wake it; False when no thread can be had."""
        if self._thread is None and self._queue:
            thread = threading.Thread(target=self._run, name="solvent-outbox", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._thread = thread
        self._changed.notify_all()
        return True

    def _run(self) -> None:
        attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        while True:
            with self._changed:
                while not self._queue:
                    if self._deadline is not None:
                        self.post.close()
                        return
                    self._changed.wait()
                self._changed.wait_for(self._due, _DELAY_SECONDS)
            self._deliver_all()

    def _due(self) -> bool:
        hurried = self._deadline is not None or self._settled < self._wanted
        return hurried or len(self._queue) >= _BATCH_SPANS

    def _deliver_all(self) -> None:
        while True:
            with self._changed:
                count = min(len(self._queue), _BATCH_SPANS)
                taken = [self._queue.popleft() for _ in range(count)]
                self._bytes -= sum(size for _, size in taken)
            if not taken:
                return
            for batch in self._encode([span for span, _ in taken]):
                self._deliver(batch)
            with self._changed:
                if not self._due():
                    return

    def _encode(self, spans: list[ReadableSpan]) -> Iterator[list[Encoded]]:
        batch: list[Encoded] = []
        size = 0
        for span in spans:
            try:
                encoded = encode_span(span)
            except Exception as error:  # noqa: BLE001  one bad span is lost alone, and counted
                self._settle(1, Answer("refused", cause=f"a span cannot be encoded: {error!r}"))
                continue
            if batch and size + len(encoded) > _BATCH_BYTES:
                yield batch
                batch, size = [], 0
            batch.append((span.resource, span.instrumentation_scope, encoded))
            size += len(encoded)
        if batch:
            yield batch

    def _deliver(self, batch: list[Encoded]) -> None:
        try:
            answer = self._try(encode_request(_group(batch), self.extra), len(batch))
        except Exception as error:  # noqa: BLE001  the thread must live, the batch be counted
            answer = Answer("refused", cause=f"a batch cannot be sent: {error!r}")
        if answer.outcome == "split" and len(batch) > 1:
            half = len(batch) // 2
            self._deliver(batch[:half])
            self._deliver(batch[half:])
            return
        self._settle(len(batch), answer)

    def _try(self, body: bytes, count: int) -> Answer:
        """Post until accepted, refused for good, or out of time."""
        until = time.monotonic() + self.retry_seconds
        wait = _FIRST_WAIT
        while True:
            left = None
            if self._deadline is not None:
                left = max(0.05, self._deadline - time.monotonic())
            answer = self.post.send(body, left)
            if answer.outcome != "again":
                return answer
            self._warn(answer, f"{count} spans wait")
            pause = answer.retry_after
            if pause is None:
                pause = wait * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, guards nothing
                wait = min(wait * 2, _LONGEST_WAIT)
            if not self._pause(min(pause, _LONGEST_WAIT), until, answer):
                return answer

    def _pause(self, seconds: float, until: float, answer: Answer) -> bool:
        """Wait before the next try; False when there is no time for one."""
        now = time.monotonic()
        with self._changed:
            closing = self._deadline
            if closing is None:
                if now + seconds > until:
                    return False
                self._changed.wait_for(lambda: self._deadline is not None, seconds)
                if self._deadline is None:
                    return True
                closing, seconds = self._deadline, seconds - (time.monotonic() - now)
                if not answer.reached:  # one last try, at once
                    return True
        if not answer.reached or time.monotonic() + seconds > closing:
            return False
        time.sleep(max(0.0, seconds))
        return True

    def _settle(self, count: int, answer: Answer) -> None:
        if answer.outcome != "accepted":
            self._warn(answer, f"{count} spans are lost")
        elif answer.rejected:
            self._warn_once(f"`{self.post.url}` rejected {answer.rejected} spans: {answer.message}")
        with self._changed:
            if answer.outcome == "accepted":
                refused = max(0, min(answer.rejected, count))
                self.sent += count - refused
                self.rejected += refused
                self.rejection = answer.message or self.rejection
            else:
                self.failed += count
            self._settled += count
            self._changed.notify_all()

    def _warn(self, answer: Answer, loss: str) -> None:
        self.cause, self.hint = answer.cause, answer.hint
        if answer.cause in self._warned:
            logger.debug("%s (%s)", answer.cause, loss)
            return
        self._warned.add(answer.cause)
        line = f"{answer.cause} ({loss})"
        self._warn_once(f"{line}; hint: {answer.hint}" if answer.hint else line)

    def _warn_once(self, line: str) -> None:
        if line not in self._warned and len(self._warned) < 20:  # noqa: PLR2004  a log, not a flood
            self._warned.add(line)
            logger.warning("%s", line)


def _size(span: ReadableSpan) -> int:
    values = (span.attributes or {}).values()
    return sum(len(value) for value in values if isinstance(value, str))


def _group(batch: list[Encoded]) -> list[Group]:
    groups: dict[tuple[int, int], Group] = {}
    for resource, scope, encoded in batch:
        key = (id(resource), id(scope))
        if key not in groups:
            groups[key] = Group(resource, scope, [])
        groups[key].spans.append(encoded)
    return list(groups.values())
