"""Whether what a step did could be foretold from what was asked."""

from __future__ import annotations

from itertools import groupby
from math import log
from typing import TYPE_CHECKING

from solvent.pipelines.features import bits

if TYPE_CHECKING:
    from collections.abc import Sequence


def foretold(traces: int, words: Sequence[int], among: int) -> float:
    """Return how well words foretell a trait: the area under the ROC curve, 0.5 for not at all.

    By naive Bayes, learned on every second trace and tried on the others, both ways.
    """
    numbers = [n for n in range(among.bit_length()) if among >> n & 1]
    scored: list[tuple[float, bool]] = []
    for turn in (0, 1):
        learned, tried = numbers[turn::2], numbers[1 - turn :: 2]
        known = bits(learned, among.bit_length())
        having, lacking = known & traces, known & ~traces
        weights = [
            (word, *_weights((word & having).bit_count(), having.bit_count(),
                             (word & lacking).bit_count(), lacking.bit_count()))
            for word in words
        ]  # fmt: skip
        for n in tried:
            score = sum(there if word >> n & 1 else absent for word, there, absent in weights)
            scored.append((score, bool(traces >> n & 1)))
    return _area(scored)


def _weights(a: int, having: int, b: int, lacking: int) -> tuple[float, float]:
    """Return what a word, and its absence, say for a trait, as the log of odds."""
    p, q = (a + 1) / (having + 2), (b + 1) / (lacking + 2)
    return log(p / q), log((1 - p) / (1 - q))


def _area(scored: list[tuple[float, bool]]) -> float:
    """Return how probably one with the trait scores above one without; ties count half."""
    positive = sum(label for _, label in scored)
    negative = len(scored) - positive
    if not positive or not negative:
        return 0.5
    above, seen = 0.0, 0
    for _, tied in groupby(sorted(scored), key=lambda one: one[0]):
        labels = [label for _, label in tied]
        here = sum(labels)
        above += here * (seen + (len(labels) - here) / 2)
        seen += len(labels) - here
    return above / (positive * negative)
