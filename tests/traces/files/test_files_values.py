"""The splitter gives back every value, however the text is laid out and cut into chunks."""

from __future__ import annotations

import io
import json
from unittest.mock import patch

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.settings import Intake
from solvent.traces.files.parts import values
from solvent.traces.files.parts.otlp_json import flat, nanoseconds, span_hex, trace_hex
from solvent.traces.files.parts.source import Record

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', "\\", '\\"', "],", "}{", "[[", "\n", "é"]
)
scalar = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text
value = st.recursive(
    scalar,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
records = st.lists(st.dictionaries(text, value, max_size=4), min_size=1, max_size=6)


def read(body: bytes, chunk: int) -> list[object]:
    with patch.object(values, "CHUNK", chunk):
        found = list(values.records(io.BytesIO(body), Intake()))
    assert all(isinstance(item, Record) for item in found), found
    return [item.value for item in found]


@settings(max_examples=40)
@given(records, st.integers(1, 64), st.sampled_from([None, 1]), st.booleans())
def test_a_list_is_read_element_by_element(listed, chunk, indent, ascii_only):
    body = json.dumps(listed, indent=indent, ensure_ascii=ascii_only).encode()
    assert read(body, chunk) == listed


@settings(max_examples=40)
@given(records, st.integers(1, 64), st.booleans())
def test_values_over_several_lines_follow_one_another(listed, chunk, ascii_only):
    listed = [{"first": 1}, *listed]
    body = "\n".join(json.dumps(v, indent=2, ensure_ascii=ascii_only) for v in listed).encode()
    assert read(body, chunk) == listed


@settings(max_examples=40)
@given(records)
def test_lines(listed):
    body = b"\n".join(orjson.dumps(v) for v in listed)
    assert read(body, 16) == listed


def test_the_line_of_an_element_is_the_one_it_begins_on():
    body = b'[\n {"a":\n  1},\n\n {"b": oops},\n {"c": 3}\n]\n'
    found = list(values.records(io.BytesIO(body), Intake()))
    assert [item.line if isinstance(item, Record) else item[0] for item in found] == [2, 5, 6]
    assert isinstance(found[1], tuple)


@settings(max_examples=40)
@given(value)
def test_depth_counts_as_a_recursion_would(tree):
    def deep(node):
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return 1 + max((deep(n) for n in inner if isinstance(n, dict | list)), default=0)

    assert values.depth(tree, 64) == deep(tree)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), value, max_size=3))
def test_flat_attributes_hold_no_objects(tree):
    for _, inner in flat(tree):
        assert not isinstance(inner, dict)
        assert not (isinstance(inner, list) and any(isinstance(i, dict) for i in inner))


def test_times_in_every_unit_are_one_time():
    for form in (1790000000, 1790000000000, 1790000000000000, 1790000000000000000,
                 "1790000000000000000", "2026-09-21T14:13:20Z", "2026-09-21T16:13:20+02:00",
                 "2026-09-21 14:13:20.000000"):  # fmt: skip
        assert nanoseconds(form) == 1_790_000_000_000_000_000
    assert nanoseconds("soon") is None
    assert nanoseconds(True) is None


def test_ids_in_every_form():
    assert trace_hex("0x1f") == "0" * 30 + "1f"
    assert trace_hex("AB" * 16) == "ab" * 16
    assert trace_hex("w0O7v1hLU5Utw7xkHgNYfQ==") == "c343bbbf584b53952dc3bc641e03587d"
    assert trace_hex("5e3f1c8a-2b6d-4c1f-9a70-0d6f5b1e2a33") == "5e3f1c8a2b6d4c1f9a700d6f5b1e2a33"
    assert span_hex("UvsqQtHIyPw=") == "52fb2a42d1c8c8fc"
    assert span_hex("o-1") == span_hex("o-1") != span_hex("o-2")
    assert len(span_hex("o-1")) == 16
