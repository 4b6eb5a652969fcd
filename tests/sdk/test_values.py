"""Any value becomes bounded text; nothing raises."""

import collections
import dataclasses
import datetime as dt
import enum
import json
import math
import pathlib
import time
import types
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from solvent.sdk.values import JSON, TEXT, plain, small_text, to_text

LIMIT = 10_000


@dataclasses.dataclass
class Point:
    x: int
    name: str = "p"


class Colour(enum.Enum):
    RED = "red"


class City(BaseModel):
    name: str
    at: Point


class Hostile:
    def __repr__(self):
        raise RuntimeError

    def __len__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        ("plain", "plain", TEXT),
        (3, "3", JSON),
        (True, "true", JSON),
        (None, "null", JSON),
        ({"a": [1, None]}, '{"a": [1, null]}', JSON),
        ((1, 2), "[1, 2]", JSON),
        ({1: "a"}, '{"1": "a"}', JSON),
        (Point(1), '{"x": 1, "name": "p"}', JSON),
        (City(name="Rome", at=Point(2)), '{"name": "Rome", "at": {"x": 2, "name": "p"}}', JSON),
        ([Colour.RED], '["red"]', JSON),
        ([pathlib.PurePosixPath("/a")], '["/a"]', JSON),
        ([uuid.UUID(int=1)], '["00000000-0000-0000-0000-000000000001"]', JSON),
        ([dt.date(2026, 1, 2)], '["2026-01-02"]', JSON),
        ({3}, "[3]", JSON),
        (collections.deque([1]), "[1]", JSON),
        (b"abc", "<3 bytes>", TEXT),
        ([math.nan, math.inf], '["nan", "inf"]', JSON),
        (2**70, hex(2**70), TEXT),
        (ValueError("no"), "ValueError: no", TEXT),
        ("é", "é", TEXT),
    ],
)
def test_values(value, text, kind):
    assert to_text(value, LIMIT) == (text, kind)


@pytest.mark.parametrize("value", [Hostile(), [Hostile()], {"a": Hostile()}])
def test_values_that_resist(value):
    assert "<tests.sdk.test_values.Hostile>" in to_text(value, LIMIT)[0]


def test_circles_are_marked():
    circle = {"a": []}
    circle["a"].append(circle)
    assert "again" in to_text(circle, LIMIT)[0]


def test_a_repeated_value_is_not_a_circle():
    part = {"n": math.nan}
    assert to_text([part, part], LIMIT) == ('[{"n": "nan"}, {"n": "nan"}]', JSON)


def test_depth_is_bounded():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    text, _ = to_text(deep, LIMIT)
    assert "too deep" in text


def test_lone_surrogates_are_replaced():
    for value in ("a\ud800b", ["a\ud800b"], {"\udfff": 1}):
        to_text(value, LIMIT)[0].encode()


def test_huge_values_are_cheap():
    numbers = list(range(1_000_000))
    before = time.thread_time()
    text, kind = to_text(numbers, LIMIT)
    assert time.thread_time() - before < 0.05
    assert len(text) <= LIMIT
    assert kind == JSON
    assert json.loads(text)[-1].endswith("more)")


def test_long_texts_say_how_long_they_were():
    text, _ = to_text("x" * 1_000_000, LIMIT)
    assert len(text.encode()) <= LIMIT
    assert text.endswith("… (1000000 characters)")


def test_arrays_and_frames_are_told_by_their_module():
    """Stands in for numpy and pandas, which tests need not install: same names, same duck."""

    class ndarray:  # noqa: N801
        ndim, size, shape, dtype = 1, 3, (3,), "int64"

        def tolist(self):
            return [1, 2, 3]

    class Big(ndarray):
        size, shape = 10**6, (1000, 1000)

    class Frame:
        shape, columns = (100, 1), ["a"]

        def head(self, n):
            return types.SimpleNamespace(to_dict=lambda orient: [{"a": 1}] * n)

    ndarray.__module__ = Big.__module__ = "numpy"
    Frame.__module__ = "pandas.core.frame"
    assert to_text(ndarray(), LIMIT) == ("[1, 2, 3]", JSON)
    assert json.loads(to_text(Big(), LIMIT)[0]) == {"shape": [1000, 1000], "dtype": "int64"}
    assert json.loads(to_text(Frame(), LIMIT)[0])["head"] == [{"a": 1}] * 5


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.builds(object)
    | st.builds(Hostile)
    | st.dates()
    | st.decimals(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.none(), inner)
        | st.tuples(inner)
    ),
    max_leaves=20,
)


@given(anything, st.integers(50, 2000))
def test_nothing_raises_and_everything_is_bounded(value, limit):
    text, kind = to_text(value, limit)
    assert len(text.encode("utf-8")) <= limit
    if kind == JSON:
        json.loads(text, parse_constant=pytest.fail)
    json.dumps(plain(value, limit), allow_nan=False)


@given(st.dictionaries(st.text(), anything, max_size=5))
def test_the_quick_way_agrees_with_the_slow_one(values):
    quick = small_text(values, 10_000)
    if quick is not None:
        assert (quick, JSON) == to_text(values, 10_000)


def test_strings_of_other_types_are_strings():
    class Text(str):
        __slots__ = ()

        def __str__(self):
            return "wrong"

    assert to_text(Text("right"), LIMIT) == ("right", TEXT)
