"""Whether a step decides the outcome: give it another output, run what follows, and look.

A suspicion says where failures gather; this says what would have happened. It needs an application
that can be run again: a function, a model behind an endpoint, the replay provider.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Rerun:
    """What an application came to when it was run again."""

    outcome: bool | None
    """Whether it was right; None: the application cannot tell."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What each step gave, by the step's name."""
    answer: Any = None


Application = Callable[[Any, Mapping[str, Any]], Rerun]
"""Runs on a task, with the outputs of the named steps given instead of worked out.

Raises `Invalid` for a step whose output it cannot be given.
"""


@dataclass(frozen=True, slots=True)
class RanStep:
    """One step of the trace."""

    name: str
    input: Any
    output: Any
    times: int = 1
    """How often a step of that name ran; only one that ran once can be given an output."""


@dataclass(frozen=True, slots=True)
class Substitute:
    """Another output for a step."""

    step: str
    value: Any
    source: str
    """Where it comes from, in words."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one substitute led to."""

    step: str
    source: str
    before: Any
    """What the step gave."""
    after: Any
    """What it was given."""
    outcome: bool | None = None
    answer: Any = None
    moved: tuple[str, ...] = ()
    """Later steps that gave something else than before."""
    refused: str = ""
    """Why the application could not be run with it; empty: it ran."""
    flips: bool = False
    """It was wrong and is right now."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a failed trace can be run again, and which steps decide its outcome."""

    outcome: bool | None
    """What the application came to when nothing was changed."""
    answer: Any
    trials: tuple[Trial, ...] = ()

    @property
    def reproduced(self) -> bool:
        """Return whether it failed again when nothing was changed."""
        return self.outcome is False

    @property
    def decisive(self) -> str | None:
        """Return the first step whose other output makes it right; None when none does.

        Later ones may do so too: they hand on what they are given.
        """
        return next((trial.step for trial in self.trials if trial.flips), None)


def passed_through(steps: Iterable[RanStep]) -> list[Substitute]:
    """Return what steps would give that did nothing: their input, where both are plain text."""
    return [
        Substitute(step.name, step.input, "its input, unchanged")
        for step in steps
        if isinstance(step.input, str)
        and isinstance(step.output, str)
        and step.input.strip()
        and step.input != step.output
    ]


def check(
    application: Application,
    task: Any,
    steps: Sequence[RanStep],
    substitutes: Iterable[Substitute],
) -> Check:
    """Run an application as it was, then once with each substitute, in the order of the steps.

    Args:
        application: Runs again; it must be safe to run.
        task: What the trace was asked.
        steps: Its steps in order.
        substitutes: Other outputs for them.

    Raises:
        Invalid: A substitute names a step that the trace does not have, or that ran repeatedly.
    """
    known = {step.name: step for step in steps}
    chosen = list(substitutes)
    for one in chosen:
        step = known.get(one.step)
        if step is None:
            raise Invalid(
                f"`{one.step}` is not a step of this trace", hint=f"its steps: {', '.join(known)}"
            )
        if step.times > 1:
            raise Invalid(
                f"`{one.step}` ran {step.times} times in this trace",
                hint="only a step that ran once can be given an output",
            )
    plain = application(task, {})
    if plain.outcome is not False:
        return Check(plain.outcome, plain.answer)
    order = list(known)
    chosen.sort(key=lambda one: order.index(one.step))
    trials = [_trial(application, task, known[one.step], one, plain) for one in chosen]
    return Check(plain.outcome, plain.answer, tuple(trials))


def _trial(
    application: Application, task: Any, step: RanStep, other: Substitute, plain: Rerun
) -> Trial:
    try:
        again = application(task, {step.name: other.value})
    except Invalid as error:
        return Trial(step.name, other.source, step.output, other.value, refused=error.what)
    names = list(plain.outputs)
    later = names[names.index(step.name) + 1 :] if step.name in names else names
    return Trial(
        step.name,
        other.source,
        step.output,
        other.value,
        outcome=again.outcome,
        answer=again.answer,
        moved=tuple(n for n in later if again.outputs.get(n) != plain.outputs.get(n)),
        flips=again.outcome is True,
    )


def shown(value: Any, chars: int = 160) -> str:
    """Return a value on one line, cut."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= chars else f"{text[: chars - 1]}…"
