"""`solvent fix TARGET PATH`: what an audit finds is changed where it stands, and is gone then."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from solvent.cli import group

ONCE = (
    "You help the customers of a shop with their parcels.\n\n"
    "- Ask the customer to confirm the delivery address before a parcel is sent.\n"
    "- Answer in the language of the customer."
)
TWICE = (
    f"{ONCE}\n- IMPORTANT: always ask the customer to confirm the delivery address before a parcel"
    " is sent!"
)
OTHER = 'OTHER_PROMPT = "You are somebody else and answer every question kindly."\n'
LOUD = "You answer letters.\n\n" + "\n".join(
    f"- **IMPORTANT**: You MUST NEVER promise what paragraph {n} of the `HOUSE_RULES` forbids!"
    for n in range(12)
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fix(*args: str, code: int = 0) -> str:
    result = CliRunner().invoke(group, ["fix", *args])
    assert result.exit_code == code, result.output + str(result.exception)
    return result.output


def codes(*paths: str) -> list[str]:
    result = CliRunner().invoke(group, ["audit", *paths, "--format", "json"])
    assert result.exit_code == 0, result.output
    return [one["code"] for one in json.loads(result.stdout)["findings"]]


def indented(text: str) -> str:
    return "\n".join(f"        {line}" if line else "" for line in text.split("\n"))


STRINGS = "\n".join(f'    {json.dumps(line)[:-1]}\\n"' for line in TWICE.split("\n"))
SOURCES = {
    "constant.py": f'SYSTEM_PROMPT = """{TWICE}"""\n{OTHER}',
    "row.py": f"SYSTEM_PROMPT = (\n{STRINGS}\n)\n{OTHER}",
    "dedent.py": "from textwrap import dedent\n\n\nclass Agent:\n"
    f'    SYSTEM_PROMPT = dedent("""\n{indented(TWICE)}\n    """)\n',
    "filled.py": "def ask(name):\n"
    f'    system_prompt = f"""{TWICE}\nThe customer is {{name}}."""\n    return system_prompt\n',
    "script.ts": f"export const SYSTEM_PROMPT = `{TWICE}`;\n",
    "page.md": f"---\nowner: ana\n---\n{TWICE}\n",
    "page.yaml": "system_prompt: |\n" + "".join(f"  {line}\n" for line in TWICE.split("\n")),
}


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_said_again_is_taken_out_of_the_file(here, name):
    (here / name).write_text(SOURCES[name])
    said = fix("PS104", name)
    assert f"--- a/{name}" in said
    assert "Checked: PS104 finds nothing more in the changed text." in said
    assert (here / name).read_text() == SOURCES[name]
    fix("PS104", name, "--write")
    assert "PS104" not in codes(name)
    left = (here / name).read_text()
    assert "Answer in the language" in left
    assert left.count("confirm the delivery address") == 1
    assert (OTHER in left) == (OTHER in SOURCES[name])


def test_a_text_that_the_code_puts_together_becomes_a_patch(here):
    rows = TWICE.split("\n")
    (here / "app.py").write_text(
        f"RULES = {rows[-1]!r}\nSYSTEM_PROMPT = '''{chr(10).join(rows[:-1])}\n''' + RULES\n"
    )
    said = fix("PS104", "app.py", "--write")
    assert "`app.py` is not edited" in said
    assert list(here.glob("*.patch"))


def test_what_shouts_is_said_plainly_and_means_the_same(here):
    (here / "loud.md").write_text(LOUD)
    said = fix("PS205", "loud.md")
    assert "+- You must never promise what paragraph 11 of the `HOUSE_RULES` forbids." in said
    assert "emphatic stay those of line 3, 4 of the prompt" in said
    assert "Checked: PS205 finds nothing more in the changed text." in said
    fix("PS205", "loud.md", "--write")
    assert "PS205" not in codes("loud.md")


def test_the_prompt_that_was_sent_is_changed_in_the_code_that_made_it(here):
    (here / "solvent.toml").write_text("")
    (here / "app.py").write_text(SOURCES["constant.py"])
    (here / "runs.jsonl").write_text(
        "\n".join(
            json.dumps({"id": n, "model": "gpt-4o", "messages": [
                {"role": "system", "content": TWICE},
                {"role": "user", "content": f"Where is parcel {n}?"},
                {"role": "assistant", "content": "One moment."}]})
            for n in range(30)
        )
    )  # fmt: skip
    said = fix("PS104", ".", "runs.jsonl", "--write")
    assert "in each of 30 model calls" in said
    assert (here / "app.py").read_text().count("confirm the delivery") == 1


# --- tools -------------------------------------------------------------------------------------


def tool(name: str) -> dict:
    return {"type": "function", "function": {
        "name": name, "description": f"Do what {name} says with an order.",
        "parameters": {"type": "object", "properties": {"id": {"type": "string"}}}}}  # fmt: skip


def runs(offered: list[str]) -> str:
    return "\n".join(
        json.dumps({"id": n, "model": "gpt-4o", "tools": [tool(name) for name in offered],
            "messages": [
                {"role": "user", "content": f"Where is order {n}?"},
                {"role": "assistant", "content": None, "tool_calls": [{"id": f"c{n}", "type":
                 "function", "function": {"name": "search", "arguments": f'{{"id": "{n}"}}'}}]},
                {"role": "tool", "tool_call_id": f"c{n}", "content": "It left yesterday."},
                {"role": "assistant", "content": "It left yesterday."}]})
        for n in range(30)
    )  # fmt: skip


def test_each_step_is_offered_what_it_calls(here):
    (here / "runs.jsonl").write_text(runs(["search", "refund", "cancel"]))
    assert codes("runs.jsonl").count("TS101") == 2
    said = fix("TS101", "runs.jsonl", "--write")
    assert "offer 1 of 3 tools" in said
    (file,) = here.glob("toolset-*.json")
    found = json.loads(file.read_text())
    assert found["keep"] == [{"name": "search", "calls": 30}]
    assert {one["name"] for one in found["drop"]} == {"refund", "cancel"}
    per = found["tokens_per_request"]
    drop = sum(one["tokens"] for one in found["drop"])
    assert per["before"] - per["after"] == drop > 0
    kept = [one["function"]["name"] if "function" in one else one["name"] for one in found["tools"]]
    assert kept == ["search"]
    (here / "runs.jsonl").write_text(runs(kept))
    assert "TS101" not in codes("runs.jsonl")


def test_one_unused_tool_of_several_can_be_chosen(here):
    (here / "runs.jsonl").write_text(runs(["search", "refund", "cancel"]))
    assert "offer 2 of 3 tools" in fix("TS101-refund", "runs.jsonl")
    assert not list(here.glob("toolset-*.json"))


# --- a long prompt in the code -----------------------------------------------------------------

TOPICS = {
    "Refunds": "refund invoice payment amount",
    "Shipping": "parcel courier warehouse label",
    "Accounts": "password login profile device",
}


def mega() -> str:
    parts = ["You work for a shop.\n"]
    for title, words in TOPICS.items():
        one, two, three, four = words.split()
        lines = [
            f"- When the {one} of a {two} is late, tell the {three} desk about {four} case {n}."
            f" Never promise a {one} before {three} number {n} is known."
            for n in range(40)
        ]
        parts.append(f"# {title}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def test_a_mega_prompt_of_the_code_is_loaded_from_the_files_of_its_parts(here):
    text = mega()
    (here / "app.py").write_text(f'"""The agent."""\n\nSYSTEM_PROMPT = """{text}"""\n{OTHER}')
    assert "PS101" in codes("app.py")
    said = fix("PS101", ".", "--write")
    assert "def load_system_prompt(*modules: str) -> str:" in said
    assert "PS101" not in codes(".")
    loaded = subprocess.run(
        [sys.executable, "-c", "import app; print(app.SYSTEM_PROMPT)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=here,
    ).stdout
    wanted = [line for line in text.split("\n") if line.startswith("- ")]
    assert sorted(line for line in loaded.split("\n") if line.startswith("- ")) == sorted(wanted)
