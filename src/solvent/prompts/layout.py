"""The lines of a prompt sorted into headings, paragraphs, list items and blocks.

Markdown is read by markdown-it. Three things that prompts do are not Markdown and are taken out
before: tags on a line of their own, template logic on a line of its own, and indentation, which in
a prompt is never code.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_FENCE = re.compile(r"\s*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})(.*)")
_TAG = re.compile(r"\s*<(?P<end>/?)(?P<name>[A-Za-z_][\w.:-]*)(?:\s[^<>]*)?(?P<alone>/?)>\s*$")
_LOGIC = re.compile(
    r"\s*(?:\{%-?\s*(?P<jinja>.*?)\s*-?%\}"
    r"|\{\{\s*(?P<mustache>[#/^]\s*[\w. ]+|else(?:\s+if\s+[^}]*)?)\s*\}\}"
    r"|\{#.*?#\})\s*$"
)
_RULE = re.compile(r"\s*(?:={3,}|-{3,}|\*{3,}|_{3,}|#{3,})\s*$")
_LISTS = {"bullet_list_open": 1, "bullet_list_close": -1}
_BULLET = re.compile(r"^(\s*)([\u2022\u25aa\u25e6\u25cf\u2013]|\(?\d{1,3}\)|\(?[a-zA-Z]\))\s+")


class Mark(NamedTuple):
    """A tag or a piece of template logic that stands alone on a line."""

    line: int
    form: str
    """open, close (of a tag) or logic."""
    text: str


class Piece(NamedTuple):
    """A run of lines of one kind."""

    kind: str
    """heading, text, item, code or table."""
    line: int
    """1-based."""
    end_line: int
    text: str
    """Without the marks of headings and items; lines joined as they stand."""
    level: int
    """Of a heading its depth, of an item how deep the list is nested."""
    label: str = ""
    """Language of code."""


def layout(text: str) -> tuple[list[Piece], list[Mark]]:
    """Return the pieces of a prompt in order, and the marks between them."""
    lines, marks = _unmarked(_after_front_matter(text.split("\n")))
    tokens: list[Token] = []
    source = "\n".join(lines)
    parser = _parser()
    state = StateBlock(source, parser, {}, tokens)
    parser.block.tokenize(state, state.line, state.lineMax)
    return _pieces(tokens, lines), marks


@cache
def _parser() -> MarkdownIt:
    kept = ["table", "fence", "hr", "list", "heading", "paragraph"]
    parser = MarkdownIt("zero")
    parser.block.ruler.enableOnly(kept)
    return parser


def _after_front_matter(lines: list[str]) -> list[str]:
    """Return the lines with those of a YAML header emptied: a tool reads it, not the model."""
    if not lines or lines[0].rstrip() != "---":
        return lines
    for number, line in enumerate(lines[1:200], 1):
        if line.rstrip() == "---":
            return [""] * (number + 1) + lines[number + 1 :]
        if line.strip() and not re.match(r"[\w-]+\s*:|\s|#|-\s", line):
            return lines
    return lines


def _unmarked(lines: Sequence[str]) -> tuple[list[str], list[Mark]]:
    """Return the lines with marks and indentation emptied, and the marks."""
    marks: list[Mark] = []
    plain: list[str] = []
    fence = ""
    depths: list[int] = []
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r")
        fenced = _FENCE.match(line)
        if fence:
            if fenced and fenced[1].startswith(fence) and not fenced[2].strip():
                fence = ""
            plain.append(line)
            continue
        if fenced:
            fence = fenced[1]
            plain.append(line)
            continue
        if mark := _mark(number, line):
            marks.append(mark)
            plain.append("")
            continue
        if _RULE.match(line):
            plain.append("")
            continue
        plain.append(_shallow(line, depths))
    return plain, marks


def _shallow(line: str, depths: list[int]) -> str:
    """Return a line with odd bullets made plain, and no deeper than the list around it."""
    body = _BULLET.sub(r"\1- ", line.replace("\t", "    "))
    stripped = body.lstrip(" ")
    if not stripped:
        return ""
    indent = len(body) - len(stripped)
    while depths and depths[-1] > indent:
        depths.pop()
    if re.match(r"(?:[-*+]|\d{1,9}[.)])\s", stripped):
        if not depths or depths[-1] < indent:
            depths.append(indent)
        return "   " * min(len(depths) - 1, 6) + re.sub(
            r"^(?:[-*+]|\d{1,9}[.)])\s+", "-  ", stripped
        )
    if not indent:
        depths.clear()
        return stripped
    return "   " * min(len(depths), 6) + stripped


def _mark(number: int, line: str) -> Mark | None:
    if match := _TAG.match(line):
        if match["alone"]:
            return Mark(number, "logic", "")
        return Mark(number, "close" if match["end"] else "open", match["name"])
    if match := _LOGIC.match(line):
        said = match["jinja"] or match["mustache"] or ""
        return Mark(number, "logic", " ".join(said.split()))
    return None


def _pieces(tokens: Sequence[Token], lines: Sequence[str]) -> list[Piece]:
    found: list[Piece] = []
    lists = 0
    table = False
    for number, token in enumerate(tokens):
        lists += _LISTS.get(token.type, 0)
        table = token.type == "table_open" or (table and token.type != "table_close")
        first, end = token.map or (0, 0)
        if token.type == "table_open":
            found.append(Piece("table", first + 1, end, "\n".join(lines[first:end]), 0))
        elif token.type == "fence":
            found.append(Piece("code", first + 1, end, token.content, 0, token.info.strip()))
        elif token.type == "inline" and not table and token.content.strip():
            kind, level = _kind(tokens, number, lists)
            found.append(Piece(kind, first + 1, end, token.content, level))
    return found


def _kind(tokens: Sequence[Token], number: int, lists: int) -> tuple[str, int]:
    """Return what the text of a token is, and its level: what opens before it says so."""
    opened = tokens[number - 1]
    if opened.type == "heading_open":
        return "heading", int(opened.tag[1:])
    return ("item" if tokens[number - 2].type == "list_item_open" else "text"), lists
