"""What examples in the prompt buy and cost, and what a better schema is worth.

    python examples/football/compare.py            # the tables of README.md
    python examples/football/compare.py --trace    # one trace for each recorded answer of GPT-3.5

All from the recordings: right is what the authors of FootballDB measured (`label`), for all 50
questions; executed is what we measured, by running answer and gold query on the tables that are
there, which takes the third schema and leaves out questions that need the absent `match_fact`.
Tokens are counted from the prompt of this example with the published schema: the prompts that the
authors sent were not published.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from examples.football.data import Label, labels, questions
from examples.football.database import Database, Result, same
from examples.football.generation import PROMPT, prompt, statement, whole_schema
from examples.football.pipeline import recorded

import solvent
from solvent.records.completion import CompletionRequest, Message
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solvent.ports.completions import CompletionProvider

PROMPTED = "gpt-3.5"
SCHEMAS = ("v1", "v2", "v3")


def answer_of(label: Label, provider: CompletionProvider) -> str:
    """Return the recorded SQL that a label is about."""
    facts = {"schema": label.schema, "examples": str(label.examples), "run": label.run}
    asked = (Message("user", question_of(label.question_id)),)
    return statement(provider.complete(CompletionRequest(label.model, asked, metadata=facts)).text)


@cache
def question_of(question_id: str) -> str:
    """Return the words of a question."""
    return next(pair.question for pair in questions() if pair.id == question_id)


@cache
def tokens(schema: str, examples: int) -> int:
    """Return the tokens of a prompt without the question."""
    return count(prompt(whole_schema(schema), examples, schema), PROMPTED)


def execute(
    found: Iterable[Label], provider: CompletionProvider
) -> list[tuple[Label, bool, Result]]:
    """Run each recorded answer of the third schema, and return whether its rows are the gold's."""
    database = Database()
    gold = {pair.id: database.run(pair.query) for pair in questions() if pair.runs}
    out = []
    for label in found:
        if label.schema == "v3" and label.text_recorded and label.question_id in gold:
            result = database.run(answer_of(label, provider))
            out.append((label, same(result, gold[label.question_id]), result))
    return out


def by_examples(ran: list[tuple[Label, bool, Result]]) -> list[str]:
    """Return the table of accuracy and tokens by number of examples, for each schema."""
    groups = defaultdict(list)
    for label in labels():
        if label.model == PROMPTED:
            groups[label.schema, label.examples].append(label.right)
    executed = defaultdict(list)
    for label, right, _ in ran:
        executed[label.model, label.examples].append(right)
    lines = [
        "| schema | examples | prompt tokens | right | executed | tokens for one right answer |"
    ]
    lines.append("|---|--:|--:|--:|--:|--:|")
    for (schema, examples), right in sorted(groups.items()):
        done = executed[PROMPTED, examples] if schema == "v3" else []
        lines.append(
            f"| {schema} | {examples} | {tokens(schema, examples):,} | {share(right)} "
            f"| {share(done) if done else ''} | {tokens(schema, examples) / mean(right):,.0f} |"
        )
    return lines


def by_schema() -> list[str]:
    """Return the table of accuracy by schema, for each system at its largest number of examples."""
    most = {
        label.model: max(x.examples for x in labels() if x.model == label.model)
        for label in labels()
    }
    lines = ["| system | examples | v1 | v2 | v3 |", "|---|--:|--:|--:|--:|"]
    for model, examples in sorted(most.items()):
        cells = [
            share(
                [
                    x.right
                    for x in labels()
                    if (x.model, x.schema, x.examples) == (model, s, examples)
                ]
            )
            for s in SCHEMAS
        ]
        lines.append(f"| {model} | {examples} | {' | '.join(cells)} |")
    return lines


def agreement(ran: list[tuple[Label, bool, Result]]) -> list[str]:
    """Return how often our execution and the recorded labels agree, and where they do not."""
    cells = {(a, b): [] for a in (True, False) for b in (True, False)}
    for label, right, result in ran:
        cells[label.right, right].append((label, result))
    agreed = len(cells[True, True]) + len(cells[False, False])
    lines = [f"{agreed:,} of {len(ran):,} answers are judged alike ({agreed / len(ran):.1%})."]
    for (labelled, measured), found in cells.items():
        if labelled != measured:
            word = {True: "right", False: "wrong"}
            words = f"labelled {word[labelled]}, executed {word[measured]}"
            absent = sum("match_fact" in result.error for _, result in found)
            lines.append(f"{len(found)} {words}, {absent} of them because they read match_fact.")
    silent = sum(not x.text_recorded for x in labels())
    right = sum(x.right for x in labels() if not x.text_recorded)
    lines.append(
        f"{silent} of {len(labels()):,} answers have no text in the set; "
        f"{right} of these are labelled right."
    )
    return lines


def share(right: list[bool]) -> str:
    """Return a share with what it is of."""
    return f"{mean(right):.1%} of {len(right)}"


def send(provider: CompletionProvider, endpoint: str | None) -> None:
    """Send one trace for each recorded answer of GPT-3.5: another prompt is another version."""
    solvent.init(endpoint, project="football-versions", service="football")
    for label in labels():
        if label.model == PROMPTED:
            _send_one(label, provider)
    print(solvent.flush(timeout=60))


@solvent.trace(name="generate_sql", type="llm", capture_input=False, capture_output=False)
def _send_one(label: Label, provider: CompletionProvider) -> None:
    question, version = question_of(label.question_id), f"{label.schema}-{label.examples}"
    text = prompt(whole_schema(label.schema), label.examples, label.schema)
    answer = answer_of(label, provider)
    said = [{"role": "system", "content": text}, {"role": "user", "content": question}]
    read = tokens(label.schema, label.examples) + count(question, label.model)
    solvent.update_span(
        input=said,
        output=answer,
        model=label.model,
        usage={"input_tokens": read, "output_tokens": count(answer, label.model)},
        prompt_name=PROMPT,
        prompt_version=version,
        attributes={"football.origin": "recorded", "football.tokens": "counted from the texts"},
    )
    solvent.update_trace(
        app_version=f"prompt {version}",
        session_id=f"run {label.run}",
        outcome=label.right,
        outcome_reason="the label of FootballDB: whether the rows are those of the gold query",
    )


def main() -> None:
    """Print the tables, or send the traces."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trace", action="store_true", help="send traces")
    parser.add_argument("--endpoint", help="receiver of the spans; else SOLVENT_ENDPOINT")
    given = parser.parse_args()
    provider = recorded()
    if given.trace:
        send(provider, given.endpoint)
        return
    ran = execute(labels(), provider)
    print("\n".join(["Examples in the prompt, GPT-3.5:", "", *by_examples(ran), ""]))
    print("\n".join(["The same questions under three schemas:", "", *by_schema(), ""]))
    print("\n".join(["Our execution against the recorded labels:", "", *agreement(ran)]))


if __name__ == "__main__":
    main()
