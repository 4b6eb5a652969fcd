"""Prompts that shout are said plainly and ask for what they asked for."""

from __future__ import annotations

import gzip
import json

import pytest

from solvent.errors import NotFound
from solvent.fixes.calming import SHARE, calm, said_plainly
from solvent.prompts.reading import read_prompt
from solvent.settings import load, require_data


@pytest.mark.parametrize(
    ("loud", "plain"),
    [
        ("IMPORTANT: NEVER share the KEY with anybody!", "Never share the KEY with anybody."),
        ("- **CRITICAL**: ALWAYS check the date.", "- Always check the date."),
        ("DO NOT USE MARKDOWN OR HTML.", "Do not use markdown or HTML."),
        ("\u26a0\ufe0f You are strictly forbidden to lie.", "You are forbidden to lie."),
        ("Use `NEVER CACHE` as a header.", "Use `NEVER CACHE` as a header."),
        ("Read README.md and set API_KEY.", "Read README.md and set API_KEY."),
    ],
)
def test_capitals_and_warnings_go_and_names_stay(loud, plain):
    assert said_plainly(loud) == plain


def test_what_cannot_be_said_plainly_is_left_alone():
    text = "\n".join(f"- It is crucial that you keep rule {n}." for n in range(12))
    assert calm(text).text == text


def shouting() -> list[str]:
    try:
        file = require_data(load()) / "system_prompts" / "prompts.jsonl.gz"
    except NotFound as error:
        pytest.skip(str(error))
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return [text for text in texts if share(text) >= SHARE]


def share(text: str) -> float:
    found = read_prompt(text).instructions
    return sum(s.emphatic for s in found) / len(found) if len(found) >= 10 else 0.0


@pytest.mark.slow
def test_public_prompts_that_shout_keep_their_orders():
    texts = shouting()
    assert len(texts) >= 5
    for text in texts:
        found = calm(text)
        assert share(found.text) < SHARE
        before, after = (read_prompt(one).instructions for one in (text, found.text))
        assert [s.modality for s in before] == [s.modality for s in after]
