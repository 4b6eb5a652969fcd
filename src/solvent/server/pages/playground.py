"""The playground: versions of prompts side by side on a few examples."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from solvent.errors import Invalid, NotFound
from solvent.evals.datasets import parse_dataset, read_dataset
from solvent.evals.plays import Play
from solvent.evals.scorers import scorer
from solvent.evals.trials import Bench, Candidate, Spending
from solvent.fixes.wording import Wording, get_wording
from solvent.records.prompt import Message, PromptContent
from solvent.records.trial import Score
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.workbench import Workbench, open_provider

if TYPE_CHECKING:
    from solvent.records.dataset import Dataset, Example
    from solvent.records.trial import Outcome

SCORERS = ("none", "exact", "contains", "number", "json")
"""Those that a page may ask for: others name files and code."""
SUFFIXES = {".jsonl", ".json", ".csv"}
SHOWN_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Cell:
    """What one prompt answered on one example."""

    text: str
    score: float | None
    why: str
    input_tokens: int | None
    output_tokens: int | None
    usd: float | None
    recorded: str
    error: str


@dataclass(frozen=True, slots=True)
class Row:
    """One example with the answers to it; None where none has come yet."""

    inputs: str
    expected: str
    cells: list[Cell | None]
    heard: list[str]
    """What has come so far of each answer that is not whole yet."""


@dataclass(frozen=True, slots=True)
class Column:
    """One prompt over all examples."""

    label: str
    tokens: int
    """Of the prompt without the inputs."""
    score: float | None
    scored: int
    usd: float | None
    """Of the answers whose cost is known; None when none is."""
    priced: int


@dataclass(frozen=True, slots=True)
class RunView:
    """A run, as far as it is."""

    provider: str
    recorded: bool
    columns: list[Column]
    rows: list[Row]
    answered: int
    asked: int
    done: bool
    error: str


@dataclass(frozen=True, slots=True)
class Trying:
    """Two or three prompts, and examples to try them on."""

    first: str = ""
    second: str = ""
    third: str = ""
    first_text: str = ""
    """Text in place of the version's own, or alone."""
    second_text: str = ""
    third_text: str = ""
    dataset: str = ""
    """File of the folder of datasets."""
    examples: str = ""
    """JSONL, a JSON list or CSV, when no file is chosen."""
    scorer: str = "none"


@dataclass(frozen=True, slots=True)
class PlaygroundView:
    """What can be tried, and the run that is looked at."""

    provider: str
    """Who answers; empty: nobody is configured."""
    recorded: bool
    """Whether answers are replayed from a file."""
    references: list[str]
    datasets: list[str]
    scorers: list[str]
    folder: str
    max_rows: int
    max_calls: int
    max_tokens: int
    key: str
    """Key of the run that the form begins."""
    form: Trying
    """What the form holds: what the run was asked for with, else what the address names."""
    run: RunView | None


@page("/playground")
def playground(
    bench: Workbench, project: str = "", run: str = "", first: str = "", second: str = ""
) -> PlaygroundView:
    """Show what can be tried, and how far a run is."""
    rules = bench.settings.playground
    project = chosen(bench, project)
    found = bench.plays.get(run) if run else None
    names = [
        f"{p.name}@{selector}"
        for p in bench.prompts.list_prompts(project)
        for selector in (*(a.alias for a in p.aliases), str(p.latest))
    ]
    return PlaygroundView(
        provider=rules.provider,
        recorded=rules.provider.startswith("replay:"),
        references=names,
        datasets=_files(Path(rules.folder)),
        scorers=list(SCORERS),
        folder=Path(rules.folder).name,
        max_rows=rules.max_rows,
        max_calls=rules.max_calls,
        max_tokens=rules.max_tokens,
        key=uuid4().hex,
        form=Trying(**found.asked) if found else Trying(first, second),
        run=_seen(bench, found) if found else None,
    )


@page("/playground", method="POST")
def play(bench: Workbench, trying: Trying, project: str = "", run: str = "") -> PlaygroundView:
    """Begin a run."""
    rules = bench.settings.playground
    if not rules.provider:
        raise Invalid("nobody is configured to answer", hint="set SOLVENT_PLAYGROUND_PROVIDER")
    if trying.scorer not in SCORERS:
        raise Invalid(f"`{trying.scorer}` is not for a page", hint=f"one of: {', '.join(SCORERS)}")
    given = [
        (trying.first, trying.first_text), (trying.second, trying.second_text),
        (trying.third, trying.third_text),
    ]  # fmt: skip
    candidates = tuple(
        _candidate(bench, chosen(bench, project), reference.strip(), text, number)
        for number, (reference, text) in enumerate(given, 1)
        if reference.strip() or text.strip()
    )
    if not candidates:
        raise Invalid("nothing is to be tried", hint="choose a version, or write a text")
    examples = _examples(bench, trying)
    calls = len(examples) * len(candidates)
    if calls > rules.max_calls:
        raise Invalid(
            f"{len(candidates)} prompts on {len(examples)} examples take {calls} calls",
            hint=f"{rules.max_calls} are allowed: SOLVENT_PLAYGROUND_MAX_CALLS",
        )
    key = run or uuid4().hex
    scored = trying.scorer != "none"
    begun = Play(candidates, examples, rules.provider, scored=scored, asked=asdict(trying))
    bench.plays.start(key, begun, lambda: _bench(bench, trying.scorer))
    return playground(bench, project, key)


