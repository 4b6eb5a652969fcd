"""One request as bytes in a segment file, and back.

    magic (4) | head length (4) | body length (4) | crc32 (4) | head (JSON object) | body

Numbers are little-endian. The checksum covers the frame's position, both lengths, head and body:
bytes inside a body that look like a frame are never taken for one.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MAGIC = b"\xf5SLV"
HEADER = struct.Struct("<4sIII")
_SALT = struct.Struct("<QII")
MAX_PART = (1 << 31) - 1


class Frame(NamedTuple):
    """One request as it was acknowledged."""

    position: int
    """Bytes since the journal began, where the frame starts."""
    end: int
    """Where the next frame starts: what `Journal.release` takes."""
    head: dict[str, Any]
    """What was said with the request: its path, content type, project."""
    body: bytes


class Torn(NamedTuple):
    """Bytes that are no frame."""

    at: int
    """Offset in the segment."""
    reaches_end: bool
    """The frame would go on past the end: it was cut while it was written."""


def encode(position: int, head: Mapping[str, Any], body: bytes) -> bytes:
    """Return header and head of a frame; the body follows them as it is."""
    said = json.dumps(head, separators=(",", ":")).encode()
    crc = zlib.crc32(_SALT.pack(position, len(said), len(body)))
    crc = zlib.crc32(body, zlib.crc32(said, crc))
    return HEADER.pack(MAGIC, len(said), len(body), crc) + said


def decode(data: bytes, base: int, at: int) -> Frame | Torn:
    """Return the frame at an offset of a segment that starts at position `base`."""
    if len(data) - at < HEADER.size:
        return Torn(at, reaches_end=True)
    magic, head_size, body_size, crc = HEADER.unpack_from(data, at)
    if magic != MAGIC:
        return Torn(at, reaches_end=False)
    start = at + HEADER.size
    middle, end = start + head_size, start + head_size + body_size
    if end > len(data):
        return Torn(at, reaches_end=True)
    found = zlib.crc32(_SALT.pack(base + at, head_size, body_size))
    if zlib.crc32(memoryview(data)[start:end], found) != crc:
        return Torn(at, reaches_end=end == len(data))
    head = json.loads(data[start:middle])
    return Frame(base + at, base + end, head, data[middle:end])


def resume(data: bytes, base: int, at: int) -> Frame | None:
    """Return the next whole frame behind bytes that are none; None when there is no other."""
    while (at := data.find(MAGIC, at + 1)) >= 0:
        found = decode(data, base, at)
        if isinstance(found, Frame):
            return found
    return None
