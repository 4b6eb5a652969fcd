"""Python files: prompts, calls and tools where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from solvent.code.scan import scan
from solvent.settings import Code


def scanned(folder: Path, **files: str):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path = path if path.suffix else path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return scan(folder, Code())


def prompts(result):
    return {(p.place.line, p.place.end_line): p for p in result.prompts}


def test_a_constant_is_followed_across_files_to_the_call_that_sends_it(tmp_path):
    result = scanned(
        tmp_path,
        shop__prompts='GREETING = """You greet the customers\nof a shop."""\n',
        shop__app=(
            "from openai import OpenAI\n"
            "from .prompts import GREETING\n"
            "client = OpenAI()\n"
            "def answer(question):\n"
            "    return client.chat.completions.create(\n"
            "        model='gpt-4o', messages=[{'role': 'system', 'content': GREETING}])\n"
        ),
    )
    [prompt] = result.prompts
    assert (prompt.place, prompt.role) == (("shop/prompts.py", 1, 2), "system")
    assert prompt.calls == ("shop/app.py:5",)
    [call] = result.calls
    assert (call.kind, call.library, call.function, call.model) == (
        "request", "openai", "answer", "gpt-4o",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "text", "variables"),
    [
        (
            "P = 'Help the ' + kind + ' politely and briefly.'",
            "Help the {kind} politely",
            ("kind",),
        ),
        ("P = f'Help the {kind} politely and briefly.'", "Help the {kind} politely", ("kind",)),
        ("P = 'Help the {kind} politely, {x}.'.format(kind=1, x=2)", "{kind}", ("kind", "x")),
        (
            "import textwrap\nP = textwrap.dedent('''Help the {kind}\n  at once.''')",
            "Help",
            ("kind",),
        ),
        ("P = 'Help the %s politely and briefly.' % kind", "Help the %s", ()),
        ("P = '\\n'.join(['Help them.', f'Be {tone} always.'])", "Be {tone}", ("tone",)),
    ],
)
def test_a_text_is_read_however_it_is_put_together(tmp_path, code, text, variables):
    result = scanned(tmp_path, app=f"{code}\nllm.invoke([SystemMessage(content=P)])\n")
    [prompt] = result.prompts
    assert text in prompt.text
    assert prompt.variables == variables
    assert prompt.role == "system"


def test_what_is_added_belongs_to_the_text_before_it(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "def make(strict):\n"
            "    prompt = 'Answer the question of the customer.'\n"
            "    if strict:\n"
            "        prompt += '\\nNever promise a date.'\n"
            "    return llm.invoke(prompt)\n"
        ),
    )
    [prompt] = result.prompts
    assert (prompt.place.line, prompt.place.end_line) == (2, 4)
    assert "Never promise" in prompt.text
    assert prompt.calls == ("app.py:5",)


def test_instructions_of_an_agent_may_be_a_function(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "from agents import Agent, function_tool\n"
            "def order_words(context, agent):\n"
            "    return f'You help {context.name} with the orders of a shop.'\n"
            "def find(order_id: str) -> str:\n"
            "    '''Find one order.\n\n    Args:\n        order_id: Its number.\n    '''\n"
            "agent = Agent(name='orders', model='gpt-4o', instructions=order_words,\n"
            "              tools=[function_tool(find)])\n"
        ),
    )
    [prompt] = result.prompts
    assert (prompt.name, prompt.place.line, prompt.calls) == ("order_words", 3, ("app.py:10",))
    [tool] = result.tools
    assert (tool.name, tool.parameters) == ("find", (("order_id", "Its number."),))


def test_a_dspy_signature_is_its_docstring_and_fields(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "import dspy\n"
            "class Answer(dspy.Signature):\n"
            "    '''Answer from the documents alone.'''\n"
            "    question: str = dspy.InputField(desc='what the customer asks')\n"
            "program = dspy.Predict(Answer)\n"
            "def run(question):\n"
            "    return program(question=question)\n"
        ),
    )
    [prompt] = result.prompts
    assert prompt.form == "docstring"
    assert "what the customer asks" in prompt.text
    assert [(c.kind, c.place.line) for c in result.calls] == [("agent", 5), ("request", 7)]


def test_a_method_that_another_function_is_asked_to_call_is_called(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "import asyncio\n"
            "async def look(self, text):\n"
            "    found = await asyncio.to_thread(self.embedding_model.embed_batch, [text], 'add')\n"
            "    said = await asyncio.to_thread(self.llm.generate_response, messages=found)\n"
            "    return await asyncio.to_thread(self.store.write, said)\n"
        ),
    )
    assert [(c.kind, c.place.line) for c in result.calls] == [("embedding", 3), ("request", 4)]


def test_a_model_that_is_a_function_is_called_and_a_factory_is_not(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "from shop.models import LitellmModel, LlmFactory\n"
            "model = LitellmModel(model='gpt-4o-mini', max_tokens=10)\n"
            "other = LlmFactory.create('openai', {})\n"
            "def ask(prompt):\n"
            "    return model(prompt)[0]\n"
        ),
    )
    assert [(c.kind, c.place.line) for c in result.calls] == [("request", 5)]


def test_running_a_graph_is_a_run(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "from langgraph.graph import StateGraph\n"
            "graph = StateGraph(dict).compile()\n"
            "def answer(state):\n"
            "    return graph.invoke(state)\n"
        ),
    )
    assert [(c.kind, c.place.line) for c in result.calls] == [("run", 4)]


def test_a_definition_made_from_another_one_is_no_tool(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "def converted(tools):\n"
            "    return [{'toolSpec': {'name': t['name'], 'description': t['description'],\n"
            "        'inputSchema': {'json': {'properties': {}}}}} for t in tools]\n"
        ),
    )
    assert result.tools == ()


def test_a_short_text_named_like_a_prompt_is_one_when_it_opens_like_one(tmp_path):
    result = scanned(
        tmp_path,
        app="SYSTEM_PROMPT = 'You are a helpful assistant.'\nPROMPT_NOTE = 'Type here'\n",
    )
    assert [p.place.line for p in result.prompts] == [1]


def test_a_crew_is_made_and_run_in_many_ways(tmp_path):
    result = scanned(
        tmp_path,
        crew=(
            "from crewai import Crew, Task\n"
            "def crew(agents, tasks):\n"
            "    return Crew(agents=agents, tasks=tasks)\n"
            "def one(agent, page):\n"
            "    task = Task(agent=agent, description=f'Summarize the page {page} briefly.')\n"
            "    return task.execute()\n"
        ),
        main=(
            "from shop.crew import Shop\n"
            "Shop().crew().kickoff(inputs={})\n"
            "Shop().crew().train(n_iterations=2)\n"
            "train(3)\n"
        ),
    )
    calls = [(c.kind, c.place.file, c.place.line) for c in result.calls]
    assert calls == [
        ("agent", "crew.py", 3),
        ("run", "crew.py", 6),
        ("run", "main.py", 2),
        ("run", "main.py", 3),
    ]
    assert [p.place.line for p in result.prompts] == [5]


def test_a_task_whose_texts_come_from_a_file_is_no_prompt_of_its_own(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "from crewai import Task\n"
            "task = Task(description=config['one']['text'], expected_output=config['one']['out'])\n"
        ),
    )
    assert result.prompts == ()


def test_a_model_is_known_by_the_history_it_is_asked_with(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "class Agent:\n"
            "    def step(self, history):\n"
            "        Order.model.query('paid')\n"
            "        return self._model.query(history + self.instructions)\n"
        ),
    )
    assert [(c.kind, c.place.line) for c in result.calls] == [("request", 4)]


def test_templates_beside_a_system_template_are_prompts(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "class Templates:\n"
            "    system_template: str = ''\n"
            "    late_template: str = 'The command took longer than {{timeout}} seconds.'\n"
            "class Mail:\n"
            "    late_template: str = 'The parcel took longer than {{days}} days.'\n"
        ),
    )
    assert [p.place.line for p in result.prompts] == [3]


def test_what_people_read_is_no_prompt(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "import click, logging\n"
            "@click.option('--name', prompt='Please type the name of the new project here')\n"
            "def main(name):\n"
            "    '''You are reading the help of a command that makes projects for people.'''\n"
            "    logging.info('You are about to make a new project with the name that you gave')\n"
            "    raise ValueError('You are not allowed to make a project with this name, sorry')\n"
        ),
    )
    assert result.prompts == ()


def test_other_clients_with_the_same_words_are_no_model(tmp_path):
    result = scanned(
        tmp_path,
        app=(
            "from twilio.rest import Client\n"
            "client = Client()\n"
            "client.messages.create(to='1', from_='2', body='Your order has left the house.')\n"
            "graph = builder.compile()\n"
            "chain = workflow.compile()\n"
            "chain.ainvoke({'a': 1})\n"
            "sklearn_model.predict(rows)\n"
        ),
    )
    assert result.calls == ()


def test_tests_fixtures_and_vendored_folders_are_left_out(tmp_path):
    text = "P = 'You are a helpful assistant of a shop that sells tea and coffee to people.'\n"
    result = scanned(
        tmp_path, tests__test_app=text, vendor__lib=text, node_modules__x=text, app=text
    )
    assert [p.place.file for p in result.prompts] == ["app.py"]


def test_a_file_that_cannot_be_parsed_is_named(tmp_path):
    (tmp_path / "binary.py").write_bytes(b"prompt = '\xff\xfe'")
    result = scanned(tmp_path, broken="prompt = (\n", app="x = 1")
    assert [s.file for s in result.skipped] == ["binary.py", "broken.py"]
    assert "line 1" in result.skipped[1].reason


def test_many_files_are_read_by_several_processes_with_the_same_result(tmp_path):
    for number in range(210):
        (tmp_path / f"m{number}.py").write_text(
            f"P_PROMPT = 'Help customer number {number} politely and in few words.'\n"
        )
    one = scan(tmp_path, Code(processes=1))
    two = scan(tmp_path, Code(processes=2))
    assert one == two
    assert len(two.prompts) == 210
