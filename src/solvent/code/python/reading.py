"""One Python file → its facts."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from solvent.code.draft import Facts
from solvent.code.python.calls import Calls
from solvent.code.python.kinds import Kinds
from solvent.code.python.outputs import parsed_outputs
from solvent.code.python.passing import defined, passes
from solvent.code.python.prompts import Prompts
from solvent.code.python.scopes import Module, Scope
from solvent.code.python.tools import Tools
from solvent.code.python.tracing import switched_on
from solvent.code.python.values import Reader

if TYPE_CHECKING:
    from solvent.code.python.values import Root
    from solvent.records.source import CodeTool

SIGNS = re.compile(
    r"(?i)prompt|instruct|\bllm|llm\b|agent|openai|anthropic|genai|gemini|mistral|cohere|litellm|ollama"
    r"|langchain|dspy|\btools?\b|tool\b|system_m|\"role\"|'role'|message|completion|you are "
    r"|embedding|kickoff|langgraph|system_template"
    r"|transformers|huggingface|llama|guidance|marvin|vllm|replicate|outlines|haystack|semantic_kernel"
    r"|responses\.(?:create|parse|stream)|\bruns\.|groq|embed|text_generation|pydantic_ai|sglang|mlx|vertexai"
    r"|\bmodel\.|\bchat|\bgpt|\bask(?:_|\()|\bai\.|\brespond"
    r"|converse|invoke_model|crewai|autogen|bedrock|your task|persona|preamble|_chain|generativ"
)
"""A file without any of these has nothing to find."""
TRACES = re.compile(r"(?i)instrument|autolog|_tracing|traceloop|laminar|weave\.init|openlit")


def read_python(file: str, text: str) -> Facts:
    """Return the facts of a file.

    Raises:
        SyntaxError: It is not Python.
    """
    facts = Facts(file)
    if not SIGNS.search(text) and not TRACES.search(text):
        return facts
    module = Module(file, text)
    reader = Reader(module)
    prompts = Prompts(module, reader)
    prompts.collect()
    calls = Calls(module, reader, prompts)
    calls.collect()
    tools = Tools(module, reader)
    tools.collect(calls.tools)
    facts.drafts = list(prompts.drafts.values())
    facts.uses = list(prompts.uses.values())
    facts.calls, facts.models = calls.calls, calls.models
    facts.doubtful = calls.doubtful
    facts.functions = defined(module)
    facts.sinks = list(prompts.sinks.values())
    facts.passes = list(passes(module, reader))
    facts.parses = list(parsed_outputs(module, calls.calls))
    facts.tools, facts.tool_refs = list(tools.tools.values()), tools.refs
    facts.tracing = switched_on(module, reader, text)
    return facts


class Elsewhere:
    """Looks up names in the Python files of a repository, each parsed once.

    Args:
        texts: Reads a file by its path from the root.
        files: Paths of all Python files.
    """

    def __init__(self, texts: object, files: list[str]) -> None:
        self._read = texts
        self._by_tail: dict[str, list[str]] = {}
        for file in files:
            stem = file.removesuffix(".py").removesuffix("/__init__")
            self._by_tail.setdefault(stem.rpartition("/")[2], []).append(file)
        self._modules: dict[str, Module | None] = {}

    def roots(self, dotted: str, asking: str, depth: int = 0) -> tuple[str, list[Root]]:
        """Return the file that a name is defined in and the texts it holds."""
        module, name = self._find(dotted, asking)
        if module is None or depth > 4:  # noqa: PLR2004  packages that export exports
            return "", []
        reader = Reader(module)
        if name in module.imports:
            return self.roots(module.imports[name], module.file, depth + 1)
        node: ast.expr = ast.parse(name, mode="eval").body
        found = reader.roots(node, module.root)
        if len(found) == 1 and found[0].ref:
            return self.roots(found[0].ref, module.file, depth + 1)
        return module.file, found

    def tools(self, dotted: str, asking: str, depth: int = 0) -> list[CodeTool]:
        """Return the function or class of a name as a tool; of `name()`, the tools it returns."""
        plain = dotted.removesuffix("()")
        module, name = self._find(plain, asking)
        if module is None or depth > 4:  # noqa: PLR2004  packages that export exports
            return []
        if name in module.imports:
            further = module.imports[name] + dotted[len(plain) :]
            return self.tools(further, module.file, depth + 1)
        target: Scope | None = module.functions.get(name) or module.classes.get(name)
        if target is None:
            return []
        tools = Tools(module, Reader(module))
        if plain == dotted:
            tools.define(target)
        else:
            tools.returned(target)
        return list(tools.tools.values())

    def kind(self, dotted: str, method: str, asking: str, depth: int = 0) -> str:
        """Return what a method of an object does that some file makes."""
        module, name = self._find(dotted, asking)
        if module is None or depth > 4:  # noqa: PLR2004  packages that export exports
            return ""
        if name in module.imports:
            return self.kind(module.imports[name], method, module.file, depth + 1)
        if not name.isidentifier():
            return ""
        return Kinds(module, Reader(module)).of_object(name, method)

    def model(self, dotted: str, asking: str) -> str | None:
        """Return the model that a name holds."""
        _, found = self.roots(dotted, asking)
        said = found[0].pieces if len(found) == 1 else ()
        if not said:
            module, name = self._find(dotted, asking)
            values = module.root.values.get(name, []) if module else []
            value = values[0].value if len(values) == 1 else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
            return None
        return said[0][1] if len(said) == 1 and " " not in said[0][1] else None

    def _find(self, dotted: str, asking: str) -> tuple[Module | None, str]:
        """Return the module of a dotted name and the name in it; the longest match wins."""
        parts = dotted.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            file = self._file(parts[:cut], asking)
            if file:
                name = ".".join(parts[cut:])
                return (self._module(file), name) if name.isidentifier() or cut else (None, "")
        return None, ""

    def _file(self, parts: list[str], asking: str) -> str | None:
        tail = "/".join(parts)
        fitting = [
            file
            for file in self._by_tail.get(parts[-1], ())
            if f"/{file.removesuffix('.py').removesuffix('/__init__')}".endswith(f"/{tail}")
        ]
        if not fitting:
            return None
        return max(fitting, key=lambda file: (_shared(file, asking), -len(file)))

    def _module(self, file: str) -> Module | None:
        if file not in self._modules:
            if len(self._modules) > 200:  # noqa: PLR2004  what stays in memory at once
                self._modules.clear()
            try:
                text = self._read(file) if callable(self._read) else ""
                self._modules[file] = Module(file, text)
            except (SyntaxError, ValueError, OSError, RecursionError):
                self._modules[file] = None
        return self._modules[file]


def _shared(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count
