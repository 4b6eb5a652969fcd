"""What stands around a literal of a Python file: the text it is part of, its name, who reads it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.python import names
from solvent.code.python.scopes import last_name, spelled

if TYPE_CHECKING:
    from solvent.code.python.scopes import Module


def whole(module: Module, node: ast.expr) -> ast.expr:
    """Return the longest text a literal is a part of."""
    parent = module.parents.get(id(node))
    while isinstance(parent, ast.BinOp | ast.JoinedStr | ast.FormattedValue):
        node = parent if isinstance(parent, ast.expr) else node
        parent = module.parents.get(id(parent))
    return node


def holder(module: Module, node: ast.AST) -> str:
    """Return the name that a literal is given to; empty when there is none."""
    parent = module.parents.get(id(node))
    while isinstance(parent, ast.expr):
        node, parent = parent, module.parents.get(id(parent))
    if isinstance(parent, ast.Assign):
        return last_name(parent.targets[0])
    return last_name(parent.target) if isinstance(parent, ast.AnnAssign) else ""


def is_shown(module: Module, node: ast.AST) -> bool:
    """Tell whether a text is said to people: printed, raised, logged, or a description."""
    while True:
        parent = module.parents.get(id(node))
        if parent is None or isinstance(parent, ast.FunctionDef | ast.ClassDef | ast.Module):
            return False
        if isinstance(parent, ast.Raise | ast.Assert | ast.Compare):
            return True
        if isinstance(parent, ast.keyword) and parent.arg in {
            "description", "help", "title", "message", "label", "doc", "reason", "placeholder",
            "epilog", "hint", "handoff_description", "short_help",
        }:  # fmt: skip
            return True
        if isinstance(parent, ast.Call) and names.ASKS_A_PERSON.search(spelled(parent.func)):
            return True
        if isinstance(parent, ast.Expr):
            return not isinstance(node, ast.Call | ast.Await)
        node = parent
