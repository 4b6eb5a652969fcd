"""Names of one script: what is imported, declared and returned, from its concrete syntax tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Parser

FUNCTIONS = frozenset({
    "function_declaration", "function_expression", "arrow_function", "method_definition",
    "generator_function_declaration", "generator_function",
})  # fmt: skip
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


@cache
def parser(suffix: str) -> Parser:
    """Return the parser for a kind of script."""
    import tree_sitter_javascript as javascript  # noqa: PLC0415  loads a shared library
    import tree_sitter_typescript as typescript  # noqa: PLC0415  loads a shared library
    from tree_sitter import Language, Parser  # noqa: PLC0415  loads a shared library

    if suffix in {".ts", ".mts", ".cts"}:
        return Parser(Language(typescript.language_typescript()))
    if suffix == ".tsx":
        return Parser(Language(typescript.language_tsx()))
    return Parser(Language(javascript.language()))


@dataclass(slots=True)
class Import:
    """A name that comes from another module."""

    module: str
    name: str
    """The name there; `*` or `default` when it is not one of its names."""


class Script:
    """One parsed script.

    Args:
        file: Path from the root of the scan.
        text: Its source.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        suffix = "." + file.rpartition(".")[2].lower()
        self.root = parser(suffix).parse(text.encode()).root_node
        self.imports: dict[str, Import] = {}
        self.values: dict[str, list[Node]] = {}
        """Declared names with what they hold: an expression, or a function."""
        self.nodes: list[Node] = []
        """Calls, objects, strings, templates, pairs and declarations, in order."""
        for node in walk(self.root):
            self._take(node)

    def _take(self, node: Node) -> None:  # noqa: C901  one branch a kind of node
        kind = node.type
        if kind == "import_statement":
            self._import(node)
        elif kind == "variable_declarator":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name and value:
                self._declare(name, value)
        elif kind in {
            "function_declaration",
            "method_definition",
            "generator_function_declaration",
        }:
            name = node.child_by_field_name("name")
            if name:
                self.values.setdefault(said(name), []).append(node)
        elif kind in {"public_field_definition", "field_definition"}:
            name = node.child_by_field_name("name") or node.child_by_field_name("property")
            value = node.child_by_field_name("value")
            if name and value:
                self.values.setdefault(said(name), []).append(value)
        elif kind in {"assignment_expression", "augmented_assignment_expression"}:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left and right:
                self.values.setdefault(said(left).rpartition(".")[2], []).append(right)
        if kind in {"call_expression", "new_expression", "object", "string", "template_string",
                    "variable_declarator", "pair", "function_declaration", "method_definition",
                    "public_field_definition", "array", "assignment_expression",
                    "augmented_assignment_expression"}:  # fmt: skip
            self.nodes.append(node)

    def _declare(self, name: Node, value: Node) -> None:
        if name.type == "identifier":
            self.values.setdefault(said(name), []).append(value)
        call = unwrapped(value)
        if (
            call.type == "call_expression"
            and callee(call) == "require"
            and name.type == "identifier"
        ):
            first = arguments(call)[:1]
            if first:
                self.imports[said(name)] = Import(string(first[0]) or "", "*")

    def _import(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        module = string(source) or "" if source else ""
        for part in walk(node):
            if part.type == "import_specifier":
                name, alias = part.child_by_field_name("name"), part.child_by_field_name("alias")
                if name:
                    self.imports[said(alias or name)] = Import(module, said(name))
            elif part.type == "namespace_import":
                self.imports[said(part.named_children[-1])] = Import(module, "*")
            elif part.type == "import_clause" and part.named_children[0].type == "identifier":
                self.imports[said(part.named_children[0])] = Import(module, "default")

    @property
    def packages(self) -> set[str]:
        """Return the modules that the script imports."""
        return {one.module for one in self.imports.values()}


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it, in order."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(here.children))


def said(node: Node) -> str:
    """Return the source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def lines(node: Node) -> tuple[int, int]:
    """Return the first and last line of a node, 1-based."""
    return node.start_point[0] + 1, node.end_point[0] + 1


def unwrapped(node: Node) -> Node:
    """Return what is inside parentheses, `await`, `as const`, `!` and `satisfies`."""
    while node.type in {"parenthesized_expression", "await_expression", "as_expression",
                        "satisfies_expression", "non_null_expression"}:  # fmt: skip
        inner = node.named_children
        if not inner:
            return node
        node = inner[0]
    return node


def callee(node: Node) -> str:
    """Return what a call or `new` names, arguments of inner calls left out."""
    func = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    return chain(func) if func else ""


def chain(node: Node) -> str:
    """Return a chain of names: `client.chat.completions.create`."""
    node = unwrapped(node)
    if node.type == "member_expression":
        target, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        before = chain(target) if target else ""
        return f"{before}.{said(name)}" if name and before else said(name) if name else before
    if node.type in {"call_expression", "new_expression"}:
        return callee(node)
    if node.type in {"identifier", "this", "property_identifier", "super"}:
        return said(node)
    return ""


def arguments(node: Node) -> list[Node]:
    """Return the arguments of a call."""
    found = node.child_by_field_name("arguments")
    if found is None or found.type == "template_string":
        return [found] if found else []
    return [child for child in found.named_children if child.type != "comment"]


def pairs(node: Node) -> dict[str, Node]:
    """Return the keys of an object with their values; `{a}` is `a: a`, a method is its function."""
    found: dict[str, Node] = {}
    for child in node.named_children:
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key and value:
                found[string(key) or said(key)] = unwrapped(value)
        elif child.type == "shorthand_property_identifier":
            found[said(child)] = child
        elif child.type == "method_definition":
            key = child.child_by_field_name("name")
            if key:
                found[said(key)] = child
    return found


def string(node: Node) -> str | None:
    """Return the text of a string, or None when it is not one."""
    if node.type != "string":
        return None
    return unescaped(said(node)[1:-1])


def unescaped(text: str) -> str:
    """Return a text with its escapes replaced."""

    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "ux" and len(code) > 1:
            number = int(code.strip("ux{}"), 16)
            return chr(number) if number <= 0x10FFFF else ""  # noqa: PLR2004  the last code point
        return "" if code.endswith("\n") else _SIMPLE.get(code, code)

    return _ESCAPE.sub(replace, text) if "\\" in text else text
