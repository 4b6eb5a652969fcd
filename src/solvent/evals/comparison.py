"""Two trials on the same examples: is the second one better, and how sure can one be."""

from __future__ import annotations

from math import comb
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.records.trial import Comparison, Interval, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.trial import Trial

RESAMPLES = 4000
"""Draws of the bootstrap: its 2.5 % ends then rest on a hundred draws each."""
MARGIN = 0.05
"""Loss of score that still counts as equal. A convention: one answer in twenty."""


def compare(before: Trial, after: Trial, *, margin: float = MARGIN, seed: int = 0) -> Comparison:
    """Return the paired comparison of two trials.

    The interval is the percentile bootstrap over examples (Efron and Tibshirani, An Introduction
    to the Bootstrap, 1993, chapter 13); the test is the exact sign test, which for scores of 0 and
    1 is McNemar's.

    Args:
        before: The trial of what is in use.
        after: The trial of what may take its place.
        margin: Loss of score that still counts as equal, between 0 and 1.
        seed: Of the bootstrap.

    Raises:
        Invalid: They have no scored example in common.
    """
    old, new = before.scores, after.scores
    shared = sorted(old.keys() & new.keys())
    if not shared:
        raise Invalid(
            f"`{before.label}` and `{after.label}` have no scored example in common",
            hint="see the errors of each trial",
        )
    differences = [new[key] - old[key] for key in shared]
    difference = mean_interval(differences, seed)
    won, lost = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    return Comparison(
        before=before.label,
        after=after.label,
        pairs=len(shared),
        left_out=len(old.keys() | new.keys() | _tried(before) | _tried(after)) - len(shared),
        mean_before=fmean(old[key] for key in shared),
        mean_after=fmean(new[key] for key in shared),
        difference=difference,
        won=won,
        lost=lost,
        p_value=sign_test(won, lost),
        tokens_before=before.prompt_tokens,
        tokens_after=after.prompt_tokens,
        verdict=_verdict(difference, margin, shorter=after.prompt_tokens < before.prompt_tokens),
    )


def mean_interval(values: Sequence[float], seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """Return the mean of some values with its 95 % percentile bootstrap interval.

    With fewer than two values, or values that are all the same, the bootstrap would claim
    certainty; the ends then follow from the rule of three (Hanley and Lippman-Hand, 1983): what did
    not happen in n tries may still happen with a share of up to 3/n.
    """
    mean = fmean(values)
    if len(set(values)) == 1:
        reach = min(1.0, 3 / len(values))
        return Interval(mean, mean - reach, mean + reach)
    draw = Random(seed)  # noqa: S311  a bootstrap is no secret
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(resamples))
    return Interval(mean, means[int(0.025 * resamples)], means[int(0.975 * resamples) - 1])


def sign_test(won: int, lost: int) -> float:
    """Return the exact two-sided p of a sign test; 1 when nothing changed."""
    n = won + lost
    tail = sum(comb(n, k) for k in range(min(won, lost) + 1))
    return min(1.0, 2.0 * tail / (1 << n))


def _tried(trial: Trial) -> set[str]:
    return {outcome.example_id for outcome in trial.outcomes}


def _verdict(difference: Interval, margin: float, *, shorter: bool) -> Verdict:
    if difference.low > 0:
        return Verdict.BETTER
    if difference.high < 0:
        return Verdict.WORSE
    if shorter and difference.low >= -margin:
        return Verdict.EQUAL_AND_SHORTER
    return Verdict.UNDECIDED
