"""From bytes to values, one at a time, in bounded memory.

A file is lines (one value each), one list whose elements are read one by one, or values that
span lines, or a table. What is not JSON is reported with its line; reading goes on behind it.
"""

from __future__ import annotations

import gzip
import re
import zlib
from typing import IO, TYPE_CHECKING, Any

import orjson

from solvent.traces.files.parts import tables
from solvent.traces.files.parts.source import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.settings import Intake

CHUNK = 1 << 18
HEAD_BYTES = 1 << 20
BOM = b"\xef\xbb\xbf"
_OUTSIDE = re.compile(rb'["{}\[\],\n]')
_INSIDE = re.compile(rb'(?:[^"\\\n]++|\\[^\n])*+')


class NotJson(ValueError):
    """A value that cannot be taken, with the reason."""


def parse(raw: bytes, intake: Intake) -> Any:
    """Return the value of JSON text.

    Raises:
        NotJson: It is not JSON, not UTF-8, or nested deeper than `intake.max_nesting`.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise NotJson(_why(raw, error)) from error
    if depth(value, intake.max_nesting) > intake.max_nesting:
        raise NotJson(f"nested deeper than intake.max_nesting={intake.max_nesting}")
    return value


def depth(value: Any, limit: int) -> int:
    """Return how deep lists and objects are nested, counting no further than `limit` + 1."""
    level, layer = 0, [value]
    while level <= limit:
        inner: list[Any] = []
        for item in layer:
            if isinstance(item, dict):
                inner.extend(v for v in item.values() if isinstance(v, dict | list))
            elif isinstance(item, list):
                inner.extend(v for v in item if isinstance(v, dict | list))
        level += 1
        if not inner:
            return level
        layer = inner
    return level


def _why(raw: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        raw.decode()
    except UnicodeDecodeError as wrong:
        return f"not UTF-8: byte {raw[wrong.start]:#04x} at position {wrong.start}"
    if re.search(rb"[\s:,\[](?:NaN|-?Infinity)\b", raw):
        return "not JSON: NaN and Infinity are not JSON numbers; write null"
    if "depth limit" in str(error):
        return "nested too deep to be read (1,024 levels); see intake.max_nesting"
    return f"not JSON: {error.msg} at column {error.colno}"


def records(stream: IO[bytes], intake: Intake) -> Iterator[Record | tuple[int, str]]:
    """Yield each JSON value of a stream, or the line and the reason it is none."""
    at = len(BOM) if beginning(stream, len(BOM)) == BOM else 0
    stream.seek(at)
    head = beginning(stream, HEAD_BYTES)
    stream.seek(at)
    if head[:4] == tables.PARQUET:
        yield from tables.parquet_records(stream)
        return
    if head.lstrip()[:1] not in (b"{", b"[") and (mark := tables.separator(head)):
        yield from tables.csv_records(stream, mark, intake)
        return
    pieces = (_lines if _by_line(head, intake) else _elements)(stream, intake)
    for line, raw in pieces:
        if raw is None:
            yield line, f"longer than intake.max_body_bytes={intake.max_body_bytes}"
            continue
        try:
            yield Record(line, raw, parse(raw, intake))
        except NotJson as error:
            yield line, str(error)


def beginning(stream: IO[bytes], size: int) -> bytes:
    """Return up to `size` first bytes: those that can be read, when the file is damaged."""
    parts: list[bytes] = []
    try:
        while size > 0 and (part := _read1(stream, size)):
            parts.append(part)
            size -= len(part)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        if not parts:
            raise
    return b"".join(parts)


def _read1(stream: IO[bytes], size: int) -> bytes:
    """Read what is at hand: `read` would lose it when the data behind it is damaged."""
    part: bytes = stream.read1(size)  # type: ignore[attr-defined]  # every binary reader has it, the protocol does not
    return part


def _by_line(head: bytes, intake: Intake) -> bool:
    """Tell a file of one value a line from one value that spans lines."""
    first, _, rest = head.strip().partition(b"\n")
    first = first.strip()
    if first[:1] == b"{":
        return first[-1:] == b"}" or (len(head) == HEAD_BYTES and not rest)
    if first[:1] == b"[":
        return bool(rest.strip()) and _parses(first, intake)
    return True


def _parses(text: bytes, intake: Intake) -> bool:
    try:
        parse(text, intake)
    except NotJson:
        return False
    return True


def _lines(stream: IO[bytes], intake: Intake) -> Iterator[tuple[int, bytes | None]]:
    """Yield lines that are not blank, with their number; None for one over the bound."""
    limit = intake.max_body_bytes
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            while (rest := stream.readline(CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield number, None
            continue
        for part in re.split(rb"\r\n?", line):
            if text := part.strip():
                yield number, text


def _elements(stream: IO[bytes], intake: Intake) -> Iterator[tuple[int, bytes | None]]:
    """Yield the elements of a list, or the values one after another, with their first line."""
    scan = _Scan(intake.max_body_bytes)
    while chunk := _read1(stream, CHUNK):
        yield from scan.feed(chunk)
    yield from scan.end()


class _Scan:
    """Where a reader stands in JSON text that arrives in chunks."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.chunk = b""
        self.mark = 0
        """Where in the chunk the value that is being read goes on."""
        self.line = 1
        self.depth = 0
        self.base: int | None = None
        """Depth of the values: 1 inside a list, 0 outside; None: not begun."""
        self.string = False
        self.escaped = False
        self.began = 1
        self.over = False
        self.parts: list[bytes] = []
        self.size = 0

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes | None]]:
        """Take the next bytes and yield the values that end in them."""
        self.chunk, self.mark, at = chunk, 0, 0
        if self.escaped:
            at, self.escaped = 1, False
        while at < len(chunk):
            if self.string:
                at = self._through_string(at)
            elif found := _OUTSIDE.search(chunk, at):
                at = found.end()
                yield from self._token(found[0], at)
            else:
                break
        self._keep(chunk[self.mark :])

    def _token(self, token: bytes, at: int) -> Iterator[tuple[int, bytes | None]]:
        if token == b"\n":
            self.line += 1
        elif token == b'"':
            self.string = True
            self._begin()
        elif token in b"{[":
            if self.base is None:
                self.base = int(token == b"[")
                self.mark = at if self.base else self.mark
            self._begin()
            self.depth += 1
        elif token == b",":
            if self.base and self.depth == 1:
                yield from self._cut(at - 1, at)
        else:
            self.depth = max(0, self.depth - 1)
            if self.depth == 0 and self.base is not None:
                yield from self._cut(at - self.base, at)
                self.base = None

    def _begin(self) -> None:
        if self.depth == (self.base or 0):
            self.began = self.line

    def _through_string(self, at: int) -> int:
        """Return the place behind the string, an escape or the chunk, whichever comes first."""
        chunk = self.chunk
        found = _INSIDE.match(chunk, at)
        at = found.end() if found else at
        if at >= len(chunk):
            return at
        token = chunk[at : at + 1]
        if token == b'"':
            self.string = False
        elif token == b"\n":
            self.line += 1
        else:
            self.escaped = at + 1 >= len(chunk)
            return at + 2
        return at + 1

    def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self.bound:
            self.over = True
            self.parts.clear()
        else:
            self.parts.append(piece)

    def _cut(self, end: int, behind: int) -> Iterator[tuple[int, bytes | None]]:
        self._keep(self.chunk[self.mark : end])
        self.mark = behind
        text = b"".join(self.parts).strip()
        if self.over:
            yield self.began, None
        elif text:
            yield self.began, text
        self.parts, self.size, self.over = [], 0, False

    def end(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield what is left when the bytes end: nothing, or a value that is cut off."""
        self.chunk, self.mark = b"", 0
        yield from self._cut(0, 0)
