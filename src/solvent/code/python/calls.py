"""Model calls of a Python file, and which prompts they send."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.draft import literal, rendered
from solvent.code.python import names
from solvent.code.python.scopes import Assigned, Scope, last_name, spelled
from solvent.records.source import CodeCall, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.code.python.prompts import Found, Prompts
    from solvent.code.python.scopes import Module
    from solvent.code.python.values import Reader

MODEL_KEYS = (
    "model",
    "model_name",
    "model_id",
    "modelId",
    "modelName",
    "deployment",
    "engine",
    "azure_deployment",
    "deployment_name",
    "llm",
)
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
        self._spans: dict[int, bool] = {}
        self.libraries = {name.partition(".")[0] for name in module.imports.values()}

    def collect(self) -> None:
        """Look at every call of the module."""
        for node, scope in self.module.events:
            if isinstance(node, ast.Call):
                kind = self.kind_of(node, scope)
                if kind:
                    self._take(node, scope, kind)
                elif last_name(node.func) in {"bind_tools", "ToolNode", "register_tools"}:
                    self.tools += [(value, scope) for value in node.args[:1]]

    def kind_of(self, node: ast.Call, scope: Scope) -> str:  # noqa: PLR0911  one return a kind of evidence
        """Return what a call does with a model; empty when it has to do with none."""
        full = self.reader.dotted(node.func)
        name = full.rpartition(".")[2]
        keys = {k.arg for k in node.keywords}
        if name in names.PASS_ON:
            return self._passed(node, scope)
        if name in {"post", "request", "stream"} and self._is_endpoint(node, scope):
            return "request"
        if full in names.FUNCTIONS:
            return names.FUNCTIONS[full]
        kind = self._by_suffix(node, full, keys)
        if kind:
            return kind
        if isinstance(node.func, ast.Attribute):
            kind = self._by_receiver(node, node.func, scope)
            if kind:
                return kind.replace("none", "")
        if _makes_agent(node, full, keys):
            return "agent"
        if names.MODEL_MAKERS.match(name) and self._makes_model(node, full, keys):
            return "client"
        return self._by_object(node, scope)

    def _passed(self, node: ast.Call, scope: Scope) -> str:
        """Return what a function does that another function is asked to call."""
        for at, value in enumerate(node.args[:3]):
            if isinstance(value, ast.Attribute):
                asked = ast.Call(value, node.args[at + 1 :], node.keywords)
                kind = self.kind_of(ast.copy_location(asked, node), scope)
                if kind:
                    return kind
        return ""

    def _is_endpoint(self, node: ast.Call, scope: Scope) -> bool:
        """Tell whether a request over HTTP goes to a model: its address says so."""
        if isinstance(self.module.parents.get(id(node)), ast.FunctionDef | ast.AsyncFunctionDef):
            return False  # a decorator: the address is served, not asked
        values = [*node.args[:2], *(k.value for k in node.keywords if k.arg == "url")]
        return any(
            names.ENDPOINTS.search(rendered(pieces))
            for value in values
            for pieces in (
                self.reader.spell(value, scope),
                *(root.pieces for root in self.reader.roots(value, scope)),
            )
        )

    def _by_suffix(self, node: ast.Call, full: str, keys: set[str | None]) -> str:
        for suffix, kind in names.SUFFIXES:
            if full == suffix or full.endswith(f".{suffix}"):
                if suffix in {"messages.create", "runs.create"} and keys & {"body", "to", "from_"}:
                    return ""
                if suffix in {"converse", "runs.create", "moderations.create"} and not keys:
                    return ""
                if suffix == "runs.create" and "threads" not in full:
                    return ""
                return kind if node.args or node.keywords else ""
        return ""

    def _by_receiver(self, node: ast.Call, func: ast.Attribute, scope: Scope) -> str:  # noqa: C901, PLR0911  one return a convention
        method = func.attr
        receiver = last_name(func.value).lower()
        if names.MAKERS_OF_OBJECTS.search(receiver):
            return ""
        if method in names.KICKOFFS or (receiver == "crew" and method in names.CREW_RUNS):
            return "run"
        if _embeds(method, receiver, is_own=_is_self_call(func)):
            return "embedding" if node.args or node.keywords else ""
        if method in {"chat", "generate"} and "ollama" in receiver:
            return "request"
        if receiver == "runner" and method in {"run", "run_sync", "run_streamed", "run_async"}:
            return "run" if {"agents", "google"} & self.libraries else ""
        for library in self.libraries & names.CLIENT_METHODS.keys():
            if method in names.CLIENT_METHODS[library] and not _is_self_call(func):
                return names.CLIENT_METHODS[library][method]
        if method in names.ASKS and names.MODEL_NAME.search(receiver) and not receiver.isdigit():
            plain = method in {"run", "create", "query", "apply", "call", "stream", "batch"}
            return "" if plain and not node.args and not node.keywords else "request"
        if method in names.RUNNERS | names.ASKS | names.TASK_RUNS:
            made = self._made(func.value, scope)
            if made:
                return made
        if (method in names.RUNNERS or method == "send_message") and names.AGENT_NAME.search(
            receiver
        ):
            sure = method in names.SURE_RUNS or any(map(names.ROOTS.match, self.libraries))
            strict = method in names.VAGUE_RUNS or receiver == "user_agent"
            return "run" if sure and not strict else ""
        return self._by_loose_name(node, method, receiver)

    def _by_loose_name(self, node: ast.Call, method: str, receiver: str) -> str:
        """Take names such as `model` and `graph`, which need more evidence than a name."""
        if names.LOOSE_MODEL_NAME.search(receiver):
            parts = [part for value in node.args[:1] for part in ast.walk(value)]
            told = any(isinstance(p, ast.Name) and names.ASKED_WITH.search(p.id) for p in parts)
            asked = method in names.LOOSE_ASKS or (told and method in names.MODEL_QUERIES)
            return "request" if asked else ""
        if method in names.LOOSE_ASKS and names.GRAPH_NAME.search(receiver) and node.args:
            return "run" if any(map(names.GRAPHS.match, self.libraries)) else ""
        return ""

    def _made(self, node: ast.expr, scope: Scope) -> str:
        """Return what calling a method of an object does, from the call that made the object."""
        for number, call in enumerate(self.reader.origins(node, scope)):
            if number > 12:  # noqa: PLR2004  a longer chain says nothing
                break
            full = self.reader.dotted(call.func)
            name = full.rpartition(".")[2]
            keys = {k.arg for k in call.keywords}
            if name in {"compile", "StateGraph", "ToolNode", "run", "gather"}:
                return "run" if name == "compile" and "langgraph" in self.libraries else "none"
            if names.AGENT_MAKERS.match(name) and (
                keys & names.AGENT_KEYS or names.ROOTS.match(full)
            ):
                return "run"
            if name == "Task" and "description" in keys and "crewai" in self.libraries:
                return "run"
            if names.MODEL_MAKERS.match(name) and self._makes_model(call, full, keys):
                return "request"
            if name in {"LLMChain", "RetrievalQA", "with_structured_output", "bind_tools",
                        "StrOutputParser", "start_chat", "load_qa_chain", "get_llm"}:  # fmt: skip
                return "request"
        return ""

    def _by_object(self, node: ast.Call, scope: Scope) -> str:
        """Find calls of DSPy programs, and of models and agents that are functions themselves."""
        if not isinstance(node.func, ast.Name | ast.Attribute):
            return ""
        if last_name(node.func) in names.DSPY_MODULES:
            return ""
        for call in self.reader.origins(node.func, scope):
            full = self.reader.dotted(call.func)
            name = full.rpartition(".")[2]
            if name in names.DSPY_MODULES and full.startswith("dspy"):
                return "request"
            keys = {k.arg for k in call.keywords}
            if node.func is call.func or not (node.args and keys & set(MODEL_KEYS)):
                continue
            if names.AGENT_MAKERS.match(name):
                return "run"
            if names.CALLED_MODELS.search(name):
                return "request"
        return ""

    def _makes_model(self, node: ast.Call, full: str, keys: set[str | None]) -> bool:
        if names.CLIENT_LIBRARIES.match(full) or full.rpartition(".")[2].startswith("Chat"):
            return True
        return (
            bool(keys & set(MODEL_KEYS))
            or full.endswith("init_chat_model")
            or bool(full.endswith("GenerativeModel") and node.args)
        )

    def _take(self, node: ast.Call, scope: Scope, kind: str) -> None:
        line = node.func.end_lineno or node.lineno
        place = Place(self.module.file, line, node.end_lineno or node.lineno)
        full = self.reader.dotted(node.func)
        model = self._model(node, scope, f"{place.file}:{line}")
        library = self._library(node, full, scope)
        self.calls.append(
            CodeCall(
                place=place,
                kind=kind,
                callee=spelled(node.func),
                library=library,
                function=scope.name,
                model=model,
                traced=self._is_traced(node, scope),
            )
        )
        if kind != "client":
            for one in self._sent(node, scope, kind):
                one.calls.add(f"{place.file}:{line}")
        for word in node.keywords:
            if word.arg in names.TOOL_LISTS:
                self.tools.append((word.value, scope))

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
        if kind in {"agent", "embedding", "client"}:
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
                        (item.value, place) for item in found if _is_near(item, place, scope)
                    ]


def _embeds(method: str, receiver: str, *, is_own: bool) -> bool:
    if method in names.EMBEDS and not is_own:
        return True
    named = "embed" in receiver or "sentence" in receiver
    return method in {"embedding_function", "embedding_fn"} or bool(
        named and names.EMBED.match(method)
    )


def _makes_agent(node: ast.Call, full: str, keys: set[str | None]) -> bool:
    name = full.rpartition(".")[2]
    if name in names.DSPY_MODULES and full.startswith("dspy."):
        return True
    if not names.AGENT_MAKERS.match(name) or names.NOT_AGENTS.match(name):
        return False
    known = bool(names.ROOTS.match(full)) and "." in full
    return bool((known and node.keywords) or keys & names.AGENT_KEYS)


def _is_near(item: Assigned, place: Scope, scope: Scope) -> bool:
    """Tell whether a value belongs to the function of the call, or is written where it stands."""
    return place is scope or isinstance(
        item.value, ast.Constant | ast.JoinedStr | ast.Call | ast.List
    )


def _is_self_call(func: ast.Attribute) -> bool:
    return isinstance(func.value, ast.Name) and func.value.id in {"self", "cls", "super"}


def _is_object(value: ast.expr) -> bool:
    """Tell whether a first argument is an agent rather than a text."""
    return bool(names.AGENT_NAME.search(last_name(value).lower())) and not isinstance(
        value, ast.Constant | ast.JoinedStr
    )
