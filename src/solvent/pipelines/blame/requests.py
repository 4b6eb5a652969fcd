"""Whether what a step did could be foretold from what was asked."""

from __future__ import annotations

from itertools import groupby
from math import log
from typing import TYPE_CHECKING

from solvent.pipelines.blame.matching import bits

if TYPE_CHECKING:
    from collections.abc import Sequence


MOST = 400
"""Traces that are learned from and tried."""


class Requests:
    """The words of the requests, and how well they foretell what steps did.

    Args:
        words: Traces by word, as bits.
        size: How many traces there are.
    """

    def __init__(self, words: Sequence[int], size: int) -> None:
        self.words = words
        self._said: list[list[int]] = [[] for _ in range(size)]
        self._found: dict[tuple[int, int], float] = {}
        for place, word in enumerate(words):
            for n, digit in enumerate(reversed(f"{word:b}")):
                if digit == "1":
                    self._said[n].append(place)

    def foretell(self, traces: int, among: int) -> float:
        """Return how well words foretell a trait: the area under the ROC curve, 0.5: not at all.

        By naive Bayes, learned on every second trace and tried on the others, both ways.

        Args:
            traces: Those with the trait, as bits.
            among: Those to look at, as bits.
        """
        if (traces, among) not in self._found:
            self._found[traces, among] = self._foretell(traces, among)
        return self._found[traces, among]

    def _foretell(self, traces: int, among: int) -> float:
        numbers = [n for n in range(among.bit_length()) if among >> n & 1]
        numbers = numbers[:: max(1, len(numbers) // MOST)]
        scored: list[tuple[float, bool]] = []
        for turn in (0, 1):
            learned, tried = numbers[turn::2], numbers[1 - turn :: 2]
            known = bits(learned, among.bit_length())
            having, lacking = known & traces, known & ~traces
            with_trait, without = having.bit_count(), lacking.bit_count()
            weights = [
                _weights((word & having).bit_count(), with_trait,
                         (word & lacking).bit_count(), without)
                for word in self.words
            ]  # fmt: skip
            silent = sum(absent for _, absent in weights)
            told = [there - absent for there, absent in weights]
            for n in tried:
                score = silent + sum(told[word] for word in self._said[n])
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
