"""Which parts of a text come from elsewhere: what is filled in, added, joined or chosen."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.python.expressions import WRAPPERS, is_join
from solvent.code.python.scopes import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILLS = frozenset({
    "format", "format_map", "render", "substitute", "safe_substitute", "partial", "format_prompt",
    "format_messages", "replace", "template",
})  # fmt: skip
"""Methods whose arguments become part of the text."""
_CARRIERS = (
    ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.JoinedStr,
)  # fmt: skip
_KEEPS = frozenset({"strip", "lstrip", "rstrip", "removeprefix", "removesuffix"})
MOST = 200
"""Nodes of one expression that are looked at."""


def carried(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the names, calls and texts inside an expression that its text is made of.

    The expression itself is not among them.
    """
    waiting = _inside(node)
    for _ in range(MOST):
        if not waiting:
            return
        here = waiting.pop()
        if isinstance(here, _CARRIERS):
            yield here
        waiting += _inside(here)


def _inside(node: ast.expr) -> list[ast.expr]:  # noqa: PLR0911  one return a kind of node
    if isinstance(node, ast.JoinedStr):
        return [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return list(node.values)
    if isinstance(node, ast.List | ast.Tuple):
        return list(node.elts)
    if isinstance(node, ast.Starred | ast.Await | ast.NamedExpr):
        return [node.value]
    if isinstance(node, ast.Dict):
        return [
            value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and key.value in {"content", "text", "parts"}
        ]
    if isinstance(node, ast.Call):
        return _given(node)
    return []


def _given(node: ast.Call) -> list[ast.expr]:
    name = last_name(node.func)
    if is_join(node) or name in WRAPPERS:
        return list(node.args)
    if isinstance(node.func, ast.Attribute) and name in _FILLS | _KEEPS:
        filled = [*node.args, *(k.value for k in node.keywords)] if name in _FILLS else []
        return [node.func.value, *filled]
    return []
