"""How a span and a content are told apart, everywhere in the same way."""

from __future__ import annotations

from hashlib import blake2b

_PIECE = 2047
"""Hashing more bytes at once lets go of the interpreter; where other threads are busy, taking it
back costs up to 5 ms, a thousand times the hash."""
_FEW = 32


def span_key(trace_id: str, span_id: str) -> int:
    """Return the 63-bit identity of a span (two spans collide with odds of 1 in 10^5 at 10 M)."""
    digest = blake2b(f"{trace_id}{span_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def content_hash(type_: str, text: str, name: str | None = None, call_id: str | None = None) -> str:
    """Return 32 hex digits that identify a content."""
    head = f"{type_}\0{name or ''}\0{call_id or ''}\0"
    data = (head + text).encode("utf-8", "surrogatepass")
    size = len(data)
    if not _PIECE < size <= _PIECE * _FEW:
        return blake2b(data, digest_size=16).hexdigest()
    hashed = blake2b(data[:_PIECE], digest_size=16)
    for start in range(_PIECE, size, _PIECE):
        hashed.update(data[start : start + _PIECE])
    return hashed.hexdigest()
