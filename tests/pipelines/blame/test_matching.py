"""What a step answered where it was given the same, held against outcomes."""

from itertools import combinations
from math import comb, exp, log

import pytest

from solvent.pipelines.blame.matching import Wavering, bits, chance, split, waverings


def wavering(*inputs):
    pairs = tuple((bits(usual, 64), bits(others, 64)) for usual, others in inputs)
    return Wavering("search", "unlike", 1.0, pairs, 0.0)


def test_the_answers_whose_traces_failed_are_the_worse_ones_also_where_they_are_the_usual():
    one = wavering(((0, 1, 2), (3, 4)), ((5, 6, 7), (8, 9)))
    failed, passed = bits((0, 1, 2, 8, 9), 64), bits((3, 4, 5, 6, 7), 64)
    assert split(one, failed, passed).traces == bits((0, 1, 2, 8, 9), 64)


def test_without_outcomes_the_rarer_answers_are_the_worse_ones():
    found = split(wavering(((0, 1, 2), (3,))), 0, bits((1, 2), 64))
    assert found == (bits((3,), 64), pytest.approx(0.0), 0)


def test_evidence_is_added_up_over_inputs_of_which_both_answers_have_outcomes():
    one = wavering((range(13), range(13, 22)), ((30, 31), (32,)))
    failed, passed = bits(range(13, 22), 64), bits(range(13), 64)
    found = split(one, failed, passed)
    assert found.evidence == pytest.approx(log(comb(22, 9) / 10))
    assert found.matched == bits(range(22), 64)
    with_other = split(one, failed | bits((32,), 64), passed | bits((30, 31), 64))
    assert with_other.evidence == pytest.approx(found.evidence + log(3 / 2))


def test_one_pair_of_answers_says_nothing_since_either_could_be_the_worse():
    assert split(wavering(((0,), (1,))), 1, 2).evidence == pytest.approx(0.0)


@pytest.mark.parametrize("failures", [1, 3, 5])
def test_its_mean_over_all_ways_to_deal_outcomes_is_one(failures):
    one = wavering((range(5), range(5, 9)))
    whole = bits(range(9), 64)
    dealt = [bits(chosen, 64) for chosen in combinations(range(9), failures)]
    mean = sum(exp(split(one, bad, whole & ~bad).evidence) for bad in dealt) / len(dealt)
    assert mean == pytest.approx(1.0)


def test_chance_is_bounded_by_the_evidence_and_the_steps_that_were_tried():
    assert chance(log(1000), 4) == pytest.approx(0.004)
    assert chance(-2.0, 4) == 1.0


def test_only_steps_that_are_looked_at_are_compared_and_only_tools_and_searches_should_not_vary():
    rows = [
        {"place": "ask", "looked_up": False, "usual": [0], "others": [1]},
        {"place": "draft", "looked_up": False, "usual": [0], "others": [1]},
        {"place": "search", "looked_up": True, "usual": [0, 1], "others": [1, 2]},
        {"place": "search", "looked_up": True, "usual": [3, 4], "others": []},
        {"place": "steady", "looked_up": True, "usual": [3, 4], "others": []},
    ]
    found = waverings(rows, {"draft": 1.0, "search": 2.0, "steady": 3.0}, 5)
    assert [(one.place, one.kind, one.when) for one in found] == [
        ("draft", "varied", 1.0),
        ("search", "unlike", 2.0),
    ]
    assert found[1].inputs == ((bits((0, 1), 5), bits((2,), 5)),)
    assert (found[0].steady, found[1].steady) == (0.0, 2 / 5)
