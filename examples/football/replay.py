"""Runs the pipeline again with the output of a step given: for `solvent blame TRACE --replay`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from examples.football.database import Database
from examples.football.pipeline import GIVEN, Asked, ask, build, recorded

from solvent.errors import Invalid
from solvent.pipelines.causal import Rerun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.ports.completions import CompletionProvider


def rerun(task: Any, given: Mapping[str, Any]) -> Rerun:
    """Answer a traced request once more, from the recordings.

    Args:
        task: Input of the trace's root.
        given: Outputs of steps that are taken as they are; `GIVEN` names the steps.

    Raises:
        Invalid: The task is not one of ours, or a step cannot be given an output.
    """
    if not isinstance(task, dict) or "question" not in task:
        raise Invalid("the trace's input is not a football question", hint="give another trace")
    if other := set(given) - GIVEN:
        raise Invalid(
            f"`{min(other)}` cannot be given an output",
            hint=f"possible: {', '.join(sorted(GIVEN))}",
        )
    database, provider = _tools()
    asked = Asked(**task)
    outcome = ask(build(database, provider, asked), asked, database, given)
    return Rerun(outcome.right, outcome.outputs, outcome.answer.text)


@cache
def _tools() -> tuple[Database, CompletionProvider]:
    return Database(), recorded()
