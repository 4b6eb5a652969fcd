"""DSPy's optimizers, each as a function from a program and examples to a better program.

| name | how it searches | source |
|---|---|---|
| `bootstrap` | shows examples that the program itself got right as turns | DSPy |
| `mipro` | proposes instructions, searches their combinations with turns | Opsahl-Ong et al. 2024 |
| `simba` | adds rules from examples whose answers vary most | DSPy |
| `gepa` | rewrites instructions after reading what went wrong | Agrawal et al. 2025 |
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import dspy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TURNS = 3
"""Example turns that a prompt may show, where it may show any."""
PROPOSALS = 6
"""Instructions that are proposed at a time, as in DSPy's light settings."""
LEAST_BATCH = 4
LARGEST_BATCH = 32
"""Examples of one step of SIMBA, as its default."""


@dataclass(frozen=True, slots=True)
class Search:
    """What an optimizer works with."""

    metric: Callable[..., Any]
    train: Sequence[Any]
    choose: Sequence[Any]
    """Examples to choose among proposals by."""
    proposer: Any
    """Model that proposes."""
    turns: int
    """Example turns that the prompt may show; 0: none."""
    rounds: int
    """Proposals that are tried on all examples."""
    seed: int


def _bootstrap(search: Search, program: Any) -> Any:
    optimizer = dspy.BootstrapFewShot(
        metric=search.metric,
        metric_threshold=1.0,
        max_bootstrapped_demos=search.turns,
        max_labeled_demos=0,
    )
    return optimizer.compile(program, trainset=[*search.train, *search.choose])


def _mipro(search: Search, program: Any) -> Any:
    optimizer = dspy.MIPROv2(
        metric=search.metric,
        prompt_model=search.proposer,
        task_model=search.proposer,
        auto=None,
        num_candidates=PROPOSALS,
        max_bootstrapped_demos=search.turns,
        max_labeled_demos=0,
        seed=search.seed,
        num_threads=1,
    )
    return optimizer.compile(
        program,
        trainset=list(search.train),
        valset=list(search.choose),
        num_trials=search.rounds,
        minibatch=False,
        program_aware_proposer=False,
    )


def _simba(search: Search, program: Any) -> Any:
    examples = [*search.train, *search.choose]
    optimizer = dspy.SIMBA(
        metric=search.metric,
        bsize=max(LEAST_BATCH, min(LARGEST_BATCH, len(examples) // 2)),
        num_candidates=PROPOSALS,
        max_steps=search.rounds,
        max_demos=search.turns,
        prompt_model=search.proposer,
        num_threads=1,
    )
    return optimizer.compile(program, trainset=examples, seed=search.seed)


def _gepa(search: Search, program: Any) -> Any:
    optimizer = dspy.GEPA(
        metric=search.metric,
        max_full_evals=search.rounds,
        reflection_lm=search.proposer,
        seed=search.seed,
        num_threads=1,
    )
    return optimizer.compile(program, trainset=list(search.train), valset=list(search.choose))


OPTIMIZERS = MappingProxyType(
    {"bootstrap": _bootstrap, "gepa": _gepa, "mipro": _mipro, "simba": _simba}
)
