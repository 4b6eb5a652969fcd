"""Names of one Python file: what is imported, assigned, defined, and where."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True, eq=False)
class Assigned:
    """A value given to a name, or added to what it holds."""

    value: ast.expr
    added: bool = False
    key: str = ""
    """What it was stored under: `body["model"] = …`."""
    scope: Scope | None = None
    """Where it was written, when that is not where the name belongs: `self.x = …`."""


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function with the names it assigns."""

    name: str
    node: ast.AST
    parent: Scope | None = None
    values: dict[str, list[Assigned]] = field(default_factory=dict)
    members: dict[str, list[Assigned]] = field(default_factory=dict)
    """Of a class: its attributes, and what its methods give to `self`."""
    parameters: dict[str, ast.expr | None] = field(default_factory=dict)
    kinds: dict[str, ast.expr] = field(default_factory=dict)
    """Annotations of parameters and names; of a class: of its attributes, too."""
    returns: list[ast.expr] = field(default_factory=list)

    def class_scope(self) -> Scope | None:
        """Return the nearest class around."""
        scope: Scope | None = self
        while scope and not isinstance(scope.node, ast.ClassDef):
            scope = scope.parent
        return scope


WANTED = (
    ast.Call, ast.Dict, ast.Tuple, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign,
    ast.AnnAssign, ast.AugAssign, ast.Constant, ast.JoinedStr, ast.With, ast.AsyncWith,
)  # fmt: skip
LEAST_CHARS = 40
"""Characters of a string worth looking at on its own."""


class Module:
    """One parsed file.

    Args:
        file: Path from the root of the scan.
        text: Its source.

    Raises:
        SyntaxError: It is not Python of this interpreter or older.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.dotted = file.removesuffix(".pyi").removesuffix(".py").replace("/", ".")
        self.dotted = self.dotted.removesuffix(".__init__")
        self.package = (
            self.dotted if file.endswith("__init__.py") else self.dotted.rpartition(".")[0]
        )
        self.tree = ast.parse(text)
        self.root = Scope("", self.tree)
        self.imports: dict[str, str] = {}
        self.functions: dict[str, Scope] = {}
        self.classes: dict[str, Scope] = {}
        self.events: list[tuple[ast.AST, Scope]] = []
        self.parents: dict[int, ast.AST] = {}
        self.docs: set[int] = set()
        for node, scope in self._walk():
            self._take(node, scope)

    def _walk(self) -> Iterator[tuple[ast.AST, Scope]]:
        waiting: list[tuple[ast.AST, Scope]] = [(self.tree, self.root)]
        while waiting:
            node, scope = waiting.pop()
            yield node, scope
            inner = scope
            inside: set[int] = set()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = self._open(node, scope)
                inside = {id(child) for child in node.body}
            if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self._mark_doc(node)
            children = list(ast.iter_child_nodes(node))
            for child in reversed(children):
                self.parents[id(child)] = node
                waiting.append((child, inner if id(child) in inside else scope))

    def _open(self, node: Function | ast.ClassDef, scope: Scope) -> Scope:
        name = f"{scope.name}.{node.name}" if scope.name else node.name
        inner = Scope(name, node, scope)
        if isinstance(node, ast.ClassDef):
            self.classes.setdefault(node.name, inner)
        else:
            self.functions.setdefault(name, inner)
            inner.parameters = parameters(node)
            inner.kinds = {
                arg.arg: arg.annotation
                for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                if arg.annotation
            }
        return inner

    def _mark_doc(self, node: ast.Module | Function | ast.ClassDef) -> None:
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            self.docs.add(id(first.value))

    def _take(self, node: ast.AST, scope: Scope) -> None:  # noqa: C901  one branch a kind of node
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value, scope)
        elif isinstance(node, ast.AnnAssign):
            self._annotate(node, scope)
        elif isinstance(node, ast.AugAssign):
            self._assign(node.target, node.value, scope, added=True)
        elif isinstance(node, ast.NamedExpr):
            self._assign(node.target, node.value, scope)
        elif isinstance(node, ast.withitem) and node.optional_vars:
            self._assign(node.optional_vars, node.context_expr, scope)
        elif isinstance(node, ast.Return) and node.value:
            scope.returns.append(node.value)
        elif isinstance(node, ast.Call):
            self._grow(node, scope)
        if isinstance(node, WANTED) and not (
            isinstance(node, ast.Constant)
            and not (isinstance(node.value, str) and len(node.value) >= LEAST_CHARS)
        ):
            self.events.append((node, scope))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for item in node.names:
                self.imports[item.asname or item.name.partition(".")[0]] = (
                    item.name if item.asname else item.name.partition(".")[0]
                )
            return
        base = node.module or ""
        if node.level:
            parts = self.package.split(".") if self.package else []
            kept = parts[: len(parts) - node.level + 1]
            base = ".".join([*kept, *([node.module] if node.module else [])])
        for item in node.names:
            self.imports[item.asname or item.name] = f"{base}.{item.name}" if base else item.name

    def _annotate(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value:
            self._assign(node.target, node.value, scope)
        holder = scope.class_scope() if isinstance(node.target, ast.Attribute) else scope
        if holder:
            holder.kinds[last_name(node.target)] = node.annotation

    def _assign(
        self, target: ast.expr, value: ast.expr, scope: Scope, *, added: bool = False
    ) -> None:
        if isinstance(target, ast.Name):
            scope.values.setdefault(target.id, []).append(Assigned(value, added))
            if isinstance(scope.node, ast.ClassDef):
                scope.members.setdefault(target.id, []).append(Assigned(value, added))
        elif isinstance(target, ast.Attribute) and _is_self(target.value):
            holder = scope.class_scope()
            if holder:
                given = Assigned(value, added, scope=scope)
                holder.members.setdefault(target.attr, []).append(given)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            said = target.slice.value if isinstance(target.slice, ast.Constant) else ""
            stored = Assigned(value, added=True, key=str(said))
            scope.values.setdefault(target.value.id, []).append(stored)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, other in zip(target.elts, value.elts, strict=False):
                self._assign(one, other, scope)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Call):
            for one in target.elts:
                self._assign(one, value, scope)

    def _grow(self, node: ast.Call, scope: Scope) -> None:
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr in {
            "append",
            "extend",
            "insert",
            "update",
        }:
            for value in node.args[-1:]:
                self._assign(func.value, value, scope, added=True)


def parameters(node: Function) -> dict[str, ast.expr | None]:
    """Return the parameters of a function with their defaults."""
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    found: dict[str, ast.expr | None] = {arg.arg: None for arg in plain}
    if args.defaults:
        for arg, value in zip(plain[-len(args.defaults) :], args.defaults, strict=False):
            found[arg.arg] = value
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found[arg.arg] = default
    return found


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def spelled(node: ast.expr) -> str:
    """Return a chain of names as it is written: `self.client.chat`; calls in it lose arguments."""
    parts: list[str] = []
    here: ast.AST = node
    while True:
        if isinstance(here, ast.Attribute):
            parts.append(here.attr)
            here = here.value
        elif isinstance(here, ast.Call):
            here = here.func
        elif isinstance(here, ast.Subscript | ast.Await):
            here = here.value
        elif isinstance(here, ast.Name):
            parts.append(here.id)
            return ".".join(reversed(parts))
        else:
            return ".".join(reversed(parts))


def last_name(node: ast.expr) -> str:
    """Return the last name of a chain."""
    return spelled(node).rpartition(".")[2]
