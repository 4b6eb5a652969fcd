"""The causal check of `solvent blame TRACE --replay MODULE:FUNCTION`."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid, NotFound
from solvent.pipelines.causal import Application, Check, Substitute, check, passed_through, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.pipelines.causal.reading import Run

WORDS = {True: "right", False: "wrong", None: "not judged"}


def load_application(name: str) -> Application:
    """Return the function that runs an application again.

    Args:
        name: `MODULE:FUNCTION`, importable from the current folder.

    Raises:
        Invalid: The name has another form, or is not a function.
        NotFound: There is no such module or function.
    """
    module, _, function = name.partition(":")
    if not module or not function:
        raise Invalid(f"`{name}` does not name a function", hint="give MODULE:FUNCTION")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise NotFound(
            f"`{name}` cannot be loaded: {error}", hint="it is looked for in the current folder"
        ) from error
    if not callable(found):
        raise Invalid(f"`{name}` is not a function", hint="see docs/guide/example-football.md")
    application: Application = found
    return application


def given_outputs(texts: Sequence[str]) -> list[Substitute]:
    """Return the corrected outputs of `STEP=VALUE`; a value that is JSON is read as such.

    Raises:
        Invalid: A text has another form.
    """
    out = []
    for text in texts:
        step, sign, value = text.partition("=")
        if not sign or not step:
            raise Invalid(f"`{text}` does not give a step an output", hint="write STEP=VALUE")
        try:
            out.append(Substitute(step, json.loads(value), "given"))
        except ValueError:
            out.append(Substitute(step, value, "given"))
    return out


def run_check(run: Run, application: str, given: Sequence[str] = ()) -> Check:
    """Return what an application comes to with other outputs for the steps of a run.

    Given outputs are tried when there are any; else each step's input and what it gave in passing
    traces with the same input.

    Raises:
        NotFound: There is no such module or function.
        Invalid: A step cannot be given an output.
    """
    substitutes = given_outputs(given)
    if not substitutes:
        once = {step.name for step in run.steps if step.times == 1}
        for one in (*passed_through(run.steps), *run.siblings):
            known = any((k.step, k.value) == (one.step, one.value) for k in substitutes)
            if one.step in once and not known:
                substitutes.append(one)
    return check(load_application(application), run.task, run.steps, substitutes)


def lines(found: Check) -> Iterator[str]:
    """Yield a check in words: each trial with the values side by side."""
    yield f"run again as it was: {WORDS[found.outcome]}: {shown(found.answer)}"
    if not found.reproduced:
        yield "It does not fail when it is run again, so no step can be tried."
        return
    if not found.trials:
        yield "No other output is known for any step: give one with --give STEP=VALUE."
    for trial in found.trials:
        yield ""
        yield f"{trial.step}, given {trial.source}"
        yield f"  gave   {shown(trial.before)}"
        yield f"  given  {shown(trial.after)}"
        if trial.refused:
            yield f"  cannot be run so: {trial.refused}"
            continue
        flips = "the outcome FLIPS" if trial.flips else "no difference to the outcome"
        yield f"  then   {WORDS[trial.outcome]}: {shown(trial.answer)}"
        moved = (
            f"; {', '.join(trial.moved)} changed" if trial.moved else "; nothing after it changed"
        )
        yield f"  {flips}{moved}"
    yield ""
    yield (
        f"{found.decisive} decides it: the first step whose other output makes the outcome right"
        if found.decisive
        else "None of these decides the outcome alone."
    )


def document(found: Check) -> dict[str, Any]:
    """Return a check as one JSON object."""
    return {**asdict(found), "reproduced": found.reproduced, "decisive": found.decisive}
