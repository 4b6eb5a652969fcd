"""What an expression says: its text, where that text is written, and which call made an object."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from solvent.code.draft import literal
from solvent.code.prose import words
from solvent.code.python.expressions import WRAPPERS, is_join, outward, own_words, parts
from solvent.code.python.scopes import Assigned, Module, Scope, last_name, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.code.draft import Piece

DEPTH = 8
"""Names followed one after another."""
ALTERNATIVES = 24
_SAME_TEXT = frozenset({
    "format", "strip", "lstrip", "rstrip", "replace", "format_map", "render", "substitute",
    "safe_substitute", "partial", "removeprefix", "removesuffix", "invoke", "format_messages",
    "format_prompt", "from_template", "from_string", "expandtabs",
})  # fmt: skip
_FIELDS = frozenset({"Field", "field", "InputField", "OutputField", "Parameter", "Setting"})


@dataclass(frozen=True, slots=True)
class Root:
    """A text and the lines it is written on."""

    pieces: tuple[Piece, ...]
    line: int
    end_line: int
    name: str = ""

    @property
    def ref(self) -> str:
        """Return the name in another file when that is all it is."""
        kinds = [piece for piece in self.pieces if piece[0] == "ref"]
        return kinds[0][1] if len(self.pieces) == 1 and kinds else ""


class Reader:
    """Reads expressions of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._busy: set[tuple[int, str]] = set()

    def spell(self, node: ast.expr, scope: Scope, depth: int = 0) -> tuple[Piece, ...]:  # noqa: PLR0911  one return a kind of node
        """Return one reading of a text expression, what is not known as variables."""
        if isinstance(node, ast.Constant):
            return (("text", node.value),) if isinstance(node.value, str) else ()
        if isinstance(node, ast.JoinedStr):
            return tuple(
                piece
                for value in node.values
                for piece in (
                    self._filled(value.value, scope, depth)
                    if isinstance(value, ast.FormattedValue)
                    else self.spell(value, scope, depth)
                )
            )
        if isinstance(node, ast.BinOp):
            return self._operated(node, scope, depth)
        if isinstance(node, ast.Call):
            inner = self._inner(node, scope)
            if inner:
                return tuple(p for one in inner for p in self.spell(one, scope, depth + 1))
        if isinstance(node, ast.IfExp):
            return self.spell(node.body, scope, depth)
        if isinstance(node, ast.List | ast.Tuple):
            pieces: list[Piece] = []
            for item in node.elts:
                pieces += [*self.spell(item, scope, depth), ("text", "\n")]
            return tuple(pieces)
        return self._filled(node, scope, depth)

    def _operated(self, node: ast.BinOp, scope: Scope, depth: int) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        waiting: list[ast.expr] = [node]
        while waiting:
            here = waiting.pop()
            if isinstance(here, ast.BinOp) and isinstance(here.op, ast.Add):
                waiting += [here.right, here.left]
            elif isinstance(here, ast.BinOp):
                waiting.append(here.left)
            else:
                pieces += self.spell(here, scope, depth + 1)
        return tuple(pieces)

    def _filled(self, node: ast.expr, scope: Scope, depth: int) -> tuple[Piece, ...]:
        """Return a name's text when it is one fixed text, else the name."""
        name = spelled(node)[:60] or "…"
        if depth < DEPTH and isinstance(node, ast.Name | ast.Attribute):
            found, home = self.lookup(node, scope)
            if isinstance(found, str) and found and last_name(node).isupper():
                return (("ref", found),)
            if isinstance(found, list) and len(found) == 1 and self._is_text(found[0].value):
                key = (id(home), name)
                if key not in self._busy:
                    self._busy.add(key)
                    try:
                        return self.spell(found[0].value, found[0].scope or home, depth + 1)
                    finally:
                        self._busy.discard(key)
        return (("var", name),)

    def _is_text(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str)
        if isinstance(node, ast.BinOp):
            return self._is_text(node.left) or self._is_text(node.right)
        if isinstance(node, ast.Call):
            return isinstance(node.func, ast.Attribute) and self._is_text(node.func.value)
        return isinstance(node, ast.JoinedStr)

    def roots(self, node: ast.expr | None, scope: Scope, depth: int = 0) -> list[Root]:
        """Return the texts an expression may be, each where it is written."""
        if node is None or depth > DEPTH:
            return []
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            return self._written(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._called(node, scope, depth)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._named(node, scope, depth)
        return [root for part in parts(node) for root in self.roots(part, scope, depth + 1)][
            :ALTERNATIVES
        ]

    def _written(
        self, node: ast.Constant | ast.JoinedStr | ast.BinOp, scope: Scope, depth: int
    ) -> list[Root]:
        if own_words(node) >= 2:  # noqa: PLR2004  a label is not a text
            pieces = self.spell(node, scope, depth)
            return [Root(pieces, node.lineno, node.end_lineno or node.lineno)]
        inner: Sequence[ast.expr] = ()
        if isinstance(node, ast.JoinedStr):
            inner = [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
        elif isinstance(node, ast.BinOp):
            inner = [node.left, node.right] if isinstance(node.op, ast.Add) else [node.left]
        return [root for one in inner for root in self.roots(one, scope, depth + 1)][:ALTERNATIVES]

    def _called(self, node: ast.Call, scope: Scope, depth: int) -> list[Root]:
        inner = self._inner(node, scope)
        if inner is not None:
            if own_words(node) >= 2 and not isinstance(inner[0] if inner else None, ast.Name):  # noqa: PLR2004
                if len(inner) == 1 and not is_join(node):
                    return self.roots(inner[0], scope, depth + 1)
                pieces = self.spell(node, scope, depth)
                return [Root(pieces, node.lineno, node.end_lineno or node.lineno)]
            if is_join(node) and inner and isinstance(inner[0], ast.Name):
                return self._joined(inner[0], scope, depth)
            return [r for one in inner for r in self.roots(one, scope, depth + 1)][:ALTERNATIVES]
        return self._returned(node, scope, depth)

    def _inner(self, node: ast.Call, scope: Scope) -> list[ast.expr] | None:
        """Return what carries the text of a call that only passes it on; None when it does more."""
        func, name = node.func, last_name(node.func)
        keyed = {k.arg: k.value for k in node.keywords if k.arg}
        if is_join(node):
            return list(node.args)
        if name in _FIELDS:
            return [keyed[k] for k in ("default", "desc") if k in keyed] or list(node.args[:1])
        if name in WRAPPERS and not (isinstance(func, ast.Name) and name in scope.values):
            for key in ("template", "text", "content"):
                if key in keyed:
                    return [keyed[key]]
            return list(node.args[-1:]) if name == "cast" else list(node.args[:1])
        if isinstance(func, ast.Attribute) and func.attr in _SAME_TEXT:
            return [func.value]
        return None

    def _joined(self, node: ast.Name, scope: Scope, depth: int) -> list[Root]:
        """Return the text of a list of lines that is gathered under a name."""
        found, home = self.lookup(node, scope)
        if not isinstance(found, list):
            return []
        pieces: list[Piece] = []
        lines: list[int] = []
        for item in found:
            own = self.spell(item.value, home, depth + 1)
            if words(literal(own)):
                lines += [item.value.lineno, item.value.end_lineno or item.value.lineno]
            pieces += [*own, ("text", "\n")]
        if not lines:
            return []
        return [Root(tuple(pieces), min(lines), max(lines), node.id)]

    def _returned(self, node: ast.Call, scope: Scope, depth: int) -> list[Root]:
        func = node.func
        target = self.function(func, scope)
        if isinstance(target, Scope):
            key = (id(target), "()")
            if key in self._busy:
                return []
            self._busy.add(key)
            try:
                found = [r for one in target.returns for r in self.roots(one, target, depth + 1)]
            finally:
                self._busy.discard(key)
            return [r if r.name else replace(r, name=target.name) for r in found][:ALTERNATIVES]
        if isinstance(target, str):
            return [Root((("ref", target),), node.lineno, node.lineno)]
        return []

    def _named(self, node: ast.Name | ast.Attribute, scope: Scope, depth: int) -> list[Root]:
        name = last_name(node)
        found, home = self.lookup(node, scope)
        if isinstance(found, str):
            return [Root((("ref", found),), node.lineno, node.lineno)] if found else []
        target = self.function(node, scope) if not found else None
        if isinstance(target, Scope) and isinstance(
            target.node, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            return [
                r if r.name else replace(r, name=target.name)
                for one in target.returns
                for r in self.roots(one, target, depth + 1)
            ]
        key = (id(home), name)
        if key in self._busy:
            return []
        self._busy.add(key)
        try:
            return self._gathered(found, home, name, depth)
        finally:
            self._busy.discard(key)

    def _gathered(
        self, found: Sequence[Assigned], home: Scope, name: str, depth: int
    ) -> list[Root]:
        """Return the assignments of a name; what is added belongs to the text before it."""
        roots: list[Root] = []
        for item in found:
            if not item.added:
                roots += [
                    r if r.name else replace(r, name=name)
                    for r in self.roots(item.value, item.scope or home, depth + 1)
                ]
                continue
            pieces = self.spell(item.value, item.scope or home, depth + 1)
            if not words(literal(pieces)):
                continue
            line, end = item.value.lineno, item.value.end_lineno or item.value.lineno
            if roots and roots[-1].line <= line and not roots[-1].ref:
                last = roots[-1]
                end = max(end, last.end_line)
                roots[-1] = replace(last, pieces=(*last.pieces, *pieces), end_line=end)
            else:
                roots.append(Root(pieces, line, end, name))
        return roots[:ALTERNATIVES]

    def lookup(
        self, node: ast.Name | ast.Attribute, scope: Scope
    ) -> tuple[list[Assigned] | str, Scope]:
        """Return what a name was given, or its dotted name in another file."""
        if isinstance(node, ast.Name):
            return self._lookup_name(node.id, scope)
        holder: Scope | None = None
        if isinstance(node.value, ast.Name):
            base = node.value.id
            if base in {"self", "cls"}:
                holder = scope.class_scope()
            elif base in self.module.classes:
                holder = self.module.classes[base]
            elif base in self.module.imports:
                return f"{self.module.imports[base]}.{node.attr}", scope
        if holder:
            return holder.members.get(node.attr, []), holder
        return [], scope

    def _lookup_name(self, name: str, scope: Scope) -> tuple[list[Assigned] | str, Scope]:
        here: Scope | None = scope
        first = True
        while here:
            if first or not isinstance(here.node, ast.ClassDef):
                if name in here.values:
                    return here.values[name], here
                if name in here.parameters:
                    default = here.parameters[name]
                    return ([Assigned(default)] if default else []), here
            here, first = here.parent, False
        return self.module.imports.get(name, []), scope

    def function(self, func: ast.expr, scope: Scope) -> Scope | str | None:
        """Return the function or class a name means: here, or by dotted name elsewhere."""
        module = self.module
        if isinstance(func, ast.Name):
            for place in outward(scope, func.id):
                if place in module.functions:
                    return module.functions[place]
            return module.classes.get(func.id) or module.imports.get(func.id)
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            base = func.value.id
            holder = scope.class_scope() if base in {"self", "cls"} else module.classes.get(base)
            if holder:
                return module.functions.get(f"{holder.name}.{func.attr}")
            if base in module.imports:
                return f"{module.imports[base]}.{func.attr}"
        return None

    def origins(self, node: ast.expr, scope: Scope, depth: int = 0) -> Iterator[ast.Call]:  # noqa: C901, PLR0912  one branch a kind of node
        """Yield the calls that may have made an object, the outermost method first."""
        if depth > DEPTH:
            return
        if isinstance(node, ast.Await):
            yield from self.origins(node.value, scope, depth)
        elif isinstance(node, ast.BinOp):
            yield from self.origins(node.left, scope, depth + 1)
            yield from self.origins(node.right, scope, depth + 1)
        elif isinstance(node, ast.IfExp | ast.BoolOp):
            for part in parts(node):
                yield from self.origins(part, scope, depth + 1)
        elif isinstance(node, ast.Call):
            yield node
            if isinstance(node.func, ast.Attribute):
                yield from self.origins(node.func.value, scope, depth + 1)
            target = self.function(node.func, scope)
            if isinstance(target, Scope) and (id(target), "o") not in self._busy:
                self._busy.add((id(target), "o"))
                try:
                    for one in target.returns[:4]:
                        yield from self.origins(one, target, depth + 1)
                finally:
                    self._busy.discard((id(target), "o"))
        elif isinstance(node, ast.Name | ast.Attribute):
            found, home = self.lookup(node, scope)
            key = (id(home), f"o:{last_name(node)}")
            if isinstance(found, list) and key not in self._busy:
                self._busy.add(key)
                try:
                    for item in found[:6]:
                        yield from self.origins(item.value, item.scope or home, depth + 1)
                finally:
                    self._busy.discard(key)

    def makers(self, node: ast.expr, scope: Scope) -> Iterator[str]:
        """Yield the full names of what may have made an object, annotations last."""
        for number, call in enumerate(self.origins(node, scope)):
            if number > 12:  # noqa: PLR2004  a longer chain says nothing
                break
            yield self.dotted(call.func)
        yield from self._annotated(node, scope)

    def _annotated(self, node: ast.expr, scope: Scope) -> Iterator[str]:
        """Yield the classes that annotations give to a name or an attribute."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return
        name = last_name(node)
        if isinstance(node, ast.Attribute):
            found, home = self.lookup(node, scope)
            holder = scope.class_scope()
            if holder and name in holder.kinds:
                yield from self._classes(holder.kinds[name])
            for item in found if isinstance(found, list) else ():
                if isinstance(item.value, ast.Name):
                    yield from self._annotated(item.value, item.scope or home)
            return
        here: Scope | None = scope
        while here:
            if name in here.kinds:
                yield from self._classes(here.kinds[name])
                return
            here = here.parent

    def _classes(self, annotation: ast.expr) -> Iterator[str]:
        for part in ast.walk(annotation):
            if isinstance(part, ast.Name):
                yield self.module.imports.get(part.id, part.id)
            elif isinstance(part, ast.Attribute):
                yield self.dotted(part)
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield from re.findall(r"[A-Za-z_][\w.]*", part.value)

    def dotted(self, func: ast.expr) -> str:
        """Return the full name of what is called, imports followed."""
        name = spelled(func)
        first, _, rest = name.partition(".")
        known = self.module.imports.get(first)
        return f"{known}.{rest}".rstrip(".") if known else name
