"""SQL in texts of any kind: bare statements, fenced blocks, and values inside JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARS = 200_000
"""Characters of one text that are searched."""
MAX_DEPTH = 6
"""Levels of JSON that are opened."""

_FENCE = re.compile(r"```([\w+-]*)[^\n]*\n(.*?)```", re.DOTALL)
_LABELS = frozenset(
    {"", "sql", "postgresql", "postgres", "mysql", "sqlite", "duckdb", "bigquery", "tsql", "plsql"}
)
_NOISE = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|;)*", re.DOTALL)
_START = re.compile(
    r"(?:select\b.+\bfrom\b|with\b.+\bas\s*\(.+\bselect\b|insert\s+into\b.+\b(?:values|select)\b"
    r"|update\b.+\bset\b|delete\s+from\b|merge\s+into\b)",
    re.IGNORECASE | re.DOTALL,
)
_LED = re.compile(r"(?:^|\n)\s*(?:sql|sql ?query|query)\s*:\s*(?=select\b|with\b)", re.IGNORECASE)
_SIGN = re.compile(
    r"[*=<>(),;]|\w[._]\w|\b(?:order|group)\s+by\b|\blimit\s+\d|\bi?like\s+'", re.IGNORECASE
)
_END = re.compile(
    r"\[/SQL\]|;\s*\n(?!\s*(?:select|with|insert|update|delete|merge)\b)", re.IGNORECASE
)
_PROSE = re.compile(
    r"(?:\b(?:from|into|update|join)|^with)\s+(?:the|a|an|your|this|that|these|our|my|each|all|its|their)\s",
    re.IGNORECASE,
)
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def find_sql(text: str) -> list[str]:
    """Return the SQL statements of a text, in order, as they stand there.

    A statement is a block fenced as SQL, a text (or a value in JSON) that is nothing but a
    statement, or what follows `SQL:` at the beginning of a line. A sentence such as "select a date
    from the calendar" is none.
    """
    text = text[:MAX_CHARS].strip()
    if text[:1] in ("{", "["):
        return [sql for value in _strings(_loads(text), MAX_DEPTH) for sql in _in_prose(value)]
    return _in_prose(text)


def template(sql: str) -> str:
    """Return a statement without its literals, comments and layout.

    Statements with one template ask the same for different values.
    """
    bare = _TEXT.sub("'?'", _COMMENT.sub(" ", sql))
    return " ".join(_NUMBER.sub("0", bare).split()).rstrip("; ")


def _in_prose(text: str) -> list[str]:
    fenced = [
        body
        for label, body in _FENCE.findall(text)
        if label.lower() in _LABELS and _is_statement(body)
    ]
    if fenced:
        return [_bare(body) for body in fenced]
    if _is_statement(text):
        return [_bare(text)]
    led = _LED.search(text)
    if led and _START.match(rest := text[led.end() :].split("\n\n", 1)[0]):
        return [_bare(rest)]
    return []


def _is_statement(text: str) -> bool:
    bare = _without_noise(text)
    return bool(_START.match(bare) and _SIGN.search(bare) and not _PROSE.search(_unquoted(bare)))


def _unquoted(text: str) -> str:
    return _TEXT.sub("''", text)


def _without_noise(text: str) -> str:
    found = _NOISE.match(text)
    return text[found.end() :] if found else text


def _bare(text: str) -> str:
    return _END.split(_without_noise(text), maxsplit=1)[0].strip().rstrip("; \n\t")


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        inner = value.strip()
        if inner[:1] in ("{", "[") and depth and isinstance(found := _loads(inner), dict | list):
            yield from _strings(found, depth - 1)
        else:
            yield inner
    elif isinstance(value, dict | list) and depth:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item, depth - 1)
