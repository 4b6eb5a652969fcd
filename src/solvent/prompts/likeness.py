"""How alike texts are: words in common, the same beginning, families of near-identical texts."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME_WORDS = 0.5
"""Share of words in common from which two texts under one name are one template."""
SAME_START = 200
"""Characters of common beginning, digits aside, that make two texts one template."""
COMPARED_CHARS = 4000

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_DIGITS = re.compile(r"\d+")


class Sample(NamedTuple):
    """A text with the name it is used under and how often."""

    name: str
    text: str
    requests: int


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case: what is left when markup and form are ignored."""
    return tuple(_WORD.findall(text.lower()))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of all words that both have; two empty sets are alike."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def families(samples: Sequence[Sample]) -> list[int]:
    """Return for each sample the index of the sample that leads its family.

    Texts under one name belong together when they share their beginning or most of their words.
    The most used text of a family leads it, so the answer does not depend on the order.
    """
    leads = list(range(len(samples)))
    by_name: dict[str, list[int]] = defaultdict(list)
    order = sorted(range(len(samples)), key=lambda i: (-samples[i].requests, samples[i].text))
    bags = [frozenset(words(s.text[:COMPARED_CHARS])) for s in samples]
    starts = [_start(s.text) for s in samples]
    for i in order:
        for lead in by_name[samples[i].name]:
            if starts[i] == starts[lead] or jaccard(bags[i], bags[lead]) >= SAME_WORDS:
                leads[i] = lead
                break
        else:
            by_name[samples[i].name].append(i)
    return leads


def common_prefix(one: str, other: str) -> int:
    """Return how many characters two texts have in common from their beginning."""
    if one == other:
        return len(one)
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _start(text: str) -> str:
    """Return the masked beginning; a short text is compared by its words alone."""
    masked = _DIGITS.sub("0", text[: 2 * SAME_START])[:SAME_START]
    return masked if len(masked) == SAME_START else text
