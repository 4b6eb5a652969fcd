"""Plant a known fault into a pipeline made of functions, to see whether monitoring finds it.

    from solvent.testing.faults import plant, wrong_rewrite

    steps = plant(steps, "rewrite", wrong_rewrite(), share=0.2, seed=1)

`steps` is a mapping of functions by name, or a dataclass whose fields are functions. What comes
back is of the same kind, with one step replaced: in a share of its calls it does something wrong,
chosen by the seed. Plant before you trace: a fault around a traced function changes what comes out
of it after its span has ended, so that the span would show what was right.

A fault is a function from a step and a source of chance to the step that does it wrong; write your
own the same way.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from solvent.errors import Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[..., Any]
    Fault = Callable[[Step, random.Random], Step]

T = TypeVar("T")
REQUESTS = (
    "for the last three years",
    "as a percentage of the total",
    "compared with the previous period",
    "only for the largest ones",
)
"""What nobody asked for."""


def plant(
    steps: T,
    name: str,
    fault: Fault,
    *,
    share: float = 1.0,
    seed: int = 0,
    told: Callable[[bool], None] = lambda _: None,
) -> T:
    """Return the steps with one of them doing something wrong in a share of its calls.

    Args:
        steps: A mapping of functions by name, or a dataclass whose fields are functions.
        name: The step to spoil.
        fault: What it does wrong: one of this module, or your own.
        share: Share of its calls that go wrong, 0 to 1.
        seed: The same seed spoils the same calls.
        told: Told for each call whether it goes wrong, so that a test knows the truth.

    Raises:
        Invalid: The share is not between 0 and 1, or the steps are of neither kind.
        NotFound: No step has that name.

    Example:
        >>> steps = plant({"find": lambda q: [q]}, "find", empty_result())
        >>> steps["find"]("goals")
        []
    """
    if not 0 <= share <= 1:
        raise Invalid(f"`share` is {share}", hint="give a number from 0 to 1")
    known = _functions(steps)
    if name not in known:
        raise NotFound(f"no step is called `{name}`", hint=f"known: {', '.join(known)}")
    chance = random.Random(seed)  # noqa: S311  a repeatable choice, not a secret
    right = known[name]
    wrong = fault(right, chance)

    @functools.wraps(right)
    def step(*args: Any, **kwargs: Any) -> Any:
        spoiled = chance.random() < share
        told(spoiled)
        return (wrong if spoiled else right)(*args, **kwargs)

    changed: Any = {name: step}
    if isinstance(steps, Mapping):
        both: Any = {**steps, **changed}
        return both  # type: ignore[no-any-return]  # the kind of mapping that came in
    whole: Any = steps
    return replace(whole, **changed)  # type: ignore[no-any-return]  # the dataclass that came in


def _functions(steps: Any) -> dict[str, Any]:
    if isinstance(steps, Mapping):
        return dict(steps)
    if is_dataclass(steps) and not isinstance(steps, type):
        fields = {name: getattr(steps, name) for name in steps.__dataclass_fields__}
        return {name: value for name, value in fields.items() if callable(value)}
    raise Invalid(
        f"`steps` is a `{type(steps).__name__}`",
        hint="give a mapping of functions, or a dataclass whose fields are functions",
    )


def wrong_rewrite(requests: tuple[str, ...] = REQUESTS) -> Fault:
    """Return a fault that adds to a text what nobody asked for, and drops a word of it.

    Args:
        requests: What may be added.
    """

    def fault(step: Step, chance: random.Random) -> Step:
        def rewrite(*args: Any, **kwargs: Any) -> Any:
            words = str(step(*args, **kwargs)).split()
            if len(words) > 3:  # noqa: PLR2004  a shorter text would lose its sense altogether
                words.pop(chance.randrange(1, len(words) - 1))
            return f"{' '.join(words).rstrip('?.')} {chance.choice(requests)}"

        return rewrite

    return fault


def empty_result() -> Fault:
    """Return a fault that finds nothing: an empty value of the kind that was right."""

    def fault(step: Step, _: random.Random) -> Step:
        def find(*args: Any, **kwargs: Any) -> Any:
            found = step(*args, **kwargs)
            return type(found)() if isinstance(found, list | tuple | dict | str | set) else None

        return find

    return fault


def stale_result(older: Step) -> Fault:
    """Return a fault that answers from an older state.

    Args:
        older: The step as it would have answered then: the same arguments, an older index.
    """
    return lambda _step, _chance: older


def flaky(message: str = "upstream timed out", error: type[Exception] = TimeoutError) -> Fault:
    """Return a fault that raises.

    Args:
        message: What the error says.
        error: Its class.
    """

    def fault(_step: Step, _chance: random.Random) -> Step:
        def fail(*_args: Any, **_kwargs: Any) -> Any:
            raise error(message)

        return fail

    return fault


def truncated_context(keep: float = 0.4) -> Fault:
    """Return a fault that hands a step only the first part of its longest argument.

    Args:
        keep: Share that is left of the longest text or list.
    """

    def fault(step: Step, _chance: random.Random) -> Step:
        def cut(*args: Any, **kwargs: Any) -> Any:
            given = dict(enumerate(args)) | kwargs
            longest = max(given, key=lambda key: _extent(given[key]))
            if _extent(given[longest]):
                whole = given[longest]
                given[longest] = whole[: int(len(whole) * keep)]
            return step(*(given[n] for n in range(len(args))), **{k: given[k] for k in kwargs})

        return cut

    return fault


def _extent(value: Any) -> int:
    """Return how much text a value is; 0 for what cannot be cut."""
    return len(str(value)) if isinstance(value, str | list | tuple) else 0


def swapped_arguments(first: str, second: str) -> Fault:
    """Return a fault that exchanges two arguments.

    Args:
        first: Name of an argument that is passed by name, or a key of the only argument.
        second: Name or key of the other.

    Raises:
        NotFound: A call has no such arguments.
    """

    def fault(step: Step, _chance: random.Random) -> Step:
        def swap(*args: Any, **kwargs: Any) -> Any:
            one = args[0] if len(args) == 1 and isinstance(args[0], Mapping) else None
            given = kwargs if one is None else dict(one)
            if not {first, second} <= set(given):
                raise NotFound(
                    f"no arguments `{first}` and `{second}`", hint=f"known: {', '.join(given)}"
                )
            changed = {**given, first: given[second], second: given[first]}
            return step(*args, **changed) if one is None else step(changed, **kwargs)

        return swap

    return fault


def changed_model(model: str, parameter: str = "model") -> Fault:
    """Return a fault that calls another model than the one that was asked for.

    Args:
        model: The model that answers.
        parameter: Name of the argument that says which model is asked.
    """

    def fault(step: Step, _chance: random.Random) -> Step:
        return lambda *args, **kwargs: step(*args, **{**kwargs, parameter: model})

    return fault
