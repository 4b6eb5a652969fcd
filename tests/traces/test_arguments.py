"""Arguments are compared by what they say, not by how they are written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.traces.arguments import canonical, is_python_print, leaves, parse

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
objects = st.dictionaries(st.text(max_size=5), scalars | st.lists(scalars, max_size=3), max_size=5)


@given(objects, st.integers(0, 4))
def test_order_and_spacing_do_not_matter(value, indent):
    turned = dict(reversed(value.items()))
    assert canonical(json.dumps(value)) == canonical(json.dumps(turned, indent=indent))


@given(objects, objects)
def test_different_arguments_differ(one, other):
    same = canonical(json.dumps(one)) == canonical(json.dumps(other))
    assert same == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


@given(st.text(max_size=60))
def test_any_text_can_be_compared(text):
    assert canonical(text) == canonical(f"  {text}\n")


def test_no_text_is_no_argument():
    assert parse(" ") == {}


def test_arguments_encoded_twice_are_opened():
    assert parse(json.dumps(json.dumps({"a": 1}))) == {"a": 1}
    assert parse('"{broken"') == "{broken"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("{'a': None}", True), ('{"a": nul', False), ("find", False), ("{'a': " + "[" * 9_999, False)],
)  # fmt: skip
def test_prints_of_python_are_known(text, expected):
    assert is_python_print(text) is expected


def test_leaves_are_texts_and_numbers():
    assert list(leaves({"a": ["x", 1, True, None], "b": {"c": 2.5}})) == ["x", "1", "2.5"]
