"""Set-up code of a Python file that has model calls traced wherever they are made."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from solvent.code.python import names
from solvent.code.python.scopes import spelled
from solvent.code.tracing import AGENTS_OFF, BY_LANGSMITH, EVERYTHING, by_environment

if TYPE_CHECKING:
    from solvent.code.python.scopes import Module
    from solvent.code.python.values import Reader

_SETUPS = re.compile(
    r"(?:^|\.)(?:Traceloop\.init|Laminar\.initialize|agentops\.init|weave\.init|openlit\.init"
    r"|lunary\.monitor|langwatch\.setup)$"
)
"""Calls after which a library traces the model calls of all clients it knows."""
_HANDLERS = re.compile(
    r"^(?:langfuse\.(?:callback|langchain)|langsmith|opik\.integrations)\b"
    r".*(?:CallbackHandler|Tracer)$"
)


def switched_on(module: Module, reader: Reader, text: str) -> set[str]:
    """Return the libraries whose calls a file has traced; `*` is all of them."""
    found = by_environment(text) if "environ" in text else set()
    for node, _ in module.events:
        if isinstance(node, ast.Call):
            found |= _by_call(node, reader.dotted(node.func))
        elif isinstance(node, ast.Assign):
            held = spelled(node.targets[0])
            if held in {"litellm.success_callback", "litellm.callbacks"} and _holds(node.value):
                found.add("litellm")
    for name in module.imports.values():
        if name.startswith("langfuse.openai"):
            found.add("openai")
        elif _HANDLERS.match(name):
            found |= BY_LANGSMITH
    return found


def _by_call(node: ast.Call, full: str) -> set[str]:
    match = names.INSTRUMENTORS.search(full)
    if match and not match["who"] and not match["one"]:
        middle = full.split(".")[-2] if full.count(".") > 1 else EVERYTHING
        return {EVERYTHING if middle in {"mlflow", "solvent"} else middle}
    if match:
        return {(match["who"] or match["one"]).lower()}
    if full.endswith("set_tracing_disabled"):
        return {AGENTS_OFF}
    if full.endswith("wrap_openai"):
        return {"openai"}
    automatic = any(
        k.arg == "auto_instrument" and isinstance(k.value, ast.Constant) and k.value.value
        for k in node.keywords
    )
    return {EVERYTHING} if automatic or _SETUPS.search(full) else set()


def _holds(value: ast.expr) -> bool:
    return not (isinstance(value, ast.List) and not value.elts)
