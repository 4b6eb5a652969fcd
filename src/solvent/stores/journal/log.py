"""Appending to the journal, reading on from its mark, and dropping what is no longer needed."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from solvent.errors import TooLarge, Unavailable
from solvent.stores.journal.frames import MAX_PART, Frame, decode, encode, resume

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SUFFIX = ".journal"
_ASIDE = ".damaged"
_MARK = "mark"
_WINDOW = 4 * 1024 * 1024
_SPENT = 4 * 1024 * 1024
"""Size at which a segment is deleted though it is not full, once all of it is in the tables."""


class Damage(NamedTuple):
    """A stretch of the journal that could not be read back."""

    segment: str
    """File name; when the segment is released the file is kept, with `.damaged` behind its name."""
    position: int
    size: int
    """Bytes that were skipped."""


class Journal:
    """An append-only folder of segment files. Thread-safe; one process at a time.

    A frame is acknowledged once it is on the disk. Callers that arrive while a disk write is under
    way share the next one. A position is a number of bytes since the journal began and names a
    frame for good.

    Args:
        folder: Made when missing.
        segment_bytes: Size at which a new segment is begun.
        min_free_bytes: Free space on the disk below which nothing more is taken.
        sync: Makes a file descriptor's data durable; None: the operating system's `fdatasync`.

    Raises:
        Unavailable: The folder cannot be made or written.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        segment_bytes: int = 32 * 1024 * 1024,
        min_free_bytes: int = 0,
        sync: Callable[[int], None] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.damages: list[Damage] = []
        """What `read` had to skip."""
        self._segment_bytes = segment_bytes
        self._min_free_bytes = min_free_bytes
        system: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
        self._sync = sync or system
        self._writing = threading.Lock()
        self._syncing = threading.Lock()
        self._arrived = threading.Condition()
        self._lost: list[tuple[int, int]] = []
        self._fd = -1
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._mark = end = self._read_mark()
            for base, path in self._segments():
                end = max(end, base + path.stat().st_size)
            self._base = self._written = self._durable = end
            self._open_segment()
        except OSError as error:
            raise self._refusal(error) from error

    @property
    def mark(self) -> int:
        """The position up to which `release` was called: where reading goes on after a restart."""
        return self._mark

    @property
    def durable(self) -> int:
        """The position up to which everything is on the disk."""
        return self._durable

    @property
    def backlog_bytes(self) -> int:
        """Bytes acknowledged and not yet released."""
        return self._durable - self._mark

    def append(self, head: Mapping[str, Any], body: bytes) -> int:
        """Store one request durably and return the position behind it.

        Args:
            head: A small JSON object.
            body: The request as it came.

        Raises:
            TooLarge: Head or body is over 2 GiB.
            Unavailable: The disk is full or broken; nothing of this request is kept.
        """
        end = self.write(head, body)
        self.sync(end)
        return end

    def write(self, head: Mapping[str, Any], body: bytes) -> int:
        """Hand one request to the operating system and return the position behind it.

        It is not acknowledged before `sync` was called with that position.

        Raises:
            TooLarge: Head or body is over 2 GiB.
            Unavailable: The disk is full or broken; nothing of this request is kept.
        """
        if len(body) > MAX_PART:
            raise TooLarge(
                f"the request has {len(body)} bytes, the journal takes {MAX_PART}",
                hint="lower SOLVENT_INTAKE_MAX_BODY_BYTES",
            )
        if self._min_free_bytes:
            self._check_room(len(body))
        with self._writing:
            try:
                self._make_room()
                start = encode(self._written, head, body)
                self._write_all(start, body)
            except OSError as error:
                raise self._refusal(error) from error
            self._written += len(start) + len(body)
            return self._written

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if free - size < self._min_free_bytes:
            raise Unavailable(
                f"the disk of `{self.folder}` has {free // 1024 // 1024} MB left",
                hint="free space on it, or lower SOLVENT_STORAGE_MIN_FREE_MB",
            )

    def _make_room(self) -> None:
        """Begin a new segment when there is none or it is full; the old one is durable first."""
        if self._fd >= 0 and self._written - self._base >= self._segment_bytes:
            try:
                self._sync(self._fd)
            except OSError:
                self._lose()
                raise
            self._leave()
        if self._fd < 0:
            self._open_segment()

    def _write_all(self, start: bytes, body: bytes) -> None:
        left = size = len(start) + len(body)
        try:
            left -= os.writev(self._fd, [start, body])
            while left:
                left -= os.write(self._fd, (start + body)[-left:])
        except OSError:
            # A frame that was written in part is taken back; if even that fails, its segment is
            # left, and positions go on behind everything that may stand in it.
            try:
                os.ftruncate(self._fd, self._written - self._base)
                os.lseek(self._fd, 0, os.SEEK_END)
            except OSError:
                self._sync_quietly()
                self._leave()
                self._written += size
            raise

    def _sync_quietly(self) -> None:
        try:
            self._sync(self._fd)
        except OSError:
            self._lost.append((self._durable, self._written))

    def _leave(self) -> None:
        fd, self._fd = self._fd, -1
        with suppress(OSError):
            os.close(fd)

    def sync(self, position: int) -> None:
        """Return when everything before a position is on the disk.

        Raises:
            Unavailable: The disk could not keep it; the request is not acknowledged.
        """
        with self._syncing:
            if self._durable < position:
                try:
                    self._sync_all()
                except OSError as error:
                    raise self._refusal(error) from error
                with self._arrived:
                    self._arrived.notify_all()
            if any(start < position <= end for start, end in self._lost):
                raise Unavailable(
                    f"`{self.folder}` could not keep the request", hint="check the disk; send again"
                )

    def _sync_all(self) -> None:
        with self._writing:
            target = self._written
            # A copy, because a writer may begin a new segment and close this one meanwhile.
            fd = os.dup(self._fd) if self._fd >= 0 else -1
        try:
            if fd >= 0:
                self._sync(fd)
        except OSError:
            with self._writing:
                self._lose()
            raise
        finally:
            if fd >= 0:
                os.close(fd)
        self._durable = max(self._durable, target)

    def _lose(self) -> None:
        """Give up what is not durable: after a failed sync its pages may be gone without a word.

        Its senders are told so; `_writing` is held.
        """
        self._lost.append((self._durable, self._written))
        with suppress(OSError):
            os.ftruncate(self._fd, max(self._durable - self._base, 0))
        self._durable = self._written
        self._leave()

    def _open_segment(self) -> None:
        path = self.folder / f"{self._written:020d}{_SUFFIX}"
        self._fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        self._base = self._written
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _segments(self) -> list[tuple[int, Path]]:
        return sorted((int(path.stem), path) for path in self.folder.glob(f"*{_SUFFIX}"))

    def read(self, after: int | None = None) -> Iterator[Frame]:
        """Yield the acknowledged frames from a position on, oldest first.

        Bytes that are no frame are skipped and put on `damages`; a frame that was cut while it was
        written stands at the end of a segment, was never acknowledged, and is passed over.

        Args:
            after: A `Frame.end`; None: the mark.
        """
        position = self._mark if after is None else after
        segments = self._segments()
        for index, (base, path) in enumerate(segments):
            following = segments[index + 1][0] if index + 1 < len(segments) else None
            if following is not None and following <= position:
                continue
            yield from self._read_segment(base, path, max(position - base, 0))

    def _read_segment(self, base: int, path: Path, at: int) -> Iterator[Frame]:
        window = _WINDOW
        with path.open("rb") as file:
            limit = min(self._durable - base, path.stat().st_size)
            while at < limit:
                file.seek(at)
                raw = file.read(min(window, limit - at))
                used = 0
                while isinstance(found := decode(raw, base + at, used), Frame):
                    used = found.end - base - at
                    yield found
                at += used
                if at >= limit:
                    return
                if found.reaches_end and len(raw) < limit - at + used:
                    window = _WINDOW if used else window * 2
                    continue
                file.seek(at)
                whole = self._after_damage(path.name, base + at, file.read(limit - at))
                if whole is None:
                    return
                yield whole
                at = whole.end - base

    def _after_damage(self, name: str, position: int, raw: bytes) -> Frame | None:
        """Report what is no frame at the start of some bytes, and return the next frame."""
        torn = decode(raw, position, 0)
        whole = resume(raw, position, 0)
        cut = not isinstance(torn, Frame) and torn.reaches_end
        if whole is not None or not (cut or not any(raw)):
            self._report(
                Damage(
                    name, position, (whole.position if whole else position + len(raw)) - position
                )
            )
        return whole

    def _report(self, damage: Damage) -> None:
        if damage not in self.damages:
            self.damages.append(damage)

    def wait(self, after: int, timeout: float) -> bool:
        """Return whether something was acknowledged behind a position, waiting for it if need be.

        Args:
            after: A position.
            timeout: Seconds to wait at most.
        """
        with self._arrived:
            return self._arrived.wait_for(lambda: self._durable > after, timeout)

    def release(self, position: int) -> None:
        """Say that everything before a position is in the tables; segments before it are deleted.

        The mark may be lost when the machine stops; then some frames are read a second time, which
        the span store takes for what they are.

        Raises:
            Unavailable: The mark cannot be written.
        """
        with self._writing:
            self._mark = max(self._mark, min(position, self._durable))
            mark, current = self._mark, self._base
            if self._is_spent(_SPENT):
                self._leave()
                current = self._written
        try:
            note = self.folder / f"{_MARK}.new"
            note.write_text(str(mark), encoding="ascii")
            note.replace(self.folder / _MARK)
            self._drop_before(mark, current)
        except OSError as error:
            raise self._refusal(error) from error

    def _is_spent(self, least: int) -> bool:
        """Tell whether the open segment is of a size and all of it is in the tables."""
        size = self._written - self._base
        return self._fd >= 0 and size >= least and self._mark >= self._written

    def _drop_before(self, mark: int, current: int) -> None:
        """Delete the segments that end before the mark; the open one starts at `current`."""
        segments = self._segments()
        for (base, path), (following, _) in pairwise([*segments, (current, self.folder)]):
            if base < following <= mark and following <= current:
                self._drop(path)

    def _drop(self, path: Path) -> None:
        if any(damage.segment == path.name for damage in self.damages):
            path.rename(path.with_name(path.name + _ASIDE))
        else:
            path.unlink()

    def _read_mark(self) -> int:
        try:
            return int((self.folder / _MARK).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def _refusal(self, error: OSError) -> Unavailable:
        return Unavailable(
            f"`{self.folder}` cannot be written: {error.strerror or error}",
            hint="free space on the disk; nothing of this request was kept, send it again",
        )

    def close(self) -> None:
        """Make everything durable and release the files."""
        with self._syncing, self._writing:
            if self._fd >= 0:
                with suppress(OSError):
                    self._sync(self._fd)
                    self._durable = self._written
                spent = self._is_spent(1)
                self._leave()
                if spent:
                    with suppress(OSError):
                        self._drop_before(self._mark, self._written)

    def __enter__(self) -> Self:
        """Return the journal itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the files."""
        self.close()
