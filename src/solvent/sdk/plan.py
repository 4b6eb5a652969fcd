"""What is known about a traced function before it is called."""

from __future__ import annotations

import functools
import inspect
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.sdk.content import SPECIAL
from solvent.sdk.step import begin, has_output, type_attributes, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.trace import Span

    from solvent.sdk.active import Recording

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
    special: bool
    """Inputs and outputs have attributes of their own."""
    where: str
    """Module and qualified name in the code."""

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
        own: str = name or getattr(body, "__name__", None) or type(body).__name__
        if not inspect.isroutine(body):
            body = type(body).__call__
        names, rest, bound = _parameters(function)
        where = f"{getattr(body, '__module__', None)}.{getattr(body, '__qualname__', own)}"
        return cls(
            name=own,
            span_type=span_type,
            body=body,
            attributes={**type_attributes(own, span_type), **(attributes or {})},
            parameters=names,
            rest=rest,
            bound=bound,
            capture_input=capture_input,
            capture_output=capture_output,
            special=span_type in SPECIAL,
            where=where,
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

    def begin(self, client: Recording, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
        """Return a started span with the inputs on it."""
        span = begin(client, self.name, self.attributes)
        if not span.is_recording():
            return span
        span.set_attribute("code.function.name", self.where)
        contents = client.contents
        if self.capture_input and contents.capture:
            try:
                given = self.inputs(args, kwargs)
                if self.special:
                    write(span, contents.inputs(self.span_type, given))
                else:
                    text, kind = contents.quick(given)
                    span.set_attribute("input.value", text)
                    span.set_attribute("input.mime_type", kind)
            except Exception:
                logger.warning("inputs of `%s` cannot be recorded", self.name, exc_info=True)
        return span

    def finish(self, client: Recording, span: Span, result: Any) -> None:
        """Write the output, unless the function has set one itself."""
        if not self.capture_output or not span.is_recording() or has_output(span):
            return
        contents = client.contents
        try:
            if self.special:
                write(span, contents.outputs(self.span_type, result))
            elif contents.capture:
                text, kind = contents.text(result)
                span.set_attribute("output.value", text)
                span.set_attribute("output.mime_type", kind)
        except Exception:
            logger.warning("output of `%s` cannot be recorded", self.name, exc_info=True)


def _parameters(function: Callable[..., Any]) -> tuple[tuple[str, ...], str, bool]:
    try:
        known = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # built-in functions may have no signature
        return (), "args", False
    names = [p.name for p in known if p.kind in _POSITIONAL]
    rest = next((p.name for p in known if p.kind is inspect.Parameter.VAR_POSITIONAL), "args")
    bound = bool(names) and names[0] in _SELF
    return tuple(names[1:] if bound else names), rest, bound
