"""Where a function takes a model's answer apart by its text: `json.loads`, `re`, `split`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.python.scopes import spelled
from solvent.records.source import CodeParse, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from solvent.code.python.scopes import Module
    from solvent.records.source import CodeCall

READERS = frozenset(
    {"json.loads", "orjson.loads", "json5.loads", "yaml.safe_load", "ast.literal_eval",
     "json_repair.loads", "json_repair.repair_json", "repair_json"}
)  # fmt: skip
PATTERNS = frozenset({"re.search", "re.match", "re.fullmatch", "re.findall", "re.finditer",
                      "re.split"})  # fmt: skip
CUTS = frozenset({"split", "rsplit", "partition", "rpartition", "splitlines"})
DECLARES = frozenset(
    {"response_format", "response_model", "response_schema", "text_format", "text", "output_type",
     "output_schema", "output_cls", "output_pydantic", "output_json", "schema", "json_schema",
     "format", "guided_json", "tools", "functions", "generation_config", "config", None}
)  # fmt: skip
"""Arguments of a call that may declare what comes back; None is `**options`, which may, too."""
STRUCTURED = ("parse", "with_structured_output", "create_partial", "generate_object")
TRANSPORT = ("post", "request", "stream", "urlopen")
"""What these return is the envelope of a protocol, not a model's answer."""
BYTES = frozenset({"read", "decode"})
"""What these give is the body of an HTTP answer, the same envelope."""
OTHERWISE = frozenset(
    {"tool_calls", "tool_call", "function_call", "arguments", "usage", "input", "parsed", "id",
     "model", "messages", "metadata"}
)  # fmt: skip
"""Parts of an answer that are no text, or have a schema of their own."""


def parsed_outputs(module: Module, calls: Sequence[CodeCall]) -> Iterator[CodeParse]:
    """Yield the places where an answer without a declared schema is taken apart.

    Args:
        module: The parsed file.
        calls: Its model calls.
    """
    places = {(c.place.line, c.place.end_line) for c in calls if c.kind in {"request", "run"}}
    if not places:
        return
    for name, scope in module.functions.items():
        yield from _Function(module.file, name, places).read(scope.node)


class _Function:
    """One function, its statements in the order of their lines."""

    def __init__(self, file: str, name: str, places: set[tuple[int, int]]) -> None:
        self._file, self._name, self._places = file, name, places
        self._held: dict[str, int] = {}
        """Names that hold an answer, and the line of its call."""

    def read(self, function: ast.AST) -> Iterator[CodeParse]:
        """Yield what is taken apart."""
        nodes = [n for n in _own(function) if hasattr(n, "lineno")]
        for node in sorted(nodes, key=lambda n: (n.lineno, isinstance(n, ast.stmt))):
            if isinstance(node, ast.Call):
                how, value = _taken_apart(node)
                line = self._line(value) if value is not None else 0
                if line:
                    place = Place(self._file, node.lineno, node.end_lineno or node.lineno)
                    yield CodeParse(place, how, self._name, f"{self._file}:{line}")
            elif isinstance(node, ast.Assign):
                self._hold(node.targets, node.value)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value:
                self._hold([node.target], node.value)
            elif isinstance(node, ast.For | ast.AsyncFor):
                self._hold([node.target], node.iter)

    def _hold(self, targets: Iterable[ast.expr], value: ast.expr) -> None:
        line = self._line(value)
        for target in targets:
            if not isinstance(target, ast.Name):
                continue
            if line:
                self._held[target.id] = line
            else:
                self._held.pop(target.id, None)

    def _line(self, node: ast.expr) -> int:  # noqa: PLR0911  one return a form of expression
        """Return the line of the call whose answer an expression is; 0: it is none."""
        if isinstance(node, ast.Name):
            return self._held.get(node.id, 0)
        if isinstance(node, ast.Attribute):
            return 0 if node.attr in OTHERWISE else self._line(node.value)
        if isinstance(node, ast.Subscript | ast.Await | ast.NamedExpr):
            return self._line(node.value)
        if isinstance(node, ast.BoolOp):
            return max(map(self._line, node.values))
        if isinstance(node, ast.IfExp):
            return max(self._line(node.body), self._line(node.orelse))
        if not isinstance(node, ast.Call):
            return 0
        if self._asks(node):
            return node.func.end_lineno or node.lineno
        if isinstance(node.func, ast.Attribute):
            return 0 if node.func.attr in BYTES else self._line(node.func.value)
        if isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
            return self._line(node.args[0])
        return 0

    def _asks(self, node: ast.Call) -> bool:
        """Tell whether a call asks a model for a text, with no schema declared for it."""
        if (node.func.end_lineno, node.end_lineno) not in self._places:
            return False
        said = spelled(node.func)
        name = said.rpartition(".")[2]
        declared = any(word.arg in DECLARES for word in node.keywords)
        envelope = name in TRANSPORT or name in BYTES
        return not (declared or envelope or any(word in said for word in STRUCTURED))


def _taken_apart(node: ast.Call) -> tuple[str, ast.expr | None]:
    """Return how a call takes a text apart, and the text; no text when it does not."""
    said = spelled(node.func)
    if said in READERS and node.args:
        return said, node.args[0]
    if said in PATTERNS and len(node.args) > 1:
        return said, node.args[1]
    if isinstance(node.func, ast.Attribute) and node.func.attr in CUTS:
        cuts = node.func.attr == "splitlines" or bool(node.args or node.keywords)
        return node.func.attr, node.func.value if cuts else None
    return "", None


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of functions in it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node
            waiting += ast.iter_child_nodes(node)
