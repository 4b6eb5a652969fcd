"""The statistics behind blame, against what can be worked out by hand."""

import random
from math import comb

import pytest

from solvent.pipelines.blame.features import bits
from solvent.pipelines.blame.origins import explains
from solvent.pipelines.blame.requests import Requests
from solvent.pipelines.blame.shares import shares
from solvent.pipelines.blame.suspicion import adjusted, evidence, ochiai, odds, tails


def test_ochiai_is_one_for_exactly_the_failed_traces():
    assert ochiai(4, 0, 0) == 1
    assert ochiai(0, 5, 4) == 0
    assert ochiai(2, 2, 2) == pytest.approx(2 / 4)


def test_tails_are_those_of_the_hypergeometric_distribution():
    total, failed, having = 20, 6, 5
    ways = comb(total, having)
    for least, tail in enumerate(tails(total, failed, having)):
        expected = sum(
            comb(failed, n) * comb(total - failed, having - n) for n in range(least, having + 1)
        )
        assert tail == pytest.approx(expected / ways)


def test_evidence_grows_with_the_difference_and_falls_without_one():
    assert evidence(10, 0, 0, 40) > evidence(8, 2, 2, 38) > evidence(5, 10, 5, 30)
    assert evidence(10, 40, 10, 40) < 0
    assert evidence(0, 40, 20, 40) < 0


def test_a_difference_is_held_against_all_sets_at_once():
    """Of 300 sets drawn by lot some differ as one alone would at 5 %, and none is called so."""
    chance = random.Random(4)
    size = 100
    failed = bits(range(20), size)
    passed = bits(range(20, size), size)
    drawn = [bits(chance.sample(range(size), 15), size) for _ in range(300)]
    alone = [tails(size, 20, 15)[(one & failed).bit_count()] for one in drawn]
    assert min(alone) < 0.05
    planted = bits([*range(12), 90], size)
    found = adjusted([*drawn, planted], failed, passed, [failed | passed])
    assert min(found[:-1]) > 0.05
    assert found[-1] <= 0.01


def test_what_parts_two_applications_is_no_difference():
    """One application fails more often; a set that is all of it says nothing about its steps."""
    size = 120
    one, other = bits(range(60), size), bits(range(60, 120), size)
    failed = bits([*range(30), *range(60, 64)], size)
    passed = (one | other) & ~failed
    assert adjusted([one], failed, passed, [one | other])[0] <= 0.01
    assert adjusted([one], failed, passed, [one, other]) == [1.0]


def test_without_both_outcomes_nothing_differs():
    assert adjusted([3, 5], 7, 0, [7]) == [1.0, 1.0]


def test_a_later_trait_is_explained_by_the_earlier_one_that_it_comes_with():
    size = 100
    early, late = bits(range(20), size), bits(range(2, 18), size)
    assert explains(early, late, [bits(range(size), size)]) > 0.9
    assert explains(late, bits(range(50, 66), size), [bits(range(size), size)]) == 0


def test_what_both_have_from_their_branch_explains_nothing():
    """In the branch of 40 traces all have the early trait, and half of them the late one."""
    size = 100
    branch, others = bits(range(40), size), bits(range(40, size), size)
    late = bits(range(0, 40, 2), size)
    assert explains(branch, late, [branch | others]) > 0.9
    assert explains(branch, late, [branch, others]) == 0


def test_shares_are_attributable_fractions_of_what_is_left():
    """30 of 40 failed traces have the first, 5 others and 16 passed ones the second."""
    size = 200
    failed, passed = bits(range(40), size), bits(range(40, size), size)
    first = bits(range(30), size)
    second = bits([*range(30, 35), *range(40, 56)], size)
    one, two = shares([first, second], failed, passed)
    # 10 of 170 traces without the first fail all the same.
    due = 1 - 10 / 170
    assert one.value == pytest.approx(30 / 40 * due)
    left = 5 + 30 * (1 - due)  # the failed traces without the second that the first leaves
    assert two.value == pytest.approx(5 / 40 * (1 - (left / (left + 144)) / (5 / 21)))
    assert one.low < one.value < one.high < 1


def test_a_difference_too_large_for_a_float_still_counts():
    size = 4000
    failed, passed = bits(range(2000), size), bits(range(2000, size), size)
    assert adjusted([failed], failed, passed, [failed | passed], rounds=19) == [0.05]


def test_what_the_request_foretells():
    """Half the requests say one of two words, by lot; only the first word decides the trait."""
    chance = random.Random(2)
    size = 400
    one, two = (bits([n for n in range(size) if chance.random() < 0.5], size) for _ in range(2))
    everything = bits(range(size), size)
    assert Requests([one, two], size).foretell(one, everything) == 1
    lot = bits([n for n in range(size) if chance.random() < 0.3], size)
    assert 0.4 < Requests([one, two], size).foretell(lot, everything) < 0.6
    assert Requests([one], size).foretell(everything, everything) == 0.5


def test_odds_are_finite_where_nothing_passed():
    failed, passed = bits(range(10), 30), bits(range(10, 30), 30)
    assert odds(failed, failed, passed) == pytest.approx(10.5 * 20.5 / (0.5 * 0.5))
    assert odds(bits([*range(5), *range(10, 20)], 30), failed, passed) == pytest.approx(1)
