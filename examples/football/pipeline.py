"""The steps from a question to its answer, traced; each can be replaced or given its output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from examples.football.answer import Answer, answered
from examples.football.data import RECORDINGS, gold
from examples.football.database import Database, Result, same
from examples.football.generation import PROMPT, Generator, statement, usage
from examples.football.retrieval import Table, retrieve
from examples.football.retrieval import tables as all_tables
from examples.football.rewriter import Rewritten, draw, rewrite
from examples.football.safety import Verdict, check

import solvent
from solvent.errors import SolventError
from solvent.records.completion import Completion, CompletionRequest
from solvent.settings import Providers, Settings
from solvent.workbench import open_provider

if TYPE_CHECKING:
    from solvent.ports.completions import CompletionProvider

GIVEN = frozenset({"query_rewriter", "retrieve_schema", "generate_sql"})
"""Steps whose output can be given instead of worked out."""
SCRIPTED = {"football.origin": "scripted: no model wrote this rewriting"}
NEAR = 0.55
"""Likeness from which a stuffed question is answered by what was recorded without the stuffing."""
RUNS = 3
"""Recorded answers to one question with examples in the prompt; with none there are two."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a user."""

    question: str
    request: str = "r0"
    """Tells requests with the same words apart: the rewriter and the recordings vary with it."""
    examples: int = 20
    model: str = "gpt-3.5"
    session: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Its steps, in order. A fault is planted by `dataclasses.replace`."""

    rewrite: Callable[[str, str], Rewritten]
    retrieve: Callable[[str], tuple[Table, ...]]
    request: Callable[[str, tuple[Table, ...]], CompletionRequest]
    generate: Callable[[CompletionRequest], Completion]
    execute: Callable[[str], Result]
    answer: Callable[[Result], Answer]
    check: Callable[[Answer], Verdict]
    prompt_version: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to: the output of each step by its name, and whether it was right."""

    outputs: Mapping[str, Any] = field(default_factory=dict)
    answer: Answer = field(default_factory=lambda: Answer(""))
    right: bool | None = None
    """Whether the result is that of the gold query; None: no gold query is known."""
    reason: str = ""
    recorded: str = ""
    """What the generated SQL was replayed from; empty: a model answered just now."""

    @property
    def sql(self) -> str:
        """What was generated; empty: nothing was."""
        return self.outputs.get("generate_sql") or ""


def build(
    database: Database, provider: CompletionProvider, asked: Asked, *, live: bool = False
) -> Pipeline:
    """Return the pipeline of one request.

    Args:
        database: Where its SQL runs.
        provider: Who generates SQL.
        asked: The request; it names model and examples.
        live: The provider is a model, not recordings.
    """
    generator = Generator(provider, asked.model, asked.examples, replayed=not live)
    found = database.execute("SELECT DISTINCT teamname FROM national_team")
    teams = frozenset(name for (name,) in found.rows)
    run = str(int(draw(f"run\n{asked.request}") * (RUNS if asked.examples else 2)))
    return Pipeline(
        rewrite=lambda question, request: rewrite(question, request, teams),
        retrieve=retrieve,
        request=lambda question, tables: generator.request(question, tables, run),
        generate=provider.complete,
        execute=database.run,
        answer=answered,
        check=check,
        prompt_version=generator.prompt_version,
    )


@solvent.trace(name="ask_football", type="workflow", capture_input=False, capture_output=False)
def ask(
    pipeline: Pipeline, asked: Asked, database: Database, given: Mapping[str, Any] | None = None
) -> Outcome:
    """Answer a question, step by step.

    Args:
        pipeline: The steps.
        asked: The request.
        database: Where the gold query runs, to know whether the answer is right.
        given: Outputs of steps, by name, that are taken as they are instead of worked out.
    """
    given = given or {}
    outputs: dict[str, Any] = {}
    solvent.update_span(input=asdict(asked))
    solvent.update_trace(
        session_id=asked.session or None,
        user_id=asked.user or None,
        app_version=f"prompt {pipeline.prompt_version}",
    )
    outputs["query_rewriter"] = question = _rewrite(pipeline, asked, given)
    tables = _retrieve(pipeline, question, given)
    outputs["retrieve_schema"] = [table.name for table in tables]
    try:
        sql, recorded = _generate(pipeline, question, tables, given)
    except SolventError as error:
        outputs["generate_sql"] = None
        solvent.update_span(output=error.what)
        solvent.update_trace(outcome=False, outcome_reason=error.what)
        return Outcome(outputs, Answer(f"{error.what}. {error.hint}"), None, error.what)
    outputs["generate_sql"] = sql
    result = _execute(pipeline, sql)
    outputs["run_sql"] = result.error or [list(row) for row in result.rows[:50]]
    answer, verdict = _answer(pipeline, result)
    outputs["answer"] = answer.text
    outputs["safety_check"] = "; ".join(verdict.reasons) or "nothing to withhold"
    right, reason = _judge(asked.question, result, database)
    if right is not None:
        solvent.update_trace(outcome=right, outcome_reason=reason)
    solvent.update_span(output=answer.text)
    return Outcome(outputs, answer, right, reason, recorded)


