"""Prompts are read into sections, statements and blocks, with the lines they stand on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.prompts.directives import is_emphatic
from solvent.prompts.reading import read_prompt
from solvent.records.instruction import Modality, Reference
from solvent.traces.tokens import count

PROMPT = """\
# Role
You are a clerk. Never
promise a refund.

## Tools
- Use `search` first. Then answer, e.g. with
  the date.
```
- Use code
```
| a | b |
|---|---|
| 1 | 2 |

**Tone:**
1. Be kind.
"""


def test_lines_and_sections():
    reading = read_prompt(PROMPT)
    assert [(s.text, s.line, s.section) for s in reading.statements] == [
        ("You are a clerk.", 2, "Role"),
        ("Never promise a refund.", 2, "Role"),
        ("Use `search` first.", 6, "Tools"),
        ("Then answer, e.g. with the date.", 6, "Tools"),
        ("Be kind.", 16, "Tone"),
    ]
    assert [(s.title, s.line, s.end_line, s.form) for s in reading.sections] == [
        ("Role", 1, 17, "heading"),
        ("Tools", 5, 17, "heading"),
        ("Tone", 15, 17, "label"),
    ]
    assert [(b.kind, b.line, b.end_line) for b in reading.blocks] == [
        ("code", 8, 10),
        ("table", 11, 13),
    ]
    assert [s.text for s in reading.instructions] == [
        "Never promise a refund.",
        "Use `search` first.",
        "Then answer, e.g. with the date.",
        "Be kind.",
    ]


def test_a_sentence_over_three_lines_begins_on_its_first():
    found = read_prompt("One. Two\nthree\nfour. Five.\n").statements
    assert [(s.line, s.end_line) for s in found] == [(1, 1), (1, 3), (3, 3)]


def test_tags_are_sections_and_examples_give_no_orders():
    reading = read_prompt(
        "<rules>\nAlways cite.\n</rules>\n<examples>\nNever answer this.\n</examples>\n{context}\n"
    )
    assert [(s.text, s.path) for s in reading.statements] == [("Always cite.", ("rules",))]
    assert [(b.kind, b.label, b.line) for b in reading.blocks] == [
        ("example", "examples", 4),
        ("context", "context", 7),
    ]


def test_template_logic_guards_what_stands_in_it():
    reading = read_prompt(
        "{% if cli %}\nUse the shell.\n{% else %}\nUse the browser.\n{% endif %}\nBe kind.\n"
    )
    assert [(s.text, s.guard) for s in reading.statements] == [
        ("Use the shell.", "cli"),
        ("Use the browser.", "not (cli)"),
        ("Be kind.", ""),
    ]
    assert [(b.kind, b.line, b.end_line) for b in reading.blocks] == [("logic", 1, 5)]
    mustache = read_prompt("{{#if vip}}\nBe quick.\n{{/if}}\n")
    assert [s.guard for s in mustache.statements] == ["vip"]


def test_a_list_is_read_with_the_line_above_it():
    reading = read_prompt(
        "You must never:\n- promise dates\n\nIf the order is late:\n- Apologize.\n"
    )
    by_text = {s.text: s for s in reading.statements}
    assert by_text["promise dates"].modality is Modality.MUST_NOT
    assert by_text["Apologize."].conditions == ("If the order is late",)


@pytest.mark.parametrize(
    ("text", "modality", "strength"),
    [
        ("Use the tool.", "must", 2),
        ("If it fails, retry once and stop.", "must", 2),
        ("You must not answer.", "must not", 3),
        ("**Dates**: write them in full.", "must", 2),
        ("IMPORTANT: keep it short.", "must", 3),
        ("Please ask first.", "must", 2),
        ("Do not forget to greet.", "must", 2),
        ("You may use tables.", "may", 0),
        ("You should prefer tables.", "must", 1),
        ("No libraries may be used.", "must not", 2),
        ("You are a clerk.", None, 0),
        ("How should I pay?", None, 0),
        ("Report", None, 0),
        ("Plan: gold", None, 0),
        ("The shop is in Lima.", None, 0),
    ],
)
def test_modality(text, modality, strength):
    (statement,) = read_prompt(text).statements
    assert (statement.modality, statement.strength) == (modality, strength)


@pytest.mark.parametrize(
    "text",
    [
        "- search_term (string) [required]: the term to search for",
        "- `path`: (required) The path of the file to read.",
        "- **limit** (integer, optional): never more than 50 rows",
    ],
)
def test_a_parameter_of_a_tool_is_told_and_orders_nothing(text):
    (statement,) = read_prompt(text).statements
    assert statement.modality is None


def test_conditions_and_references():
    (statement,) = read_prompt(
        "When the user asks about refunds, call `get_order` with {order_id} and see"
        " https://shop.example/refunds unless ask Maria Lopez says so."
    ).statements
    assert statement.conditions[0] == "When the user asks about refunds"
    assert set(statement.references) == {
        Reference("tool", "get_order"),
        Reference("variable", "order_id"),
        Reference("url", "https://shop.example/refunds"),
        Reference("person", "Maria Lopez"),
    }


def test_tokens_are_counted_by_whoever_asks():
    assert read_prompt("Be kind.").tokens is None
    reading = read_prompt("Be kind.", count)
    assert reading.tokens == reading.statements[0].tokens == count("Be kind.")


def test_a_header_for_tools_is_no_part_of_the_prompt():
    reading = read_prompt("---\nname: x\ndescription: Use it.\n---\nBe kind.\n")
    assert [(s.text, s.line) for s in reading.statements] == [("Be kind.", 5)]


def test_emphasis():
    assert is_emphatic("You MUST answer.")
    assert is_emphatic("Answer now!")
    assert is_emphatic("THE EDIT COMMAND REQUIRES IT.")
    assert not is_emphatic("Answer in JSON over HTTP.")
    assert not is_emphatic("Set x != y.")


@given(st.text(st.sampled_from("ab.# -*1\n`!|A<>/{}%"), max_size=200))
def test_statements_come_in_order_from_lines_that_exist(text):
    last = 0
    lines = text.split("\n")
    reading = read_prompt(text)
    for statement in reading.statements:
        assert statement.text
        assert last <= statement.line <= statement.end_line <= len(lines)
        last = statement.line
    for part in (*reading.sections, *reading.blocks):
        assert 1 <= part.line <= len(lines)
        assert part.line <= part.end_line + 1
