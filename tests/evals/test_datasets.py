"""Datasets are read whole or refused with the line; what is held out stays held out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.errors import Invalid, NotFound
from solvent.evals.datasets import dataset, read_dataset, split
from solvent.records.dataset import Example


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "inputs", "expected"),
    [
        ({"inputs": {"q": "hi"}, "expected": "yes"}, {"q": "hi"}, "yes"),
        ({"inputs": {"q": "hi"}, "expectations": {"expected_response": "yes"}}, {"q": "hi"}, "yes"),
        ({"input": "hi", "expectedOutput": "yes"}, {"input": "hi"}, "yes"),
        ({"question": "hi", "answer": 3}, {"question": "hi"}, 3),
        ({"inputs": {"q": "hi"}}, {"q": "hi"}, None),
    ],
)
def test_the_words_of_others_are_read(tmp_path, row, inputs, expected):
    found = read_dataset(written(tmp_path, "d.jsonl", json.dumps(row)))
    assert (found.examples[0].inputs, found.examples[0].expected) == (inputs, expected)
    listed = read_dataset(written(tmp_path, "d.json", json.dumps([row])))
    assert listed == found


def test_csv_has_a_row_an_example(tmp_path):
    found = read_dataset(written(tmp_path, "d.csv", "id,question,expected\na,hi,yes\nb,ho,no\n"))
    assert found.examples == (
        Example("a", {"question": "hi"}, "yes"),
        Example("b", {"question": "ho"}, "no"),
    )


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("d.jsonl", '{"q": 1}\n{"q": ', "line 2 of .* is not JSON"),
        ("d.jsonl", '{"q": 1}\n[1]', "line 2 of .* is not an object"),
        ("d.jsonl", '{"expected": "x"}', "line 1 of .* has no inputs"),
        ("d.jsonl", '{"id": 1, "q": 1}\n{"id": 1, "q": 2}', "line 2 .* id `1`, as an earlier"),
        ("d.jsonl", "\n", "has no row"),
        ("d.json", "{}", "is not a list"),
        ("d.jsonl", '{"q": 1}\n{"q": 2}\n{"q": 3}', "more than 2 rows"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, name, text, says):
    with pytest.raises(Invalid, match=says):
        read_dataset(written(tmp_path, name, text), max_examples=2)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFound, match="is not there"):
        read_dataset(tmp_path / "nowhere.jsonl")


def test_bytes_that_are_not_text_are_refused(tmp_path):
    path = tmp_path / "d.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid, match="not UTF-8"):
        read_dataset(path)


def examples(n):
    return tuple(Example(f"e{i}", {"q": str(i)}, i % 2) for i in range(n))


def test_the_version_follows_from_the_examples_and_not_from_their_order():
    one, two = examples(5), tuple(reversed(examples(5)))
    assert dataset("d", one).version == dataset("d", two).version
    assert dataset("d", one).version != dataset("d", examples(6)).version


@given(st.integers(20, 200), st.integers(0, 50))
def test_what_is_held_out_stays_so_when_the_dataset_grows(size, more):
    learn, hold = map(ids, split(dataset("d", examples(size))))
    learn_later, hold_later = map(ids, split(dataset("d", examples(size + more))))
    assert not learn & hold
    assert hold <= hold_later
    assert learn <= learn_later


def ids(part):
    return {example.id for example in part.examples}


def test_too_few_examples_cannot_be_split():
    with pytest.raises(Invalid, match="too few"):
        split(dataset("d", examples(1)))
