"""Three projects that every page is shown: one like in life, an empty one, a hostile one."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from solvent.prompts import registry
from solvent.prompts.registry import Change
from solvent.records.prompt import Message, PromptContent
from solvent.server.app import create
from solvent.settings import Prompts, Settings, Storage
from solvent.testing.project import read
from solvent.workbench import Workbench, open_spans

DEMO = """
tools:
  search: {description: Find an order by its number.}
  refund: {description: Pay an order back to the customer.}
traces:
  - repeat: 40
    every: 1d
    at: 2026-08-01
    session: s-{n}
    user: ana
    version: "1.4"
    outcome: passed
    steps:
      - {llm: gpt-4o, name: answer, system: You help with orders., input: "Where is order {n}?",
         offered: [search, refund], tokens: [1200, 40], usd: 0.01, seconds: 2,
         output: [{call: {tool: search, arguments: {id: 7}, id: c1}}]}
      - {tool: search, arguments: {id: 7}, result: '{"status": "sent"}', call: c1}
      - {llm: gpt-4o, input: "Where is order {n}?", output: It left on Monday., tokens: [900, 12],
         usd: 0.008}
  - at: 2026-08-20
    outcome: failed
    error: no answer
    session: s-1
    steps:
      - {step: retrieve, documents: [The handbook says so.], input: rules, output: found}
      - {tool: search, arguments: {id: x}, error: order not found}
"""

EVIL = "<script>alert(1)</script><b>&amp;\"'`{{ 7*7 }}"
LONG = "x" * 10_000
RTL = "\u202eأين طلبي\u202c שלום"
JUDGED = {"name": EVIL, "value": 0, "source": "human", "rationale": EVIL, "label": LONG}
HOSTILE = json.dumps(
    {
        "traces": [
            {
                "at": "2026-08-01",
                "session": EVIL,
                "user": RTL,
                "version": LONG,
                "name": EVIL,
                "error": EVIL,
                "assessments": [JUDGED],
                "steps": [
                    {
                        "llm": EVIL, "name": LONG, "system": EVIL, "input": RTL, "output": LONG,
                        "seconds": -5, "offered": [EVIL], "prompt": EVIL,
                    },
                    {"tool": EVIL, "arguments": EVIL, "result": EVIL, "error": RTL},
                    {"step": "", "input": "", "output": ""},
                ],
            },
            {
                "at": "0001-01-01",
                "root": False,
                "steps": [{"step": "orphan", "parent": "00000000000000ff", "seconds": 1e9}],
            },
            {
                "at": "9990-01-01",
                "dated": False,
                "root": False,
                "steps": [
                    {"step": "one", "id": "000000000000aaaa", "parent": "000000000000bbbb"},
                    {"step": "two", "id": "000000000000bbbb", "parent": "000000000000aaaa"},
                ],
            },
        ]
    }
)  # fmt: skip


def keep_prompts(bench, words):
    """A prompt with two versions and an alias, one that includes it, and a request that waits."""
    rules = replace(bench.settings.prompts, protected=("production",))
    who = Change(words, 1, words, words)
    for name, said in (
        ("orders/find", "You help."), ("orders/find", words), ("all", "{>orders/find@live} {who}"),
    ):  # fmt: skip
        content = PromptContent((Message("", said),), "fstring", model={words: words})
        registry.add(bench.prompts, rules, ("sample", name), content, who)
        if said == "You help.":
            registry.move_alias(bench.prompts, rules, ("sample", name), ("live", 1), who)
    registry.move_alias(bench.prompts, rules, ("sample", "orders/find"), ("production", 2), who)


def workbench(tmp_path, text="", **server):
    settings = Settings(
        project="sample",
        storage=Storage(path=str(tmp_path)),
        prompts=Prompts(folder=str(tmp_path / "prompts"), lock=str(tmp_path / "prompts.lock")),
    )
    settings = replace(settings, server=replace(settings.server, **server))
    bench = Workbench(settings, spans=open_spans(":memory:"))
    if text:
        keep_prompts(bench, EVIL if text == HOSTILE else "You MUST find order {id}.")
        batch = read(text)
        if text == HOSTILE:
            batch.spans = [s._replace(input_preview=EVIL, output_preview=RTL) for s in batch.spans]
        bench.spans.append(batch)
    return bench


@pytest.fixture(scope="session")
def benches(tmp_path_factory):
    made = {}
    for name, text in (("demo", DEMO), ("empty", ""), ("hostile", HOSTILE)):
        made[name] = workbench(tmp_path_factory.mktemp(name), text)
        if text:
            made[name].audit()
    yield made
    for bench in made.values():
        bench.close()


class Client:
    """Asks an application in this process."""

    def __init__(self, app, base="http://127.0.0.1:7117"):
        self.app, self.base = app, base

    def ask(self, path, *, method="GET", headers=None, **body):
        async def send():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
                return await client.request(method, path, headers=headers, **body)

        return asyncio.run(send())

    def get(self, path, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(path, headers={"accept": "text/html", **named})


@pytest.fixture(scope="session")
def clients(benches):
    return {name: Client(create(bench)) for name, bench in benches.items()}
