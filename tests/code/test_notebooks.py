"""Notebooks: what their code cells hold, in the lines of the file."""

from __future__ import annotations

import json

import pytest

from solvent.code.notebook import python_of
from solvent.code.scan import scan
from solvent.settings import Code

CELLS = [
    {"cell_type": "markdown", "source": ["You are an expert.\n"]},
    {"cell_type": "code", "source": ["%pip install openai\n", "files = !ls\n", "import openai"]},
    {"cell_type": "code", "source": ["%%bash\n", "echo hello"]},
    {"cell_type": "code", "source": ["this is not Python"]},
    {
        "cell_type": "code",
        "source": [
            "client = openai.OpenAI()\n",
            "answer = await client.responses.create(\n",
            '    model="gpt-4o", instructions="You answer in one word.", input=question)',
        ],
        "outputs": [{"text": ["client = openai.OpenAI()\n"]}],
    },
]


@pytest.mark.parametrize("indent", [1, 2])
def test_calls_and_prompts_stand_in_the_lines_of_the_file(tmp_path, indent):
    text = json.dumps({"cells": CELLS, "nbformat": 4}, indent=indent)
    (tmp_path / "one.ipynb").write_text(text)
    result = scan(tmp_path, Code())
    lines = text.split("\n")
    [call] = result.calls
    assert "responses.create(" in lines[call.place.line - 1]
    [prompt] = result.prompts
    assert "one word" in lines[prompt.place.line - 1]


def test_a_notebook_in_one_line_is_read_without_its_lines(tmp_path):
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": CELLS}))
    result = scan(tmp_path, Code())
    assert (len(result.calls), len(result.prompts)) == (1, 1)


def test_what_is_no_notebook_is_named_and_skipped(tmp_path):
    (tmp_path / "one.ipynb").write_text("[1]")
    result = scan(tmp_path, Code())
    assert [s.reason for s in result.skipped] == ["not a notebook: it has no `cells`"]


def test_magics_leave_their_lines_empty():
    text = json.dumps({"cells": CELLS}, indent=1)
    assert "%" not in python_of(text)
    assert len(python_of(text).split("\n")) <= len(text.split("\n"))
