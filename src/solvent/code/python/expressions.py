"""Which parts of an expression carry its text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.prose import words
from solvent.code.python.scopes import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.code.python.scopes import Scope

WRAPPERS = frozenset({
    "dedent", "cleandoc", "str", "cast", "PromptTemplate", "ChatPromptTemplate", "Template",
    "from_template", "from_string", "from_text", "Part", "TextPart", "TextContent", "Text",
    "to_thread",
    "RichPromptTemplate", "prompt_with_handoff_instructions", "LocalizedString", "_", "fill",
})  # fmt: skip
"""Calls that pass on the text they are given."""
TEXT_KEYS = frozenset({"text", "content", "parts"})


def own_words(node: ast.expr) -> int:
    """Return how many words are written in the expression itself."""
    return sum(words(part.value) for part in _strings(node) if isinstance(part.value, str))


def _strings(node: ast.expr) -> Iterator[ast.Constant]:
    waiting: list[ast.AST] = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, ast.Constant):
            yield here
        elif isinstance(here, ast.JoinedStr):
            waiting += [v for v in here.values if isinstance(v, ast.Constant)]
        elif isinstance(here, ast.BinOp):
            waiting += [here.left, here.right] if isinstance(here.op, ast.Add) else [here.left]
        elif isinstance(here, ast.Call):
            waiting += [here.func.value] if isinstance(here.func, ast.Attribute) else []
            waiting += here.args if is_join(here) or last_name(here.func) in WRAPPERS else []
        elif isinstance(here, ast.List | ast.Tuple):
            waiting += here.elts
        elif isinstance(here, ast.IfExp):
            waiting += [here.body, here.orelse]


def parts(node: ast.expr) -> list[ast.expr]:  # noqa: PLR0911  one return a kind of node
    """Return the expressions one of which, or all of which, a value is made of."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return list(node.values)
    if isinstance(node, ast.List | ast.Tuple):
        return list(node.elts)
    if isinstance(node, ast.Dict):
        named = [
            value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and key.value in TEXT_KEYS
        ]
        return named or []
    if isinstance(node, ast.Await | ast.Starred | ast.NamedExpr | ast.FormattedValue):
        return [node.value]
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.Lambda):
        return [node.body]
    return []


def is_join(node: ast.Call) -> bool:
    """Tell whether a call joins a list to one text."""
    func = node.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr == "join"
        and isinstance(func.value, ast.Constant)
    )


def outward(scope: Scope, name: str) -> Iterator[str]:
    """Yield the qualified names that a name may mean, from the inside out."""
    here: Scope | None = scope
    while here:
        yield f"{here.name}.{name}" if here.name else name
        here = here.parent
