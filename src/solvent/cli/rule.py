"""List the rules, or explain one."""

from __future__ import annotations

import ast
from dataclasses import fields
from inspect import getsource
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import click

from solvent.debt.rule import documentation
from solvent.rules import catalogue, get_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Rule

EXAMPLES = """\b
Examples:
  solvent rule
  solvent rule unused-tool
  solvent rule TS101
"""


@click.command(help=__doc__, epilog=EXAMPLES)
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print every rule's code, name and summary, or one rule's page."""
    if name is not None:
        rule = get_rule(name)
        click.echo(f"{rule.code} {rule.name()} ({rule.status})\n\n{documentation(rule)}")
        click.echo("\n".join(_options(rule)))
        return
    rules = catalogue()
    width = max(len(name) for name in rules)
    for known, rule in rules.items():
        click.echo(f"{rule.code}  {known:<{width}}  {documentation(rule).partition(chr(10))[0]}")


def _options(rule: type[Rule]) -> Iterator[str]:
    """Yield the options with their defaults: the page names them, so a reader has to see them."""
    said = _meanings(rule)
    if said:
        yield f"\n## Options\nIn `solvent.toml` under `[rules.{rule.name()}]`, with their defaults."
    for option in fields(rule):
        default: Any = option.default
        many = isinstance(default, tuple | frozenset)
        shown = ", ".join(sorted(map(str, default))) if many else f"{default}"
        yield f"- {option.name} = {shown}: {said[option.name]}"


def _meanings(rule: type[Rule]) -> dict[str, str]:
    """Return what each option of a rule means: the string below its field."""
    body = ast.parse(dedent(getsource(rule))).body[0]
    found: dict[str, str] = {}
    last = ""
    for node in body.body if isinstance(body, ast.ClassDef) else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
        elif last and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found[last] = " ".join(str(node.value.value).split())
    return {f.name: found.get(f.name, "") for f in fields(rule)}
