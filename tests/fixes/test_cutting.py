"""A cut takes its instruction and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.fixes.cutting import without
from solvent.fixes.guards import copied_runs, within_budget
from solvent.prompts.reading import read_prompt
from solvent.records.dataset import Example


def cut(text, *gone):
    return without(text, [s for s in read_prompt(text).statements if s.text in gone])


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("Be brief. Be kind. Be fair.", ["Be kind."], "Be brief. Be fair."),
        ("Be brief. Be kind.", ["Be kind."], "Be brief."),
        ("- Be brief.\n- Be kind.\n- Be fair.", ["Be kind."], "- Be brief.\n- Be fair."),
        ("Be brief.\n\nBe kind.\n\nBe fair.", ["Be kind."], "Be brief.\n\nBe fair."),
        ("Use `a  b` here. Be kind.", ["Be kind."], "Use `a  b` here."),
        ("1. Be brief.\n2. Be kind.", ["Be brief.", "Be kind."], ""),
    ],
)
def test_the_rest_stands_as_it_was(text, gone, left):
    assert cut(text, *gone) == left


SENTENCES = ("Be brief.", "Never guess.", "Use the search tool.", "Ask before you pay.")


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True), st.data())
def test_every_other_instruction_is_still_read(chosen, data):
    separator = data.draw(st.sampled_from([" ", "\n- ", "\n\n"]))
    text = ("- " if separator == "\n- " else "") + separator.join(chosen)
    gone = data.draw(st.sampled_from(chosen))
    rest = [s.text for s in read_prompt(cut(text, gone)).instructions]
    assert rest == [s for s in chosen if s != gone]


def test_copies_are_runs_of_the_examples_that_the_original_did_not_have():
    example = Example("e", {"q": "the blue lamp in the old hall is broken again today"}, "x")
    run = "the blue lamp in the old hall is"
    assert copied_runs(f"Say: {run}.", "Say.", [example]) == (run,)
    assert copied_runs(f"Say: {run}.", f"Say: {run}!", [example]) == ()
    assert copied_runs("Say: the blue lamp.", "Say.", [example]) == ()


@given(st.floats(0, 1), st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_budget_never_raises_a_score(score, tokens, budget):
    held = within_budget(score, tokens, budget)
    assert held <= score
    assert held == score or tokens > budget


def test_blank_lines_elsewhere_stay_as_they_are():
    text = "- Be kind.\n\n- Be quick.\n\n- Be brief.\n\n\n\nThe end."
    (quick,) = [s for s in read_prompt(text).statements if s.text == "Be quick."]
    assert without(text, [quick]) == "- Be kind.\n\n- Be brief.\n\n\n\nThe end."
