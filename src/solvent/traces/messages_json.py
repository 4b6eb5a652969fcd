"""JSON in and out that never fails on what senders really write."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import orjson

from solvent.errors import Invalid

_SURROGATE = re.compile("[\ud800-\udfff]")
_LONG_NUMBER = re.compile(r"[0-9.]{16}|[0-9][eE][-+]?[0-9]")
"""A number that might not come back as it was written."""
_BIGGEST = 1 << 63
_LONGEST_PYTHON = 100_000
DEEPEST = 200
"""Values nested deeper are written as text; orjson stops at 254."""


def load(text: bytes | str) -> Any:
    """Return a JSON document, reading NaN as a string and half surrogate pairs as U+FFFD.

    Raises:
        Invalid: It is not JSON, or nested beyond what any reader takes.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        strict = str(error)
    try:
        lenient = json.loads(text, parse_constant=str)
        plain = json.dumps(lenient, ensure_ascii=False)
        return orjson.loads(_SURROGATE.sub("�", plain))
    except (ValueError, RecursionError):
        raise Invalid(f"the JSON cannot be read: {strict}") from None


def find(text: str) -> Any:
    """Return the value of text that is a JSON object or list, None for any other text."""
    if text[:1] not in ("{", "[") and text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return load(text)
    except Invalid:
        return None


def compact(text: str) -> str:
    """Return JSON text without its spaces; text of any other kind, or with long numbers, as is."""
    if _LONG_NUMBER.search(text):
        return text
    value = find(text)
    return text if value is None else dump(value)


def from_python(text: str) -> str:
    """Return a printed Python dictionary as JSON; any other text as it is."""
    if text[:2] not in ("{'", "{}") or len(text) > _LONGEST_PYTHON:
        return text
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return dump(value) if isinstance(value, dict) else text


def dump(value: Any) -> str:
    """Return compact JSON; what JSON cannot say is spelled as a string."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except (orjson.JSONEncodeError, RecursionError):
        return orjson.dumps(_plain(value, DEEPEST), option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, dict | list | tuple) and not depth:
        return "(nested too deep)"
    if isinstance(value, dict):
        return {_plain(str(k), 0): _plain(v, depth - 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v, depth - 1) for v in value]
    if isinstance(value, str):
        return _SURROGATE.sub("�", value)
    if isinstance(value, float) or value is None:
        return value
    return value if isinstance(value, int) and -_BIGGEST <= value < _BIGGEST else str(value)
