"""Which results of a tool say by themselves that it failed.

Only marks that programs write, at the place where they write them:

- the text starts with `Error`, `Exception`, `Failed to`, `success: false`, `Input validation
  error`, `Tool call timed out`, `Traceback (most recent call last)` or a Python exception such as
  `ValueError: ...`, or is the refusal of SWE-agent's linter;
- `exitcode: 1`, `exit code: 1` at the start, with anything but 0 (0 is success whatever follows);
- a JSON object with a list `results`, of which every entry has `success` false;
- a JSON object whose `isError`/`is_error` is true, whose `error` is a text or an object, whose
  `success` is false, or whose `status` is `error`;
- `isError=True`, as the MCP SDK prints its result. What such a result wraps is unwrapped, as often
  as it is wrapped, and judged by the same marks.
"""

from __future__ import annotations

import ast
import re
from typing import Any

import orjson

_START = re.compile(
    r"\s*(?:"
    r"(?:error|exception)(?=[:!.\s]|$)(?!:\s*(?:0\b|none\b))"
    r"(?!\s+(?:handling|rate|logs?|message|code)\b)"
    r"|success: false\b"
    r"|failed to\b"
    r"|input validation error\b"
    r"|tool call timed out"
    r"|traceback \(most recent call last\)"
    r"|your proposed edit has introduced new syntax error"
    r"|(?-i:[A-Z][A-Za-z.]*(?:Error|Exception)): "
    r")",
    re.IGNORECASE,
)
_EXIT = re.compile(r"\s*exit ?code:\s*(-?\d+)", re.IGNORECASE)
_MCP = re.compile(r"meta=.{0,200}? content=\[TextContent\(type='text', text=(?=['\"])", re.DOTALL)
_MCP_FAILED = re.compile(r"\bisError=True\s*$")
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"", re.DOTALL)
_WRAPPED = re.compile(r'"content":\s*\[\s*\{\s*"type":\s*"text",\s*"text":\s*"((?:[^"\\]|\\.)*+)')
FIRST_LINE = 200
LOOKED_AT = 20_000
"""Characters of a result that was cut off in which its own words are looked for."""
LAYERS = 4


def failure(text: str) -> str | None:
    """Return the first line of a result that says it failed, else None."""
    failed = False
    for _ in range(LAYERS):
        inner, flag = _unwrapped(text)
        failed = failed or flag
        if inner is None:
            break
        text = inner
    return _line(text) if failed else _said(text)


def _said(text: str) -> str | None:
    if (found := _EXIT.match(text)) is not None:
        return _line(text) if int(found[1]) else None
    if _START.match(text):
        return _line(text)
    return _json_failure(_parsed(text), text)


def _unwrapped(text: str) -> tuple[str | None, bool]:
    """Return the text inside an MCP result, and whether its wrapping says that it failed."""
    if (found := _MCP.match(text)) is not None:
        literal = _LITERAL.match(text, found.end())
        body = literal[0] if literal else text[found.end() :][:LOOKED_AT].rstrip("\\")
        body = body if literal else body + body[0]
        try:
            inner = ast.literal_eval(body)
        except (ValueError, SyntaxError):
            inner = None
        return inner if isinstance(inner, str) else None, bool(_MCP_FAILED.search(text))
    value = _parsed(text)
    if isinstance(value, dict) and ("_meta" in value or "isError" in value):
        content = value.get("content")
        first = content[0] if isinstance(content, list) and content else None
        inner = first.get("text") if isinstance(first, dict) else None
        return inner if isinstance(inner, str) else None, value.get("isError") is True
    if value is None and text.lstrip()[:1] == "{":
        cut = _WRAPPED.search(text, 0, LOOKED_AT)
        return (_unescaped(cut[1]) if cut else None), False
    return None, False


def _unescaped(text: str) -> str | None:
    try:
        inner = orjson.loads(f'"{text}"')
    except orjson.JSONDecodeError:
        return None
    return inner if isinstance(inner, str) else None


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] != "{":
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _json_failure(value: Any, text: str) -> str | None:
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if error and isinstance(error, str | dict | list):
        return _line(error if isinstance(error, str) else orjson.dumps(error).decode())
    flags = (value.get("isError"), value.get("is_error"), error)
    said = value.get("success") is False or value.get("status") == "error"
    said = said or _all_failed(value.get("results"))
    if not said and not any(flag is True for flag in flags):
        return None
    message = value.get("message")
    return _line(message if isinstance(message, str) and message else text)


def _all_failed(results: Any) -> bool:
    """Return whether every one of several results failed."""
    return (
        isinstance(results, list)
        and bool(results)
        and all(isinstance(one, dict) and one.get("success") is False for one in results)
    )


def _line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:FIRST_LINE]
