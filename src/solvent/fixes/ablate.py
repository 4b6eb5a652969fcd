"""Ablation: leave each instruction out, try again, and list those that nothing is lost without."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.evals.comparison import MARGIN, compare, mean_interval
from solvent.evals.trials import try_out
from solvent.fixes.cutting import without
from solvent.prompts.reading import read_prompt
from solvent.records.improvement import Ablation, Dropped

if TYPE_CHECKING:
    from collections.abc import Callable

    from solvent.evals.trials import Bench
    from solvent.fixes.wording import Wording
    from solvent.records.dataset import Dataset
    from solvent.records.instruction import Statement
    from solvent.records.trial import Trial


def ablate(
    wording: Wording,
    dataset: Dataset,
    bench: Bench,
    *,
    margin: float = MARGIN,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Ablation:
    """Return what each instruction is worth, and what remains when the worthless ones are gone.

    Instructions can stand in for one another, so that each alone is safe to delete and both
    together are not: the last trial leaves out all of them at once.

    Args:
        wording: The prompt.
        dataset: What it is tried on.
        bench: Model, scorer and limit of calls.
        margin: Loss of score that counts as none, between 0 and 1.
        seed: Of the intervals.
        progress: Told how far it is.

    Raises:
        Invalid: The prompt has no instructions, or too few calls are allowed.
        OverBudget: The provider's limit is reached.
    """
    text = wording.instructions
    found = read_prompt(text).instructions
    if not found:
        raise Invalid(f"`{wording.label}` gives no instructions", hint="there is nothing to drop")
    needed = (len(found) + 2) * len(dataset)
    if needed > bench.spending.max_calls - bench.spending.calls:
        raise Invalid(
            f"{len(found)} instructions on {len(dataset)} examples take {needed:,} model calls",
            hint=f"allow them: SOLVENT_EVALS_MAX_CALLS={needed}; or give fewer examples",
        )
    whole = try_out(wording.candidate(), dataset, bench, progress)
    if not whole.scores:
        raise Invalid(f"no example could be tried: {whole.errors[0].error}", hint="see the model")
    trials = [whole]
    dropped = []
    for number, statement in enumerate(found, 1):
        progress(f"without instruction {number} of {len(found)}")
        less = wording.saying(without(text, [statement])).candidate()
        trials.append(try_out(less, dataset, bench))
        dropped.append(_dropped(statement, whole, trials[-1], margin, seed))
    safe = [s for s, d in zip(found, dropped, strict=True) if d.safe]
    rest = without(text, safe)
    together = None
    if safe:
        progress("without all that is safe to delete")
        trials.append(try_out(wording.saying(rest).candidate(), dataset, bench))
        together = compare(whole, trials[-1], margin=margin, seed=seed)
    return Ablation(
        label=wording.label,
        model=bench.model,
        dataset=whole.dataset,
        margin=margin,
        score=fmean(whole.scores.values()),
        instructions=tuple(dropped),
        together=together,
        without=rest,
        calls=bench.spending.calls,
        input_tokens=bench.spending.input_tokens,
        output_tokens=bench.spending.output_tokens,
        recorded=any(o.recorded for trial in trials for o in trial.outcomes),
    )


def _dropped(statement: Statement, whole: Trial, less: Trial, margin: float, seed: int) -> Dropped:
    """Return what the score does without one instruction."""
    shared = sorted(whole.scores.keys() & less.scores.keys())
    if not shared:
        raise Invalid(f"no example could be tried: {less.errors[0].error}", hint="see the model")
    effect = mean_interval([less.scores[k] - whole.scores[k] for k in shared], seed)
    return Dropped(
        text=statement.text,
        line=statement.line,
        tokens=whole.prompt_tokens - less.prompt_tokens,
        effect=effect,
        pairs=len(shared),
        safe=effect.low >= -margin,
    )
