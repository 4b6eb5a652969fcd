"""What an expression of a script says: its text, and where it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from solvent.code.javascript.syntax import (
    FUNCTIONS,
    Script,
    arguments,
    callee,
    chain,
    lines,
    pairs,
    said,
    string,
    unescaped,
    unwrapped,
    walk,
)
from solvent.code.prose import words

if TYPE_CHECKING:
    from tree_sitter import Node

    from solvent.code.draft import Piece

DEPTH = 6
_PASSED = re.compile(r"\.(?:trim|trimStart|trimEnd|replace|replaceAll|concat|toString)$")
_WRAPPERS = re.compile(
    r"^(?:dedent|stripIndent|stripIndents|outdent|String|endent|html|prompt|md)$"
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the lines it is written on."""

    pieces: tuple[Piece, ...]
    line: int
    end_line: int
    name: str = ""


def spell(script: Script, node: Node, depth: int = 0) -> tuple[Piece, ...]:  # noqa: PLR0911  one return a kind of node
    """Return one reading of a text expression."""
    node = unwrapped(node)
    plain = string(node)
    if plain is not None:
        return (("text", plain),)
    if node.type == "template_string":
        return _template(script, node, depth)
    if node.type == "binary_expression":
        return tuple(p for one in _operands(node) for p in spell(script, one, depth + 1))
    if node.type == "ternary_expression":
        chosen = node.child_by_field_name("consequence")
        return spell(script, chosen, depth) if chosen else ()
    if node.type in {"identifier", "member_expression"} and depth < DEPTH:
        held = script.values.get(said(node).rpartition(".")[2], [])
        if len(held) == 1 and unwrapped(held[0]).type in {
            "string",
            "template_string",
            "binary_expression",
        }:
            return spell(script, held[0], depth + 1)
    if node.type == "call_expression":
        inner = _passed(node)
        if inner is not None:
            return spell(script, inner, depth + 1)
    return (("var", (chain(node) or "…")[:60]),)


def texts(script: Script, node: Node, depth: int = 0) -> list[Text]:
    """Return the texts an expression may be."""
    node = unwrapped(node)
    if depth > DEPTH:
        return []
    if node.type in {"string", "template_string", "binary_expression"}:
        if own_words(node) > 1:
            return [Text(spell(script, node), *lines(node))]
        inner = _operands(node) if node.type == "binary_expression" else _filled(node)
        return [t for one in inner for t in texts(script, one, depth + 1)]
    if node.type in {"identifier", "member_expression", "shorthand_property_identifier"}:
        name = said(node).rpartition(".")[2]
        return [
            text if text.name else replace(text, name=name)
            for value in script.values.get(name, [])[:8]
            for text in (_returned(script, value, depth) if value.type in FUNCTIONS else
                         texts(script, value, depth + 1))
        ]  # fmt: skip
    if node.type == "call_expression":
        return _called(script, node, depth)
    return [t for part in _parts(node) for t in texts(script, part, depth + 1)]


def _called(script: Script, node: Node, depth: int) -> list[Text]:
    name = callee(node)
    if name.endswith("join") and not string(node):
        func = unwrapped(node.child_by_field_name("function") or node)
        target = func.child_by_field_name("object")
        inner = unwrapped(target) if target else node
        if inner.type == "array":
            pieces = tuple(
                p for one in inner.named_children for p in (*spell(script, one), ("text", "\n"))
            )
            return [Text(pieces, *lines(node))]
        return []
    passed = _passed(node)
    if passed is not None:
        return texts(script, passed, depth + 1)
    held = [v for v in script.values.get(name.rpartition(".")[2], []) if v.type in FUNCTIONS]
    return [
        text if text.name else replace(text, name=name)
        for value in held[:2]
        for text in _returned(script, value, depth)
    ]


def _returned(script: Script, node: Node, depth: int) -> list[Text]:
    return [text for one in results(node) for text in texts(script, one, depth + 1)]


