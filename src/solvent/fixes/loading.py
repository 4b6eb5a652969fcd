"""A long prompt in Python code replaced by what loads its parts from files beside it.

Every module is still asked for where the constant stands, so that the program sends what it sent,
grouped by topic. What a request does not need is left out by whoever calls the function with fewer
names, which the text of the router says.
"""

from __future__ import annotations

import ast
import keyword
from typing import TYPE_CHECKING

from solvent.fixes.parts import CORE

if TYPE_CHECKING:
    from solvent.records.decomposition import Decomposition
    from solvent.records.source import Place

_LOADER = '''\
def {function}(*modules: str) -> str:
    """Return the core and the modules that a request needs; `router.md` says which."""
    folder = Path(__file__).parent / "{folder}"
    names = ("{core}", *modules)
    texts = [(folder / f"{{name}}.md").read_text(encoding="utf-8") for name in names]
    return "\\n\\n".join(text.removesuffix("\\n") for text in texts)
'''


def with_loader(source: str, place: Place, found: Decomposition, folder: str) -> str | None:
    """Return a module in which a constant is loaded from the files of its parts.

    None when the prompt is not a plain string under one name at the top of a Python module.

    Args:
        source: The module.
        place: Where the prompt stands.
        found: Its split.
        folder: Folder of the files, beside the module.
    """
    if not place.file.endswith(".py"):
        return None
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    held = next((node for node in tree.body if _holds(node, place)), None)
    if held is None:
        return None
    name = _name(held)
    function = f"load_{name.lower()}"
    if not name or keyword.iskeyword(function):
        return None
    modules = ", ".join(f'"{module.name}"' for module in found.modules)
    call = f"# Every module; name only those that a request needs.\n{name} = {function}({modules})"
    loader = _LOADER.format(function=function, folder=folder, core=CORE)
    lines = source.split("\n")
    lines[held.lineno - 1 : held.end_lineno] = [*loader.split("\n"), "", *call.split("\n")]
    return "\n".join(_with_import(lines, tree))


def _holds(node: ast.stmt, place: Place) -> bool:
    """Tell whether a statement gives one name the plain string that is the prompt."""
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    plain = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return plain and node.lineno <= place.line <= (node.end_lineno or 0) and bool(_name(node))


def _name(node: ast.stmt) -> str:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


def _with_import(lines: list[str], tree: ast.Module) -> list[str]:
    """Return the lines with `Path` imported, below the docstring and `from __future__`."""
    known = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    if "Path" in known:
        return lines
    at = 0
    for node in tree.body:
        told = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and at == 0
        if not told and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        at = node.end_lineno or at
    blank = [""] if at else []
    return [*lines[:at], *blank, "from pathlib import Path", "", *lines[at:]]
