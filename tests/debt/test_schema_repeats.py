"""What definitions say again is found once, however it is nested."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from solvent.debt.schema_repeats import REFERENCE_TOKENS, repeats, savings
from solvent.traces.tokens import count

SENTENCE = "Always ask the customer for the order number before anything else."
TOWN = {"type": "string", "description": SENTENCE, "enum": [f"Winterthur {n}" for n in range(20)]}


def definition(name, description, **properties):
    value = {"name": name, "description": description, "parameters": {"properties": properties}}
    return json.dumps(value)


def test_a_sentence_said_three_times():
    tools = [definition(n, f"Do {n}. {SENTENCE}") for n in "abc"]
    (found,) = repeats(tools)
    assert (found.kind, found.text, found.places) == ("sentence", SENTENCE, (0, 1, 2))
    assert savings([found], 3) == [0, count(SENTENCE), count(SENTENCE)]


def test_a_part_of_a_schema_hides_what_repeats_inside_it():
    tools = [definition(n, "", town=TOWN, n={"type": "integer"}) for n in "abc"]
    (found,) = repeats(tools)
    assert found.kind == "schema"
    assert found.saved_tokens == count(found.text) - REFERENCE_TOKENS
    assert json.loads(found.text)["properties"]["town"] == TOWN


def test_repeats_inside_one_definition():
    (found,) = repeats([definition("a", "", one=TOWN, two=TOWN, three=TOWN)])
    assert found.places == (0, 0, 0)
    assert savings([found], 1) == [2 * found.saved_tokens]


def test_short_sentences_and_small_types_are_left_alone():
    assert repeats([definition(n, "Find it.", n={"type": "integer"}) for n in "abcd"]) == []


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_text_is_read(texts):
    assert len(savings(repeats(texts), len(texts))) == len(texts)


@given(st.lists(st.sampled_from([SENTENCE, "Find it.", f"Find it.\n{SENTENCE}"]), max_size=8))
def test_what_is_saved_is_less_than_what_is_there(descriptions):
    tools = [definition("a", text) for text in descriptions]
    saved = savings(repeats(tools), len(tools))
    assert all(s <= count(tool) for s, tool in zip(saved, tools, strict=True))
    assert sum(1 for s in saved if s) == max(0, sum(SENTENCE in d for d in descriptions) - 1) or (
        sum(SENTENCE in d for d in descriptions) < 3 and not any(saved)
    )
