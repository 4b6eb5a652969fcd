"""Where a clue begins: its own step, or an earlier one that explains it."""

import pytest

from solvent.pipelines.blame.clues import Clue
from solvent.pipelines.blame.features import Trait
from solvent.pipelines.blame.matching import bits
from solvent.pipelines.blame.origins import source

SIZE = 200
WHOLE = [bits(range(SIZE), SIZE)]
LATE, EARLY = range(40), range(4, 44)


def clue(place, kind, traces, when, evidence=20.0, p=None):
    mask = bits(traces, SIZE)
    return Clue(Trait(place, kind, "", mask, when), None, mask, evidence, evidence, p)


def test_a_later_clue_begins_at_the_earlier_step_that_explains_it():
    clues = [clue("answer", "fresh", LATE, 2.0), clue("search", "empty", EARLY, 1.0)]
    assert source(clues, 0, WHOLE) == 1
    assert source(clues, 1, WHOLE) is None


def test_an_earlier_step_has_to_go_with_failure_nearly_as_well():
    clues = [clue("answer", "fresh", LATE, 2.0), clue("search", "empty", EARLY, 1.0, evidence=5.0)]
    assert source(clues, 0, WHOLE) is None


@pytest.mark.parametrize(("p", "found"), [(0.001, 1), (0.5, None)])
def test_answers_to_the_same_input_need_only_be_more_than_chance(p, found):
    clues = [clue("answer", "fresh", LATE, 2.0), clue("search", "unlike", EARLY, 1.0, 5.0, p)]
    assert source(clues, 0, WHOLE) == found


def test_a_tool_that_answers_the_same_otherwise_is_no_symptom_of_what_came_before_it():
    before = clue("plan", "varied", EARLY, 1.0)
    assert source([clue("search", "unlike", LATE, 2.0), before], 0, WHOLE) is None
    assert source([clue("draft", "varied", LATE, 2.0), before], 0, WHOLE) == 1


def test_but_it_is_one_of_a_step_inside_it():
    inside = clue("search\x1fread", "unlike", EARLY, 1.0)
    beside = clue("searches", "unlike", EARLY, 1.0)
    assert source([clue("search", "unlike", LATE, 2.0), inside], 0, WHOLE) == 1
    assert source([clue("search", "unlike", LATE, 2.0), beside], 0, WHOLE) is None