def results(node: Node) -> list[Node]:
    """Return the expressions that a function may give."""
    body = node.child_by_field_name("body")
    if body is None:
        return []
    if body.type != "statement_block":
        return [body]
    return [
        part.named_children[0]
        for part in walk(body)
        if part.type == "return_statement" and part.named_children
    ]


def sources(script: Script, node: Node) -> list[Node]:
    """Return the expressions that a name holds, or that a function of the script gives."""
    if node.type not in {"identifier", "call_expression", "member_expression"}:
        return []
    name = callee(node) if node.type == "call_expression" else said(node)
    held = script.values.get(name.rpartition(".")[2], [])[:4]
    called = [one for v in held if v.type in FUNCTIONS for one in results(v)]
    return called or [v for v in held if v.type not in FUNCTIONS]


def _passed(node: Node) -> Node | None:
    """Return the text that a call only passes on."""
    name = callee(node)
    first = arguments(node)[:1]
    if _WRAPPERS.match(name) and first:
        return first[0]
    func = unwrapped(node.child_by_field_name("function") or node)
    if func.type == "member_expression" and _PASSED.search(name or f".{said(func)}"[-12:]):
        return func.child_by_field_name("object")
    prop = func.child_by_field_name("property")
    if func.type == "member_expression" and prop and _PASSED.search(f".{said(prop)}"):
        return func.child_by_field_name("object")
    return None


def carried(node: Node) -> list[Node]:
    """Return the names, calls and texts that a text is made of; it itself is not among them."""
    found: list[Node] = []
    waiting = _inside(unwrapped(node))
    while waiting and len(found) < 100:  # noqa: PLR2004  a text of more parts is not read by anyone
        here = unwrapped(waiting.pop())
        found.append(here)
        waiting += _inside(here)
    return found


def _inside(node: Node) -> list[Node]:
    if node.type == "template_string":
        return _filled(node)
    if node.type == "binary_expression":
        return _operands(node)
    if node.type == "call_expression":
        inner = _passed(node)
        return [] if inner is None else [inner, *arguments(node)[1:]]
    return _parts(node)


def own_words(node: Node) -> int:
    """Return how many words are written in the expression itself."""
    node = unwrapped(node)
    plain = string(node)
    if plain is not None:
        return words(plain)
    if node.type == "template_string":
        return sum(words(said(c)) for c in node.children if c.type == "string_fragment")
    if node.type == "binary_expression":
        return sum(own_words(one) for one in _operands(node))
    if node.type == "call_expression":
        inner = _passed(node)
        return own_words(inner) if inner is not None else 0
    return 0


def _template(script: Script, node: Node, depth: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for child in node.children:
        if child.type in {"string_fragment", "escape_sequence"}:
            pieces.append(("text", unescaped(said(child))))
        elif child.type == "template_substitution" and child.named_children:
            inner = unwrapped(child.named_children[0])
            fixed = inner.type in {"identifier", "member_expression"} and depth < DEPTH
            pieces += spell(script, inner, depth + 1) if fixed else _variable(inner)
    return tuple(pieces)


def _variable(node: Node) -> tuple[Piece, ...]:
    return (("var", (chain(node) or "…")[:60]),)


def _filled(node: Node) -> list[Node]:
    return [c.named_children[0] for c in node.children
            if c.type == "template_substitution" and c.named_children]  # fmt: skip


def _operands(node: Node) -> list[Node]:
    found: list[Node] = []
    waiting = [node]
    while waiting:
        here = unwrapped(waiting.pop())
        if here.type == "binary_expression":
            left, right = here.child_by_field_name("left"), here.child_by_field_name("right")
            waiting += [side for side in (right, left) if side]
        else:
            found.append(here)
    return found


def _parts(node: Node) -> list[Node]:
    if node.type == "ternary_expression":
        sides = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"))
        return [side for side in sides if side]
    if node.type == "array":
        return list(node.named_children)
    if node.type == "object":
        keyed = pairs(node)
        return [keyed[key] for key in ("text", "content", "parts") if key in keyed]
    if node.type in FUNCTIONS:
        body = node.child_by_field_name("body")
        return [body] if body and body.type != "statement_block" else []
    return []
