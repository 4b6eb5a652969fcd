"""Trying prompts on datasets: optimizing one, and leaving out its instructions one by one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.cli._progress import steps
from solvent.cli._registry import by_option, json_option, project_option, registry
from solvent.cli._who import change

if TYPE_CHECKING:
    from solvent.evals.trials import Bench
    from solvent.ports.records import PromptStore
    from solvent.prompts.registry import Change
    from solvent.records.improvement import Optimization
    from solvent.records.prompt import PromptVersion
    from solvent.records.prompt_past import PromptEvaluation
    from solvent.settings import Settings

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
dataset_option = click.option(
    "--dataset", "file", type=FILE, required=True, help="Examples: JSONL, JSON or CSV."
)
scorer_option = click.option(
    "--scorer", "scoring", default="exact", show_default=True,
    help="exact, contains, number, json, schema:FILE, regex:PATTERN or MODULE:FUNCTION.",
)  # fmt: skip
model_option = click.option(
    "--model", required=True, help="openai:MODEL, anthropic:MODEL or replay:FILE."
)
OPTIMIZE = """\b
Examples:
  solvent prompt optimize support/triage@production --dataset tickets.jsonl --model openai:gpt-4o
  solvent prompt optimize support/triage --dataset t.jsonl --model openai:gpt-4o --budget 400 \\
      --to staging
"""
ABLATE = """\b
Example:
  solvent prompt ablate support/triage@production --dataset tickets.jsonl --model openai:gpt-4o
"""


@click.command(epilog=OPTIMIZE)
@click.argument("reference")
@dataset_option
@model_option
@scorer_option
@click.option("--optimizer", default="gepa", show_default=True, help="gepa, mipro, simba, …")
@click.option("--budget", type=int, help="Tokens that the prompt may have.")
@click.option("--to", "alias", help="Alias that moves to the new version.")
@by_option
@json_option
def optimize(
    reference: str, file: Path, model: str, scoring: str, optimizer: str, budget: int | None,
    alias: str | None, by: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Search for a better or shorter prompt; it is kept only when held-out examples say so."""
    from solvent.cli import _improvement
    from solvent.evals.datasets import read_dataset
    from solvent.fixes.optimize import Plan
    from solvent.fixes.optimize import optimize as search
    from solvent.fixes.wording import get_wording

    with registry(None) as (settings, store, project):
        wording = get_wording(store, settings.prompts, project, reference)
        examples = read_dataset(file, max_examples=settings.evals.max_examples)
        plan = Plan(optimizer, budget, settings.evals)
        with steps() as progress:
            found = search(wording, examples, bench_of(settings, model, scoring), plan, progress)
        kept = _keep(settings, store, project, reference, found, alias, by)
    if as_json:
        click.echo(json.dumps({**asdict(found), "kept": kept}, ensure_ascii=False))
    else:
        _improvement.show_optimization(found, kept)
    if not found.may_go_live:
        raise click.exceptions.Exit(1)


@click.command(epilog=ABLATE)
@click.argument("reference")
@dataset_option
@model_option
@scorer_option
@project_option
@json_option
def ablate(
    reference: str, file: Path, model: str, scoring: str, project: str | None, as_json: bool
) -> None:
    """Leave each instruction out, try again, and print which are safe to delete."""
    from solvent.cli import _improvement
    from solvent.evals.datasets import read_dataset
    from solvent.fixes.ablate import ablate as drop
    from solvent.fixes.wording import get_wording

    with registry(project) as (settings, store, named):
        wording = get_wording(store, settings.prompts, named, reference)
        rules = settings.evals
    examples = read_dataset(file, max_examples=rules.max_examples)
    bench = bench_of(settings, model, scoring)
    with steps() as progress:
        found = drop(
            wording, examples, bench, margin=rules.margin, seed=rules.seed, progress=progress
        )
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _improvement.show_ablation(found)


def bench_of(settings: Settings, model: str, scoring: str) -> Bench:
    """Return what prompts are tried with: who answers, who scores, how many calls are allowed."""
    from solvent.evals.scorers import scorer
    from solvent.evals.trials import Bench, Spending
    from solvent.opening import open_provider

    rules = settings.evals
    return Bench(
        provider=open_provider(settings, model),
        model=model.partition(":")[2],
        score=scorer(scoring),
        spending=Spending(rules.max_calls),
        threads=rules.threads,
        max_tokens=rules.max_tokens or None,
    )


def _keep(
    settings: Settings, store: PromptStore, project: str, reference: str, found: Optimization,
    alias: str | None, by: str | None,
) -> str:  # fmt: skip
    """Keep a prompt that may go live as a version; return what was done, or nothing."""
    from solvent.cli._improvement import evidence
    from solvent.prompts import registry as practice

    if not found.may_go_live:
        return ""
    name, base = reference.partition("@")[0], int(found.label.rpartition("@")[2])
    made = change(by, evidence(found), source=f"optimize:{found.optimizer}:{found.dataset}")
    version = practice.add(store, settings.prompts, (project, name), found.content, made)
    store.put_evaluation(_evaluation(version, found, made))
    done = f"{name}@{version.number} is kept, made from version {base}"
    if alias is None:
        return done
    to = (alias, version.number)
    moved = practice.move_alias(store, settings.prompts, (project, name), to, made)
    if moved.request:
        return f"{done}; `{alias}` waits for approval: {moved.request.id}"
    return f"{done}; `{alias}` points at it"


def _evaluation(version: PromptVersion, found: Optimization, made: Change) -> PromptEvaluation:
    """Return what the held-out examples said of a version that may go live."""
    from solvent.records.prompt_past import PromptEvaluation

    compared = found.comparison
    assert compared is not None  # noqa: S101  without a comparison nothing may go live
    return PromptEvaluation(
        version.project, version.name, version.number, made.at, made.by, found.dataset,
        compared.before, compared.verdict.value, compared.pairs, *compared.difference,
    )  # fmt: skip


COMMANDS: tuple[click.Command, ...] = (optimize, ablate)
