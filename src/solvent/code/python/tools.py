"""Tool definitions of a Python file: decorated functions, classes, schemas, functions in lists."""

from __future__ import annotations

import ast
import re
from inspect import cleandoc
from typing import TYPE_CHECKING

from solvent.code.draft import literal
from solvent.code.python import names
from solvent.code.python.scopes import Function, Scope, last_name, spelled
from solvent.records.source import CodeTool, Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.code.python.scopes import Module
    from solvent.code.python.values import Reader

HIDDEN = re.compile(
    r"^(?:self|cls|ctx|context|run_context|config|state|runtime|tool_context|wrapper|browser_session"
    r"|page_extraction_llm|file_system|available_file_paths|tool_call_id|extraction_schema)$"
)
"""Parameters that the framework fills, not the model."""
HIDDEN_TYPES = re.compile(
    r"RunContext|RunnableConfig|ToolContext|InjectedState|Injected|Context\b|InjectedTool"
)
SCHEMA_KEYS = ("parameters", "input_schema", "inputSchema", "args_schema", "parametersJsonSchema")


class Tools:
    """Collects the tool definitions of one module."""

    def __init__(self, module: Module, reader: Reader) -> None:
        self.module, self.reader = module, reader
        self.tools: dict[int, CodeTool] = {}
        self.refs: set[str] = set()
        self._inside: set[int] = set()

    def collect(self, offered: Sequence[tuple[ast.expr, Scope]]) -> None:
        """Look at every definition, then at what calls offer."""
        for node, scope in self.module.events:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(node, scope)
            elif isinstance(node, ast.ClassDef):
                self._class(node)
            elif isinstance(node, ast.Dict):
                self._schema(node, scope)
            elif isinstance(node, ast.Call):
                self._call(node, scope)
        for expr, scope in offered:
            self._offered(expr, scope, 0)

    def keep(
        self,
        node: ast.AST,
        name: str,
        description: str,
        form: str,
        parameters: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Keep a tool, once for each place."""
        line = getattr(node, "lineno", 1)
        place = Place(self.module.file, line, getattr(node, "end_lineno", line) or line)
        if name and line not in self.tools:
            tool = CodeTool(
                place, name, " ".join(description.split())[:2000], form, tuple(parameters)
            )
            self.tools[line] = tool

    def _function(self, node: Function, scope: Scope) -> None:
        for decorator in node.decorator_list:
            name, full = last_name(decorator), spelled(decorator)
            if name not in names.TOOL_DECORATORS and not full.endswith("beta_tool"):
                continue
            owner = full.rpartition(".")[0].rpartition(".")[2]
            if name in {"action", "skill", "add_tool"} and not (
                names.ACTION_OWNERS.search(owner) or (owner == "self" and _is_toolbox(scope))
            ):
                continue
            if name == "tools" and not owner:
                continue
            keyed = _keywords(decorator)
            told = self._text(keyed.get("description"), keyed.get("description_override"))
            first = (
                decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
            )
            said = self._text(first)
            if not told and said and (name == "action" or " " in said):
                told = said
            called = self._text(keyed.get("name"), keyed.get("name_override"))
            if not called and said and " " not in said and name != "action":
                called = said
            self.keep(node, called or node.name, told or _doc(node), "decorator",
                      self._parameters(node, keyed))  # fmt: skip
            return

    def _class(self, node: ast.ClassDef) -> None:
        bases = [last_name(base) for base in node.bases]
        if not any(names.TOOL_BASES.match(base) or base.endswith("Tool") for base in bases):
            return
        inner = self.module.classes.get(node.name)
        if inner is None or inner.node is not node:
            return
        name, description = self._member(inner, "name"), self._member(inner, "description")
        for word in _given_to_base(node):
            if word.arg == "name":
                name = self._text(word.value, scope=inner)
            elif word.arg == "description":
                description = self._text(word.value, scope=inner)
        converted = f"{node.name}.to_params" in self.module.functions
        if name is None or (description is None and not _doc(node) and not converted):
            return
        run = next(
            (
                item
                for item in node.body
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                and item.name in {"_run", "run", "forward", "_arun", "execute", "call", "__call__"}
            ),
            None,
        )
        found = [
            p for p in (self._parameters(run, {}) if run else []) if p[0] not in {"args", "kwargs"}
        ]
        if name or description:
            self.keep(node, name or node.name, description or _doc(node), "class", found)

    def _member(self, scope: Scope, name: str) -> str | None:
        """Return an attribute's or property's text; empty when computed, None when missing."""
        for item in scope.members.get(name, ()):
            return self._text(item.value)
        for base in getattr(scope.node, "bases", ()):
            parent = self.module.classes.get(last_name(base))
            if parent and parent is not scope and name in parent.members:
                return self._member(parent, name)
        method = self.module.functions.get(f"{scope.name}.{name}")
        if method is None:
            return None
        if any(isinstance(s, ast.Raise) for s in getattr(method.node, "body", ())):
            return None
        if any("abstract" in last_name(d) for d in getattr(method.node, "decorator_list", ())):
            return None
        return self._text(*method.returns[-1:], scope=method)

    def _schema(self, node: ast.Dict, scope: Scope) -> None:
        if id(node) in self._inside:
            return
        keyed = _items(node)
        if "function" in keyed and isinstance(keyed["function"], ast.Dict):
            inner = _items(keyed["function"])
            if "name" in inner:
                self._inside.add(id(keyed["function"]))
                self._definition(node, inner, scope)
        elif "toolSpec" in keyed and isinstance(keyed["toolSpec"], ast.Dict):
            self._inside.add(id(keyed["toolSpec"]))
            self._definition(node, _items(keyed["toolSpec"]), scope)
        elif "name" in keyed and "description" in keyed and any(k in keyed for k in SCHEMA_KEYS):
            self._definition(node, keyed, scope)

    def _definition(self, node: ast.AST, keyed: Mapping[str, ast.expr], scope: Scope) -> None:
        name = self._text(keyed.get("name"), scope=scope)
        schema = next((keyed[k] for k in SCHEMA_KEYS if k in keyed), None)
        if not name and not self._described(schema):
            return  # a definition made from another one
        self.keep(node, name or "…", self._text(keyed.get("description"), scope=scope), "schema",
                  self._described(schema))  # fmt: skip

    def _described(self, schema: ast.expr | None) -> list[tuple[str, str]]:
        if not isinstance(schema, ast.Dict):
            return []
        keyed = _items(schema)
        if isinstance(keyed.get("json"), ast.Dict):
            return self._described(keyed["json"])
        table = keyed.get("properties")
        if not isinstance(table, ast.Dict):
            return []
        return [
            (
                name,
                self._text(_items(value).get("description")) if isinstance(value, ast.Dict) else "",
            )
            for name, value in _items(table).items()
        ]

    def _call(self, node: ast.Call, scope: Scope) -> None:  # noqa: C901, PLR0912  one branch a form
        name, full = last_name(node.func), self.reader.dotted(node.func)
        keyed = _keywords(node)
        if name == "as_tool" and isinstance(node.func, ast.Attribute):
            said = self._text(keyed.get("tool_name"), keyed.get("name"), scope=scope)
            told = self._text(keyed.get("tool_description"), keyed.get("description"), scope=scope)
            self.keep(node, said or spelled(node.func.value), told, "call")
        elif name in {"function_tool", "tool", "FunctionTool"} and node.args and not keyed:
            self._offered(node.args[0], scope, 1)
        elif name == "dict" and {"name", "description"} <= keyed.keys():
            if keyed.keys() & set(SCHEMA_KEYS):
                self._definition(node, keyed, scope)
        elif name == "AgentTool" and (node.args or "agent" in keyed):
            self.keep(node, last_name(keyed.get("agent") or node.args[0]), "", "call")
        elif name == "QueryEngineTool" and isinstance(keyed.get("metadata"), ast.Call):
            self._named_call(node, _keywords(keyed["metadata"]), scope, None)
        elif name == "from_function" and node.args and isinstance(node.func, ast.Attribute):
            self._named_call(node, keyed, scope, node.args[0])
        elif name == "create_retriever_tool" and len(node.args) > 2:  # noqa: PLR2004  retriever, name, text
            self.keep(node, self._text(node.args[1]), self._text(node.args[2]), "call")
        elif name in names.TOOL_CALLS and ("name" in keyed or "func" in keyed or "fn" in keyed):
            if not keyed.keys() & {"description", "func", "fn", "inputSchema", "parameters",
                                   "coroutine", "input_schema", "query_engine"}:  # fmt: skip
                return
            if name == "Tool" and full.startswith(("agents.", "google.genai")):
                return
            self._named_call(node, keyed, scope, keyed.get("func") or keyed.get("fn"))
        elif isinstance(self.module.parents.get(id(node)), Function):
            return  # a decorator
        elif name == "register_for_llm" or (name == "register_function" and "description" in keyed):
            self.keep(node, self._text(keyed.get("name")) or "…",
            self._text(keyed.get("description")),
                      "call")  # fmt: skip

    def _named_call(
        self, node: ast.Call, keyed: Mapping[str, ast.expr], scope: Scope, func: ast.expr | None
    ) -> None:
        said = self._text(keyed.get("name"), scope=scope)
        told = self._text(keyed.get("description"), scope=scope)
        if not said and not told and func is None:
            return
        target = self.reader.function(func, scope) if func is not None else None
        schema = next((keyed[k] for k in SCHEMA_KEYS if k in keyed), None)
        found = self._described(schema)
        if isinstance(target, Scope) and isinstance(
            target.node, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            told = told or _doc(target.node)
            found = found or self._parameters(target.node, keyed)
        self.keep(node, said or (last_name(func) if func is not None else "…"), told, "call", found)

    def _offered(self, expr: ast.expr, scope: Scope, depth: int) -> None:  # noqa: C901, PLR0912  one branch a kind of node
        """Take what a list of tools names: functions and classes, here or elsewhere."""
        if depth > 4:  # noqa: PLR2004  lists of lists of lists
            return
        if isinstance(expr, ast.List | ast.Tuple):
            for item in expr.elts:
                self._offered(item, scope, depth + 1)
        elif isinstance(expr, ast.BinOp):
            self._offered(expr.left, scope, depth + 1)
            self._offered(expr.right, scope, depth + 1)
        elif isinstance(expr, ast.IfExp):
            self._offered(expr.body, scope, depth + 1)
            self._offered(expr.orelse, scope, depth + 1)
        elif isinstance(expr, ast.Starred | ast.Await):
            self._offered(expr.value, scope, depth + 1)
        elif isinstance(expr, ast.Call) and last_name(expr.func) in {"function_tool", "tool"}:
            for item in expr.args[:1]:
                self._offered(item, scope, depth + 1)
        elif isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name):
            target = self.reader.function(expr.func, scope)
            if isinstance(target, Scope) and not isinstance(target.node, ast.ClassDef):
                for one in target.returns:
                    self._offered(one, target, depth + 1)
            elif isinstance(target, str):
                self.refs.add(f"{target}()")
        elif isinstance(expr, ast.Name | ast.Attribute):
            self._offered_name(expr, scope, depth)

    def _offered_name(self, expr: ast.Name | ast.Attribute, scope: Scope, depth: int) -> None:
        target = self.reader.function(expr, scope)
        if isinstance(target, Scope):
            self.define(target)
            return
        found, home = self.reader.lookup(expr, scope)
        if isinstance(found, str) and found:
            self.refs.add(found)
        elif isinstance(found, list):
            for item in found:
                self._offered(item.value, home, depth + 1)

    def returned(self, target: Scope) -> None:
        """Keep what a function returns that makes a list of tools."""
        for one in target.returns:
            self._offered(one, target, 1)

    def define(self, target: Scope, form: str = "reference") -> None:
        """Keep a function or class that is offered somewhere."""
        node = target.node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.keep(node, node.name, _doc(node), form, self._parameters(node, {}))
        elif isinstance(node, ast.ClassDef) and not any(
            last_name(base).endswith("Tool") for base in node.bases
        ):
            found = [
                (spelled(item.target), self._text(_keywords(item.value).get("description")))
                for item in node.body
                if isinstance(item, ast.AnnAssign)
            ]
            self.keep(node, node.name, _doc(node), form, found)

    def _parameters(self, node: Function, keyed: Mapping[str, ast.expr]) -> list[tuple[str, str]]:
        text = _doc(node)
        model = keyed.get("param_model") or keyed.get("args_schema")
        inner = self.module.classes.get(last_name(model)) if model is not None else None
        if model is not None and (inner is None or not isinstance(inner.node, ast.ClassDef)):
            return []
        if inner is not None and isinstance(inner.node, ast.ClassDef):
            return [
                (spelled(item.target), self._text(_keywords(item.value).get("description")))
                for item in inner.node.body
                if isinstance(item, ast.AnnAssign)
            ]
        found = []
        for arg in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            kind = ast.unparse(arg.annotation) if arg.annotation else ""
            if HIDDEN.match(arg.arg) or HIDDEN_TYPES.search(kind):
                continue
            noted = bool(re.search(r"Annotated\[.*['\"]|Field\(.*description|Doc\(", kind))
            said = re.search(
                rf"(?m)^\s*(?::param\s+(?:\w+\s+)?)?[*`-]*\s*{re.escape(arg.arg)}[`*]*\s*"
                r"(?:\([^)]*\))?\s*(?::|-|\u2013)\s*(.+)$",
                text,
            )
            found.append((arg.arg, kind if noted else said[1].strip() if said else ""))
        return found

    def _text(self, *nodes: ast.expr | None, scope: Scope | None = None) -> str:
        for node in nodes:
            if node is not None:
                found = literal(self.reader.spell(node, scope or self.module.root)).strip()
                if found:
                    return found
                if isinstance(node, ast.Name | ast.Attribute):
                    roots = self.reader.roots(node, scope or self.module.root)
                    said = "".join(literal(r.pieces) for r in roots[:1])
                    if said or any(r.ref for r in roots):
                        return said or "…"
        return ""


def _given_to_base(node: ast.ClassDef) -> list[ast.keyword]:
    """Return what a class's `__init__` hands to the one of its base."""
    return [
        word
        for item in node.body
        if isinstance(item, ast.FunctionDef) and item.name == "__init__"
        for part in ast.walk(item)
        if isinstance(part, ast.Call) and spelled(part.func) == "super.__init__"
        for word in part.keywords
    ]


def _is_toolbox(scope: Scope) -> bool:
    """Tell whether a class extends a framework's collection of tools."""
    holder = scope.class_scope()
    bases = holder.node.bases if holder and isinstance(holder.node, ast.ClassDef) else []
    return any(last_name(base).endswith(("Tools", "Controller", "Toolkit")) for base in bases)


def _items(node: ast.Dict) -> dict[str, ast.expr]:
    return {
        key.value: value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def _keywords(node: ast.AST | None) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Call):
        return {}
    return {k.arg: k.value for k in node.keywords if k.arg}


def _doc(node: Function | ast.ClassDef) -> str:
    return cleandoc(ast.get_docstring(node) or "")
