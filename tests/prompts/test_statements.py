"""Prompts are cut into statements with the lines they stand on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from solvent.prompts.instructions import instructions, is_emphatic, is_instruction
from solvent.prompts.statements import sections, statements

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
**Tone:**
1. Be kind.
"""


def test_lines_and_sections():
    assert [(s.text, s.line, s.section) for s in statements(PROMPT)] == [
        ("You are a clerk.", 2, "Role"),
        ("Never promise a refund.", 2, "Role"),
        ("Use `search` first.", 6, "Tools"),
        ("Then answer, e.g. with the date.", 6, "Tools"),
        ("Be kind.", 13, "Tone"),
    ]
    assert [(s.title, s.line) for s in sections(PROMPT)] == [
        ("Role", 1),
        ("Tools", 5),
        ("Tone", 12),
    ]


def test_a_sentence_over_three_lines_begins_on_its_first():
    assert [s.line for s in statements("One. Two\nthree\nfour. Five.\n")] == [1, 1, 3]


def test_what_orders_is_an_instruction():
    for text in (
        "Use the tool.", "If it fails, retry once and stop.", "You must not answer.",
        "**Dates**: write them in full.", "IMPORTANT: keep it short.", "Please ask first.",
        "When the user asks, then say no more.",
    ):  # fmt: skip
        assert is_instruction(text), text


def test_what_tells_or_asks_is_none():
    for text in (
        "You are a clerk.",
        "How should I pay?",
        "Report",
        "Plan: gold",
        "The shop is in Lima.",
    ):
        assert not is_instruction(text), text


def test_emphasis():
    assert is_emphatic("You MUST answer.")
    assert is_emphatic("Answer now!")
    assert is_emphatic("THE EDIT COMMAND REQUIRES IT.")
    assert not is_emphatic("Answer in JSON over HTTP.")
    assert not is_emphatic("Set x != y.")


@given(st.text(st.sampled_from("ab.# -*1\n`!|A"), max_size=200))
def test_statements_come_in_order_from_lines_that_exist(text):
    last = 0
    lines = text.splitlines()
    for statement in statements(text):
        assert statement.text
        assert last <= statement.line <= len(lines)
        assert statement.text[:1] in lines[statement.line - 1]
        last = statement.line
    assert len(instructions(text)) <= len(statements(text))
