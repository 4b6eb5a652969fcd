"""How large a share of the failures begins at each step, with an interval.

The share is the attributable fraction of the population (Miettinen 1974): the share of failed
traces that have a trait, times the part of their failures that is above the rate of traces without
it. Steps are taken in order, each on what those before it leave unexplained (Eide and Gefeller
1995), so that shares never sum up to more than 1.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROUNDS = 300
"""How often traces are drawn anew for an interval."""


class Share(NamedTuple):
    """Share of the failed traces, with its 95 % interval."""

    value: float
    low: float
    high: float


def shares(sets: Sequence[int], failed: int, passed: int, *, seed: int = 1) -> list[Share]:
    """Return the share of failures that each set of traces explains, in order.

    Args:
        sets: The traces with the trait of each step, as bits.
        failed: Traces that failed, as bits.
        passed: Traces that passed, as bits.
        seed: The same seed draws the same traces for the intervals.
    """
    cells = _cells(sets, failed, passed)
    found = _explained(cells, len(sets))
    chance = random.Random(seed)  # noqa: S311  repeatable, not secret
    drawn = [_explained(_redrawn(cells, chance), len(sets)) for _ in range(ROUNDS)]
    out = []
    for place, value in enumerate(found):
        ordered = sorted(one[place] for one in drawn)
        low, high = ordered[int(0.025 * ROUNDS)], ordered[int(0.975 * ROUNDS)]
        out.append(Share(value, min(low, value), max(high, value)))
    return out


def _cells(sets: Sequence[int], failed: int, passed: int) -> dict[tuple[int, bool], float]:
    groups = {(0, True): failed, (0, False): passed}
    for place, traces in enumerate(sets):
        parted: dict[tuple[int, bool], int] = {}
        for (pattern, label), mask in groups.items():
            parted[pattern | 1 << place, label] = mask & traces
            parted[pattern, label] = mask & ~traces
        groups = {key: mask for key, mask in parted.items() if mask}
    return {key: float(mask.bit_count()) for key, mask in groups.items() if mask}


def _redrawn(
    cells: Mapping[tuple[int, bool], float], chance: random.Random
) -> dict[tuple[int, bool], float]:
    """Return as many failed and as many passed traces, drawn with replacement."""
    drawn = dict.fromkeys(cells, 0.0)
    for label in (True, False):
        keys = [key for key in cells if key[1] is label]
        if keys:
            weights = [cells[key] for key in keys]
            for key in chance.choices(keys, weights, k=round(sum(weights))):
                drawn[key] += 1
    return drawn


def _explained(cells: Mapping[tuple[int, bool], float], sets: int) -> list[float]:
    total = sum(count for (_, failed), count in cells.items() if failed)
    left = {key: count for key, count in cells.items() if key[1]}
    found = []
    for place in range(sets):
        bit = 1 << place
        rates = []
        for inside in (True, False):
            bad = sum(n for (pattern, _), n in left.items() if bool(pattern & bit) is inside)
            good = sum(
                n for (pattern, failed), n in cells.items()
                if not failed and bool(pattern & bit) is inside
            )  # fmt: skip
            rates.append(bad / (bad + good) if bad + good else 0.0)
        due = max(0.0, 1 - rates[1] / rates[0]) if rates[0] else 0.0
        inside_left = [key for key in left if key[0] & bit]
        found.append(sum(left[key] for key in inside_left) * due / total if total else 0.0)
        for key in inside_left:
            left[key] *= 1 - due
    return found
