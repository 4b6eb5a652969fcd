"""What is known about a traced function before it is called."""

from __future__ import annotations

import functools
import inspect
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.sdk.step import begin, type_attributes, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.trace import Span

    from solvent.sdk.client import Client

logger = logging.getLogger("solvent")

_SELF = {"self", "cls", "mcs"}
_POSITIONAL = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}


class Plan(NamedTuple):
    """How the calls of one function become spans."""

    name: str
    span_type: str
    body: Any
    """The function that runs: below partials and `__call__`."""
    attributes: dict[str, Any]
    parameters: tuple[str, ...]
    """Names of the positional parameters, `self` and `cls` left out."""
    rest: str
    """Name of `*args`."""
    bound: bool
    """The first positional argument is the instance or class."""
    capture_input: bool
    capture_output: bool

    @classmethod
    def of(
        cls,
        function: Callable[..., Any],
        *,
        name: str | None,
        span_type: str,
        attributes: Mapping[str, Any] | None,
        capture_input: bool,
        capture_output: bool,
    ) -> Plan:
        """Return the plan of a function."""
        body: Any = function
        while isinstance(body, functools.partial):
            body = body.func
        own = name or getattr(body, "__name__", type(body).__name__)
        if not inspect.isroutine(body):
            body = type(body).__call__
        names, rest, bound = _parameters(function)
        where = f"{getattr(body, '__module__', None)}.{getattr(body, '__qualname__', own)}"
        return cls(
            name=own,
            span_type=span_type,
            body=body,
            attributes={
                **type_attributes(own, span_type),
                "code.function.name": where,
                **(attributes or {}),
            },
            parameters=names,
            rest=rest,
            bound=bound,
            capture_input=capture_input,
            capture_output=capture_output,
        )

    def inputs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments by parameter name."""
        if self.bound:
            args = args[1:]
        out = dict(zip(self.parameters, args, strict=False))
        if len(args) > len(self.parameters):
            out[self.rest] = args[len(self.parameters) :]
        if kwargs:
            out.update(kwargs)
        return out

    def begin(self, client: Client, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
        """Return a started span with the inputs on it."""
        attributes = self.attributes
        if self.capture_input:
            try:
                given = client.contents.inputs(self.span_type, self.inputs(args, kwargs))
                attributes = {**attributes, **given}
            except Exception:
                logger.warning("inputs of `%s` cannot be recorded", self.name, exc_info=True)
        return begin(client, self.name, attributes)

    def finish(self, client: Client, span: Span, result: Any) -> None:
        """Write the output, unless the function has set one itself."""
        if not self.capture_output or not span.is_recording():
            return
        try:
            known = getattr(span, "attributes", None) or {}
            if not _OUTPUTS.isdisjoint(known):
                return
            write(span, client.contents.outputs(self.span_type, result))
        except Exception:
            logger.warning("output of `%s` cannot be recorded", self.name, exc_info=True)


_OUTPUTS = frozenset({"output.value", "gen_ai.output.messages", "gen_ai.tool.call.result"})


def _parameters(function: Callable[..., Any]) -> tuple[tuple[str, ...], str, bool]:
    try:
        known = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # built-in functions may have no signature
        return (), "args", False
    names = [p.name for p in known if p.kind in _POSITIONAL]
    rest = next((p.name for p in known if p.kind is inspect.Parameter.VAR_POSITIONAL), "args")
    bound = bool(names) and names[0] in _SELF
    return tuple(names[1:] if bound else names), rest, bound
