"""Keeping the memory of a long-lived process small: what is freed goes back to the system.

Every group of requests is a hundred thousand objects that live for a second. The C library keeps
what they leave behind, in up to eight arenas for each core, and puts ever larger blocks between
them, so that little can be given back; measured here, that is a third of the process after a load.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

import pyarrow as pa

_ARENA_MAX = -8
"""`M_ARENA_MAX` of https://man7.org/linux/man-pages/man3/mallopt.3.html"""
_ARENAS = 2
_MMAP_THRESHOLD = -3
"""`M_MMAP_THRESHOLD` of the same page."""
_BLOCK = 4 * 1024**2
"""Bytes from which a block is a mapping of its own, gone when it is freed: a group's columns are.
Setting it keeps the C library from raising it to 32 MiB by itself. At 200 KiB the engine's blocks
would be mappings too, for a tenth more CPU and no less memory."""
_COLLECT_AFTER = 20_000
"""New objects between two searches for cycles; decoding makes many objects and no cycles."""


def be_frugal() -> None:
    """Set up the allocators of this process, before it starts threads."""
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(AttributeError, OSError):  # not the GNU C library
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _BLOCK)


def settle() -> None:
    """Spare what is loaded by now from every later search for cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)


def unsettle() -> None:
    """Take back `settle`, so that the end of the process finds everything."""
    gc.unfreeze()


def give_back() -> None:
    """Give the memory that is free back to the system; some milliseconds."""
    with suppress(AttributeError, OSError):  # not the GNU C library
        ctypes.CDLL(None).malloc_trim(0)
