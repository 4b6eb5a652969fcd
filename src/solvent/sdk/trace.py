"""`@solvent.trace`: one span for each call of a function, and for each stream it yields."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

from opentelemetry.context import attach, detach
from opentelemetry.trace import set_span_in_context

from solvent.errors import Invalid
from solvent.sdk.active import Active
from solvent.sdk.plan import Plan
from solvent.sdk.step import end, fail
from solvent.sdk.streams import async_stream, stream

F = TypeVar("F", bound=Callable[..., Any])


@overload
def trace(function: F, /) -> F: ...
@overload
def trace(
    *,
    name: str | None = None,
    type: str = "span",
    capture_input: bool = True,
    capture_output: bool = True,
    attributes: Mapping[str, Any] | None = None,
) -> Callable[[F], F]: ...


def trace(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    type: str = "span",  # noqa: A002  the word of the glossary
    capture_input: bool = True,
    capture_output: bool = True,
    attributes: Mapping[str, Any] | None = None,
) -> Any:
    """Record each call of a function as a span with its inputs, output and exception.

    Works on functions, async functions, generators and async generators (one span while they are
    iterated), class methods, static methods and callable objects; each stays what it was. Before
    `solvent.init()` the function is simply called.

    Args:
        function: What is decorated, when no options are given.
        name: Name of the span; else the function's.
        type: What the step does: llm, tool, retriever, agent, workflow, chain, …
        capture_input: False keeps the arguments out of the span.
        capture_output: False keeps the result out of the span.
        attributes: Further attributes of each span.

    Raises:
        Invalid: What is decorated is a class, or cannot be called.

    Example:
        >>> @trace(type="tool")
        ... def add(a: int, b: int) -> int:
        ...     return a + b
        >>> add(1, 2)
        3
    """
    if function is None:
        return functools.partial(
            trace,
            name=name,
            type=type,
            capture_input=capture_input,
            capture_output=capture_output,
            attributes=attributes,
        )
    if isinstance(function, classmethod | staticmethod):
        again = functools.partial(trace, name=name, type=type, capture_input=capture_input)
        inner = again(function.__func__, capture_output=capture_output, attributes=attributes)
        return function.__class__(inner)
    if inspect.isclass(function) or not callable(function):
        raise Invalid(
            f"`{getattr(function, '__qualname__', function)!s}` is not a function",
            hint="put @solvent.trace on its methods",
        )
    plan = Plan.of(
        function,
        name=name,
        span_type=type,
        attributes=attributes,
        capture_input=capture_input,
        capture_output=capture_output,
    )
    return _wrapped(function, plan)


def _wrapped(function: Callable[..., Any], plan: Plan) -> Callable[..., Any]:
    body = plan.body
    if inspect.isasyncgenfunction(body):
        wrapper = async_stream(function, plan)
    elif inspect.isgeneratorfunction(body):
        wrapper = stream(function, plan)
    elif inspect.iscoroutinefunction(body):
        wrapper = _async_call(function, plan)
    else:
        wrapper = _call(function, plan)
    updated = functools.WRAPPER_UPDATES if inspect.isroutine(function) else ()
    functools.update_wrapper(wrapper, function, updated=updated)
    if not hasattr(function, "__name__"):
        wrapper.__name__ = wrapper.__qualname__ = plan.name
    return wrapper


def _call(function: Callable[..., Any], plan: Plan) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        client = Active.client
        if client is None:
            return function(*args, **kwargs)
        span = plan.begin(client, args, kwargs)
        token = attach(set_span_in_context(span))
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            fail(client, span, error)
            raise
        else:
            plan.finish(client, span, result)
            return result
        finally:
            detach(token)
            end(span)

    return call


def _async_call(function: Callable[..., Any], plan: Plan) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        client = Active.client
        if client is None:
            return await function(*args, **kwargs)
        span = plan.begin(client, args, kwargs)
        token = attach(set_span_in_context(span))
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            fail(client, span, error)
            raise
        else:
            plan.finish(client, span, result)
            return result
        finally:
            detach(token)
            end(span)

    return call
