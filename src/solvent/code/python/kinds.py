"""What a call does with a model, by the names of libraries and by what made the object."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.draft import rendered
from solvent.code.endpoints import is_model_address, is_model_body
from solvent.code.python import names
from solvent.code.python.objects import ITSELF, kind_by_maker
from solvent.code.python.scopes import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.code.python.scopes import Module, Scope
    from solvent.code.python.values import Reader

MODEL_KEYS = (
    "model", "model_name", "model_id", "modelId", "modelName", "deployment", "engine",
    "azure_deployment", "deployment_name", "llm",
)  # fmt: skip
NONE = "none"
"""Known to be no model call, which ends the search."""


class Kinds:
    """Judges the calls of one module."""

    def __init__(self, module: Module, reader: Reader) -> None:
        self.module, self.reader = module, reader
        self.libraries = {name.partition(".")[0] for name in module.imports.values()}
        self.asks_models = bool(self.libraries & names.MODEL_LIBRARIES) or any(
            map(names.ROOTS.match, self.libraries)
        )

    def of(self, node: ast.Call, scope: Scope) -> str:  # noqa: PLR0911  one return a kind of evidence
        """Return what a call does with a model; empty when it has to do with none."""
        full = self.reader.dotted(node.func)
        name = full.rpartition(".")[2]
        if name in names.PASS_ON:
            return self._passed(node, scope)
        if name in names.SENDERS and self._is_request(node, scope):
            return "request"
        known = full if full in names.FUNCTIONS else ".".join(full.split(".")[-2:])
        if known in names.FUNCTIONS:
            return names.FUNCTIONS[known]
        keys = {k.arg for k in node.keywords}
        kind = self._by_suffix(node, full, keys)
        if not kind and isinstance(node.func, ast.Attribute):
            kind = self._by_receiver(node, node.func, scope)
        if kind:
            return kind.replace(NONE, "")
        if _makes_agent(node, full, keys):
            return "agent"
        if names.MODEL_MAKERS.match(name) and self._makes_model(node, full, keys):
            return "client"
        return self._by_object(node, scope)

    def elsewhere(self, node: ast.Call) -> tuple[str, str] | None:
        """Return the full name of an object of another file and its method that is called."""
        func = node.func
        if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name):
            return None
        full = self.module.imports.get(func.value.id)
        asked = func.attr in names.RUNNERS | names.ASKS and (node.args or node.keywords)
        return (full, func.attr) if full and asked else None

    def of_object(self, name: str, method: str) -> str:
        """Return what a method of an object of this module does."""
        held = ast.Name(name, ast.Load())
        return self._by_origin(ast.Attribute(held, method, ast.Load()), self.module.root)

    def _passed(self, node: ast.Call, scope: Scope) -> str:
        """Return what a function does that another function is asked to call."""
        for at, value in enumerate(node.args[:3]):
            if isinstance(value, ast.Attribute):
                asked = ast.Call(value, node.args[at + 1 :], node.keywords)
                kind = self.of(ast.copy_location(asked, node), scope)
                if kind:
                    return kind
        return ""

    def _is_request(self, node: ast.Call, scope: Scope) -> bool:
        """Tell whether a request over HTTP asks a model: its address or its body says so."""
        if isinstance(self.module.parents.get(id(node)), ast.FunctionDef | ast.AsyncFunctionDef):
            return False  # a decorator: the address is served, not asked
        if any(isinstance(a, ast.Constant) and a.value in {"GET", "DELETE"} for a in node.args[:1]):
            return False
        values = [*node.args[:2], *(k.value for k in node.keywords if k.arg == "url")]
        bodies = [k.value for k in node.keywords if k.arg in {"json", "data", "body"}]
        if any(
            is_model_address(rendered(pieces))
            for value in values
            for pieces in (
                self.reader.spell(value, scope),
                *(root.pieces for root in self.reader.roots(value, scope)),
            )
        ):
            return last_name(node.func) != "Request" or bool(bodies or len(node.args) > 1)
        return any(is_model_body(self._keys(body, scope)) for body in bodies)

    def _keys(self, body: ast.expr, scope: Scope, depth: int = 0) -> set[str]:
        """Return the keys of a dictionary, followed to where it is filled."""
        found: set[str] = set()
        if depth > 3:  # noqa: PLR2004  a body is not far from its request
            return found
        if isinstance(body, ast.Dict):
            found = {str(k.value) for k in body.keys if isinstance(k, ast.Constant)}
            found |= {
                key
                for k, value in zip(body.keys, body.values, strict=True)
                if k is None
                for key in self._keys(value, scope, depth + 1)
            }
        elif isinstance(body, ast.Call):
            found = {k.arg for k in body.keywords if k.arg and last_name(body.func) == "dict"}
            inner = body.func.value if isinstance(body.func, ast.Attribute) else None
            for value in (*body.args[:1], *([inner] if inner else [])):
                found |= self._keys(value, scope, depth + 1)
        elif isinstance(body, ast.Name):
            held, home = self.reader.lookup(body, scope)
            for item in held if isinstance(held, list) else ():
                found |= {item.key} if item.key else self._keys(item.value, home, depth + 1)
        return found

    def _by_suffix(self, node: ast.Call, full: str, keys: set[str | None]) -> str:
        if not node.args and not node.keywords:
            return ""
        for suffix, kind in names.SUFFIXES:
            if full == suffix or full.endswith(f".{suffix}"):
                if suffix in {"messages.create", "runs.create"} and keys & {"body", "to", "from_"}:
                    return NONE
                if suffix.startswith("runs.") and "threads" not in full:
                    return ""
                return kind
        return ""

    def _by_receiver(self, node: ast.Call, func: ast.Attribute, scope: Scope) -> str:
        method = func.attr
        receiver = last_name(func.value).lower()
        if names.MAKERS_OF_OBJECTS.search(receiver):
            return NONE
        return (
            self._by_convention(node, func, receiver)
            or self._by_client(node, func, receiver)
            or self._by_origin(func, scope)
            or self._by_agent_name(method, receiver)
            or self._by_loose_name(node, method, receiver, scope)
        )

    def _by_convention(self, node: ast.Call, func: ast.Attribute, receiver: str) -> str:  # noqa: PLR0911  one return a convention
        """Judge by words that mean one thing wherever they are used."""
        method, given = func.attr, bool(node.args or node.keywords)
        if method in names.KICKOFFS or (receiver == "crew" and method in names.CREW_RUNS):
            return "run"
        if _embeds(method, receiver, is_own=_is_self_call(func)):
            return "embedding" if given else NONE
        if (method == "run_streamed" and "agents" in self.libraries) or method in names.STREAMS:
            return "run"
        if names.ENGINE.search(receiver) and method in names.ENGINE_ASKS:
            return "request" if given else ""
        if method in {"chat", "generate"} and "ollama" in receiver:
            return "request"
        if {k.arg for k in node.keywords} & names.GENERATION_KEYS and method == "generate":
            return "request"
        if method in names.SESSION_SENDS and names.SESSION_NAME.search(receiver):
            return "request" if given and self.asks_models else ""
        return ""

    def _by_client(self, node: ast.Call, func: ast.Attribute, receiver: str) -> str:
        """Judge by the packages that the file imports."""
        method = func.attr
        if receiver.endswith("runner") and method in names.RUNNER_RUNS:
            return "run" if {"agents", "google"} & self.libraries else NONE
        for library in self.libraries & names.CLIENT_METHODS.keys():
            if method in names.CLIENT_METHODS[library] and not _is_self_call(func):
                return names.CLIENT_METHODS[library][method]
        if method in names.ASKS and names.MODEL_NAME.search(receiver) and not receiver.isdigit():
            plain = method in {"run", "create", "query", "apply", "call", "stream", "batch"}
            return NONE if plain and not node.args and not node.keywords else "request"
        return ""

    def _by_origin(self, func: ast.Attribute, scope: Scope) -> str:
        """Judge by the call or the annotation that made the object."""
        for full in self.reader.makers(func.value, scope):
            kind = kind_by_maker(full, func.attr) or _by_class(full, func.attr)
            if kind:
                return kind
        if func.attr in names.RUNNERS | names.ASKS | names.TASK_RUNS:
            return self._made(func.value, scope)
        return ""

    def _made(self, node: ast.expr, scope: Scope) -> str:
        """Return what calling a method of an object does, from the call that made the object."""
        for number, call in enumerate(self.reader.origins(node, scope)):
            if number > 12:  # noqa: PLR2004  a longer chain says nothing
                break
            full = self.reader.dotted(call.func)
            name = full.rpartition(".")[2]
            keys = {k.arg for k in call.keywords}
            if name in names.NO_OBJECTS:
                return "run" if name == "compile" and "langgraph" in self.libraries else NONE
            if names.AGENT_MAKERS.match(name) and (
                keys & names.AGENT_KEYS or names.ROOTS.match(full)
            ):
                return "run"
            if name == "Task" and "description" in keys and "crewai" in self.libraries:
                return "run"
            if names.MODEL_GETTERS.match(name):
                return "request"
            if names.MODEL_MAKERS.match(name) and self._makes_model(call, full, keys):
                return "request"
        return ""

    def _by_agent_name(self, method: str, receiver: str) -> str:
        if (method in names.RUNNERS or method == "send_message") and names.AGENT_NAME.search(
            receiver
        ):
            one = self.asks_models and not receiver.endswith("agents")
            sure = method in names.SURE_RUNS or one
            strict = method in names.VAGUE_RUNS or receiver == "user_agent"
            return "run" if sure and not strict else NONE
        return ""

    def _by_loose_name(self, node: ast.Call, method: str, receiver: str, scope: Scope) -> str:
        """Take names such as `model` and `graph`, which need more evidence than a name."""
        if names.LOOSE_MODEL_NAME.search(receiver):
            parts = [part for value in node.args[:1] for part in ast.walk(value)]
            told = any(isinstance(p, ast.Name) and names.ASKED_WITH.search(p.id) for p in parts)
            asked = method in names.LOOSE_ASKS or (told and method in names.MODEL_QUERIES)
            return "request" if asked else ""
        if method not in names.LOOSE_ASKS or not node.args:
            return ""
        chains = any(map(names.GRAPHS.match, self.libraries))
        if names.GRAPH_NAME.search(receiver):
            return "run" if chains else ""
        if chains and not self._is_other_runnable(node.func, receiver, scope):
            return "request"
        return ""

    def _is_other_runnable(self, func: ast.expr, receiver: str, scope: Scope) -> bool:
        """Tell whether what is invoked is a prompt, a tool or a retriever, which asks no model."""
        if names.OTHER_RUNNABLE.search(receiver) or not isinstance(func, ast.Attribute):
            return True
        if isinstance(func.value, ast.Name) and self.reader.function(func.value, scope):
            return True
        return any(map(names.OTHER_RUNNABLE_MAKER.search, self.reader.makers(func.value, scope)))

    def _by_object(self, node: ast.Call, scope: Scope) -> str:  # noqa: PLR0911  one return a convention
        """Find calls of DSPy programs, and of models and agents that are functions themselves."""
        if not isinstance(node.func, ast.Name | ast.Attribute):
            return ""
        if last_name(node.func) in names.DSPY_MODULES:
            return ""
        for call in self._origins_of_call(node, scope):
            full = self.reader.dotted(call.func)
            name = full.rpartition(".")[2]
            if name in names.DSPY_MODULES and full.startswith("dspy"):
                return "request"
            if kind := kind_by_maker(full, ITSELF):
                return kind
            keys = {k.arg for k in call.keywords}
            if not (node.args and keys & set(MODEL_KEYS)):
                continue
            if names.AGENT_MAKERS.match(name):
                return "run"
            if names.CALLED_MODELS.search(name):
                return "request"
        return ""

    def _origins_of_call(self, node: ast.Call, scope: Scope) -> Iterator[ast.Call]:
        """Yield what made an object that is called; not what a method of it gives."""
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            return
        for call in self.reader.origins(node.func, scope):
            if call is not node:
                yield call

    def _makes_model(self, node: ast.Call, full: str, keys: set[str | None]) -> bool:
        if names.CLIENT_LIBRARIES.match(full) or full.rpartition(".")[2].startswith("Chat"):
            return True
        return (
            bool(keys & set(MODEL_KEYS))
            or full.endswith("init_chat_model")
            or bool(full.endswith("GenerativeModel") and node.args)
        )


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
    if name.startswith("from_"):
        return "Agent" in full.rpartition(".")[0].rpartition(".")[2]
    known = bool(names.ROOTS.match(full)) and "." in full
    return bool((known and (node.args or node.keywords)) or keys & names.AGENT_KEYS)


def _by_class(full: str, method: str) -> str:
    """Return what a method of an object does from its class alone, as annotations name it."""
    last = full.rpartition(".")[2]
    if method in names.RUNNERS and names.AGENT_CLASSES.search(full):
        return "run"
    if method in names.RUNNERS | names.ASKS and names.MODEL_CLASSES.match(last):
        return "request"
    return ""


def _is_self_call(func: ast.Attribute) -> bool:
    return isinstance(func.value, ast.Name) and func.value.id in {"self", "cls", "super"}
