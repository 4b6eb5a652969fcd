"""Texts and parameters that calls of a program's own functions are given."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from solvent.code.draft import Draft, Pass, literal
from solvent.code.prose import words
from solvent.code.python import names
from solvent.code.python.expressions import own_words
from solvent.code.python.scopes import Function, Scope, last_name, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.code.python.scopes import Module
    from solvent.code.python.values import Reader

_SAYS_TEXT = re.compile(
    r"(?i)prompt|messages?|text|query|question|instruct|system|content|task|user|input|template|request"
    r"|msg|conversation|history"
)
"""Names that may hold what is sent to a model."""
_NOT_OWN = re.compile(
    r"^(?:print|len|str|repr|int|float|isinstance|getattr|setattr|open|sorted|set|list|dict|tuple|super"
    r"|append|extend|join|format|strip|split|replace|get|startswith|endswith|encode|decode|update|pop"
    r"|add_argument|Field|field|dumps|loads|compile|search|match|sub|findall|write|write_text|exists"
    r"|Path|Error|Exception|HTTPException|sleep|cast|\w*(?:Error|Exception))$"
)
LEAST_WORDS = 4


def defined(module: Module) -> dict[str, tuple[str, ...]]:
    """Return the functions of a module with their parameters, `self` left out."""
    return {
        f"{module.dotted}.{name}": tuple(p for p in scope.parameters if p not in {"self", "cls"})
        for name, scope in module.functions.items()
    }


def passes(module: Module, reader: Reader) -> Iterator[Pass]:
    """Yield the arguments of calls that may hold a prompt."""
    for node, scope in module.events:
        if not isinstance(node, ast.Call) or _NOT_OWN.match(last_name(node.func)):
            continue
        if names.ASKS_A_PERSON.search(spelled(node.func)):
            continue
        given: list[tuple[int | str, ast.expr]] = list(enumerate(node.args[:5]))
        given += [(k.arg, k.value) for k in node.keywords if k.arg]
        for position, value in given:
            one = _passed(module, reader, node, scope, position, value)
            if one:
                yield one


def _passed(
    module: Module, reader: Reader, node: ast.Call, scope: Scope, position: int | str,
    value: ast.expr,
) -> Pass | None:  # fmt: skip
    named = isinstance(value, ast.Name | ast.Attribute | ast.Call) and bool(
        _SAYS_TEXT.search(last_name(value))
    )
    if not named and own_words(value) < LEAST_WORDS:
        return None
    source = None
    if isinstance(value, ast.Name) and value.id in scope.parameters:
        source = (f"{module.dotted}.{scope.name}", value.id)
    roots = reader.roots(value, scope)
    drafts = tuple(
        Draft(r.line, r.end_line, r.name or scope.name, "", "argument", r.pieces)
        for r in roots
        if not r.ref and words(literal(r.pieces)) >= LEAST_WORDS
    )
    refs = tuple(r.ref for r in roots if r.ref)
    if not (drafts or refs or source):
        return None
    return Pass(tuple(_callees(module, reader, node.func, scope)), position, drafts, refs, source)


def _callees(module: Module, reader: Reader, func: ast.expr, scope: Scope) -> Iterator[str]:
    """Yield the full names that a call may mean; last the bare name."""
    target = reader.function(func, scope)
    if isinstance(target, Scope):
        if isinstance(target.node, ast.ClassDef):
            yield f"{module.dotted}.{target.name}.__init__"
        else:
            yield f"{module.dotted}.{target.name}"
    elif isinstance(target, str):
        yield target
    if isinstance(func, ast.Attribute):
        yield from (f"{maker}.{func.attr}" for maker in reader.makers(func.value, scope) if maker)
    yield last_name(func)


def owner(module: Module, scope: Scope) -> str:
    """Return the full name of the function a scope is; empty when it is none."""
    return f"{module.dotted}.{scope.name}" if isinstance(scope.node, Function) else ""
