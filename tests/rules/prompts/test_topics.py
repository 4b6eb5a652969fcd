"""A prompt past the knee names the topics that it falls into; one job has none."""

from __future__ import annotations

import json

import pytest

from solvent.rules.prompts.mega_prompt import MegaPrompt
from solvent.testing.project import audit_of

THINGS = {
    "Refunds": ("refund", "money", "invoice", "payment"),
    "Tracking": ("parcel", "carrier", "depot", "delivery"),
    "Warranty": ("repair", "defect", "spare part", "workshop"),
}


def prompt(titles):
    lines = ["You are the assistant of a shop."]
    for title in titles:
        lines.append(f"# {title}")
        one, two, three, four = THINGS[title]
        lines += [
            f"- Check the {one} and the {two} of case {number} before the {three} is closed, and"
            f" never change a {four} without a {one}."
            for number in range(12)
        ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("titles", "topics"), [(["Refunds", "Tracking", "Warranty"], 3), (["Refunds"], 0)]
)
def test_topics(titles, topics):
    step = {"llm": "gpt-4o", "prompt": "shop", "system": prompt(titles), "input": "hi"}
    project = json.dumps({"traces": [{"repeat": 30, "steps": [step]}]})
    (found,) = audit_of(project, [MegaPrompt(max_tokens=200)]).findings
    assert found.proof.counts["topics"] == topics
    assert all(title in found.message for title in titles) == bool(topics)
