"""Tool definitions of a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from solvent.code.draft import literal
from solvent.code.javascript.syntax import (
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
from solvent.code.javascript.values import spell
from solvent.records.source import CodeTool, Place

if TYPE_CHECKING:
    from tree_sitter import Node

_CLASSES = frozenset({
    "DynamicTool", "DynamicStructuredTool", "FunctionTool", "StructuredTool", "Tool", "McpTool",
})  # fmt: skip
_NOT_TOOLS = re.compile(
    r"""^["']?(?:function|json_?schema|response_?format|responseSchema|output)""", re.IGNORECASE
)
"""Keys of what only looks like a tool: one inside another, and a format of answers."""
_MAKERS = frozenset({
    "tool", "dynamicTool", "createTool", "betaZodTool", "betaTool", "defineTool", "functionTool",
    "zodFunction", "toolDefinition",
})  # fmt: skip
_SCHEMAS = ("parameters", "inputSchema", "input_schema", "schema", "paramsSchema")


class Tools:
    """Collects the tools of one script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._tools: dict[int, CodeTool] = {}
        for node in script.nodes:
            if node.type == "object":
                self._schema(node)

    def found(self) -> list[CodeTool]:
        """Return the tools in order."""
        return [self._tools[line] for line in sorted(self._tools)]

    def look(self, node: Node) -> None:  # noqa: C901  one branch a form
        """Look at one call."""
        name, given = callee(node), [self._held(one) for one in arguments(node)]
        last = name.rpartition(".")[2]
        if last in _MAKERS and given:
            if given[0].type == "object":
                keyed = pairs(given[0])
                said_name = string(keyed[k]) if (k := _first(keyed, "name", "id")) else None
                if "description" in keyed or _first(keyed, *_SCHEMAS):
                    self._keep(node, said_name or _holder(node), keyed, "call")
            elif string(given[0]) is not None and "." in name:
                self._served(node, given)
            elif len(given) > 1 and given[1].type == "object":
                keyed = pairs(given[1])
                named = string(keyed["name"]) if "name" in keyed else None
                self._keep(node, named or _holder(node), keyed, "call")
        elif last in {"registerTool", "registerToolTask", "addTool", "defineTool"} and given:
            if string(given[0]) is not None and len(given) > 1 and given[1].type == "object":
                self._keep(node, string(given[0]) or "", pairs(given[1]), "call")
            elif given[0].type == "object":
                keyed = pairs(given[0])
                self._keep(
                    node, string(keyed["name"]) or "" if "name" in keyed else "", keyed, "call"
                )
        elif last == "asTool" and given and given[0].type == "object":
            keyed = pairs(given[0])
            told = {"description": keyed["toolDescription"]} if "toolDescription" in keyed else {}
            key = _first(keyed, "toolName", "name")
            self._keep(node, (string(keyed[key]) if key else None) or _holder(node), told, "call")
        elif last in _CLASSES and given and given[0].type == "object":
            keyed = pairs(given[0])
            self._keep(node, string(keyed["name"]) or "" if "name" in keyed else "", keyed, "call")

    def _held(self, node: Node) -> Node:
        """Return what a name holds when it is one thing, else the node itself."""
        plain = unwrapped(node)
        held = self.script.values.get(said(plain), []) if plain.type == "identifier" else []
        return unwrapped(held[0]) if len(held) == 1 else plain

    def _served(self, node: Node, given: list[Node]) -> None:
        told = string(given[1]) if len(given) > 1 else None
        shape = next((one for one in given[1:3] if one.type == "object"), None)
        self._put(node, string(given[0]) or "", told or "", _described(shape), "call")

    def _schema(self, node: Node) -> None:
        keyed = pairs(node)
        inner = keyed.get("function")
        if inner is not None and inner.type == "object" and "name" in pairs(inner):
            self._keep(node, string(pairs(inner)["name"]) or "…", pairs(inner), "schema")
        elif "name" in keyed and "description" in keyed and _first(keyed, *_SCHEMAS):
            up = node.parent
            inside = up is not None and up.type == "pair" and bool(_NOT_TOOLS.match(said(up)))
            called = up is not None and up.type == "arguments"
            if not inside and not called and self._is_own(keyed):
                self._keep(node, string(keyed["name"]) or said(keyed["name"]), keyed, "schema")

    def _is_own(self, keyed: dict[str, Node]) -> bool:
        """Tell whether a definition is written out, not made from another one."""
        if string(keyed["name"]) is not None:
            return True
        named = keyed["name"].type == "member_expression" and said(keyed["name"])[:1].isupper()
        return named and bool(literal(spell(self.script, keyed["description"])))

    def _keep(self, node: Node, name: str, keyed: dict[str, Node], form: str) -> None:
        told = literal(spell(self.script, keyed["description"])) if "description" in keyed else ""
        key = _first(keyed, *_SCHEMAS)
        self._put(node, name, told, _described(keyed[key]) if key else [], form)

    def _put(
        self, node: Node, name: str, told: str, parameters: list[tuple[str, str]], form: str
    ) -> None:
        line, end = lines(node)
        place = Place(self.script.file, line, end)
        tool = CodeTool(place, name or "…", " ".join(told.split())[:2000], form, tuple(parameters))
        self._tools.setdefault(line, tool)


def _described(node: Node | None) -> list[tuple[str, str]]:
    """Return the parameters of a Zod object or a JSON Schema."""
    if node is None:
        return []
    if node.type == "call_expression" and callee(node).rpartition(".")[2] in {
        "object",
        "strictObject",
    }:
        given = arguments(node)
        node = unwrapped(given[0]) if given else node
    if node.type != "object":
        return []
    keyed = pairs(node)
    if "properties" in keyed and keyed["properties"].type == "object":
        keyed = pairs(keyed["properties"])
    return [(name, _note(value)) for name, value in keyed.items()]


def _note(node: Node) -> str:
    for part in walk(node):
        if part.type == "call_expression" and callee(part).endswith("describe"):
            return next((string(one) or "…" for one in arguments(part)), "")
        if part.type == "pair" and said(part).startswith(
            ("description", '"description', "'description")
        ):
            value = part.child_by_field_name("value")
            return (string(value) or "…") if value else ""
    return ""


def _first(keyed: dict[str, Node], *wanted: str) -> str | None:
    return next((key for key in wanted if key in keyed), None)


def _holder(node: Node) -> str:
    """Return the key or constant that a tool is kept under."""
    up = node.parent
    while up and up.type not in {"statement_block", "program"}:
        if up.type == "pair":
            key = up.child_by_field_name("key")
            return (string(key) or said(key)) if key else ""
        if up.type in {"variable_declarator", "function_declaration"}:
            name = up.child_by_field_name("name")
            return said(name) if name else ""
        up = up.parent
    return ""
