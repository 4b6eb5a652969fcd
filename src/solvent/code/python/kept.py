"""The prompts of a Python file that are known so far: each once, with what is filled into them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.draft import Draft, Sink, Use, literal
from solvent.code.prose import is_named_prose, is_part, is_prose, is_said
from solvent.code.python.carried import carried
from solvent.code.python.passing import owner
from solvent.code.python.scopes import Scope

if TYPE_CHECKING:
    from solvent.code.python.scopes import Module
    from solvent.code.python.values import Reader, Root

Found = Draft | Use
LEAST_SENT = 3
"""Words of a text that is certainly sent to a model."""
LEAST_NAMED = 6
"""Words of a text that is only named like a prompt."""
LEAST_LOOSE = 12
"""Words of a text that only reads like a prompt."""
PARTS = 3
"""Names followed from a prompt to what is filled in."""


class Kept:
    """What was found in one module."""

    def __init__(self, module: Module, reader: Reader) -> None:
        self.module = module
        self.reader = reader
        self.drafts: dict[tuple[int, int], Draft] = {}
        self.uses: dict[tuple[str, str], Use] = {}
        self.at: dict[int, list[Found]] = {}
        """What was found at a node, for the calls that reach it."""
        self.sinks: dict[tuple[str, str, bool], Sink] = {}
        self._seen: set[int] = set()
        """Expressions whose parts are kept."""

    def add(
        self,
        node: ast.expr,
        scope: Scope,
        role: str,
        form: str,
        *,
        name: str = "",
        least: int = LEAST_SENT,
        holder: ast.AST | None = None,
    ) -> list[Found]:
        """Keep the texts that an expression may be, and return them."""
        found: list[Found] = []
        for root in self.reader.roots(node, scope):
            one = self.keep(root, role, form, name or scope.name, least)
            if one:
                found.append(one)
        sure = form in {"message", "argument"} and role in {"system", "user"}
        if found or sure:
            found += self._parts(node, scope, role, sure=sure)
        self.at.setdefault(id(holder or node), []).extend(found)
        return found

    def keep(self, root: Root, role: str, form: str, name: str, least: int) -> Found | None:
        """Keep one text unless it is too short, once for each place."""
        if root.ref:
            use = self.uses.setdefault(
                (root.ref, role), Use(root.ref, role, is_part=form == "part")
            )
            use.is_part = use.is_part and form == "part"
            return use if least <= LEAST_SENT or form == "part" else None
        text = literal(root.pieces)
        if role == "assistant" or not self._reads(root, text, form, least):
            return None
        key = (root.line, root.end_line)
        known = self.drafts.get(key)
        if known is None:
            known = self.drafts[key] = Draft(*key, root.name or name, role, form, root.pieces)
        known.role = known.role or role
        return known

    def _reads(self, root: Root, text: str, form: str, least: int) -> bool:
        """Tell whether a text is one that its form allows."""
        if form == "part":
            return not self.is_within(root.line, root.end_line) and is_part(root.pieces)
        if form == "function" and not is_said(text):
            return False
        return (is_named_prose if least == LEAST_NAMED else is_prose)(text, least)

    def _parts(self, node: ast.expr, scope: Scope, role: str, *, sure: bool) -> list[Found]:
        """Keep the texts of their own that are filled into a prompt, and return them.

        What a certain prompt has from a parameter is noted, for the calls of its function.
        """
        found: list[Found] = []
        waiting: list[tuple[ast.expr, Scope, int]] = [(node, scope, 0)]
        while waiting:
            here, home, depth = waiting.pop()
            if id(here) in self._seen or depth > PARTS:
                continue
            self._seen.add(id(here))
            for part in (here, *carried(here)):
                if sure and isinstance(part, ast.Name):
                    self._note(part, home, role, whole=part is node)
                for root in self.reader.roots(part, home) if part is not node else ():
                    kept = self.keep(root, role, "part", home.name, LEAST_SENT)
                    found += [kept] if kept else []
                waiting += [(*one, depth + 1) for one in self._sources(part, home)]
        return found

    def _sources(self, part: ast.expr, home: Scope) -> list[tuple[ast.expr, Scope]]:
        """Return the expressions that a name holds, or that a function gives."""
        if isinstance(part, ast.Name | ast.Attribute):
            held, place = self.reader.lookup(part, home)
            if isinstance(held, list):
                return [(item.value, item.scope or place) for item in held]
        elif isinstance(part, ast.Call):
            target = self.reader.function(part.func, home)
            if isinstance(target, Scope):
                return [(one, target) for one in target.returns]
        return []

    def _note(self, part: ast.Name, home: Scope, role: str, *, whole: bool) -> None:
        function = owner(self.module, home)
        if function and part.id in home.parameters:
            key = (function, part.id, whole)
            self.sinks.setdefault(key, Sink(function, part.id, role, whole))

    def is_within(self, line: int, end: int) -> bool:
        """Tell whether lines belong to a prompt that is known."""
        return any(a <= line and end <= b for a, b in self.drafts)
