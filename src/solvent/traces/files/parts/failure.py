"""Which results of a tool say by themselves that it failed.

Only marks that programs write, at the place where they write them:

- the text starts with `Error`, `ERROR:`, `Exception`, `Traceback (most recent call last)`,
  `Tool call timed out` or a Python exception such as `ValueError: ...`;
- `exitcode: 1`, `exit code: 1` at the start, with anything but 0;
- a JSON object whose `isError`/`is_error` is true, whose `error` is set, whose `success` is false,
  or whose `status` is `error`;
- `isError=True`, as the MCP SDK prints its result.
"""

from __future__ import annotations

import re

import orjson

_START = re.compile(
    r"\s*(?:"
    r"(?:error|exception)\b(?!s?\s+(?:code )?(?:handling|rate|log|message))"
    r"|traceback \(most recent call last\)"
    r"|tool call timed out"
    r"|(?-i:[A-Z][A-Za-z.]*(?:Error|Exception)): "
    r")",
    re.IGNORECASE,
)
_EXIT = re.compile(r"\s*exit ?code:\s*(-?\d+)", re.IGNORECASE)
_MCP = re.compile(r"^meta=.*\bisError=True\s*$", re.DOTALL)
FIRST_LINE = 200


def failure(text: str) -> str | None:
    """Return the first line of a result that says it failed, else None."""
    if (found := _EXIT.match(text)) is not None:
        return _line(text) if int(found[1]) else None
    if _START.match(text) or _MCP.match(text):
        return _line(text)
    if text.lstrip()[:1] == "{":
        return _json_failure(text)
    return None


def _json_failure(text: str) -> str | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if error and error is not True:
        return _line(error if isinstance(error, str) else orjson.dumps(error).decode())
    flags = (value.get("isError") is True, value.get("is_error") is True, error is True)
    said = value.get("success") is False or value.get("status") == "error"
    return _line(text) if any(flags) or said else None


def _line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:FIRST_LINE]