def _bench(bench: Workbench, named: str) -> Bench:
    rules = bench.settings.playground
    return Bench(
        provider=open_provider(bench.settings, rules.provider),
        model=rules.provider.partition(":")[2] if not rules.provider.startswith("replay:") else "",
        score=scorer(named) if named != "none" else _unscored,
        spending=Spending(rules.max_calls),
        threads=1,
        max_tokens=rules.max_tokens,
    )


def _unscored(_: Example, __: str) -> Score:
    """Stand where a scorer is wanted; the play leaves what it says out."""
    return Score(0.0)


def _candidate(bench: Workbench, project: str, reference: str, text: str, number: int) -> Candidate:
    """Return a version, a version with another text, or a text alone, as something to be tried."""
    text = text.replace("\r\n", "\n").strip()
    if not reference:
        content = PromptContent((Message("system", text),))
        return Wording(content, {}, f"text {number}").candidate()
    wording = get_wording(bench.prompts, bench.settings.prompts, project, reference)
    if not text:
        return wording.candidate()
    edited = replace(wording.saying(text), label=f"{wording.label}, edited")
    return edited.candidate()


def _examples(bench: Workbench, trying: Trying) -> Dataset:
    rules = bench.settings.playground
    if trying.dataset:
        folder = Path(rules.folder)
        if trying.dataset not in _files(folder):
            raise NotFound(f"`{trying.dataset}` is not in `{rules.folder}`", hint="choose another")
        return read_dataset(folder / trying.dataset, max_examples=rules.max_rows)
    text = trying.examples.strip()
    if not text:
        raise Invalid("there is no example", hint='paste one: {"inputs": {"question": "…"}}')
    suffix = {"{": ".jsonl", "[": ".json"}.get(text[:1], ".csv")
    return parse_dataset(Path(f"pasted{suffix}"), text, max_examples=rules.max_rows)


def _files(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if p.suffix in SUFFIXES and p.is_file())


def _seen(bench: Workbench, found: Play) -> RunView:
    kind, _, model = found.provider.partition(":")
    rows = []
    for example in found.examples.examples:
        outcomes = [found.outcomes.get((n, example.id)) for n in range(len(found.candidates))]
        cells = [_cell(bench, kind, model, o) if o else None for o in outcomes]
        heard = [found.heard.get((n, example.id), "") for n in range(len(found.candidates))]
        rows.append(Row(_said(dict(example.inputs)), _said(example.expected), cells, heard))
    columns = []
    for number, candidate in enumerate(found.candidates):
        score, scored = found.mean(number)
        paid = [c.usd for row in rows if (c := row.cells[number]) and c.usd is not None]
        usd = sum(paid) if paid else None
        columns.append(Column(candidate.label, candidate.tokens, score, scored, usd, len(paid)))
    return RunView(
        provider=found.provider,
        recorded=kind == "replay",
        columns=columns,
        rows=rows,
        answered=len(found.outcomes),
        asked=len(found.candidates) * len(found.examples),
        done=found.ended.is_set(),
        error=found.error,
    )


def _cell(bench: Workbench, kind: str, model: str, outcome: Outcome) -> Cell:
    rates = bench.prices.find(kind, model) if kind != "replay" else None
    read, written = outcome.input_tokens, outcome.output_tokens
    usd = None
    if rates and rates.output is not None and read is not None and written is not None:
        usd = rates.input * read + rates.output * written
    return Cell(
        text=outcome.text[:SHOWN_CHARS],
        score=outcome.score.value if outcome.score else None,
        why=outcome.score.why if outcome.score else "",
        input_tokens=outcome.input_tokens,
        output_tokens=outcome.output_tokens,
        usd=usd,
        recorded=outcome.recorded,
        error=outcome.error,
    )


def _said(value: object) -> str:
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if value is None or isinstance(value, str):
        return (value or "")[:SHOWN_CHARS]
    return json.dumps(value, ensure_ascii=False, default=str)[:SHOWN_CHARS]
