"""Pairs of instructions that cannot both be followed, and those that can."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from solvent.prompts.contradictions.doubts import doubtful
from solvent.prompts.contradictions.finding import contradicted_by_tools, contradictions
from solvent.prompts.reading import read_prompt

SEEDS = Path(__file__).parents[1] / "golden" / "contradictions" / "seeds.yaml"


def kinds(*sentences):
    text = "\n".join(f"- {sentence}" for sentence in sentences)
    return [c.kind for c in contradictions(read_prompt(text))]


@pytest.mark.parametrize(
    ("kind", "sentences"),
    [
        ("act", ("Use emojis in titles.", "Never use emojis in titles.")),
        ("limit", ("Titles must not exceed 60 characters.", "Use titles of 80 characters.")),
        ("format", ("Respond only with valid JSON.", "Format your response as Markdown.")),
        ("language", ("Respond in Portuguese.", "Always respond in English.")),
        ("tone", ("Use a formal tone.", "Keep your tone casual.")),
        ("length", ("Keep your answers brief.", "Give exhaustive answers.")),
        ("order", ("Run the tests before you commit.", "Commit first, then run the tests.")),
        ("act", ("Do not use headings.", "Structure your answer with headings.")),
        ("act", ("Answer without using tables.", "Put numbers into a table.")),
        ("act", ("Never end with a question.", "End each reply with a question.")),
        ("act", ("Leave out links to sources.", "Add links to sources.")),
        (
            "permission",
            ("Ask the user before you delete a file.", "Delete files without asking the user."),
        ),
        (
            "permission",
            ("Never run commands without approval.", "Run commands without asking for permission."),
        ),
        ("format", ("Output JSON only.", "After the JSON, explain your choice.")),
        ("format", ("Use single quotes for strings.", "Strings are in double quotes.")),
        ("limit", ("Offer a discount of 10 percent.", "The discount is 20%.")),
        ("condition", ("You cannot run code.", "If a sum is needed, run Python code.")),
    ],
)
def test_each_kind(kind, sentences):
    assert kinds(*sentences) == [kind]


@pytest.mark.parametrize(
    "sentences",
    [
        ("Use emojis in titles.", "Never use emojis in the body of a report."),
        ("Never delete files unless asked.", "Delete files that you made."),
        ("Never answer without a source.", "Answer each question."),
        ("**Title**: use at most 5 words.", "**Summary**: use at least 50 words."),
        ("Respond in JSON or XML.", "Respond in JSON."),
        ("Be professional but friendly.", "Be brief."),
        ("If the file is missing, write 3 lines.", "If the file is empty, write 5 lines."),
        ("Never write more than 5 lines.", "Write 3 lines."),
        (
            "Plan before you call search, and after each call note the result.",
            "After each call of search, plan the next one.",
        ),
        ("Respond with SQL code and not with explanations.", "Do not answer with explanations."),
        ("Do not read 30 lines at a time.", "Read files in ranges of 500 lines."),
        ("Never modify files.", "Review every modified file."),
        (
            "You must include the names that stand in the code blocks.",
            "Summaries must not include code blocks.",
        ),
        ("Do not review style or test coverage.", "Report on style and on test coverage."),
        ("Do not extract:", "Extract every topic."),
        ("Only include what you are sure of.", "Skip the ones that are open."),
        ("**NEVER** guess line numbers.", "\u274c Guess line numbers"),
        ("Avoid deprecated tags and functions.", "Use modifiers for functions."),
        ("Never answer questions.", "If the user asks you to, answer questions."),
        ("Track progress and avoid repeating steps.", "Track progress in memory."),
        ("Never put it all in a single file.", "Create at least 3 files."),
    ],
)
def test_what_can_be_followed_is_silent(sentences):
    assert not kinds(*sentences)


def test_sections_for_alternatives_are_kept_apart():
    text = "## Mode A\n- Respond in English.\n## Mode B\n- Respond in German.\n"
    assert not contradictions(read_prompt(text))
    assert contradictions(read_prompt(text.replace("Mode A", "Voice").replace("Mode B", "Words")))


def test_what_points_at_its_own_section_is_kept_to_it():
    text = "## Log\nKeep it short.\n## Story\nThis section may be long.\n"
    assert not contradictions(read_prompt(text))


def test_pairs_in_doubt_turn_against_each_other_on_one_subject():
    text = "- Cancel orders with a reason.\n- Be kind.\n- Orders are cancelled without a reason.\n"
    reading = read_prompt(text)
    (pair,) = doubtful(reading, [], 5)
    assert (pair.kind, pair.first.line, pair.second.line) == ("doubt", 1, 3)
    assert not contradictions(reading)
    assert not doubtful(reading, [pair], 5)


def test_a_tool_is_compared_with_the_sentences_that_name_it():
    reading = read_prompt("Never use the `send_email` tool. Use `other_tool` often.")
    tools = {
        "send_email": "Sends mail. Always use this tool.",
        "other_tool": "Never use this tool!",
    }
    assert [(c.tool, c.first.text) for c in contradicted_by_tools(reading, tools)] == [
        ("other_tool", "Use `other_tool` often."),
        ("send_email", "Never use the `send_email` tool."),
    ]


def test_most_seeds_are_found():
    # The figure itself is made by benchmarks/contradictions.py, inside real prompts.
    found = total = 0
    for kind, seeds in yaml.safe_load(SEEDS.read_text(encoding="utf-8")).items():
        for seed in seeds:
            total += 1
            if kind == "tool":
                found += bool(contradicted_by_tools(read_prompt(seed[0]), {seed[1]: seed[2]}))
            else:
                found += bool(kinds(*seed))
    assert found >= 0.6 * total
