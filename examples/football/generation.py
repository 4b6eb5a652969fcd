"""SQL generation: the prompt from its file, and the provider that answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from examples.football.data import DATA, HERE, training

from solvent.records.completion import CompletionRequest, Message
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from examples.football.retrieval import Table

    from solvent.ports.completions import CompletionProvider
    from solvent.records.completion import Completion

PROMPT = "football/generate_sql"
_FENCE = re.compile(r"```(?:sql)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Generator:
    """Who is asked, and with how many examples in the prompt."""

    provider: CompletionProvider
    model: str
    examples: int = 20
    schema: str = "v3"
    replayed: bool = True
    """Facts of the recording are named; a live model has no use for them."""

    @property
    def prompt_version(self) -> str:
        """Name of the prompt's version: what it shows decides."""
        return f"{self.schema}-{self.examples}"

    def request(self, question: str, tables: Sequence[Table], run: str) -> CompletionRequest:
        """Return what is asked for a question."""
        shown = "\n\n".join(table.text for table in tables)
        facts = {"schema": self.schema, "examples": str(self.examples), "run": run}
        messages = (
            Message("system", prompt(shown, self.examples, self.schema)),
            Message("user", question),
        )
        return CompletionRequest(
            self.model, messages, temperature=0.0, metadata=facts if self.replayed else {}
        )


def prompt(schema_text: str, examples: int, schema: str = "v3") -> str:
    """Return the system prompt: the file `prompts/generate_sql.md`, filled."""
    template = (HERE / "prompts" / "generate_sql.md").read_text(encoding="utf-8")
    shown = "\n\n".join(
        f"Question: {pair.question}\nSQL: {' '.join(pair.query.split())}"
        for pair in training(schema)[:examples]
    )
    return template.format(
        schema=schema_text, examples=f"\nExamples:\n\n{shown}\n" if shown else ""
    )


def whole_schema(schema: str) -> str:
    """Return the table definitions of a data model, as published."""
    return (DATA / f"schema_{schema}.sql").read_text(encoding="utf-8")


def statement(text: str) -> str:
    """Return the SQL of an answer, without what models put around it."""
    fenced = _FENCE.search(text)
    return (fenced[1] if fenced else text).strip()


def usage(request: CompletionRequest, answer: Completion) -> tuple[int, int]:
    """Return input and output tokens: as reported, else counted from the texts."""
    sent = sum(count(message.text, request.model) for message in request.messages)
    came = count(answer.text, request.model)
    return (
        sent if answer.input_tokens is None else answer.input_tokens,
        came if answer.output_tokens is None else answer.output_tokens,
    )
