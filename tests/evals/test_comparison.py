"""A paired comparison says better only when it is sure, and equal only within the margin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.errors import Invalid
from solvent.evals.comparison import compare, mean_interval, sign_test
from solvent.records.trial import Outcome, Score, Trial, Verdict


def trial(label, scores, tokens=100):
    outcomes = [
        Outcome(f"e{i}", score=None if value is None else Score(value))
        for i, value in enumerate(scores)
    ]
    return Trial(label, "d@1", tokens, tuple(outcomes))


def test_better_is_said_when_the_interval_is_above_zero():
    found = compare(trial("a", [0] * 40 + [1] * 60), trial("b", [1] * 95 + [0] * 5, tokens=200))
    assert found.verdict is Verdict.BETTER
    assert (found.won, found.lost, found.pairs) == (40, 5, 100)
    assert found.difference.value == pytest.approx(0.35)
    assert found.difference.low > 0.2


def test_worse_is_said_when_it_is_below():
    assert compare(trial("a", [1] * 50), trial("b", [0] * 20 + [1] * 30)).verdict is Verdict.WORSE


def test_a_shorter_prompt_that_loses_nothing_is_equal():
    same = [1] * 80 + [0] * 20
    found = compare(trial("a", same, tokens=300), trial("b", same, tokens=100))
    assert found.verdict is Verdict.EQUAL_AND_SHORTER
    assert found.difference == (0.0, -0.03, 0.03)


def test_a_longer_prompt_that_gains_nothing_is_not_promoted():
    same = [1] * 80 + [0] * 20
    found = compare(trial("a", same, tokens=100), trial("b", same, tokens=300))
    assert found.verdict is Verdict.UNDECIDED


def test_a_handful_of_examples_proves_nothing():
    few = compare(trial("a", [1] * 10, tokens=300), trial("b", [1] * 10))
    assert few.verdict is Verdict.UNDECIDED


def test_what_one_has_no_score_for_is_left_out_and_counted():
    found = compare(trial("a", [1, None, 0, 1]), trial("b", [1, 1, None, 1]))
    assert (found.pairs, found.left_out) == (2, 2)


def test_nothing_in_common_cannot_be_compared():
    with pytest.raises(Invalid, match="no scored example in common"):
        compare(trial("a", [None]), trial("b", [1]))


@pytest.mark.parametrize(
    # By hand: 2 x (C(5,0)) / 32; 2 x (1 + 10 + 45) / 1024; all on one side of none.
    ("won", "lost", "p"), [(5, 0, 0.0625), (2, 8, 0.109375), (0, 0, 1.0), (3, 3, 1.0)],
)  # fmt: skip
def test_the_sign_test_is_exact(won, lost, p):
    assert sign_test(won, lost) == p


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=80))
def test_the_interval_holds_its_mean(values):
    found = mean_interval(values, resamples=200)
    assert found.low <= found.value <= found.high


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    from random import Random

    draw = Random(3)
    covered = 0
    for seed in range(200):
        values = draw.choices([0.0, 1.0], weights=[3, 7], k=60)
        found = mean_interval(values, seed, resamples=400)
        covered += found.low <= 0.7 <= found.high
    assert 178 <= covered <= 200  # 0.89 to 1.00
