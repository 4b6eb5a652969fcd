"""Arguments of tool calls as text: read, compared and taken apart."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

REPR_CHARS = 20_000
"""Longer texts are not tried as the print of a Python value."""
MAX_DEPTH = 20


def parse(text: str) -> Any:
    """Return the value of an argument text; no text at all is no argument, `{}`.

    A JSON document inside a JSON string is opened, as some senders encode arguments twice.

    Raises:
        ValueError: It is not JSON.
    """
    if not text.strip():
        return {}
    value = orjson.loads(text)
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            return orjson.loads(value)
        except ValueError:
            return value
    return value


def canonical(text: str) -> str:
    """Return a text that is the same for the same arguments, whatever their order and spacing."""
    try:
        return orjson.dumps(parse(text), option=orjson.OPT_SORT_KEYS).decode()
    except (ValueError, TypeError):
        return " ".join(text.split())


def is_python_print(text: str) -> bool:
    """Tell whether a text is a Python value as `str()` prints it.

    Instrumentation that prints arguments so has changed what the model wrote: nothing can be said
    about its form.
    """
    if len(text) > REPR_CHARS or not text.lstrip().startswith(("{", "[", "(")):
        return False
    try:
        ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def leaves(value: Any, depth: int = MAX_DEPTH) -> Iterator[str]:
    """Yield every text and number inside a value, as text."""
    if isinstance(value, dict | list) and depth:
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item, depth - 1)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield repr(value)
