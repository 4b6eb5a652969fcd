"""Where a clue begins: at its own step, or at an earlier one of which it is a symptom."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt
from typing import TYPE_CHECKING

from solvent.pipelines.blame.matching import UNLIKE
from solvent.pipelines.blame.tables import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.pipelines.blame.clues import Clue
    from solvent.pipelines.blame.features import Steps

STRATA = 5
"""Groups of traces that took the same branches; all others are one more group."""
EXPLAINED = 0.36
"""Share of a trait that must be due to an earlier one: 60 % have it, 60 % of them because of it."""
STRONG = 4.0
"""Standard deviations by which two traits must meet more often than by chance, for the same."""
NEARLY = 0.65
"""Share of the later trait's evidence that the earlier one must keep."""
SLACK = 1.5
"""Evidence that it may lose in any case: with few outcomes a single one moves as much."""
SURE = 0.02
"""Chance up to which answers to the same input explain what is later without keeping its evidence:
they are seen only where inputs recur, and no request and no earlier step can be behind them."""


def strata_of(steps: Steps, size: int) -> list[int]:
    """Return the groups of traces in which the same steps ran, the largest apart."""
    groups: dict[tuple[int, ...], int] = defaultdict(int)
    masks = [steps.ran[place] for place in sorted(steps.ran)]
    for nth in range(size):
        groups[tuple(mask >> nth & 1 for mask in masks)] |= 1 << nth
    largest = sorted(groups.values(), key=int.bit_count, reverse=True)
    rest = 0
    for mask in largest[STRATA:]:
        rest |= mask
    return [*largest[:STRATA], *([rest] if rest else [])]


def explains(early: int, late: int, strata: Sequence[int]) -> float:
    """Return the share of the traces with a late trait that have it because of an early one.

    The share of them that have the early trait, times the attributable fraction among those, with
    the risk ratio of Mantel and Haenszel over strata: what both have from the branch they are in
    explains nothing. 0 when they meet too seldom or no more often than by chance.
    """
    covered = (early & late).bit_count() / late.bit_count()
    if covered < EXPLAINED:
        return 0.0
    with_early = without = excess = variance = 0.0
    for stratum in strata:
        here, here_late = early & stratum, late & stratum
        n, n_early, n_late = stratum.bit_count(), here.bit_count(), here_late.bit_count()
        if not 0 < n_early < n:
            continue
        both = (here & here_late).bit_count()
        with_early += both * (n - n_early) / n
        without += (n_late - both) * n_early / n
        excess += both - n_late * n_early / n
        variance += n_late * n_early * (n - n_early) * (n - n_late) / (n * n * max(n - 1, 1))
    if variance <= 0 or excess < STRONG * sqrt(variance):
        return 0.0
    return covered * (1 - (without + 0.5) / (with_early + 0.5))


def source(clues: Sequence[Clue], place: int, strata: Sequence[int]) -> int | None:
    """Return the earlier clue of another step that explains one best; None: it begins here."""
    late = clues[place]
    least = late.evidence - max(SLACK, (1 - NEARLY) * abs(late.evidence))
    best: tuple[float, int] | None = None
    for n, early in enumerate(clues):
        if early.trait.when >= late.trait.when or early.trait.place == late.trait.place:
            continue
        inside = early.trait.place.startswith(late.trait.place + BETWEEN)
        if late.trait.kind == UNLIKE and not inside:
            continue  # it was given the same, whatever was done before
        if early.evidence < least and (early.p is None or early.p > SURE):
            continue
        share = explains(early.traces, late.traces, strata)
        if share >= EXPLAINED:
            found = (share + early.score / 50, -n)
            best = max(best, found) if best else found
    return -best[1] if best else None
