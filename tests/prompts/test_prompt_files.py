"""Prompts as files: written and read back the same, and what others write."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solvent.errors import Invalid
from solvent.prompts.files import Written, name_of, parse, path_of, render
from solvent.records.prompt import Message, PromptContent

texts = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=60
)
words = st.text(alphabet="abc: -#'\"\n{}[]é", max_size=12)
schema = st.none() | st.dictionaries(words, st.booleans() | st.integers() | words, max_size=3)


@st.composite
def prompts(draw):
    chat = draw(st.booleans())
    role = st.sampled_from(["system", "user", "assistant"])
    messages = (
        draw(st.lists(st.builds(Message, role, texts), min_size=1, max_size=3))
        if chat
        else [Message("", draw(texts))]
    )
    style = draw(st.sampled_from(["mustache", "jinja", "fstring"]))
    content = PromptContent(tuple(messages), style, draw(schema), draw(schema), draw(schema) or {})
    return Written(content, draw(words), tuple(draw(st.lists(words, max_size=2))))


@given(prompt=prompts())
@example(Written(PromptContent((Message("system", "a\x85b\u2028c"),)), ""))
def test_a_prompt_is_read_back_as_it_was_written(prompt):
    path = path_of("support/triage", prompt.content)
    assert name_of(path) == "support/triage"
    assert parse(path, render(path, prompt)) == prompt


DOTPROMPT = """---
model: some/model
config: {temperature: 0.4}
input:
  schema: {name: "string, who asks", "tone?": string, tags(array): string}
  default: {tone: kind}
output: {schema: {answer: string}}
ext: {x: 1}
---
{{role "system"}}
Be {{tone}}.
{{history}}
{{role "model"}}
Hello {{name}}
"""


def test_a_prompt_file_of_others():
    found = parse("a.prompt", DOTPROMPT)
    assert found.content == PromptContent(
        (
            Message("system", "Be {{tone}}."),
            Message("placeholder", "history"),
            Message("assistant", "Hello {{name}}"),
        ),
        inputs={
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "who asks"},
                "tone": {"type": "string", "default": "kind"},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["name", "tags"],
        },
        output={
            "type": "object",
            "properties": {"answer": {"type": "string"}},
            "required": ["answer"],
        },
        model={"name": "some/model", "temperature": 0.4},
    )
    assert found.others == ("ext",)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.md", "---\nowner: [\n---\nx\n"), ("a.md", "---\n- a\n---\nx\n"), ("a.json", "{"),
        ("a.json", "[]"), ("a.yaml", "owner: a"), ("a.yaml", "messages: [{role: user}]"),
        ("a.md", "---\ninputs: 3\n---\nx"), ("a.md", "---\ntags: a\n---\nx"), ("a.py", "x"),
        ("a.prompt", "---\ninput: {schema: {a: nope}}\n---\nx"),
    ],
)  # fmt: skip
def test_what_is_no_prompt_file_is_said(path, text):
    with pytest.raises(Invalid):
        parse(path, text)


def test_a_rule_of_dashes_in_a_text_is_not_front_matter():
    prompt = Written(PromptContent((Message("", "---\nnot: this\n---\nreal"),)))
    assert parse("a.md", render("a.md", prompt)) == prompt
