"""Which texts a template can have made."""

from __future__ import annotations

import pytest

from solvent.prompts.matching import matches, plain, shape_of, values


@pytest.mark.parametrize(
    ("template", "text", "expected"),
    [
        ("Hello {name}, your order {id} has left.", "Hello Ana, your order 7 has left.",
         {"name": "Ana", "id": "7"}),
        ("Hello {{ name }}, your order has left. {{note}}", "Hello Ana, your order has left.",
         {"name": "Ana", "note": ""}),
        ("Hello {name}, your order {id} has left.", "Hello Ana, your parcel 7 has left.", None),
        ('Answer as {{"a": 1}} for ${user}. Be brief.', 'Answer as {"a": 1} for Bo. Be brief.',
         {"user": "Bo"}),
    ],
)  # fmt: skip
def test_values_of_a_template(template, text, expected):
    assert values(shape_of(template), plain(text)) == expected


def test_a_template_that_writes_out_too_little_has_no_shape():
    assert shape_of("{a} and {b}") is None


def test_branches_may_be_left_out():
    shape = shape_of(
        "You answer letters with care. {% if vip %}Say thank you.{% endif %} Be brief."
    )
    assert shape.loose
    assert matches(shape, "You answer letters with care. Be brief.")
    assert not matches(shape, "You sort letters in the morning. Be brief.")
