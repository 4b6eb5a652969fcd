"""Every style: what it fills in, what it refuses, and that nothing but the inputs is reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.errors import Invalid, TooLarge
from solvent.templates import STYLES, read
from solvent.templates.template import Bounds

PLACE = {"mustache": "{{name}}", "fstring": "{name}", "jinja": "{{ name }}"}
PART = {
    "mustache": "{{> a/tone@production}}", "fstring": "{>a/tone@production}",
    "jinja": '{% include "a/tone@production" %}',
}  # fmt: skip
words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize("style", STYLES)
@given(value=words)
def test_a_value_stands_in_its_place_as_it_is(style, value):
    assert read(style, f"<{PLACE[style]}>").render({"name": value}) == f"<{value}>"


@pytest.mark.parametrize("style", STYLES)
@given(text=st.text(alphabet="abc <>&\"'%#\n\t.€", max_size=60))
def test_a_text_without_places_is_itself(style, text):
    if style == "jinja" and ("{" in text or "#" in text):
        text = text.replace("#", "")
    template = read(style, text)
    assert template.render({}) == text
    assert template.names == frozenset()


@pytest.mark.parametrize("style", STYLES)
@given(
    value=st.recursive(st.none() | st.booleans() | st.integers() | words, st.lists, max_leaves=5)
)
def test_values_that_are_no_text_are_json_and_none_is_nothing(style, value):
    import json

    said = read(style, PLACE[style]).render({"name": value})
    if value is None:
        assert said == ""
    elif isinstance(value, str):
        assert said == value
    else:
        assert json.loads(said) == value


@pytest.mark.parametrize("style", STYLES)
def test_names_and_includes_are_known_without_rendering(style):
    template = read(
        style,
        f"{PLACE[style]} {PART[style]}",
        {"a/tone@production": PLACE[style].replace("name", "mood")},
    )
    assert template.names == {"name", "mood"}
    assert template.includes == ("a/tone@production",)
    assert template.render({"name": "Ana", "mood": "kind"}) == "Ana kind"


@pytest.mark.parametrize("style", STYLES)
def test_what_is_not_given_is_an_error(style):
    with pytest.raises(Invalid, match="name"):
        read(style, PLACE[style]).render({})
    with pytest.raises(Invalid):
        read(style, PART[style]).render({})


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("fstring", "{name.__class__}"), ("fstring", "{name[0]}"), ("fstring", "{name!r}"),
        ("fstring", "{name:>10}"), ("fstring", "{}"), ("fstring", "{name"), ("fstring", "}"),
        ("mustache", "{{name | upper}}"), ("mustache", "{{#a}}"), ("mustache", "{{/a}}"),
        ("mustache", "{{#a}}{{/b}}"), ("mustache", "{{=<% %>=}}"), ("mustache", "{{}}"),
        ("jinja", "{{ name"), ("jinja", "{% macro a() %}{% endmacro %}"),
        ("jinja", "{% include name %}"), ("jinja", "{% import 'a' as b %}"),
        ("jinja", "{{ name|attr('x') }}"), ("jinja", "{% for a in b recursive %}{% endfor %}"),
        ("nope", "x"),
    ],
)  # fmt: skip
def test_what_a_style_does_not_know_is_refused_when_it_is_read(style, text):
    with pytest.raises(Invalid):
        read(style, text)


class Secret:
    """An object whose attributes no template may see."""

    token = "s3cret"

    def __str__(self):
        return "shown"


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("jinja", "{{ x.token }}"), ("jinja", "{{ x.__class__ }}"), ("jinja", "{{ x['token'] }}"),
        ("jinja", "{{ [x]|map(attribute='token')|first }}"),
        ("jinja", "{{ ''.__class__.__mro__ }}"),
        ("jinja", "{{ '{0.token}'.format(x) }}"), ("jinja", "{{ x.token.__init__.__globals__ }}"),
        ("mustache", "{{x.token}}"), ("mustache", "{{#x}}{{token}}{{/x}}"),
        ("mustache", "{{x.__class__}}"),
    ],
)  # fmt: skip
def test_attributes_of_objects_are_out_of_reach(style, text):
    try:
        said = read(style, text).render({"x": Secret()})
    except Invalid as error:
        said = error.what
    assert "s3cret" not in said
    assert "class" not in said or "unsafe" in said or "not in the inputs" in said


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}",
        "{{ range(10**9) }}", "{{ 'ab'|replace('', 'x' ~ big) }}", "{{ 'x' * 10**9 }}",
        "{{ 9 ** 99999999 }}", "{{ big ~ big }}", "{{ [1] * 10**9 }}",
        "{% for i in range(900) %}{{ big }}{% endfor %}", "{{ 'x'.ljust(10**9) }}",
        "{{ '%099999999d' % 1 }}", "{{ [big, big]|join(big) }}",
    ],
)  # fmt: skip
def test_a_rendering_is_bounded(text):
    with pytest.raises((TooLarge, Invalid)):
        read("jinja", text, bounds=Bounds(chars=1000, steps=2000)).render({"big": "x" * 600})


def test_sections_are_bounded_too():
    nested = "{{#a}}" * 5 + "x" + "{{/a}}" * 5
    with pytest.raises(TooLarge, match="rounds"):
        read("mustache", nested, bounds=Bounds(steps=10_000)).render({"a": [{}] * 20})


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("{{#xs}}\n- {{.}}\n{{/xs}}\nend", {"xs": ["a", "b"]}, "- a\n- b\nend"),
        ("{{^xs}}none{{/xs}}", {"xs": []}, "none"),
        ("{{#o}}{{id}} of {{all}}{{/o}}", {"o": {"id": 7}, "all": 9}, "7 of 9"),
        ("{{#yes}}on{{/yes}}{{^no}}off{{/no}}", {"yes": True, "no": False}, "onoff"),
        ("{{! gone }}a\n  {{! gone }}\nb", {}, "a\nb"),
        ("{{{html}}} {{&html}} {{html}}", {"html": "<b>"}, "<b> <b> <b>"),
        ("{{a.b.c}}", {"a": {"b": {"c": 1}}}, "1"),
        ('{"a": {{n}}}', {"n": 1}, '{"a": 1}'),
    ],
)  # fmt: skip
def test_mustache(text, values, said):
    assert read("mustache", text).render(values) == said


def test_jinja_knows_loops_conditions_and_filters():
    text = (
        "{% for o in orders if o.open %}{{ loop.index }}. {{ o.id }}\n{% endfor %}"
        "{{ orders|map(attribute='id')|join(', ')|upper }}{% if not tone %}!{% endif %}"
    )
    orders = [{"id": "a", "open": True}, {"id": "b", "open": False}]
    assert read("jinja", text).render({"orders": orders, "tone": None}) == "1. a\nA, B!"
