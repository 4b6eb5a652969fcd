"""What a step answered where it was given the same: the comparison that requests cannot spoil.

Where a step was given the same in several traces and answered now so, now otherwise, whatever
differs began at that step: not with the request, and not with a step before it. Whether outcomes go
with the answer is looked at within each such input and added up over inputs.
"""

from __future__ import annotations

from itertools import groupby
from math import exp, lgamma, log
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

UNLIKE, VARIED = "unlike", "varied"
"""Of a tool or a search, which should answer the same; and of any other step."""
KINDS = (UNLIKE, VARIED)
ROUNDING = 1e-9
"""Evidence that is none: what is left of a difference of logarithms."""


class Wavering(NamedTuple):
    """A step that does not always answer the same to the same."""

    place: str
    kind: str
    """One of `KINDS`."""
    when: float
    """When the step ends, in the order of things."""
    inputs: tuple[tuple[int, int], ...]
    """For each such input the traces with its most frequent answer, and those with another."""
    steady: float
    """Share of the traces with an input that recurs in which it always answers that the same."""


class Split(NamedTuple):
    """The traces with the worse answers of a step, and what outcomes say of them."""

    traces: int
    evidence: float
    """Log Bayes factor for "outcomes go with the answer" against "they do not"."""
    matched: int
    """Traces of the inputs for which outcomes are known of both kinds of answers."""


def bits(numbers: Iterable[int], size: int) -> int:
    """Return a set of numbers below `size` as the bits of an integer."""
    made = bytearray((size + 7) // 8)
    for number in numbers:
        made[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(made, "little")


def waverings(
    rows: Sequence[Mapping[str, Any]], ends: Mapping[str, float], size: int
) -> list[Wavering]:
    """Return the steps that answer the same now so, now otherwise.

    Args:
        rows: The answer to `tables.ANSWERS`.
        ends: When each step ends that is looked at, by place.
        size: How many traces there are.
    """
    found = []
    for place, grouped in groupby(rows, key=itemgetter("place")):
        here = list(grouped)
        sets = ((bits(row["usual"], size), bits(row["others"], size)) for row in here)
        both = [(usual, others & ~usual) for usual, others in sets]  # asked again, it came right
        inputs = tuple((usual, others) for usual, others in both if others)
        if place not in ends or not inputs:
            continue
        kind = UNLIKE if all(row["looked_up"] for row in here) else VARIED
        steady = sum(usual.bit_count() for usual, others in both if not others)
        recurring = sum((usual | others).bit_count() for usual, others in both)
        found.append(Wavering(place, kind, ends[place], inputs, steady / recurring))
    return found


def split(wavering: Wavering, failed: int, passed: int) -> Split:
    """Return which answers of a step are the worse ones, and the evidence that they are.

    Of an input, the answers whose traces failed more often; where outcomes do not tell, the rarer
    ones.

    The evidence of an input is how probable its count of failures is with the usual answer when
    every possible count is equally probable, over the same when outcomes do not depend on the
    answer (hypergeometric), with both totals given. Without such a dependence its mean is 1, and so
    is that of the product over inputs: as an e-value it bounds the p-value without any correction
    for how the worse answers were chosen (Vovk and Wang, "E-values: calibration, combination and
    applications", 2021).
    """
    traces, matched, found = 0, 0, 0.0
    for usual, others in wavering.inputs:
        a, b = (usual & failed).bit_count(), (usual & passed).bit_count()
        c, d = (others & failed).bit_count(), (others & passed).bit_count()
        possible = min(a + c, a + b) - max(0, a + c - (c + d)) + 1
        chance = _choose(a + b, a) + _choose(c + d, c) - _choose(a + b + c + d, a + c)
        here = -log(possible) - chance
        traces |= usual if here > ROUNDING and a * (c + d) > c * (a + b) else others
        matched |= usual | others if (a + b) and (c + d) else 0
        found += here
    return Split(traces, found, matched)


def chance(evidence: float, tried: int) -> float:
    """Return how probable such evidence is by chance, at any of the steps that were tried."""
    return min(1.0, tried * exp(-evidence))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
