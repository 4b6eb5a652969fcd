"""Model calls of a Python file, and which prompts they send."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.draft import Doubt, literal
from solvent.code.python import names
from solvent.code.python.kinds import MODEL_KEYS, Kinds
from solvent.code.python.scopes import Assigned, Scope, last_name, spelled
from solvent.records.source import CodeCall, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.code.python.kept import Found
    from solvent.code.python.prompts import Prompts
    from solvent.code.python.scopes import Module
    from solvent.code.python.values import Reader

REACHED = 60
"""Names followed from one call."""


class Calls:
    """Collects the model calls of one module."""

    def __init__(self, module: Module, reader: Reader, prompts: Prompts) -> None:
        self.module, self.reader, self.prompts = module, reader, prompts
        self.calls: list[CodeCall] = []
        self.models: dict[str, str] = {}
        self.tools: list[tuple[ast.expr, Scope]] = []
        """Expressions that hold the tools a call offers."""
        self.doubtful: list[Doubt] = []
        self._spans: dict[int, bool] = {}
        self.kinds = Kinds(module, reader)
        self.libraries = self.kinds.libraries

    def collect(self) -> None:
        """Look at every call of the module."""
        for node, scope in self.module.events:
            if isinstance(node, ast.Call):
                kind = self.kinds.of(node, scope)
                if kind:
                    self._take(node, scope, kind)
                elif made := self.kinds.elsewhere(node):
                    self.doubtful.append(Doubt(self._described(node, scope, ""), *made))
                elif last_name(node.func) in {"bind_tools", "ToolNode", "register_tools"}:
                    self.tools += [(value, scope) for value in node.args[:1]]

    def _take(self, node: ast.Call, scope: Scope, kind: str) -> None:
        call = self._described(node, scope, kind)
        self.calls.append(call)
        if kind != "client":
            for one in self._sent(node, scope, kind):
                one.calls.add(f"{call.place.file}:{call.place.line}")
        for word in node.keywords:
            if word.arg in names.TOOL_LISTS:
                self.tools.append((word.value, scope))

    def _described(self, node: ast.Call, scope: Scope, kind: str) -> CodeCall:
        line = node.func.end_lineno or node.lineno
        place = Place(self.module.file, line, node.end_lineno or node.lineno)
        return CodeCall(
            place=place,
            kind=kind,
            callee=spelled(node.func),
            library=self._library(node, self.reader.dotted(node.func), scope),
            function=scope.name,
            model=self._model(node, scope, f"{place.file}:{line}"),
            traced=self._is_traced(node, scope),
        )

    def _library(self, node: ast.Call, full: str, scope: Scope) -> str:
        """Return the package that is called: by the name, or by what made the object."""
        makers = (self.reader.dotted(one.func) for one in self.reader.origins(node.func, scope))
        for name in (full, *makers):
            package = name.partition(".")[0]
            if "." in name and package in self.libraries:
                return package
        known = [name for name in names.PROVIDERS if name in self.libraries]
        frameworks = sorted(filter(names.ROOTS.match, self.libraries))
        return (known or frameworks or [""])[0] if len(known) < 2 else ""  # noqa: PLR2004  which one?

    def _model(self, node: ast.Call, scope: Scope, call: str) -> str | None:
        waiting = [node, *self.reader.origins(node.func, scope)]
        for one in waiting[:8]:
            keyed = {k.arg: k.value for k in one.keywords}
            values = [keyed[key] for key in MODEL_KEYS if key in keyed]
            name = last_name(one.func)
            if not values and one.args and (names.MODEL_MAKERS.match(name)):
                values = [one.args[0]]
            for value in values:
                pieces = self.reader.spell(value, scope)
                said = literal(pieces)
                if len(pieces) == 1 and pieces[0][0] == "text" and said and " " not in said:
                    return said
                if len(pieces) == 1 and pieces[0][0] == "ref":
                    self.models[call] = pieces[0][1]
        return None

    def _is_traced(self, node: ast.Call, scope: Scope) -> bool:
        here: Scope | None = scope
        while here:
            if isinstance(here.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for decorator in here.node.decorator_list:
                    full = self.reader.dotted(decorator)
                    if names.TRACERS.search(full) and (
                        names.TRACING_LIBRARIES.match(full) or names.TRACING_MODULES.search(full)
                    ):
                        return True
                if not isinstance(here.node, ast.ClassDef) and self._makes_span(here.node):
                    return True
            here = here.parent
        parent: ast.AST | None = node
        while parent is not None:
            parent = self.module.parents.get(id(parent))
            if isinstance(parent, ast.With | ast.AsyncWith) and any(
                names.TRACERS.search(spelled(item.context_expr)) for item in parent.items
            ):
                return True
        return False

    def _makes_span(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Tell whether a function makes a span by hand."""
        known = self._spans.get(id(function))
        if known is None:
            known = self._spans[id(function)] = any(
                isinstance(part, ast.Call) and last_name(part.func) in names.SPAN_MAKERS
                for part in ast.walk(function)
            )
        return known

    def _sent(self, node: ast.Call, scope: Scope, kind: str) -> list[Found]:
        """Return the prompts that a call sends; a bare text it is given is one of them."""
        found: dict[int, Found] = {}
        for expr, home in self._texts(node, scope, kind):
            for one in self.prompts.add(expr, home, "user", "argument", name=scope.name):
                found[id(one)] = one
        for part in self._reached(node, scope):
            for one in self.prompts.at.get(id(part), ()):
                found[id(one)] = one
        return list(found.values())

    def _texts(self, node: ast.Call, scope: Scope, kind: str) -> Iterator[tuple[ast.expr, Scope]]:
        if kind == "agent":
            yield from ((k.value, scope) for k in node.keywords if k.arg == "task")
        if kind in {"agent", "embedding", "client"} or last_name(node.func) in names.SENDERS:
            return
        for word in node.keywords:
            if word.arg in names.TEXT_KEYS and not isinstance(word.value, ast.Dict):
                yield word.value, scope
        limit = 3 if last_name(node.func) in {"complete", "acomplete", "run", "run_sync"} else 1
        for value in node.args[:limit]:
            if not isinstance(value, ast.Dict | ast.List) and not _is_object(value):
                yield value, scope

    def _reached(self, node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
        """Yield every expression that the arguments of a call are made of, names followed."""
        waiting: list[tuple[ast.AST, Scope]] = [
            (part, scope) for part in ast.iter_child_nodes(node)
        ]
        waiting.append((node, scope))
        seen: set[int] = {id(node)}
        names_left = REACHED
        yield node
        while waiting:
            here, home = waiting.pop()
            if here is not node:
                if id(here) in seen:
                    continue
                seen.add(id(here))
                yield here
                waiting += [(part, home) for part in ast.iter_child_nodes(here)]
            if isinstance(here, ast.Name | ast.Attribute) and names_left:
                names_left -= 1
                found, place = self.reader.lookup(here, home)
                if isinstance(found, list):
                    waiting += [
                        (item.value, item.scope or place)
                        for item in found
                        if _is_near(item, place, scope)
                    ]


def _is_near(item: Assigned, place: Scope, scope: Scope) -> bool:
    """Tell whether a value belongs to the function of the call, or is written where it stands."""
    return place is scope or isinstance(
        item.value, ast.Constant | ast.JoinedStr | ast.Call | ast.List
    )


def _is_object(value: ast.expr) -> bool:
    """Tell whether a first argument is an agent rather than a text."""
    return bool(names.AGENT_NAME.search(last_name(value).lower())) and not isinstance(
        value, ast.Constant | ast.JoinedStr
    )