def _rewrite(pipeline: Pipeline, asked: Asked, given: Mapping[str, Any]) -> str:
    with solvent.span("query_rewriter", type="chain", **SCRIPTED) as step:
        step.set_input(asked.question)
        question = given.get("query_rewriter")
        if question is None:
            found = pipeline.rewrite(asked.question, asked.request)
            question = found.question
            step.set_attributes({"football.entities": list(found.entities)})
        step.set_output(question)
    return str(question)


def _retrieve(pipeline: Pipeline, question: str, given: Mapping[str, Any]) -> tuple[Table, ...]:
    with solvent.span("retrieve_schema", type="retriever") as step:
        if "retrieve_schema" in given:
            texts = [
                one if isinstance(one, str) else one["content"] for one in given["retrieve_schema"]
            ]
            tables = tuple(table for table in all_tables() if table.text in texts)
        else:
            tables = pipeline.retrieve(question)
        found = [{"id": t.name, "content": t.text, "score": t.score} for t in tables]
        step.set_input(question).set_documents(found, query=question)
    return tables


def _generate(
    pipeline: Pipeline, question: str, tables: tuple[Table, ...], given: Mapping[str, Any]
) -> tuple[str, str]:
    with solvent.span("generate_sql", type="llm") as step:
        request = pipeline.request(question, tables)
        step.set_input([{"role": m.role, "content": m.text} for m in request.messages])
        step.set_model(request.model).set_prompt(PROMPT, pipeline.prompt_version)
        if "generate_sql" in given:
            step.set_output(given["generate_sql"])
            return str(given["generate_sql"]), "given"
        answer = pipeline.generate(request)
        read, written = usage(request, answer)
        step.set_output(answer.text).set_usage(input_tokens=read, output_tokens=written)
        origin = answer.recorded or f"answered by {answer.model}"
        step.set_attributes({"football.origin": origin, "football.tokens": _counted(answer)})
    return statement(answer.text), answer.recorded


def _execute(pipeline: Pipeline, sql: str) -> Result:
    with solvent.span("run_sql", type="tool") as step:
        result = pipeline.execute(sql)
        shown = {"error": result.error} if result.error else {
            "columns": result.columns, "rows": result.rows[:50], "row_count": len(result.rows),
        }  # fmt: skip
        step.set_tool("run_sql", version="1", arguments={"query": sql}, result=shown)
        step.set_input({"query": sql}).set_output(shown)
    return result


def _answer(pipeline: Pipeline, result: Result) -> tuple[Answer, Verdict]:
    with solvent.span("answer", type="chain") as step:
        seen = result.error or [list(row) for row in result.rows[:12]]
        answer = pipeline.answer(result)
        step.set_input(seen).set_output(answer.text)
    with solvent.span("safety_check", type="guardrail") as step:
        verdict = pipeline.check(answer)
        step.set_input(answer.text).set_output(asdict(verdict))
    shown = answer if verdict.safe else Answer(f"Withheld: {'; '.join(verdict.reasons)}.")
    return shown, verdict


def _judge(question: str, result: Result, database: Database) -> tuple[bool | None, str]:
    query = gold(question)
    if query is None:
        return None, "no gold query is known for this question"
    expected = database.run(query)
    if same(result, expected):
        return True, "the rows of the gold query"
    if result.error:
        return False, result.error
    if len(expected.rows) == 1:
        return False, f"the gold query gives {', '.join(map(str, expected.rows[0]))}"
    return False, f"the gold query gives {len(expected.rows):,} other rows"


def _counted(answer: Completion) -> str:
    return "counted from the texts" if answer.input_tokens is None else "reported"


def recorded() -> CompletionProvider:
    """Return the provider that replays the recorded answers."""
    settings = Settings(providers=Providers(replay_likeness=NEAR))
    return open_provider(settings, f"replay:{RECORDINGS}")
