"""One script → its facts: prompts, model calls, tools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from solvent.code.draft import Draft, Facts, Use, literal
from solvent.code.javascript.elsewhere import SEPARATOR
from solvent.code.javascript.kinds import Kinds
from solvent.code.javascript.syntax import (
    FUNCTIONS,
    Script,
    arguments,
    callee,
    lines,
    pairs,
    said,
    string,
    unwrapped,
    walk,
)
from solvent.code.javascript.tools import Tools
from solvent.code.javascript.values import carried, own_words, results, sources, texts
from solvent.code.prose import (
    holds_prompts,
    is_directive,
    is_named_prose,
    is_prompt_name,
    is_prose,
    is_written_for_model,
)
from solvent.records.source import CodeCall, Place

if TYPE_CHECKING:
    from tree_sitter import Node

SIGNS = re.compile(
    r"(?i)openai|anthropic|['\"]ai['\"]|@ai-sdk|lang(?:chain|graph)|genai|generative|gemini"
    r"|mistral|ollama|cohere"
    r"|modelcontextprotocol|mastra|llamaindex|prompt|\bllm|you are |systemInstruction|completions"
    r"|groq|transcriptions|graph\.|\bruns\.|bedrock|replicate|huggingface|agent|\binfer|createMessage"
)
ROLES = {"system": "system", "developer": "system", "user": "user", "human": "user"}
KEYS = {
    "system": "system", "instructions": "system", "systemPrompt": "system",
    "system_prompt": "system",
    "systemInstruction": "system", "systemMessage": "system", "prompt": "user",
    "userPrompt": "user",
    "promptTemplate": "user", "developerMessage": "system",
}  # fmt: skip
PARTS = 3
"""Names followed from a prompt to what is filled in."""
LEAST_PART = 8
"""Words of a text that is filled into a prompt."""
NAMED = {
    "variable_declarator": ("name", "value"), "pair": ("key", "value"),
    "public_field_definition": ("name", "value"), "assignment_expression": ("left", "right"),
    "augmented_assignment_expression": ("left", "right"),
}  # fmt: skip
"""Nodes that give a name to a value, and their fields."""
LITERALS = frozenset({"string", "template_string", "binary_expression"})
LEAST_LOOSE = 12
"""Words of a text in a file that is there for prompts."""
LEAST_NAMED = 6
"""Words of a text that is only named like a prompt."""


def read_script(file: str, text: str) -> Facts:
    """Return the facts of a script."""
    facts = Facts(file)
    if SIGNS.search(text):
        script = Script(file, text)
        reading = Reading(script, facts)
        reading.read()
    return facts


class Reading:
    """Collects what one script tells."""

    def __init__(self, script: Script, facts: Facts) -> None:
        self.script, self.facts = script, facts
        self.drafts: dict[tuple[int, int], Draft] = {}
        self.at: dict[int, list[Draft]] = {}
        self._seen: set[int] = set()
        self.holds_prompts = holds_prompts(script.file)
        self.kinds = Kinds(script)
        self.speaks = self.kinds.speaks

    def read(self) -> None:  # noqa: C901  one branch a kind of node
        """Look at every node."""
        tools = Tools(self.script)
        for node in self.script.nodes:
            if node.type == "object":
                self._object(node)
            elif node.type == "array":
                self._pair(node)
            elif node.type in {"call_expression", "new_expression"}:
                self._template(node)
                tools.look(node)
            elif node.type in NAMED:
                self._named(node)
            elif node.type in FUNCTIONS:
                self._function(node)
        for node in self.script.nodes:
            if node.type in {"string", "template_string"}:
                self._loose(node)
        for node in self.script.nodes:
            if node.type in {"call_expression", "new_expression"}:
                self._call(node)
        self.facts.texts = self._declared()
        self.facts.drafts = list(self.drafts.values())
        self.facts.tools = tools.found()

    def add(self, node: Node, role: str, form: str, name: str = "", least: int = 3) -> None:
        """Keep the texts that an expression may be."""
        for text in texts(self.script, node):
            reads = is_named_prose if least == LEAST_NAMED else is_prose
            if not reads(literal(text.pieces), least):
                continue
            key = (text.line, text.end_line)
            draft = self.drafts.setdefault(
                key, Draft(*key, text.name or name or _around(node), role, form, text.pieces)
            )
            draft.role = draft.role or role
            self.at.setdefault(node.id, []).append(draft)
        self._import(unwrapped(node), role, is_part=False)
        self._parts(unwrapped(node), role, 0)

    def _parts(self, node: Node, role: str, depth: int) -> None:
        """Keep the texts of their own that are filled into a prompt."""
        if depth > PARTS or node.id in self._seen:
            return
        self._seen.add(node.id)
        for part in (*carried(node), *sources(self.script, node)):
            for text in texts(self.script, part):
                said_here = literal(text.pieces)
                inside = any(a <= text.line and text.end_line <= b for a, b in self.drafts)
                if not inside and is_prose(said_here, LEAST_PART) and is_directive(said_here):
                    key = (text.line, text.end_line)
                    name = text.name or _around(part)
                    self.drafts[key] = Draft(*key, name, role, "part", text.pieces)
            self._import(part, role, is_part=True)
            self._parts(part, role, depth + 1)

    def _import(self, node: Node, role: str, *, is_part: bool) -> None:
        """Note a text that another script declares and this one sends."""
        name = callee(node) if node.type == "call_expression" else said(node)
        first = self.script.imports.get(name)
        if first and first.name not in {"*", "default"}:
            ref = f"{first.module}{SEPARATOR}{first.name}"
            self.facts.uses.append(Use(ref, role, is_part=is_part))

    def _declared(self) -> dict[str, list[Draft]]:
        """Return the texts of the names that stand in no function."""
        found: dict[str, list[Draft]] = {}
        for name, held in self.script.values.items():
            for value in held[:1]:
                outer = value.type in FUNCTIONS or (value.parent and _is_outer(value.parent))
                parts = results(value) if value.type in FUNCTIONS else [value]
                for text in (t for one in parts for t in texts(self.script, one)) if outer else ():
                    draft = Draft(text.line, text.end_line, name, "", "constant", text.pieces)
                    found.setdefault(name, []).append(draft)
        return found

    def _object(self, node: Node) -> None:
        keyed = pairs(node)
        role = string(keyed["role"]) if "role" in keyed else None
        if role and ("content" in keyed or "parts" in keyed):
            if role in ROLES:
                self.add(keyed.get("content") or keyed["parts"], ROLES[role], "message")
            return
        parent = node.parent
        call = parent.parent if parent and parent.type == "arguments" else None
        name = callee(call) if call else ""
        if self.speaks and not re.search(r"(?:log|select|confirm|input|ask|toast|fetch)$", name):
            for key, value in keyed.items():
                if key in KEYS and (key not in {"prompt", "system"} or call):
                    self.add(value, KEYS[key], "argument", key)

    def _pair(self, node: Node) -> None:
        items = node.named_children
        role = string(items[0]) if len(items) == 2 else None  # noqa: PLR2004  a pair
        if role in ROLES and node.parent and node.parent.type == "array":
            self.add(items[1], ROLES[role], "message")

    def _template(self, node: Node) -> None:
        name = callee(node)
        last = name.rpartition(".")[2]
        first = arguments(node)[:1]
        if not first:
            return
        if last in {"fromTemplate", "PromptTemplate"} and unwrapped(first[0]).type != "object":
            self.add(first[0], "user", "argument")
        elif last in {"SystemMessage", "HumanMessage", "UserMessage", "DeveloperMessage"}:
            keyed = pairs(first[0]) if first[0].type == "object" else {}
            role = "user" if last[0] in "HU" else "system"
            self.add(keyed.get("content", first[0]), role, "message")

    def _named(self, node: Node) -> None:
        fields = NAMED[node.type]
        name, value = map(node.child_by_field_name, fields)
        if not name or not value:
            return
        inner = unwrapped(value)
        if self.holds_prompts and inner.type in {*LITERALS, *FUNCTIONS} and _is_outer(node):
            least = LEAST_NAMED if is_prompt_name(said(name)) else LEAST_LOOSE
            wanted = name if inner.type in FUNCTIONS else inner
            self.add(wanted, "", "constant", said(name), least)
        if self.holds_prompts and inner.type in {"object", "array"} and _is_outer(node):
            self._table(inner, said(name))
        if is_prompt_name(said(name)):
            self._named_prompt(node, name, inner)

    def _table(self, node: Node, name: str) -> None:
        """Keep the long texts of an object or a list in a file that is there for prompts."""
        keyed = pairs(node) if node.type == "object" else dict(enumerate(node.named_children))
        for key, part in keyed.items():
            inner = unwrapped(part)
            if inner.type in {"object", "array"}:
                self._table(inner, f"{name}.{key}")
            elif inner.type in {*LITERALS, "call_expression"} and own_words(inner) >= LEAST_LOOSE:
                self.add(inner, "", "constant", f"{name}.{key}", LEAST_LOOSE)

    def _named_prompt(self, node: Node, name: Node, inner: Node) -> None:
        """Keep what a name promises to be a prompt: a text, a function, a table."""
        if inner.type in {*LITERALS, "call_expression"}:
            if own_words(inner) or inner.type == "call_expression":
                role = "system" if "system" in said(name).lower() else ""
                self.add(inner, role, "constant", said(name), LEAST_NAMED)
        elif inner.type in {"arrow_function", "function_expression"}:
            self.add(name, "", "function", said(name), LEAST_NAMED)
        elif inner.type == "object" and node.type != "pair":
            for key, part in pairs(inner).items():
                if own_words(part):
                    self.add(part, "", "constant", f"{said(name)}.{key}", LEAST_NAMED)

    def _function(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        if name and (is_prompt_name(said(name)) or self.holds_prompts):
            least = LEAST_NAMED if is_prompt_name(said(name)) else LEAST_LOOSE
            self.add(name, "", "function", said(name), least)

    def _loose(self, node: Node) -> None:
        line, end = lines(node)
        text = said(node)[1:-1]
        if own_words(node) < LEAST_LOOSE or not is_written_for_model(text):
            return
        up = node.parent
        while up and up.type in {"binary_expression", "pair", "parenthesized_expression"}:
            key = up.child_by_field_name("key")
            if key and re.search(r"(?i)desc|title|label|help|message", said(key)):
                return
            up = up.parent
        if up and (up.type.startswith("jsx") or up.type in {"throw_statement", "import_statement"}):
            return
        if not any(a <= line and end <= b for a, b in self.drafts):
            self.add(node, "", "constant")

    def _call(self, node: Node) -> None:
        name = callee(node)
        kind = self.kinds.of(node)
        if not kind:
            return
        func = node.child_by_field_name("function") or node
        line = func.end_point[0] + 1
        where = f"{self.script.file}:{line}"
        first = self.script.imports.get(name.partition(".")[0])
        self.facts.calls.append(
            CodeCall(
                place=Place(self.script.file, line, node.end_point[0] + 1),
                kind=kind,
                callee=name,
                library=first.module if first else "",
                function=_around(node),
                model=self._model(node),
            )
        )
        if kind in {"request", "run"} and not name.endswith(("fetch", "post", "request")):
            for given in arguments(node)[:1]:
                if unwrapped(given).type not in {"object", *FUNCTIONS}:
                    self.add(given, "user", "argument")
        for part in walk(node):
            for draft in self.at.get(part.id, ()):
                draft.calls.add(where)

    def _model(self, node: Node) -> str | None:
        for given in arguments(node)[:1]:
            inner = unwrapped(given)
            if inner.type != "object":
                continue
            keyed = pairs(inner)
            value = keyed.get("model") or keyed.get("modelName")
            while value is not None and value.type == "call_expression":
                value = next(iter(arguments(value)), None)
            if value is not None and value.type in {"identifier", "member_expression"}:
                held = self.script.values.get(said(value).rpartition(".")[2], [])
                value = held[0] if len(held) == 1 else value
                while value.type == "call_expression" and arguments(value):
                    value = arguments(value)[0]
            return string(value) if value is not None else None
        return None


def _is_outer(node: Node) -> bool:
    """Tell whether a declaration stands in no function."""
    up = node.parent if node.type == "variable_declarator" else None
    while up and up.type in {"lexical_declaration", "variable_declaration", "export_statement"}:
        up = up.parent
    return up is not None and up.type == "program"


def _around(node: Node) -> str:
    """Return the name of the function or constant around a node."""
    up = node.parent
    while up:
        if up.type in {"function_declaration", "method_definition", "variable_declarator",
                       "public_field_definition", "generator_function_declaration"}:  # fmt: skip
            name = up.child_by_field_name("name")
            return said(name) if name else ""
        up = up.parent
    return ""
