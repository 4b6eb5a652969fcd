"""Optimization: search for a better or shorter prompt, and believe only the held-out examples."""

from __future__ import annotations

import os
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.errors import Invalid, SolventError
from solvent.evals.comparison import compare
from solvent.evals.datasets import split
from solvent.evals.trials import Spending, try_out
from solvent.fixes.guards import copied_runs
from solvent.fixes.origins import origins
from solvent.records.improvement import Optimization
from solvent.settings import Evals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Turns = tuple[tuple[str, str], ...]

    from solvent.evals.trials import Bench
    from solvent.fixes.wording import Wording
    from solvent.records.dataset import Dataset, Example


@dataclass(frozen=True, slots=True)
class Plan:
    """How to search."""

    optimizer: str = "gepa"
    """bootstrap, gepa, mipro or simba."""
    budget: int | None = None
    """Tokens that the prompt may have, its example turns included; None: no limit."""
    rules: Evals = field(default_factory=Evals)
    """Share held out, rounds, turns, margin, seed."""


def optimize(
    wording: Wording,
    dataset: Dataset,
    bench: Bench,
    plan: Plan,
    progress: Callable[[str], None] = lambda _: None,
) -> Optimization:
    """Return the prompt that an optimizer proposes, with the held-out comparison.

    Args:
        wording: The prompt to start from.
        dataset: Examples with what is expected.
        bench: Model, scorer and limit of calls.
        plan: How to search.
        progress: Told how far it is.

    Raises:
        Invalid: Too few examples or calls, an unknown optimizer, or the optimizer broke.
        OverBudget: The calls that are allowed were spent before it was done.
        Unavailable: DSPy is not installed.
    """
    learn, hold = split(dataset, plan.rules.held_out)
    if plan.rules.turns and all(e.inputs.keys() <= wording.names for e in dataset.examples):
        raise Invalid(
            f"`{wording.label}` leaves nothing for a user to say, so no turns can be shown",
            hint="set evals.turns = false",
        )
    reserved = 2 * len(hold)
    if bench.spending.max_calls - bench.spending.calls <= reserved:
        raise Invalid(
            f"comparing on {len(hold)} held-out examples alone takes {reserved:,} model calls",
            hint="allow more: SOLVENT_EVALS_MAX_CALLS",
        )
    search = Spending(bench.spending.max_calls - bench.spending.calls - reserved)
    proposed, recorded = _search(wording, learn, replace(bench, spending=search), plan, progress)
    refused = _refusals(wording, proposed, learn, plan)
    comparison = None
    if not refused:
        before = try_out(wording.candidate(), hold, bench, progress)
        after = try_out(proposed.candidate(), hold, bench, progress)
        comparison = compare(before, after, margin=plan.rules.margin, seed=plan.rules.seed)
        recorded = recorded or any(o.recorded for t in (before, after) for o in t.outcomes)
    return Optimization(
        label=wording.label,
        optimizer=plan.optimizer,
        model=bench.model,
        dataset=f"{dataset.name}@{dataset.version}",
        learned_from=len(learn),
        held_out=len(hold),
        budget=plan.budget,
        content=proposed.content,
        origins=origins(wording.instructions, proposed.instructions),
        refused=refused,
        comparison=comparison,
        calls=search.calls + bench.spending.calls,
        input_tokens=search.input_tokens + bench.spending.input_tokens,
        output_tokens=search.output_tokens + bench.spending.output_tokens,
        recorded=recorded,
    )


def _search(
    wording: Wording,
    learn: Dataset,
    bench: Bench,
    plan: Plan,
    progress: Callable[[str], None],
) -> tuple[Wording, bool]:
    """Return what the optimizer ends with, and whether any answer was a recording."""
    try:
        import dspy  # noqa: PLC0415  the extra `optimize`, two seconds to import

        from solvent.fixes import program as programs  # noqa: PLC0415  imports dspy
        from solvent.fixes.optimizers import OPTIMIZERS, TURNS, Search  # noqa: PLC0415  the same
    except ImportError as error:
        raise Invalid(
            f"optimizing needs `{error.name}`", hint="pip install 'solvent[optimize]'"
        ) from error
    if plan.optimizer not in OPTIMIZERS:
        known = ", ".join(OPTIMIZERS)
        raise Invalid(f"`{plan.optimizer}` is not an optimizer", hint=f"known: {known}")
    turns = TURNS if plan.rules.turns else 0
    if plan.optimizer == "bootstrap" and not turns:
        raise Invalid(
            "`bootstrap` only adds example turns", hint="allow them: SOLVENT_EVALS_TURNS=1"
        )
    train, choose = split(learn, 0.5, salt="choose")
    fields = programs.fields_of(learn.examples)
    engine = programs.BenchEngine(bench, progress)
    model = dspy.LM(f"solvent/{bench.model}", engine=engine, cache=False, num_retries=0)
    weigh = _weighing(wording, learn.examples, plan)
    search = Search(
        metric=programs.metric(bench, plan.budget, weigh),
        train=[programs.as_dspy(e, fields) for e in train.examples],
        choose=[programs.as_dspy(e, fields) for e in choose.examples],
        proposer=model,
        turns=turns,
        rounds=plan.rules.rounds,
        seed=plan.rules.seed,
    )
    start = programs.PromptProgram(wording, fields)
    with dspy.context(lm=model), _hushed():
        try:
            best = OPTIMIZERS[plan.optimizer](search, start)
        except Exception as error:
            if engine.stopped:
                raise engine.stopped from error
            raise Invalid(f"`{plan.optimizer}` broke: {error}", hint="try another one") from error
    said = programs.turns_of(best.predict.demos, fields)
    return wording.saying(best.predict.signature.instructions, said), engine.recorded


def _weighing(
    wording: Wording, examples: Sequence[Example], plan: Plan
) -> Callable[[str, Turns], tuple[int, str]]:
    """Return what tells a proposal's tokens and why it is not allowed."""

    @lru_cache(maxsize=1024)
    def weigh(instructions: str, turns: Turns) -> tuple[int, str]:
        try:
            proposed = wording.saying(instructions, turns)
        except SolventError as error:
            return 0, error.what
        why = "; ".join(_faults(wording, proposed, examples, plan))
        return proposed.tokens(), why

    return weigh


def _faults(
    wording: Wording, proposed: Wording, examples: Sequence[Example], plan: Plan
) -> list[str]:
    faults = []
    if lost := sorted(wording.names - proposed.names):
        faults.append(f"it no longer asks for the inputs {', '.join(f'`{n}`' for n in lost)}")
    if extra := sorted(proposed.names - wording.names):
        faults.append(f"it asks for unknown inputs {', '.join(f'`{n}`' for n in extra)}")
    copied = copied_runs(
        proposed.instructions, wording.instructions, examples, plan.rules.copy_words
    )
    if copied:
        faults.append(f"it copies from the examples: “{copied[0]}”")
    return faults


def _refusals(wording: Wording, proposed: Wording, learn: Dataset, plan: Plan) -> tuple[str, ...]:
    if proposed.content == wording.content:
        return ("the optimizer found nothing better than the prompt as it is",)
    faults = _faults(wording, proposed, learn.examples, plan)
    if plan.budget is not None and (tokens := proposed.tokens()) > plan.budget:
        faults.append(f"it has {tokens} tokens and may have {plan.budget}")
    return tuple(faults)


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep DSPy's own progress off the terminal."""
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stderr(nowhere),
        redirect_stdout(nowhere),
    ):
        yield
