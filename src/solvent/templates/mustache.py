"""`{{name}}`, `{{#items}}…{{/items}}`, `{{^items}}…{{/items}}`, `{{>support/tone@production}}`.

The language of https://mustache.github.io/mustache.5.html without functions and without other
delimiters, and without escaping: a prompt is not HTML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.templates.nodes import ITSELF, Include, Section, Value, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.templates.nodes import Node
    from solvent.templates.template import Bounds, Template

TAG = re.compile(
    r"\{\{\{\s*(?P<raw>[^{}]*?)\s*\}\}\}|\{\{(?P<kind>[#^/!>&=]?)\s*(?P<name>.*?)\s*\}\}", re.DOTALL
)
NAME = re.compile(r"[^\W\d][\w-]*(\.[\w-]+)*")
SILENT = frozenset("#^/!")
"""Tags that leave no line behind when they stand on one alone."""


def read(text: str, parts: Mapping[str, str], bounds: Bounds) -> Template:
    """Return a text compiled.

    Raises:
        Invalid: A section is not closed, or a tag holds more than a name.
    """
    return compiled(text, parts, bounds, parse)


def parse(text: str) -> tuple[Node, ...]:
    """Return the tree of a text."""
    open_: list[tuple[str, bool, list[Node]]] = [("", False, [])]
    at = 0
    for tag in TAG.finditer(text):
        if tag.start() < at:
            continue
        kind = "&" if tag["raw"] is not None else tag["kind"]
        name = tag["name"] if tag["raw"] is None else tag["raw"]
        start, end = _alone(text, tag) if kind in SILENT else tag.span()
        start = max(start, at)
        if start > at:
            open_[-1][2].append(text[at:start])
        at = end
        _take(open_, kind, name)
    if len(open_) > 1:
        raise Invalid(f"`{{{{#{open_[-1][0]}}}}}` is not closed", hint="close it with {{/…}}")
    if at < len(text):
        open_[0][2].append(text[at:])
    return tuple(open_[0][2])


def _take(open_: list[tuple[str, bool, list[Node]]], kind: str, name: str) -> None:
    if kind == "!":
        return
    if kind == ">":
        open_[-1][2].append(Include(name))
    elif kind in {"#", "^"}:
        open_.append((_named(name), kind == "^", []))
    elif kind == "/":
        began, inverted, nodes = open_.pop()
        if not open_ or began != name:
            raise Invalid(f"`{{{{/{name}}}}}` closes what is not open", hint="open it with {{#…}}")
        open_[-1][2].append(Section(_path(began), inverted, tuple(nodes)))
    elif kind == "=":
        raise Invalid("other delimiters are not read", hint="write {{name}}")
    else:
        open_[-1][2].append(Value(_path(_named(name))))


def _named(name: str) -> str:
    if name != ITSELF and not NAME.fullmatch(name):
        raise Invalid(
            f"`{{{{{name}}}}}` is not a plain name", hint="write {{name}}, or use the style jinja"
        )
    return name


def _path(name: str) -> tuple[str, ...]:
    return (name,) if name == ITSELF else tuple(name.split("."))


def _alone(text: str, tag: re.Match[str]) -> tuple[int, int]:
    """Return what a tag takes up: its whole line when nothing else is on it."""
    before = text.rfind("\n", 0, tag.start()) + 1
    after = text.find("\n", tag.end())
    last = len(text) if after < 0 else after + 1
    if text[before : tag.start()].strip() or text[tag.end() : last].strip():
        return tag.span()
    return before, last
