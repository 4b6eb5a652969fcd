"""Near-duplicates among texts: sketches of their shingles find candidates, a count settles them.

A shingle is five words in a row. A sketch keeps the smallest hashes of a text's shingles (bottom-k
MinHash: Broder, On the resemblance and containment of documents, 1997), so that texts that share
most of their shingles share part of their sketches.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORDS = 5
SKETCH = 32
"""Hashes of a sketch. Two texts with 80 % of their shingles in common share some 28 of them."""
SHARED = 8
"""Hashes that two sketches share before the texts are compared."""
CROWD = 200
"""Texts that hold one hash of a sketch beyond which it tells nothing apart."""
SAME = 0.8
"""Share of the shingles of both from which two texts are near-duplicates."""
MAX_SHINGLES = 5_000

_WORD = re.compile(r"\w+")


def shingles(text: str) -> frozenset[int]:
    """Return the hashes of every five words in a row, case and punctuation aside."""
    words = _WORD.findall(text.lower())[: MAX_SHINGLES + WORDS]
    rows = range(max(1, len(words) - WORDS + 1))
    return frozenset(crc32(" ".join(words[i : i + WORDS]).encode()) for i in rows)


def resemblance(one: frozenset[int], other: frozenset[int]) -> float:
    """Return the share of all shingles that both texts have."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def near_duplicates(texts: Sequence[str], same: float = SAME) -> list[tuple[int, int]]:
    """Return the pairs of texts that are nearly the same, by position, the smaller first.

    Texts of less than ten words are left out: too little to tell.
    """
    bags = [shingles(text) for text in texts]
    known = [i for i, bag in enumerate(bags) if len(bag) > WORDS]
    holders: dict[int, list[int]] = defaultdict(list)
    for i in known:
        for value in sorted(bags[i])[:SKETCH]:
            holders[value].append(i)
    shared = Counter(pair for held in holders.values() if len(held) <= CROWD for pair in _of(held))
    return sorted(
        pair
        for pair, count in shared.items()
        if count >= min(SHARED, *(len(bags[i]) for i in pair))
        and resemblance(bags[pair[0]], bags[pair[1]]) >= same
    )


def groups(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the texts that pairs tie together, each group in order."""
    lead: dict[int, int] = {}

    def find(i: int) -> int:
        while lead.setdefault(i, i) != i:
            i = lead[i]
        return i

    for one, other in pairs:
        a, b = sorted((find(one), find(other)))
        lead[b] = a
    tied: dict[int, list[int]] = defaultdict(list)
    for i in sorted(lead):
        tied[find(i)].append(i)
    return list(tied.values())


def _of(held: Sequence[int]) -> Iterator[tuple[int, int]]:
    return ((one, other) for n, one in enumerate(held) for other in held[n + 1 :])
