"""Texts of one template find each other; other texts do not."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from solvent.prompts.likeness import Sample, common_prefix, families, jaccard
from solvent.prompts.prefixes import change, stable
from solvent.prompts.repetition import copies, meaning, repetitions, same

TEXT = st.text(st.sampled_from("ab \n"), max_size=80)


def test_a_filled_name_is_the_same_template():
    samples = [Sample("chat", f"You help {name} of Lima. Be kind and brief.", 1) for name in "XYZ"]
    assert len(set(families(samples))) == 1


def test_another_text_under_the_name_is_another_template():
    samples = [
        Sample("chat", "You help customers. Be kind and brief.", 5),
        Sample("chat", "Translate SQL into French prose without comments.", 3),
        Sample("other", "You help customers. Be kind and brief.", 5),
    ]
    assert families(samples) == [0, 1, 2]


def test_families_do_not_depend_on_the_order():
    samples = [Sample("a", f"You help user {i}. Be kind.", i) for i in range(9)]
    samples += [Sample("a", f"Write {w} about {w} and {w}", 20) for w in ("tea", "rum")]
    expected = {samples[i].text: samples[lead].text for i, lead in enumerate(families(samples))}
    random.Random(1).shuffle(samples)
    assert {
        samples[i].text: samples[lead].text for i, lead in enumerate(families(samples))
    } == expected


@given(TEXT, TEXT)
def test_common_prefix_is_the_longest(one, other):
    n = common_prefix(one, other)
    assert one[:n] == other[:n]
    assert n in {len(one), len(other)} or one[n] != other[n]


@given(TEXT, TEXT)
def test_stable_text_is_no_longer_than_either(one, other):
    assert len(stable(one, one)) == len(one)
    assert len(stable(one, other)) <= len(one) + 1


@given(st.frozensets(st.integers(0, 9)), st.frozensets(st.integers(0, 9)))
def test_jaccard_is_a_share_and_symmetric(one, other):
    left, right = frozenset(map(str, one)), frozenset(map(str, other))
    assert 0 <= jaccard(left, right) == jaccard(right, left) <= 1


def test_change_says_what_and_where():
    rest = "\n".join(f"Rule {i}." for i in range(50))
    texts = [f"Hello.\nIt is 2026-10-01 12:{m:02d}.\n{rest}" for m in (10, 27, 31)]
    found = change(texts, len)
    assert found is not None
    assert (found.line, found.kind) == (2, "a time")
    assert found.prefix_tokens == len("Hello.\nIt is 2026-10-01 12:")
    assert found.stable_tokens == len(texts[0]) - 2
    assert change([texts[0], texts[0]], len) is None


def test_contraries_and_other_objects_differ():
    def alike(one, other):
        return same(meaning(one), meaning(other))

    assert alike("Confirm the booking.", "Please always confirm the booking!")
    assert not alike("Confirm the booking.", "Never confirm the booking.")
    assert not alike("Cancel the booking at once.", "Confirm the booking at once.")


def test_repetitions_and_copies():
    line = "Ask the customer to confirm the delivery address before shipping."
    found = repetitions(f"- {line}\n- Be kind.\n- {line}\n- Be kind.\n", 6)
    assert [(r.first.line, [s.line for s in r.again]) for r in found] == [(1, [3])]
    assert list(copies({"b": line, "a": f"Hi.\n{line}", "c": "Be kind."}, 6)) == [("a", "b")]
