"""Texts followed to the call that sends them: through functions, names and files."""

from __future__ import annotations

import pytest

from solvent.code.scan import scan
from solvent.settings import Code


def written(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        if not path.suffix and "prompts" not in path.parent.name:
            path = path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return {(p.place.file, p.place.line): p for p in scan(folder, Code()).prompts}


MODEL = (
    "import openai\n"
    "class Model:\n"
    "    def next(self, history, prompt=None):\n"
    "        history = history + [{'role': 'user', 'content': prompt}]\n"
    "        return openai.ChatCompletion.create(model='gpt-4', messages=history)\n"
    "def ask(text):\n"
    "    return Model().next([], text)\n"
    "def log(text):\n"
    "    return text\n"
)


def test_what_a_function_is_given_to_send_is_a_prompt(tmp_path):
    found = written(
        tmp_path,
        shop__model=MODEL,
        shop__steps=(
            "from shop.model import Model, ask, log\n"
            "def first(model: Model):\n"
            "    model.next([], 'State what is unclear in the order.')\n"
            "    ask('Sum up what the customer wants in one line.')\n"
            "    log('Sum up what the customer wants in one line.')\n"
        ),
    )
    assert set(found) == {("shop/steps.py", 3), ("shop/steps.py", 4)}
    assert {p.role for p in found.values()} == {"user"}


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        ("'\\nNever promise a date that the shop did not confirm.'", True),
        ("'Company report of the last quarter and its appendix'", False),
        ("f'<page>{number} pages above and {below} pages below</page>'", False),
    ],
)
def test_a_direction_that_is_filled_in_is_a_prompt_and_a_value_is_not(tmp_path, part, kept):
    found = written(
        tmp_path,
        app=(
            "def answer(strict, number, below):\n"
            "    extra = ''\n"
            "    if strict:\n"
            f"        extra = {part}\n"
            "    llm.invoke(f'Answer the question of the customer. {extra}')\n"
        ),
    )
    assert (("app.py", 4) in found) == kept
    assert ("app.py", 5) in found


def test_examples_of_another_file_are_part_of_the_prompt_they_fill(tmp_path):
    shots = "Question: where is the order?\\nThought: I look at the number and then at the lorry, "
    found = written(
        tmp_path,
        shots=f"SHOTS = '{shots}which has left the house this morning.'\n",
        app=(
            "from shots import SHOTS\n"
            "def answer(llm, question):\n"
            "    return llm.invoke('Think first and answer then.\\n{shots}'.format(shots=SHOTS))\n"
        ),
    )
    assert ("shots.py", 1) in found


def test_the_marks_of_a_template_of_messages_are_no_prompt(tmp_path):
    found = written(
        tmp_path,
        app=(
            "Conversation(system_template='[INST] <<SYS>>\\n{system_message}\\n<</SYS>>')\n"
            "SYSTEM_TEMPLATE_PROMPT = '<|im_start|>system {system_message}<|im_end|>'\n"
        ),
    )
    assert found == {}


def test_a_question_to_a_person_is_no_prompt(tmp_path):
    found = written(
        tmp_path,
        app=(
            "prompt = f'Do you really want to send the order {number} now?'\n"
            "if confirm(prompt):\n"
            "    message = 'Your response was not taken, please send your answer again to us.'\n"
            "    raise ValueError(message)\n"
        ),
    )
    assert found == {}


def test_what_is_said_of_an_answer_that_cannot_be_used_is_a_prompt(tmp_path):
    found = written(
        tmp_path,
        app=(
            "class Parser:  # llm\n"
            "    error_message = 'No block of code was found. Please include exactly one block'\\\n"
            "        ' of code in your response.'\n"
        ),
    )
    assert set(found) == {("app.py", 2)}


def test_files_of_a_folder_for_prompts_need_no_suffix(tmp_path):
    found = written(
        tmp_path,
        app="x = 1\n",
        **{
            "preprompts__philosophy": "You always put different classes in different files.\n",
            "prompts__shots.json": '{"simple": "'
            + "Look at the order and then answer it. " * 4
            + '"}',
            "prompts.jsonl": '{"name": "judge", "system_prompt": "You are an impartial judge."}\n',
            "data.jsonl": '{"prompt": "Where is the order that I placed last week?"}\n',
        },
    )
    assert {file.rpartition("/")[2] for file, _ in found} == {
        "philosophy", "shots.json", "prompts.jsonl",
    }  # fmt: skip


def test_a_script_fills_its_prompts_with_directions(tmp_path):
    found = written(
        tmp_path,
        **{
            "app.ts": (
                "import { generateText } from 'ai';\n"
                "export async function run(strict: boolean) {\n"
                "  const extra = strict\n"
                "    ? `Never promise a date that the shop did not confirm.`\n"
                "    : '';\n"
                "  return generateText({ model, system: `You help the customers. ${extra}` });\n"
                "}\n"
            ),
        },
    )
    assert {line for _, line in found} == {4, 6}


def test_a_script_takes_a_prompt_from_another_one(tmp_path):
    found = written(
        tmp_path,
        **{
            "lib__words.ts": (
                "// the system prompt\n"
                "export const WELCOME = `Always greet the customers of the shop by name.`;\n"
                "export const unused = `Always greet customers of the other shop by name.`;\n"
                "export const close = () =>\n"
                "  'Never promise dates that nobody in the shop confirmed.';\n"
            ),
            "app__route.ts": (
                "import { generateText } from 'ai';\n"
                "import { WELCOME, close } from '@/lib/words';\n"
                "generateText({ model, system: `${WELCOME}\\n${close()}`, prompt });\n"
            ),
        },
    )
    assert set(found) == {("lib/words.ts", 2), ("lib/words.ts", 5)}
