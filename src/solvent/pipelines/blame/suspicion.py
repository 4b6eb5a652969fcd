"""How suspicious a trait is: spectrum-based fault localization, and the test against chance.

The four counts of a spectrum are `a`: failed with the trait, `b`: passed with it, `c`: failed
without it, `d`: passed without it.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from math import erf, exp, lgamma, log, sqrt
from typing import TYPE_CHECKING

from solvent.pipelines.blame.matching import bits

if TYPE_CHECKING:
    from collections.abc import Sequence

TINY = 1e-300
"""What a smaller probability counts as; a float could not hold it."""


def ochiai(a: float, b: float, c: float) -> float:
    """Return the Ochiai coefficient, 0 to 1.

    Of the coefficients compared by Abreu, Zoeteweij and van Gemund, "On the accuracy of
    spectrum-based fault localization" (2007), it found faults best, and it stays at its best with
    few failures. Unlike Tarantula it does not call a trait of a single failed trace certain.
    """
    return a / sqrt((a + c) * (a + b)) if a else 0.0


def odds(having: int, failed: int, passed: int) -> float:
    """Return how many times the odds of failure with a trait are those without it.

    Half a trace is added to each count, so that it is finite (Haldane 1956, Anscombe 1956).

    Args:
        having: Traces with the trait, as bits.
        failed: Traces that failed, as bits.
        passed: Traces that passed, as bits.
    """
    a, b = (having & failed).bit_count() + 0.5, (having & passed).bit_count() + 0.5
    c, d = (failed & ~having).bit_count() + 0.5, (passed & ~having).bit_count() + 0.5
    return a * d / (b * c)


def tails(total: int, failed: int, having: int) -> list[float]:
    """Return, for each count of failed traces that have a trait, how probable as many are.

    The one-sided test of Fisher: `having` of `total` traces drawn without regard to which failed.
    """
    most = min(having, failed)
    least = max(0, having + failed - total)
    whole = _choose(total, having)
    found = [1.0] * (most + 1)
    tail = 0.0
    for count in range(most, least - 1, -1):
        tail += exp(_choose(failed, count) + _choose(total - failed, having - count) - whole)
        found[count] = min(tail, 1.0)
    return found


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def adjusted(
    sets: Sequence[int],
    failed: int,
    passed: int,
    groups: Sequence[int],
    *,
    rounds: int = 499,
    seed: int = 1,
) -> list[float]:
    """Return, for each set of traces, how probable a difference like its is by chance alone.

    Westfall and Young, "Resampling-based multiple testing" (1993), single step: outcomes are
    dealt out anew within each group, `rounds` times, and each time the largest difference of all
    sets is kept. The share of rounds that reach the difference of a set is its adjusted p. It holds
    the chance of accusing any step where none is to blame below the level, whatever the sets have
    in common; and sets are mostly the same thing said in several ways, for which Bonferroni and
    Benjamini-Hochberg pay each time. A difference is the sum over groups of `-log p` of Fisher.

    Args:
        sets: Traces with a trait, as bits.
        failed: Traces that failed, as bits.
        passed: Traces that passed, as bits.
        groups: Traces that may be compared with each other, as bits.
        rounds: How often outcomes are dealt out.
        seed: The same seed deals the same.
    """
    labelled = failed | passed
    known = [(group & labelled, (group & failed).bit_count()) for group in groups]
    known = [(group, bad) for group, bad in known if 0 < bad < group.bit_count()]
    if not known:
        return [1.0] * len(sets)
    tables = [_table(mask, known) for mask in sets]
    # What differs only in traces without an outcome makes the same difference.
    distinct = {tuple(mask for mask, _ in table): table for table in tables}.values()
    alone = [table[0] for table in distinct if len(table) == 1]
    several = [table for table in distinct if len(table) > 1]
    places = [[n for n in range(g.bit_length()) if g >> n & 1] for g, _ in known]
    chance = random.Random(seed)  # noqa: S311  repeatable, not secret
    largest = []
    for _ in range(rounds):
        dealt = 0
        for (_, bad), numbers in zip(known, places, strict=True):
            dealt |= bits(chance.sample(numbers, bad), labelled.bit_length())
        one = max([found[(mask & dealt).bit_count()] for mask, found in alone], default=0.0)
        largest.append(max([_difference(table, dealt) for table in several], default=one))
        largest[-1] = max(largest[-1], one)
    largest.sort()
    slack = 1e-9  # the same difference, added up in another order, counts as reached
    return [
        (rounds - bisect_left(largest, _difference(table, failed) - slack) + 1) / (rounds + 1)
        for table in tables
    ]


def _table(mask: int, groups: Sequence[tuple[int, int]]) -> list[tuple[int, list[float]]]:
    """Return, for each group that a set parts, its traces there and the differences by count."""
    return [
        (group & mask, [-log(max(p, TINY)) for p in tails(group.bit_count(), bad, both)])
        for group, bad in groups
        if 0 < (both := (group & mask).bit_count()) < group.bit_count()
    ]


def _difference(table: Sequence[tuple[int, list[float]]], failed: int) -> float:
    return sum(found[(mask & failed).bit_count()] for mask, found in table)


def evidence(a: float, b: float, c: float, d: float) -> float:
    """Return the log Bayes factor for "fails more with the trait" against "makes no difference".

    Failure rates with and without the trait are uniform before the counts are seen, and the one
    with it is the larger.
    """
    with_trait = (a + 1) / (a + b + 2)
    without = (c + 1) / (c + d + 2)
    spread = sqrt(
        with_trait * (1 - with_trait) / (a + b + 3) + without * (1 - without) / (c + d + 3)
    )
    larger = 0.5 * (1 + erf((with_trait - without) / spread / sqrt(2)))
    differ = _beta(a + 1, b + 1) + _beta(c + 1, d + 1) + log(max(2 * larger, 1e-9))
    return differ - _beta(a + c + 1, b + d + 1)


def _beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
